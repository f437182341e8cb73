"""The transliteration of Caffe's Normalize against the recorded results of the real layer, and its sharp edges."""

from pathlib import Path

import numpy as np
import pytest
from fixtures import complex_step
from test_golden import FILES, FOLDER, TOLERANCE, magnitude, summands, worst
from test_import import fresh

from l2norm_ref import caffe, exhibits
from l2norm_ref.caffe import Normalize, source

MODES = [(across, shared) for across in (False, True) for shared in (False, True)]
each_mode = pytest.mark.parametrize(("across", "shared"), MODES)


def example(across, shared, shape=(2, 3, 2, 5), dtype="float64", **kwargs):
    """A layer after a forward pass, with x and dy; the scale is random, signed and not uniform."""
    rng = np.random.default_rng(7)
    x, dy = rng.normal(size=(2, *shape))
    scale = rng.normal() if shared else rng.normal(size=shape[1])
    layer = Normalize(across, shared, scale=scale, dtype=dtype, **kwargs)
    layer.forward(x)
    return layer, x, dy


@pytest.mark.parametrize("entry", FILES, ids=[f["file"].removesuffix(".npz") for f in FILES])
def test_recorded_results(entry):
    with np.load(FOLDER / entry["file"]) as data:
        arrays = dict(data)
    params, tolerance = entry["params"], TOLERANCE[entry["dtype"]]
    mode = {k: params[k] for k in ("across_spatial", "channel_shared")}
    layer = Normalize(**mode, eps=params["eps_requested"], scale=arrays["scale"], dtype=entry["dtype"])
    assert float(layer.eps) == arrays["eps"]
    y = layer.forward(arrays["x"])
    dx = layer.backward(arrays["top_diff"])
    assert y.dtype == dx.dtype == layer.diffs[0].dtype == entry["dtype"]
    assert layer.diffs[0].shape == arrays["scale"].shape
    kwargs = mode | {"eps": float(arrays["eps"])}
    assert worst(y, arrays["top"]) <= tolerance
    assert worst(dx, arrays["bottom_diff"], magnitude(arrays, kwargs)) <= tolerance
    size = summands(arrays, kwargs)
    assert worst(layer.diffs[0], arrays["scale_diff"], size) <= tolerance
    # The diff is added to: a second backward doubles it, and leaves dx alone.
    assert np.array_equal(layer.backward(arrays["top_diff"]), dx)
    assert worst(layer.diffs[0], 2 * arrays["scale_diff"], 2 * size) <= tolerance


@each_mode
def test_against_the_exhibit_and_the_derivative(across, shared):
    layer, x, dy = example(across, shared)
    scale, axes = layer.blobs[0], (1, 2, 3) if across else (1,)
    backward = exhibits.by_name("caffe").backward
    assert backward is not None
    dx = layer.backward(dy)
    per_channel = np.broadcast_to(scale, 3)
    expected = backward(dy, x, per_channel, float(layer.eps), axes)
    np.testing.assert_allclose(dx, expected, rtol=1e-12, atol=1e-13)
    truth, dscale, _ = complex_step(x, dy, scale, across_spatial=across, channel_shared=shared, eps=float(layer.eps))
    np.testing.assert_allclose(layer.diffs[0], dscale, rtol=1e-11, atol=1e-13)
    error = np.max(np.abs(dx - truth) / np.max(np.abs(truth)))
    assert error < 1e-12 if shared else error > 1e-2


@pytest.mark.parametrize(("across", "norm"), [(True, (2, 1, 1, 1)), (False, (2, 1, 2, 5))], ids=["sample", "position"])
def test_buffers_have_caffes_shapes(across, norm):
    layer, _, _ = example(across, False)
    assert layer.norm_.shape == norm
    assert layer.buffer_.shape == (1, 3, 2, 5)
    assert layer.buffer_channel_.shape == layer.sum_channel_multiplier_.shape == (1, 3, 1, 1)
    assert layer.buffer_spatial_.shape == layer.sum_spatial_multiplier_.shape == (1, 1, 2, 5)
    assert layer.blobs[0].shape == layer.diffs[0].shape == (3,)
    assert Normalize().blobs[0].shape == ()


