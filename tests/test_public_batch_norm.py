"""The public BatchNorm: gradients against the complex step and 60 digits, its conventions, what it leaves alone."""

import copy
import pickle
import warnings
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch_gate import import_torch

from l2norm_ref import BatchNormSaved, batch_norm_backward, batch_norm_forward

STEP = 1e-30
SHAPES = [(2, 3, 5, 7), (7, 3), (2, 3, 5), (1, 3, 4, 4), (3, 1, 2, 2), (2, 3, 1, 2, 5), (1, 1, 1, 2), (4, 2, 1, 1)]


def normalized(x, eps, axes, mean=None, var=None):
    """The layer, typed a second time; works on complex numbers."""
    mean = np.mean(x, axis=axes, keepdims=True) if mean is None else mean
    var = np.mean((x - mean) * (x - mean), axis=axes, keepdims=True) if var is None else var
    return (x - mean) / np.sqrt(var + eps)


def axes_of(x, channel_axis=1):
    return tuple(k for k in range(x.ndim) if k != channel_axis % x.ndim)


def complex_step(x, dy, eps, axes, **given):
    nudges = (STEP * 1j * np.eye(x.size)).reshape(x.size, *x.shape)
    shifted = tuple(k + 1 for k in axes)
    slopes = dy * normalized(x + nudges, eps, shifted, **given).imag
    return np.sum(slopes, axis=tuple(range(1, x.ndim + 1))).reshape(x.shape) / STEP


def natural(x, dy, eps, axes):
    """The size of the terms of which dx is the difference."""
    mean = np.mean(x, axis=axes, keepdims=True)
    sigma = np.sqrt(np.var(x, axis=axes, keepdims=True) + eps)
    xhat = np.abs(x - mean) / sigma
    size = np.abs(dy)
    average = np.mean(size, axis=axes, keepdims=True) + xhat * np.mean(size * xhat, axis=axes, keepdims=True)
    return (size + average) / sigma


def example(shape, spread=1.0, offset=0.0, seed=0, dtype=np.float64):
    rng = np.random.default_rng([seed, *shape])
    x, dy = offset + spread * rng.normal(size=shape), rng.normal(size=shape)
    return x.astype(dtype), dy.astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("spread", "eps"), [(1.0, 1e-5), (1e-3, 0.7), (1.0, 1.0), (1e4, 1e-5), (1.0, 0.0)])
def test_gradients(shape, spread, eps):
    x, dy = example(shape, spread)
    axes = axes_of(x)
    y, saved = batch_norm_forward(x, eps=eps)
    dx = batch_norm_backward(dy, saved)
    assert y.dtype == dx.dtype == x.dtype
    np.testing.assert_allclose(y, normalized(x, eps, axes), rtol=1e-12, atol=1e-13)
    truth = complex_step(x, dy, eps, axes)
    assert np.max(np.abs(dx - truth) / natural(x, dy, eps, axes)) <= 1e-13


@pytest.mark.parametrize("shape", SHAPES[:4], ids=str)
def test_gradients_with_given_statistics(shape):
    x, dy = example(shape)
    rng = np.random.default_rng(5)
    mean, var = rng.normal(size=shape[1]), rng.uniform(0.1, 3, size=shape[1])
    y, saved = batch_norm_forward(x, mean=mean, var=var)
    assert saved.axes is None
    broadcast = {"mean": mean.reshape(-1, *[1] * (len(shape) - 2)), "var": var.reshape(-1, *[1] * (len(shape) - 2))}
    np.testing.assert_allclose(y, normalized(x, 1e-5, None, **broadcast), rtol=1e-15, atol=1e-15)
    np.testing.assert_allclose(batch_norm_backward(dy, saved), complex_step(x, dy, 1e-5, (), **broadcast), rtol=1e-14)


@pytest.mark.parametrize("channel_axis", [1, 2, 3, -1, -2])
def test_channel_axes(channel_axis):
    x, dy = example((2, 3, 5, 7))
    y, saved = batch_norm_forward(x, channel_axis=channel_axis)
    moved, _ = batch_norm_forward(np.moveaxis(x, channel_axis, 1))
    assert np.array_equal(np.moveaxis(y, channel_axis, 1), moved)
    assert saved.axes == axes_of(x, channel_axis)
    dx = batch_norm_backward(dy, saved)
    assert np.max(np.abs(dx - complex_step(x, dy, 1e-5, saved.axes))) < 1e-13


