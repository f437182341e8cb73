"""The transliteration of Caffe's Scale against the recorded results of the real layer: alone, and after BatchNorm."""

import numpy as np
import pytest
from test_batch_norm import MANIFEST, STATE, arrays_of, complex_step, distance, error, files
from test_golden import FOLDER, TOLERANCE, worst

from l2norm_ref.caffe import BatchNorm, Scale


def forward(x, scale, axis, bias=0.0):
    """Scale, typed once more: the scale's axes lie on those of x from `axis` on; complex arrays allowed."""
    after = x.ndim - (axis % x.ndim + scale.ndim) if scale.ndim else 0
    wide = scale.shape + (1,) * after
    return x * scale.reshape(wide) + np.broadcast_to(bias, scale.shape).reshape(wide)


def example(shape=(2, 3, 5, 7), axis=1, num_axes=1, seed=4, dtype="float64", **kwargs):
    """A layer that is set up, with random signed scale, bias and diffs; x, dy."""
    rng = np.random.default_rng(seed)
    layer = Scale(axis=axis, num_axes=num_axes, bias_term=True, dtype=dtype, **kwargs)
    layer.set_up(shape)
    for array in (*layer.blobs, *layer.diffs):
        array[...] = rng.normal(size=array.shape)
    x, dy = rng.normal(size=(2, *shape))
    return layer, x, dy


def truth(layer, x, dy):
    """The derivatives by x, the scale and the bias."""
    scale, bias = layer.blobs
    return (
        complex_step(lambda value: forward(value, scale, layer.axis, bias), x, dy),
        complex_step(lambda value: forward(x, value, layer.axis, bias), scale, dy),
        complex_step(lambda value: forward(x, scale, layer.axis, value), bias, dy),
    )


def test_every_recorded_file_is_used():
    for layer, pattern, count in (("Scale", "scale_*.npz", 40), ("BatchNorm+Scale", "bn_scale_*.npz", 8)):
        used = [entry["file"] for entry in MANIFEST if entry["layer"] == layer]
        assert {path.name for path in FOLDER.glob(pattern)} == set(used)
        assert len(used) == count
    assert len(list(FOLDER.glob("*.npz"))) == len(MANIFEST) == 174


@files("Scale")
@pytest.mark.parametrize("in_place", [False, True])
def test_recorded_results(entry, in_place):
    arrays, params, tolerance = arrays_of(entry), entry["params"], TOLERANCE[entry["dtype"]]
    names = ("scale", "bias")[: 1 + params["bias_term"]]
    kwargs = {name: arrays[name] for name in names} | {k: params[k] for k in ("axis", "num_axes", "bias_term")}
    layer = Scale(**kwargs, dtype=entry["dtype"])
    layer.set_up(arrays["x"].shape)
    for name, diff in zip(names, layer.diffs, strict=True):
        assert (name + "_diff_before" in arrays) == params["diffs_start_nonzero"]
        diff[...] = arrays.get(name + "_diff_before", 0)
    y = layer.forward(arrays["x"], in_place=in_place)
    dx = layer.backward(arrays["top_diff"])
    assert y.dtype == dx.dtype == layer.diffs[0].dtype == entry["dtype"]
    assert error(y, arrays["top"]) <= tolerance
    assert error(dx, arrays["bottom_diff"]) <= tolerance
    for name, diff in zip(names, layer.diffs, strict=True):
        assert diff.shape == arrays[name].shape
        assert error(diff, arrays[name + "_diff"]) <= tolerance


@files("BatchNorm+Scale")
@pytest.mark.parametrize("in_place", [False, True])
def test_recorded_chain(entry, in_place):
    arrays, params, dtype = arrays_of(entry), entry["params"], entry["dtype"]
    tolerance = TOLERANCE[dtype]
    kwargs = {k: params[k + "_effective"] for k in ("eps", "moving_average_fraction")}
    norm = BatchNorm(params["use_global_stats"], **kwargs, dtype=dtype)
    norm.set_up(arrays["x"].shape, [arrays[f"bn_{name}_before"] for name in STATE])
    scale = Scale(arrays["gamma"], bias_term=True, bias=arrays["beta"], dtype=dtype)
    between = norm.forward(arrays["x"], in_place=in_place)
    y = scale.forward(between, in_place=in_place)
    dx = norm.backward(scale.backward(arrays["top_diff"]))
    assert error(between, arrays["bn_top"]) <= tolerance
    assert error(y, arrays["top"]) <= tolerance
    assert error(dx, arrays["bottom_diff"]) <= tolerance
    for name, blob in zip(STATE, norm.blobs, strict=True):
        assert error(blob, arrays[f"bn_{name}_after"]) <= tolerance
    for name, diff in zip(("gamma", "beta"), scale.diffs, strict=True):
        assert error(diff, arrays[name + "_diff"]) <= tolerance
        if dtype == "float64":
            assert distance(diff, arrays[name + "_diff_fd"]) <= 1e-8
    if dtype == "float64":
        assert distance(dx, arrays["bottom_diff_fd"]) <= 1e-8


