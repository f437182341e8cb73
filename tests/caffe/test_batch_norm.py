"""The transliteration of Caffe's BatchNorm against the recorded results of the real layer, and its state."""

import json

import numpy as np
import pytest
from test_golden import FOLDER, TOLERANCE, worst
from test_import import fresh

from l2norm_ref.caffe import BatchNorm

MANIFEST = json.loads((FOLDER / "MANIFEST.json").read_text())["files"]
STATE = ("mean", "variance", "factor")
AXES = (0, 2, 3)
STEP = 1e-30


def files(layer):
    """Parameters for a test over all recorded files of a layer."""
    entries = [entry for entry in MANIFEST if entry["layer"] == layer]
    return pytest.mark.parametrize("entry", entries, ids=[e["file"].removesuffix(".npz") for e in entries])


def arrays_of(entry):
    with np.load(FOLDER / entry["file"]) as data:
        return dict(data)


def error(value, reference):
    """The largest relative error; where the reference cancels, relative to a thousandth of its typical size."""
    reference = reference.astype(np.float64)
    return worst(value, reference, 1e-3 * np.sqrt(np.mean(reference**2)))


def terms(layer, x, blobs):
    """The larger of the two terms whose difference the output is: x and the mean, each over sigma."""
    wide, x = [1, -1] + [1] * (x.ndim - 2), x.astype(np.float64)
    mean, var = x.mean(axis=AXES), x.var(axis=AXES)
    if layer.use_global_stats:
        mean, var = (blob / blobs[2] if blobs[2] else 0 * blob for blob in blobs[:2])
    return np.maximum(np.abs(x), np.abs(mean.reshape(wide))) / np.sqrt(var + float(layer.eps)).reshape(wide)


def distance(value, differences):
    """From central differences, whose error is absolute: relative to the typical size."""
    return worst(value, differences, np.sqrt(np.mean(differences**2)))


def forward(x, eps, mean=None, var=None):
    """BatchNorm, typed once more; complex x allowed. Statistics of the batch, unless they are given."""
    axes = tuple(k for k in range(x.ndim) if k != 1)
    wide = [1, -1] + [1] * (x.ndim - 2)
    mean = np.mean(x, axis=axes, keepdims=True) if mean is None else np.reshape(mean, wide)
    var = np.mean((x - mean) ** 2, axis=axes, keepdims=True) if var is None else np.reshape(var, wide)
    return (x - mean) / np.sqrt(var + eps)


def complex_step(function, at, dy):
    """The derivative of sum(dy * function(at)) by every element of `at`."""
    slope = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        moved = at.astype(np.complex128)
        moved[index] += 1j * STEP
        slope[index] = np.sum(dy * function(moved).imag) / STEP
    return slope


def example(shape=(2, 3, 5, 7), seed=3, **kwargs):
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=(2, *shape))
    return BatchNorm(dtype="float64", **kwargs), 2 * x + rng.normal(size=(shape[1],) + (1,) * (len(shape) - 2)), dy


def state(layer):
    return [blob.copy() for blob in layer.blobs]


def same(blobs, others):
    return all(np.array_equal(a, b) for a, b in zip(blobs, others, strict=True))


def test_every_recorded_file_is_used():
    on_disk = {path.name for path in FOLDER.glob("batchnorm_*.npz")}
    used = [entry["file"] for entry in MANIFEST if entry["layer"] == "BatchNorm"]
    assert on_disk == set(used)
    assert len(used) == 22


@files("BatchNorm")
@pytest.mark.parametrize("in_place", [False, True])
def test_recorded_results(entry, in_place):
    arrays, params, tolerance = arrays_of(entry), entry["params"], TOLERANCE[entry["dtype"]]
    kwargs = {"phase": params["phase"], "eps": params["eps_requested"], "dtype": entry["dtype"]}
    if params["use_global_stats_source"] == "explicit":
        kwargs["use_global_stats"] = params["use_global_stats"]
    if "moving_average_fraction" in arrays:
        kwargs["moving_average_fraction"] = params["moving_average_fraction_requested"]
    layer = BatchNorm(**kwargs)
    assert layer.use_global_stats == params["use_global_stats"]
    assert layer.eps == arrays["eps"]
    passes = ("1", "2") if "x1" in arrays else ("",)
    prefix = "state0_" if "x1" in arrays else ""
    layer.set_up(arrays["x" + passes[0]].shape, [arrays[prefix + name] for name in STATE])
    for k in passes:
        before = state(layer)
        y = layer.forward(arrays["x" + k], in_place=in_place)
        assert y.dtype == entry["dtype"]
        assert worst(y, arrays["top" + k], terms(layer, arrays["x" + k], before)) <= tolerance
        after = [arrays[f"state{k}_{name}"] if k else arrays[name] for name in STATE]
        assert all(error(blob, expected) <= tolerance for blob, expected in zip(layer.blobs, after, strict=True))
        dx = layer.backward(arrays["top_diff"])
        assert dx.dtype == entry["dtype"]
        assert error(dx, arrays["bottom_diff" + k]) <= tolerance
        if f"bottom_diff{k}_fd" in arrays:
            assert distance(dx, arrays[f"bottom_diff{k}_fd"]) <= 1e-8