def test_invariants():
    """What is forgotten gets no gradient: the mean exactly, the scale up to eps."""
    for eps in (0.0, 0.3):
        x, dy = example((3, 2, 5, 7))
        axes = axes_of(x)
        y, saved = batch_norm_forward(x, eps=eps)
        dx = batch_norm_backward(dy, saved)
        sigma = np.sqrt(np.var(x, axis=axes) + eps)
        np.testing.assert_allclose(np.sum(dx, axis=axes), 0, atol=1e-13)
        along = eps * np.sum(y * dy, axis=axes) / sigma**3
        np.testing.assert_allclose(np.sum(y * dx, axis=axes), along, rtol=1e-12, atol=1e-13)
    shifted, _ = batch_norm_forward(3 * x + 5, eps=0)
    np.testing.assert_allclose(shifted, batch_norm_forward(x, eps=0)[0], rtol=1e-12, atol=1e-14)


def exact(x, dy, eps, digits=60):
    """y, dx and the natural magnitude of dx of one channel."""
    with mpmath.workdps(digits):
        xs, gs = [mpmath.mpf(float(v)) for v in x.flat], [mpmath.mpf(float(v)) for v in dy.flat]
        m = len(xs)
        mean = mpmath.fsum(xs) / m
        sigma = mpmath.sqrt(mpmath.fsum((v - mean) ** 2 for v in xs) / m + mpmath.mpf(eps))
        hat = [(v - mean) / sigma for v in xs]
        first, second = mpmath.fsum(gs) / m, mpmath.fsum(g * h for g, h in zip(gs, hat, strict=True)) / m
        size = mpmath.fsum(map(abs, gs)) / m
        along = mpmath.fsum(abs(g * h) for g, h in zip(gs, hat, strict=True)) / m
        dx = [(g - first - h * second) / sigma for g, h in zip(gs, hat, strict=True)]
        return hat, dx, [(abs(g) + size + abs(h) * along) / sigma for g, h in zip(gs, hat, strict=True)]


def ulps(value, truth, size, dtype):
    """The largest error in units in the last place of `size`."""
    info = np.finfo(dtype)
    worst = 0
    for got, want, scale in zip(value.flat, truth, size, strict=True):
        unit = mpmath.ldexp(1, max(int(mpmath.floor(mpmath.log(abs(scale), 2))), info.minexp) - info.nmant)
        worst = max(worst, abs(mpmath.mpf(float(got)) - want) / unit)
    return float(worst)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    ("spread", "offset", "eps"),
    [(1, 0, 1e-5), (1, 900, 1e-5), (1e-3, 1, 1e-9), (1e-2, -30, 0.0), (1e-4, 0, 1e-5), (100, 0, 1.0)],
)
def test_accuracy(dtype, spread, offset, eps):
    """The documented bounds, against 60 digits; a large mean is the hard case."""
    for seed in range(4):
        x, dy = example((5, 1, 3, 2), spread, offset, seed, dtype)
        if eps == 0 and np.ptp(x) == 0:
            continue
        y, saved = batch_norm_forward(x, eps=eps)
        dx = batch_norm_backward(dy, saved)
        hat, truth, size = exact(x, dy, eps)
        assert ulps(y, hat, [h or 1 for h in hat], dtype) <= 0.51
        assert ulps(dx, truth, size, dtype) <= 1.01


SPREAD = [
    [-1e30, 1, 1e30],
    [-2e17, 1, 2e17],
    [3e38, -3e38, 7],
    [1, 2, 1e-38],
    [3e38, -3e38, 1e-20, 5e-20, 1, -1, 1e-44],
]


@pytest.mark.parametrize("eps", [1e-5, 0.0])
@pytest.mark.parametrize("values", [*SPREAD, [6e4, -6e4, 1e-7], [-3, -2, -1, 0, 1, 2, 3]], ids=str)
def test_small_deviations_beside_large_ones(values, eps):
    """Each to its own last place, however much the largest of its channel is larger."""
    for dtype in ("float16", "float32"):
        if dtype == "float32" or max(values) < 65504:
            x = np.array(values, dtype).reshape(-1, 1)
            y, saved = batch_norm_forward(x, eps=eps)
            dy = np.linspace(-1, 2, x.size, dtype=dtype).reshape(x.shape)
            hat, truth, size = exact(x, dy, eps, digits=200)
            assert ulps(y, hat, [h or 1 for h in hat], dtype) <= 0.51
            assert ulps(batch_norm_backward(dy, saved), truth, size, dtype) <= 1.01