CASES = {
    # shape, axis, num_axes: whether the scale's diff is overwritten
    ((2, 3, 5, 7), 1, 1): False,
    ((2, 3, 5, 7), 1, 2): False,
    ((2, 3, 5, 7), 1, -1): False,  # inner_dim 1: the product is summed over samples as it is
    ((2, 3, 5, 7), -1, 1): False,
    ((2, 3, 5, 7), -3, 2): False,
    ((2, 3, 5, 7), 1, 0): False,  # a scalar
    ((2, 3), 1, 1): False,
    ((2, 1, 3), 1, 1): False,  # one element, several samples
    ((2, 1, 1), 1, 1): False,
    ((1, 1, 3), 1, 1): False,  # one element, one sample
    ((1, 3, 5), 1, 1): True,
    ((1, 3, 5, 7), 1, 2): True,
    ((2, 3, 5), 0, 1): True,
    ((2, 3, 5), 0, -1): True,  # as many elements as x
    ((1, 3), 1, 1): True,
    ((1, 1, 1), 1, 0): True,
}
each_case = pytest.mark.parametrize(("case", "overwritten"), CASES.items(), ids=str)


@each_case
@pytest.mark.parametrize("in_place", [False, True])
def test_against_the_complex_step_and_what_the_diffs_do(case, overwritten, in_place):
    layer, x, dy = example(*case)
    dx, dscale, dbias = truth(layer, x, dy)
    scale_before, bias_before = (diff.copy() for diff in layer.diffs)
    y = layer.forward(x, in_place=in_place)
    np.testing.assert_allclose(y, forward(x, layer.blobs[0], layer.axis, layer.blobs[1]), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-13, atol=1e-14)
    kept = 0 if overwritten else scale_before
    np.testing.assert_allclose(layer.diffs[0], kept + dscale, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(layer.diffs[1], bias_before + dbias, rtol=1e-12, atol=1e-13)


@each_case
def test_a_second_backward(case, overwritten):
    layer, x, dy = example(*case)
    dx, dscale, _ = truth(layer, x, dy)
    layer.forward(x)
    layer.backward(dy)
    first = layer.diffs[0].copy()
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(layer.diffs[0], first + (0 if overwritten else dscale), rtol=1e-12, atol=1e-13)


@each_case
def test_in_place_a_second_backward_finds_its_input_destroyed(case, overwritten):
    layer, x, dy = example(*case)
    dx, dscale, _ = truth(layer, x, dy)
    layer.forward(x, in_place=True)
    assert np.array_equal(layer.temp_, x)
    layer.backward(dy)
    first = layer.diffs[0].copy()
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-13, atol=1e-14)
    second = layer.diffs[0] - (0 if overwritten else first)
    if layer.blobs[0].size == x.size:  # the product went into the diff of the scale
        assert np.array_equal(layer.temp_, x)
        np.testing.assert_allclose(second, dscale, rtol=1e-12, atol=1e-13)
    else:
        assert np.array_equal(layer.temp_, dy * (dy * x))
        assert np.max(np.abs(second - dscale)) > 1e-2 * np.max(np.abs(dscale))


@each_case
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_place_is_the_same_bit_for_bit(case, overwritten, dtype):
    results = []
    for in_place in (False, True):
        layer, x, dy = example(*case, dtype=dtype)
        results.append([layer.forward(x, in_place=in_place), layer.backward(dy), *layer.diffs])
    assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True))