def test_differences_were_recorded():
    assert sum("bottom_diff1_fd" in e["keys"] for e in MANIFEST if e["layer"] == "BatchNorm") == 3


@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (1, 5, 2, 3), (7, 3), (3, 1, 2), (2, 3, 1, 2, 5), (2, 2, 1, 1)])
@pytest.mark.parametrize("eps", [1e-5, 0.7])
@pytest.mark.parametrize("use_global_stats", [False, True])
def test_against_the_complex_step(shape, eps, use_global_stats):
    layer, x, dy = example(shape, use_global_stats=use_global_stats, eps=eps)
    given = {}
    if use_global_stats:
        rng = np.random.default_rng(5)
        mean, var = rng.normal(size=shape[1]), rng.uniform(0.5, 2, shape[1])
        layer.set_up(shape, [2.5 * mean, 2.5 * var, [2.5]])
        given = {"mean": mean, "var": var}
    np.testing.assert_allclose(layer.forward(x), forward(x, float(layer.eps), **given), rtol=1e-12, atol=1e-13)
    truth = complex_step(lambda value: forward(value, float(layer.eps), **given), x, dy)
    np.testing.assert_allclose(layer.backward(dy), truth, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("use_global_stats", [False, True])
def test_in_place_is_the_same_bit_for_bit(use_global_stats, dtype):
    _, x, dy = example()
    results = []
    for in_place in (False, True):
        layer = BatchNorm(use_global_stats, dtype=dtype)
        layer.set_up(x.shape, [[0.1, -2.0, 3.0], [1.0, 2.0, 3.0], [0.7]])
        results.append([layer.forward(x, in_place=in_place), layer.backward(dy), layer.backward(dy), *state(layer)])
    assert same(*results)
    assert np.array_equal(results[0][1], results[0][2])


def test_moving_averages_are_sums():
    layer, x, _ = example(moving_average_fraction=0.9)
    fraction = float(np.float32(0.9))
    mean, var, factor = np.zeros(3), np.zeros(3), 0.0
    for batch in (x, x[:, :, ::-1] * 2, x[:1] - 3, x[:, :, :1, :1]):
        layer.forward(batch)  # no backward is needed
        m = batch.size // 3
        mean = fraction * mean + batch.mean(axis=AXES)
        var = fraction * var + batch.var(axis=AXES) * m / (m - 1)
        factor = fraction * factor + 1
        for blob, expected in zip(layer.blobs, (mean, var, [factor]), strict=True):
            np.testing.assert_allclose(blob, expected, rtol=1e-13)


def test_the_variance_of_one_element_is_not_corrected():
    layer, x, dy = example((1, 3, 1, 1))
    y = layer.forward(x)
    assert not np.any(y)
    assert same(layer.blobs, [x.reshape(3), np.zeros(3), np.ones(1)])
    np.testing.assert_allclose(layer.backward(dy), 0, atol=1e-12)


@pytest.mark.parametrize("use_global_stats", [False, True])
def test_what_leaves_the_blobs_alone(use_global_stats):
    layer, x, dy = example(use_global_stats=use_global_stats)
    layer.set_up(x.shape, [[0.1, -2.0, 3.0], [1.0, 2.0, 3.0], [0.7]])
    before = state(layer)
    layer.forward(x)
    assert same(before, layer.blobs) == use_global_stats
    between = state(layer)
    layer.backward(dy)
    assert same(between, layer.blobs)
    assert not any(np.any(diff) for diff in layer.diffs)


def test_a_factor_of_0_counts_as_statistics_of_0():
    layer, x, dy = example(phase="TEST")
    sigma = np.sqrt(float(layer.eps))
    np.testing.assert_allclose(layer.forward(x), x / sigma, rtol=1e-15)
    np.testing.assert_allclose(layer.backward(dy), dy / sigma, rtol=1e-15)
    layer.blobs[0][...] = 5  # still nothing: the factor is 0
    np.testing.assert_allclose(layer.forward(x), x / sigma, rtol=1e-15)


@pytest.mark.parametrize(
    ("given", "phase", "used"),
    [(None, "TRAIN", False), (None, "TEST", True), (False, "TEST", False), (True, "TRAIN", True)],
)
def test_global_statistics_go_by_the_phase_unless_told(given, phase, used):
    assert BatchNorm(given, phase=phase).use_global_stats is used


def test_fields_are_rounded_to_float32():
    layer = BatchNorm(moving_average_fraction=0.999, eps=1e-5, dtype="float64")
    assert float(layer.eps) == 9.999999747378752e-06
    assert float(layer.moving_average_fraction) == 0.9990000128746033


def test_lr_mult_is_0():
    for entries in ((), (0,), [0.0, 0.0], (0, 0, 0)):
        assert BatchNorm(lr_mult=entries).lr_mult == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match=r"lr_mult\[1\] = 1: expected 0; .* line 44"):
        BatchNorm(lr_mult=(0, 1))
    with pytest.raises(ValueError, match="lr_mult has 4 entries"):
        BatchNorm(lr_mult=(0, 0, 0, 0))
    with pytest.raises(TypeError, match="lr_mult: expected a sequence"):
        BatchNorm(lr_mult=0)