def test_eps_is_rounded_to_float32():
    assert float(Normalize(eps=1e-3, dtype="float64").eps) == 0.0010000000474974513


def test_inputs_and_results_are_the_callers():
    layer, x, dy = example(False, False)
    before = x.copy(), dy.copy()
    y = layer.forward(x)
    first = layer.backward(dy)
    y[...], first_copy = 0, first.copy()
    first[...] = 0
    assert np.array_equal(layer.backward(dy), first_copy)
    assert np.array_equal(x, before[0])
    assert np.array_equal(dy, before[1])


@each_mode
def test_any_layout_and_no_height(across, shared):
    layer, x, dy = example(across, shared)
    y, dx = layer.forward(x), layer.backward(dy)
    strided = np.empty((2, 3, 2, 10))[..., ::2]
    strided[...] = x
    assert np.array_equal(layer.forward(strided), y)
    assert np.array_equal(layer.backward(np.asfortranarray(dy)), dx)
    flat = Normalize(across, shared, scale=layer.blobs[0], dtype="float64")
    assert np.array_equal(flat.forward(x.reshape(2, 3, 10)), y.reshape(2, 3, 10))
    assert flat.forward(x[:, :, 0, 0]).shape == (2, 3)


@each_mode
def test_blobs_and_diffs_are_set_in_place(across, shared):
    layer, x, dy = example(across, shared)
    y, _ = layer.forward(x), layer.backward(dy)
    grown = layer.diffs[0].copy()
    layer.diffs[0][...] = 5
    layer.backward(dy)
    np.testing.assert_allclose(layer.diffs[0], grown + 5)
    layer.blobs[0][...] *= 2
    np.testing.assert_allclose(layer.forward(x), 2 * y)


def test_lr_mult_0_leaves_the_diff_alone():
    layer, _, dy = example(False, False)
    layer.param_propagate_down[0] = False
    assert np.any(layer.backward(dy))
    assert not np.any(layer.diffs[0])
    layer.param_propagate_down[0] = True
    assert layer.backward(dy, propagate_down=False) is None
    assert np.any(layer.diffs[0])


@each_mode
def test_in_place_gives_no_gradient(across, shared):
    layer, x, dy = example(across, shared)
    y, _ = layer.forward(x), layer.backward(dy)
    diff = layer.diffs[0].copy()
    layer.diffs[0][...] = 0
    assert np.array_equal(layer.forward(x, in_place=True), y)
    assert not np.any(layer.backward(dy))
    assert np.array_equal(layer.diffs[0], diff)


@each_mode
def test_a_scale_of_zero_poisons_its_own_gradient_only(across, shared):
    layer, x, dy = example(across, shared)
    layer.blobs[0].reshape(-1)[0] = 0
    layer.forward(x)
    dx = layer.backward(dy)
    assert np.isnan(layer.diffs[0].reshape(-1)[0])
    assert np.all(np.isfinite(dx))
    assert np.all(np.isfinite(layer.diffs[0].reshape(-1)[1:]))
    assert not np.any(dx[:, 0])


def test_zero_positions():
    layer = Normalize(False, False, scale=[2.0, 3.0], dtype="float64")
    assert not np.any(layer.forward(np.zeros((1, 2))))
    dx = layer.backward([[1.0, -1.0]])
    np.testing.assert_allclose(dx, [[2e5, -3e5]], rtol=1e-8)
    none = Normalize(False, True, eps=0, dtype="float64")
    assert np.all(np.isnan(none.forward(np.zeros((1, 2)))))


def test_float32_overflows_as_the_layer_does():
    layer = Normalize(False, True)
    assert not np.any(layer.forward(np.full((1, 2), 1e20)))
    assert np.all(np.isnan(layer.backward([[1.0, 0.5]])))