@each_case
@pytest.mark.parametrize("in_place", [False, True])
def test_a_second_bottom(case, overwritten, in_place):
    one, x, dy = example(*case)
    scale, bias = one.blobs
    layer = Scale(axis=one.axis, num_axes=99, bias_term=True, bias=bias, dtype="float64")
    y = layer.forward(x, scale, in_place=in_place)
    assert np.array_equal(y, one.forward(x))
    assert [blob.shape for blob in layer.blobs] == [bias.shape]
    dx, dscale, dbias = truth(one, x, dy)
    for _ in range(1 if in_place else 2):  # overwritten, whatever the shapes
        np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(layer.second_diff, dscale, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(layer.diffs[0], (1 if in_place else 2) * dbias, rtol=1e-12, atol=1e-13)
    before = layer.second_diff.copy()
    layer.forward(x, scale)
    assert layer.backward(dy, propagate_down=(False, False)) is None
    assert not np.any(layer.second_diff)
    assert layer.backward(dy, propagate_down=(False, True)) is None
    np.testing.assert_allclose(layer.second_diff, before, rtol=1e-14)


def test_lr_mult_0_leaves_a_diff_alone():
    for frozen in (0, 1):
        layer, x, dy = example()
        layer.param_propagate_down[frozen] = False
        before = [diff.copy() for diff in layer.diffs]
        layer.forward(x)
        assert np.any(layer.backward(dy))
        assert np.array_equal(layer.diffs[frozen], before[frozen])
        assert not np.array_equal(layer.diffs[1 - frozen], before[1 - frozen])
        assert layer.backward(dy, propagate_down=False) is None
    layer = Scale(bias_term=True, dtype="float64")
    layer.param_propagate_down = [True, False]
    layer.forward(x, np.ones(3))
    assert layer.param_propagate_down == [False]
    layer.backward(dy)
    assert not np.any(layer.diffs[0])


def test_what_it_is_filled_with():
    x = np.ones((2, 3, 4))
    layer = Scale(dtype="float64")
    assert np.array_equal(layer.forward(x), x)  # no filler at all: 1
    assert len(layer.blobs) == len(layer.param_propagate_down) == 1
    assert not np.any(Scale(scale=0.0).forward(x))
    assert np.array_equal(Scale(bias_term=True, bias=2.5).forward(x), x + 2.5)
    assert np.array_equal(Scale(bias=2.5).forward(x), x)  # Caffe ignores a bias_filler without bias_term
    filled = Scale(scale=[1.0, 2.0, 3.0], dtype="float64")
    filled.set_up((2, 3, 4))
    assert filled.blobs[0].tolist() == [1.0, 2.0, 3.0]
    filled.set_up((2, 3), blobs=[[4.0, 5.0, 6.0]])
    assert filled.blobs[0].tolist() == [4.0, 5.0, 6.0]


def test_blobs_are_set_in_place():
    layer, x, dy = example()
    y, _ = layer.forward(x), layer.backward(dy)
    layer.blobs[0][...] *= 2
    layer.blobs[1][...] *= 2
    np.testing.assert_allclose(layer.forward(x), 2 * y)
    layer.diffs[0] = np.zeros(4)
    with pytest.raises(ValueError, match=r"diffs\[0\]: expected a contiguous, writeable float64 array of shape \(3,\)"):
        layer.backward(dy)


def test_inputs_and_results_are_the_callers():
    _, x, dy = example()
    second = np.array([1.0, -2.0, 3.0])
    given = x, dy, second
    before = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False
    for in_place in (False, True):
        for bottoms in ((), (second,)):
            one = Scale(dtype="float64")
            y = one.forward(x, *bottoms, in_place=in_place)
            dx = one.backward(dy)
            first = dx.copy()
            y[...] = dx[...] = 0
            assert np.array_equal(one.backward(dy), first)
    assert all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))


def test_any_layout_and_any_batch():
    layer, x, dy = example()
    y, dx = layer.forward(x), layer.backward(dy)
    assert np.array_equal(layer.forward(np.asfortranarray(x)), y)
    assert np.array_equal(layer.backward(np.asfortranarray(dy)), dx)
    assert np.array_equal(layer.forward(x[:1]), y[:1])
    assert np.array_equal(layer.forward(np.concatenate([x, x])), np.concatenate([y, y]))
    assert np.array_equal(layer.forward(x[..., 0]), y[..., 0])


def test_buffers_have_caffes_shapes():
    layer, x, _ = example()
    layer.forward(x)
    assert layer.sum_result_.shape == (6,)
    assert np.array_equal(layer.sum_multiplier_, np.ones(35))
    assert layer.temp_.size == 0
    layer.forward(x, in_place=True)
    assert layer.temp_.shape == x.shape