def test_weights_before_the_first_forward():
    _, x, _ = example()
    weights = [np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), np.array([2.0])]
    early, assigned, late = (BatchNorm(True, dtype="float64") for _ in range(3))
    early.set_up(x.shape, weights)
    assigned.blobs = [weight.copy() for weight in weights]
    late.forward(x)
    for blob, weight in zip(late.blobs, weights, strict=True):
        blob[...] = weight
    y = early.forward(x)
    assert np.array_equal(assigned.forward(x), y)
    assert np.array_equal(late.forward(x), y)
    assert not any(np.shares_memory(blob, weight) for blob, weight in zip(early.blobs, weights, strict=True))


def test_inputs_and_results_are_the_callers():
    layer, x, dy = example()
    before = x.copy(), dy.copy()
    x.flags.writeable = dy.flags.writeable = False
    for in_place in (False, True):
        y = layer.forward(x, in_place=in_place)
        dx = layer.backward(dy)
        y[...] = 0
        first = dx.copy()
        dx[...] = 0
        assert np.array_equal(layer.backward(dy), first)
    assert np.array_equal(x, before[0])
    assert np.array_equal(dy, before[1])
    assert layer.backward(dy, propagate_down=False) is not None  # the source ignores it


def test_any_layout_and_any_batch():
    layer, x, dy = example()
    fresh_layer = BatchNorm(dtype="float64")
    y, dx = layer.forward(x), layer.backward(dy)
    assert np.array_equal(fresh_layer.forward(np.asfortranarray(x)), y)
    assert np.array_equal(fresh_layer.backward(np.asfortranarray(dy)), dx)
    for other in (x[:1], np.concatenate([x, -x]), x[..., :2], x[..., 0]):
        expected = BatchNorm(dtype="float64").forward(other)
        assert np.array_equal(layer.forward(other), expected)


def test_buffers_have_caffes_shapes_and_contents():
    layer, x, _ = example()
    y = layer.forward(x)
    assert [blob.shape for blob in layer.blobs] == [diff.shape for diff in layer.diffs] == [(3,), (3,), (1,)]
    assert layer.temp_.shape == x.shape
    assert np.array_equal(layer.x_norm_, y)
    assert np.array_equal(layer.batch_sum_multiplier_, np.ones(2))
    assert np.array_equal(layer.spatial_sum_multiplier_, np.ones(35))
    assert layer.num_by_chans_.shape == (6,)
    np.testing.assert_allclose(layer.mean_, x.mean(axis=AXES), rtol=1e-13)
    np.testing.assert_allclose(layer.variance_, np.sqrt(x.var(axis=AXES) + float(layer.eps)), rtol=1e-13)