def test_a_growing_batch_is_refused_where_caffe_overruns():
    layer, x, _ = example(True, False)
    assert layer.forward(x[:1]).shape[0] == 1
    assert layer.norm_.shape == (2, 1, 1, 1)
    with pytest.raises(ValueError, match="from 2 to 4 samples: norm_ keeps the size of LayerSetUp"):
        layer.forward(np.concatenate([x, x]))
    other, _, _ = example(False, False)
    assert other.forward(np.concatenate([x, x])).shape[0] == 4
    assert other.forward(np.ones((1, 3, 4, 4))).shape == (1, 3, 4, 4)


def test_channels_may_shrink_with_one_scale_but_not_grow():
    layer, x, dy = example(False, True)
    fresh = Normalize(False, True, scale=layer.blobs[0], dtype="float64")
    assert np.array_equal(layer.forward(x[:, :2]), fresh.forward(x[:, :2]))
    assert np.array_equal(layer.backward(dy[:, :2]), fresh.backward(dy[:, :2]))
    with pytest.raises(ValueError, match="x has 4 channels and the layer was set up with 3"):
        layer.forward(np.ones((2, 4, 2, 5)))
    with pytest.raises(ValueError, match="x has 2 channels"):
        example(False, False)[0].forward(x[:, :2])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normalize(dtype="float16"), "dtype='float16'"),
        (lambda: Normalize(scale=[1.0, 2.0]), r"scale has shape \(2,\): expected \(\)"),
        (lambda: Normalize(channel_shared=False, scale=np.ones((1, 2))), r"scale has shape \(1, 2\)"),
        (lambda: Normalize(channel_shared=False, scale=[1.0, 2.0]).forward(np.ones((1, 3))), r"expected \(3,\)"),
        (lambda: Normalize().forward(np.ones(3)), "x has 1 axes"),
        (lambda: Normalize().forward(np.ones((1, 1, 1, 1, 1))), "x has 5 axes"),
        (lambda: example(True, True)[0].backward(np.ones((1, 3, 2, 5))), r"dy has shape \(1, 3, 2, 5\)"),
    ],
)
def test_errors_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normalize(eps="x"), "eps: expected a real number, got str 'x'"),
        (lambda: Normalize(scale=1j), "scale: expected an array of real numbers, got complex 1j"),
        (lambda: Normalize(across_spatial="false"), "across_spatial: expected True or False, got str 'false'"),
        (lambda: Normalize(channel_shared=None), "channel_shared: expected True or False, got None"),
        (lambda: Normalize().forward(np.ones((2, 3)) * 1j), "x: expected an array of real numbers, got .* complex128"),
        (lambda: Normalize().forward([["1", "2"]]), "x: expected an array of real numbers, got .* dtype <U1"),
        (lambda: example(True, True)[0].backward([["1"]]), "dy: expected an array of real numbers"),
    ],
)
def test_wrong_types_are_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_symbols_have_names():
    with pytest.raises(TypeError, match="expected a name or a Traced array"):
        Normalize(dtype=None).forward(1.0)
    with pytest.raises(TypeError, match="in_place=True"):
        Normalize(dtype=None).forward("x", in_place=True)


def test_needs_numpy_and_nothing_else():
    code = """
from l2norm_ref import caffe
print(caffe.Normalize(dtype="float64").forward([[3.0, 4.0]]).round(6).tolist())
"""
    assert fresh(code, ("sympy", "mpmath", "google")) == "[[0.6, 0.8]]"


def test_the_notice_is_in_the_package():
    notice = (Path(caffe.__file__).parent / "LICENSE").read_text()
    for words in ("Wei Liu (UNC Chapel Hill)", "The Regents of the University of California", "AS IS", source.COMMIT):
        assert words in notice


def test_backward_needs_a_forward():
    with pytest.raises(RuntimeError, match="backward before forward"):
        Normalize().backward(np.ones((1, 1)))