def test_calls_are_recorded():
    layer, x, dy = example((2, 3, 5))
    layer.calls = []
    y = layer.forward(x)
    assert [call.line for call in layer.calls] == [134] * 6 + [82] * 2
    assert layer.calls[1].arguments == (5, layer.blobs[0][1], "bottom + 5", "top + 5")
    assert np.array_equal(layer.calls[-1].value, y)
    layer.calls.clear()
    layer.backward(dy)
    assert [call.line for call in layer.calls] == [106] * 2 + [166, 184, 198] + [212] * 6
    assert layer.calls[2].arguments == (x.size, "top_diff", "bottom", "bottom_diff")
    assert np.array_equal(layer.calls[4].value, layer.diffs[0])
    scalar, x, dy = example((2, 3), num_axes=0)
    scalar.calls = []
    scalar.forward(x, in_place=True)
    scalar.backward(dy)
    assert [call.line for call in scalar.calls] == [125, 134, 82, 106, 166, 175, 176, 212]
    assert scalar.calls[5].target == ""
    assert worst(scalar.calls[5].value, np.float64(np.sum(x * dy))) < 1e-14


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scale(dtype="float16"), "dtype='float16'"),
        (lambda: Scale(num_axes=-2), "num_axes=-2: expected -1 or more"),
        (lambda: Scale(axis=2).forward(np.ones((2, 3))), r"axis=2: expected one of x, of shape \(2, 3\)"),
        (lambda: Scale(num_axes=2).forward(np.ones((2, 3))), "axis=1, num_axes=2: the scale extends past x"),
        (lambda: Scale(scale=[1.0, 2.0]).forward(np.ones((2, 3))), r"scale has shape \(2,\): expected \(\) or \(3,\)"),
        (lambda: Scale(bias_term=True, bias=[1.0, 2.0]).forward(np.ones((2, 3))), r"bias has shape \(2,\)"),
        (lambda: Scale().forward(np.ones((2, 0))), r"x has shape \(2, 0\)"),
        (lambda: Scale().forward(1.0), "x has 0 axes"),
        (lambda: Scale().forward(np.ones((2, 3)), np.ones(2)), r"x has shape \(2, 3\): expected \(2,\), the scale's"),
        (lambda: example()[0].forward(np.ones((2, 4))), r"x has shape \(2, 4\): expected \(3,\), the scale's"),
        (lambda: example()[0].forward(np.ones((2, 3)), np.ones(3)), "forward with 2 bottoms: expected 1"),
        (lambda: example()[0].set_up((2, 3), blobs=[np.ones(3)]), "blobs: expected 2 arrays, got 1"),
        (lambda: after_forward().backward(np.ones((2, 3))), r"dy has shape \(2, 3\): expected \(2, 3, 5, 7\)"),
        (lambda: after_forward().backward(1, propagate_down=[True, False]), "propagate_down has 2 elements"),
    ],
)
def test_errors_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def after_forward():
    layer, x, _ = example()
    layer.forward(x)
    return layer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scale(axis=1.0), "axis: expected an integer, got float"),
        (lambda: Scale(scale="one"), "scale: expected an array of real numbers, got str 'one'"),
        (lambda: Scale(bias=1j), "bias: expected an array of real numbers, got complex 1j"),
        (lambda: Scale(bias_term="false"), "bias_term: expected True or False, got str 'false'"),
        (lambda: Scale().set_up((2, 3), second=5), "second's shape: expected a sequence of integers, got int 5"),
        (lambda: Scale().forward(np.ones((2, 3)) * 1j), "x: expected an array of real numbers"),
        (lambda: Scale().forward(np.ones((2, 3)), ["1", "2", "3"]), "second: expected an array of real numbers"),
        (lambda: Scale().forward(np.ones((2, 3)), in_place=1), "in_place: expected True or False, got int 1"),
        (
            lambda: after_forward().backward(1, propagate_down=None),
            "propagate_down: expected True, False or a sequence",
        ),
        (lambda: after_forward().backward(1, propagate_down="a"), "propagate_down: expected True, False or a sequence"),
        (lambda: after_forward().backward(1, propagate_down=["no"]), r"propagate_down\[0\]: expected True or False"),
    ],
)
def test_wrong_types_are_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_backward_needs_a_forward():
    with pytest.raises(RuntimeError, match="backward before forward"):
        Scale().backward(np.ones((1, 1)))