def test_calls_are_recorded():
    layer, x, dy = example()
    y = layer.forward(x)
    layer.set_up(x.shape)
    layer.calls = []
    assert np.array_equal(layer.forward(x), y)
    forwards = [call.line for call in layer.calls]
    assert forwards == [95, 108, 112, 118, 121, 127, 129, 133, 138, 139, 140, 144, 150, 151, 155, 158, 161, 164]
    division = layer.calls[-2]
    assert (division.name, division.arguments, division.target) == ("caffe_div", (x.size, "top", "temp_", "top"), "top")
    assert np.array_equal(division.value, y)
    assert layer.calls[9].target == "blobs_[2]"
    layer.calls.clear()
    dx = layer.backward(dy)
    assert [call.line for call in layer.calls] == [200, 201, 204, 209, 212, 217, 220, 223, 228, 231, 236, 241]
    assert np.array_equal(layer.calls[-1].value, dx)
    in_place = BatchNorm(True, dtype="float64")
    in_place.calls = []
    in_place.forward(x, in_place=True)
    in_place.backward(dy)
    assert [call.line for call in in_place.calls] == [102, 104, 118, 121, 150, 151, 155, 158, 161, 164, 176, 181]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchNorm(dtype="float16"), "dtype='float16'"),
        (lambda: BatchNorm(eps=10**400), "eps: expected a real number within float64, got int 1000"),
        (lambda: BatchNorm(phase="train"), "phase='train': expected 'TRAIN' or 'TEST'"),
        (lambda: BatchNorm().forward(np.ones(3)), "x has 1 axes: expected 2 or more; .* line 55"),
        (lambda: BatchNorm().forward(np.ones((0, 3))), r"x has shape \(0, 3\)"),
        (lambda: BatchNorm().set_up((2, 3), [np.ones(3), np.ones(3)]), "expected 3 arrays, got 2"),
        (lambda: BatchNorm().set_up((2, 3), [np.ones(3), np.ones(2), [1]]), r"blobs\[1\] has shape \(2,\)"),
        (lambda: example_after_forward().forward(np.ones((2, 4))), "x has 4 channels: expected 3"),
        (lambda: example_after_forward().backward(np.ones((2, 3))), r"dy has shape \(2, 3\): expected \(2, 3, 5, 7\)"),
        (lambda: with_blob(np.ones(4)), r"blobs\[0\]: expected a contiguous, writeable float64 array of shape \(3,\)"),
        (lambda: with_blob(np.ones(3, np.float32)), r"blobs\[0\]: expected a contiguous, writeable float64"),
        (lambda: with_blob(np.ones(6)[::2]), r"blobs\[0\]: expected a contiguous"),
    ],
)
def test_errors_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchNorm(eps="1e-5"), "eps: expected a real number"),
        (lambda: BatchNorm(moving_average_fraction=None), "moving_average_fraction: expected a real number"),
        (lambda: BatchNorm(use_global_stats="yes"), "use_global_stats: expected True, False or None"),
        (lambda: BatchNorm().forward([["a", "b"]]), "x: expected an array of real numbers"),
        (lambda: BatchNorm().forward([["1", "2"]]), "x: expected an array of real numbers, got .* dtype <U1"),
        (lambda: BatchNorm().forward(np.ones((2, 3)) * 1j), "x: expected an array of real numbers, got .* complex128"),
        (lambda: BatchNorm().forward([[None]]), "x: expected an array of real numbers, got .* object"),
        (lambda: BatchNorm().forward(None), "x: expected an array of real numbers, got None"),
        (lambda: BatchNorm().forward(np.ones((2, 3)), in_place="no"), "in_place: expected True or False, got str 'no'"),
        (lambda: example_after_forward().backward(np.ones((2, 3, 5, 7)) * 1j), "dy: expected an array of real numbers"),
        (lambda: BatchNorm().set_up(5), "x's shape: expected a sequence of integers, got int 5"),
        (lambda: BatchNorm().set_up((2, 3.0)), "x's shape: expected an integer, got float"),
        (lambda: BatchNorm().set_up((2, 3), 5), "blobs: expected a sequence of 3 arrays, got int 5"),
        (lambda: BatchNorm().set_up((2, 1), [["1"], [1.0], [1.0]]), r"blobs\[0\]: expected an array of real numbers"),
    ],
)
def test_wrong_types_are_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def example_after_forward():
    layer, x, _ = example()
    layer.forward(x)
    return layer


def with_blob(blob):
    layer = example_after_forward()
    layer.blobs[0] = blob
    layer.forward(np.ones((2, 3)))


def test_backward_needs_a_forward():
    with pytest.raises(RuntimeError, match="backward before forward"):
        BatchNorm().backward(np.ones((1, 1)))


def test_needs_numpy_and_nothing_else():
    code = """
from l2norm_ref import caffe
layer = caffe.Scale(scale=3.0, bias_term=True, bias=1.0, dtype="float64")
print(layer.forward(caffe.BatchNorm(eps=0, dtype="float64").forward([[3.0], [4.0]])).tolist())
"""
    assert fresh(code, ("sympy", "mpmath", "google")) == "[[-2.0], [4.0]]"