def test_small_deviations_in_a_large_channel():
    """Where plain sums lose digits: some of 20000 deviations are a millionth of the usual one."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20000, 1)).astype("float32")
    y, _ = batch_norm_forward(x)
    with mpmath.workdps(60):
        mean = mpmath.fsum(map(float, x.flat)) / x.size
        sigma = mpmath.sqrt(mpmath.fsum((float(v) - mean) ** 2 for v in x.flat) / x.size + mpmath.mpf(1e-5))
        nearest = np.argsort(np.abs(y[:, 0]))[:20]
        hat = [(float(x[k, 0]) - mean) / sigma for k in nearest]
    assert ulps(y[nearest], hat, hat, "float32") <= 0.51


def test_small_deviations_in_float64():
    """As documented: to 2**-40 of the largest of the channel."""
    rng = np.random.default_rng(0)
    for seed in range(5):
        x = rng.normal(size=(9, 1)) * 2.0 ** rng.uniform(-36, 0, (9, 1)) * 2.0 ** (200 * seed)
        hat, _, _ = exact(x, x, 0.0, digits=700)
        assert ulps(batch_norm_forward(x, eps=0)[0], hat, hat, "float64") <= 0.51


def test_a_sum_of_float64_that_cancels_exactly():
    """1e16 + 1 - 1e16 - 1 is not 0 in float64."""
    cancels, usual = np.array([[1e16], [1.0], [-1e16], [-1.0]]), np.array([[1.0], [2.0], [4.0], [5.0]])
    for x, dy in ((cancels, usual), (usual, cancels)):
        y, saved = batch_norm_forward(x)
        hat, truth, size = exact(x, dy, 1e-5)
        assert ulps(y, hat, hat, "float64") <= 0.51
        assert ulps(batch_norm_backward(dy, saved), truth, size, "float64") <= 1.01


@pytest.mark.parametrize("scale", [1e-200, 1e200, 1e-310])
def test_extreme_magnitudes_of_float64(scale):
    x, dy = example((3, 2, 4))
    small, saved = batch_norm_forward(scale * x, eps=0)
    np.testing.assert_allclose(small, batch_norm_forward(x, eps=0)[0], rtol=1e-9 if scale < 1e-300 else 1e-13)
    assert np.all(np.isfinite(small))
    if scale > 1e-300:
        plain = batch_norm_backward(dy, batch_norm_forward(x, eps=0)[1])
        np.testing.assert_allclose(batch_norm_backward(dy * scale, saved), plain, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_constant_channel(dtype):
    x = np.full((2, 3, 4), 0.1, dtype)
    x[0, 1] = [1, 2, 3, 4]
    dy = np.ones_like(x)
    dy[0] = 2
    for eps in (0.0, 1e-5):
        y, saved = batch_norm_forward(x, eps=eps)
        dx = batch_norm_backward(dy, saved)
        assert np.array_equal(y[:, [0, 2]], np.zeros((2, 2, 4)))
        assert np.all(np.isfinite(dx))
        assert np.all(dx[:, [0, 2]] == 0) == (eps == 0)
        assert np.all(y[:, 1] != 0)


def test_one_element_a_channel_is_constant():
    y, saved = batch_norm_forward(np.array([[3.0, -4.0]]))
    assert np.array_equal(y, [[0, 0]])
    assert np.array_equal(batch_norm_backward(np.array([[1.0, 2.0]]), saved), [[0, 0]])


def test_nan_and_infinity_stay_in_their_channel():
    for bad in (np.nan, np.inf):
        for dtype in ("float32", "float64"):
            x, dy = example((3, 2, 4), dtype=dtype)
            x[0, 0, 0] = bad
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                y, saved = batch_norm_forward(x)
                dx = batch_norm_backward(dy, saved)
                constant, _ = batch_norm_forward(np.full((2, 1, 3), bad, dtype), eps=0)
            assert np.all(np.isnan(y[:, 0]))
            assert np.all(np.isnan(dx[:, 0]))
            assert np.all(np.isfinite(y[:, 1]))
            assert np.all(np.isfinite(dx[:, 1]))
            assert np.all(np.isnan(constant))


def test_empty_arrays():
    y, saved = batch_norm_forward(np.zeros((2, 0, 3), np.float32))
    assert y.shape == batch_norm_backward(y, saved).shape == (2, 0, 3)
    y, saved = batch_norm_forward(np.zeros((0, 2, 3)), mean=[0, 0], var=[1, 1])
    assert y.shape == batch_norm_backward(y, saved).shape == (0, 2, 3)
    with pytest.raises(ValueError, match=r"something to average, got shape \(0, 2, 3\)"):
        batch_norm_forward(np.zeros((0, 2, 3)))


@pytest.mark.parametrize("given_statistics", [False, True])
def test_nothing_is_changed_or_shared(given_statistics):
    x, dy = example((2, 3, 5, 7))
    statistics = {"mean": np.zeros(3), "var": np.ones(3)} if given_statistics else {}
    before = copy.deepcopy((x, dy, statistics))
    y, saved = batch_norm_forward(x, **statistics)
    dx = batch_norm_backward(dy, saved)
    y_before, dx_before = y.copy(), dx.copy()
    assert np.array_equal(x, before[0])
    assert np.array_equal(dy, before[1])
    assert all(np.array_equal(statistics[name], value) for name, value in before[2].items())
    x[...], y[...] = np.nan, np.nan  # neither is what the backward pass reads
    assert np.array_equal(batch_norm_backward(dy, saved), dx_before)
    again, _ = batch_norm_forward(before[0], **statistics)
    assert np.array_equal(again, y_before)
    copied = pickle.loads(pickle.dumps(saved))
    assert np.array_equal(batch_norm_backward(dy, copied), dx_before)


def test_layouts_and_dtypes():
    x, dy = example((2, 3, 5, 7), dtype="float32")
    y, saved = batch_norm_forward(x)
    wide = np.full((2, 3, 5, 14), np.nan, "float32")
    wide[..., ::-2] = x
    view = wide[..., ::-2]
    view.flags.writeable = False
    for other in (view, np.asfortranarray(x), x.astype(">f4")):
        assert np.array_equal(batch_norm_forward(other)[0], y)
    dx = batch_norm_backward(dy.astype("float64"), saved)
    assert dx.dtype == "float32"
    assert np.array_equal(dx, batch_norm_backward(dy, saved))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": np.zeros(3)}, ValueError, "x: expected rank 2 to 6"),
        ({"x": np.zeros((2, 3), int)}, TypeError, "x: expected a real array of dtype float16, float32 or float64"),
        ({"eps": -1.0}, ValueError, "eps: expected a finite real number >= 0"),
        ({"eps": "small"}, TypeError, "eps: expected a finite real number >= 0, got str 'small'"),
        ({"channel_axis": 0}, ValueError, "channel_axis: expected another axis than the sample axis 0"),
        ({"channel_axis": 9}, ValueError, "channel_axis: expected an axis of an array of rank 2"),
        ({"mean": np.zeros(3)}, ValueError, "var: expected to be given, as the other one"),
        ({"var": np.zeros(3)}, ValueError, "mean: expected to be given, as the other one"),
        ({"mean": np.zeros(2), "var": np.ones(2)}, ValueError, r"mean: expected a real array of shape \(3,\)"),
        ({"mean": np.zeros(3), "var": -np.ones(3)}, ValueError, "var: expected numbers >= 0"),
        ({"mean": [True] * 3, "var": np.ones(3)}, TypeError, "mean: expected a real array"),
        ({"mean": 0.0, "var": 1.0}, ValueError, "mean: expected a real array"),
    ],
)
def test_what_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        batch_norm_forward(**{"x": np.zeros((2, 3)), **arguments})


def test_what_backward_refuses():
    _, saved = batch_norm_forward(np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"dy: expected the shape of y, \(2, 3\)"):
        batch_norm_backward(np.zeros((3, 2)), saved)
    with pytest.raises(TypeError, match="saved: expected what batch_norm_forward returned"):
        batch_norm_backward(np.zeros((2, 3)), (1, 2))
    assert isinstance(saved, BatchNormSaved)


@given(st.data())
def test_adding_a_number_to_a_channel_changes_nothing(data):
    """Exactly so where the numbers are integers: their means and deviations have no rounding to hide in."""
    rows = data.draw(st.lists(st.integers(-1000, 1000), min_size=2, max_size=8))
    offset = data.draw(st.integers(-(10**6), 10**6))
    x = np.array(rows, np.float64).reshape(-1, 1)
    y, _ = batch_norm_forward(x, eps=1)
    mean = Fraction(sum(rows), len(rows))
    shifted, _ = batch_norm_forward(x + offset, eps=1)
    np.testing.assert_allclose(shifted, y, rtol=2**-52)
    assert all(
        (value > 0) == (row > mean) and (value < 0) == (row < mean) for value, row in zip(y.flat, rows, strict=True)
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_against_torch(dtype):
    torch = import_torch()
    x, dy = example((3, 5, 4, 2), 2.0, 3.0, dtype=dtype)
    for training in (True, False):
        layer = torch.nn.BatchNorm2d(5, affine=False, dtype=getattr(torch, dtype)).train(training)
        layer.running_mean[:] = torch.linspace(-1, 1, 5)
        layer.running_var[:] = torch.linspace(0.5, 2, 5)
        statistics = (
            {} if training else {"mean": layer.running_mean.numpy().copy(), "var": layer.running_var.numpy().copy()}
        )
        inputs = torch.tensor(x, requires_grad=True)
        outputs = layer(inputs)
        outputs.backward(torch.tensor(dy))
        y, saved = batch_norm_forward(x, **statistics)
        bound = 1e-12 if dtype == "float64" else 2e-5
        np.testing.assert_allclose(y, outputs.detach().numpy(), rtol=bound, atol=bound)
        np.testing.assert_allclose(batch_norm_backward(dy, saved), inputs.grad.numpy(), rtol=bound, atol=bound)
