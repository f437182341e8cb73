"""The public L2Norm: gradients against the complex step, its conventions, and what it leaves alone."""

import copy
import doctest
import pickle
import warnings

import numpy as np
import pytest
from fixtures import AXES, BASE, CASES, EPS_MODES, FLAGS, Case, complex_step, denominator, forward, resolve
from hypothesis import given
from hypothesis import strategies as st

import l2norm_ref._l2norm
from l2norm_ref import L2NormSaved, l2norm_backward, l2norm_forward

PRECISIONS = ("oracle", "plain")
ULP = 2.0**-53


def run(x, dy, scale=None, **kwargs):
    y, saved = l2norm_forward(x, scale, **kwargs)
    return (y, *l2norm_backward(dy, saved))


def check_gradients(x, dy, scale, bound=1e-13, **kwargs):
    """y, dx and dscale against the complex step of the forward pass typed in fixtures.py."""
    truth, dscale_truth, natural = complex_step(x, dy, scale, **{k: v for k, v in kwargs.items() if k != "precision"})
    axes, gamma = resolve(x.shape, scale, kwargs)
    y, dx, dscale = run(x, dy, scale, **kwargs)
    expected = forward(x, gamma, kwargs.get("eps", 1e-10), kwargs.get("eps_mode", "add_inside"), axes)
    np.testing.assert_array_less(np.abs(y - expected), bound * np.abs(expected) + 1e-300)
    np.testing.assert_array_less(np.abs(dx - truth), bound * natural + 1e-300)
    assert y.dtype == dx.dtype == x.dtype
    assert y.shape == dx.shape == x.shape
    if scale is None:
        assert dscale is None
        return
    terms = np.abs(dy * expected / gamma)
    lacking = tuple(k for k in range(x.ndim) if gamma.ndim == 0 or gamma.shape[k] == 1)
    size = np.sum(terms, axis=lacking).reshape(np.shape(scale)) if np.ndim(scale) else np.sum(terms)
    assert dscale.shape == np.shape(scale)
    assert dscale.dtype == x.dtype
    np.testing.assert_array_less(np.abs(dscale - dscale_truth), bound * size + 1e-300)


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_gradients_of_all_modes(case, eps_mode, precision):
    if eps_mode == "none" and case.name in ("zero_pixel", "zero_sample"):
        return  # 0/0: see test_zero_slices
    for across_spatial, shared in FLAGS:
        kwargs = {**case.kwargs, "eps_mode": eps_mode, "precision": precision}
        kwargs |= {"across_spatial": across_spatial, "channel_shared": shared}
        check_gradients(case.x, case.dy, case.scale(shared), **kwargs)
    kwargs = {**case.kwargs, "eps_mode": eps_mode, "precision": precision}
    check_gradients(case.x, case.dy, None, **kwargs)


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("axes", AXES, ids=str)
def test_gradients_of_all_axes(axes, eps_mode):
    for shared in (True, False):
        kwargs = {"axes": axes, "eps": 0.9, "eps_mode": eps_mode, "channel_shared": shared}
        check_gradients(BASE.x, BASE.dy, BASE.scale(shared), **kwargs)


@pytest.mark.parametrize("channel_axis", [1, 2, 3, -1, -2, -3])
def test_gradients_of_all_channel_axes(channel_axis):
    rng = np.random.default_rng(channel_axis % 4)
    scale = rng.normal(size=BASE.x.shape[channel_axis])
    for spatial in (True, False):
        kwargs = {"across_spatial": spatial, "channel_shared": False, "channel_axis": channel_axis}
        check_gradients(BASE.x, BASE.dy, scale, **kwargs)


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("axes", ["all", (0,), (-1,)], ids=str)
def test_rank_1(axes, eps_mode):
    x, dy = BASE.x[0, :, 0, 0], BASE.dy[0, :, 0, 0]
    for scale in (None, -0.7):
        check_gradients(x, dy, scale, axes=axes, eps=0.3, eps_mode=eps_mode, channel_axis=7)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("eps_mode, eps", [("clamp_norm", 5.0), ("clamp_sum", 25.0)])
def test_exact_tie_takes_the_branch_that_is_not_clamped(eps_mode, eps, precision):
    x, dy, scale = np.array([[3.0, 4.0], [0.0, -5.0]]), np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([2.0, -0.5])
    kwargs = {"channel_shared": False, "eps_mode": eps_mode, "eps": eps, "precision": precision}
    check_gradients(x, dy, scale, **kwargs)
    # One-sided differences of the forward pass from outside the clamp; below, only h/d is left.
    step = 2.0**-26
    gamma = scale[None]
    value = np.sum(dy * forward(x, gamma, eps, eps_mode, (1,)))
    outward = np.sign(x)
    moved = np.sum(dy * forward(x + step * outward, gamma, eps, eps_mode, (1,)))
    assert abs(np.sum(run(x, dy, scale, **kwargs)[1] * outward) - (moved - value) / step) < 1e-7
    inside = run(x * (1 - 2.0**-50), dy, scale, **kwargs)[1]
    np.testing.assert_allclose(inside, gamma * dy / 5.0, rtol=1e-15)


@pytest.mark.parametrize("magnitude", [1e-160, 0.1, 0.3, 1.0, 1e200])
def test_one_channel_ties_with_its_own_size(magnitude):
    """|x| >= |x| whatever rounding does to the square and its root."""
    x = np.array([[magnitude]])
    assert run(x, np.ones((1, 1)), eps_mode="clamp_norm", eps=magnitude)[1] == 0


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("eps_mode, eps", [*((mode, 0.0) for mode in EPS_MODES), ("none", 1e-10)])
def test_zero_slices(eps_mode, eps, dtype, precision):
    """A slice without a direction has y = 0 and dx = 0, adds nothing to dscale, and leaves the others alone."""
    x, dy, scale = BASE.x.astype(dtype), BASE.dy.astype(dtype), BASE.scale(False)
    kwargs = {"across_spatial": False, "channel_shared": False, "eps": eps, "eps_mode": eps_mode}
    kwargs["precision"] = precision
    y, dx, dscale = run(x[1:], dy[1:], scale, **kwargs)
    holed = x.copy()
    holed[0] = 0
    y0, dx0, dscale0 = run(holed, dy, scale, **kwargs)
    np.testing.assert_array_equal(y0, np.concatenate([0 * y, y]))
    np.testing.assert_array_equal(dx0, np.concatenate([0 * dx, dx]))
    np.testing.assert_array_equal(dscale0, dscale)
    dy[0, 1, 0, 0], dy[0, 2, 1, 1] = np.nan, np.inf
    _, dx0, dscale0 = run(holed, dy, scale, **kwargs)
    assert np.argwhere(np.isnan(dx0)).tolist() == [[0, 1, 0, 0], [0, 2, 1, 1]]
    assert np.isnan(dscale0).tolist() == [False, True, True]
    assert not np.any(np.nan_to_num(dx0[0]))


@pytest.mark.parametrize("eps_mode", EPS_MODES[:4])
def test_zero_slices_with_eps_have_slope_one_over_d(eps_mode):
    check_gradients(np.zeros((2, 3)), BASE.dy[0, :2, :3, 0].copy(), 2.5, eps=0.25, eps_mode=eps_mode)


NOT_FINITE = [
    # what is set in x[0], dy[0], gamma -> y[0], dx[0], dscale; None: finite and not zero
    ("x", [np.nan, 1, 2], [np.nan] * 3, [np.nan] * 3, [np.nan] * 3),
    ("x", [np.inf, 1, 0], [np.nan, 0, 0], [np.nan] * 3, [np.nan, 0, 0]),
    ("x", [-np.inf, np.inf, 1], [np.nan, np.nan, 0], [np.nan] * 3, [np.nan, np.nan, 0]),
    ("dy", [np.nan, 1, 2], [None] * 3, [np.nan] * 3, [np.nan, None, None]),
    ("dy", [np.inf, 1, 2], [None] * 3, [np.nan, -np.inf, -np.inf], [np.inf, None, None]),
    ("scale", [np.nan, 1, 2], [np.nan, None, None], [np.nan] * 3, [None] * 3),
    ("scale", [np.inf, 1, 2], [np.inf, None, None], [np.nan, -np.inf, -np.inf], [None] * 3),
    ("scale", [0, np.inf, 2], [0, np.inf, None], [-np.inf, np.nan, -np.inf], [None] * 3),
]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("row", NOT_FINITE, ids=lambda row: f"{row[0]}={row[1]}")
def test_nan_and_infinity(row, eps_mode, dtype, precision):
    name, values, *expected = row
    arrays = {"x": np.array([[1.0, 2, 3]]), "dy": np.array([[1.0, 2, 3]]), "scale": np.array([1.0, 2, 3])}
    arrays[name] = np.array(values, dtype=float).reshape(arrays[name].shape)
    arrays = {k: v.astype(dtype) for k, v in arrays.items()}
    kwargs = {"channel_shared": False, "eps_mode": eps_mode, "eps": 1e-3, "precision": precision}
    for result, wanted in zip(run(*(arrays[k] for k in ("x", "dy", "scale")), **kwargs), expected, strict=True):
        for value, want in zip(result.reshape(-1), wanted, strict=True):
            if want is None:
                assert np.isfinite(value) and value != 0
            else:
                np.testing.assert_equal(value, want)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("eps_mode", ["clamp_norm", "clamp_sum"])
def test_nan_in_dy_stays_alone_below_a_clamp(eps_mode, precision):
    dy = np.array([[np.nan, np.inf, 1.0, 0.0]])
    dx = run(np.array([[0.1, 0.2, 0.3, 0.0]]), dy, eps=2.0, eps_mode=eps_mode, precision=precision)[1]
    np.testing.assert_array_equal(np.isfinite(dx), [[False, False, True, True]])


def test_the_example_against_caffe():
    x, dy, scale = np.array([[3.0, 4.0]]), np.array([[1.0, 0.0]]), np.array([1.0, 2.0])
    y, dx, dscale = run(x, dy, scale, channel_shared=False, eps=0)
    assert (y.tolist(), dx.tolist(), dscale.tolist()) == ([[0.6, 1.6]], [[0.128, -0.096]], [0.6, 0.0])


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_channels_last_is_channels_first_transposed(eps_mode, dtype, precision):
    for across_spatial, shared in FLAGS:
        kwargs = {"across_spatial": across_spatial, "channel_shared": shared, "eps_mode": eps_mode, "eps": 0.1}
        kwargs["precision"] = precision
        x, dy, scale = BASE.x.astype(dtype), BASE.dy.astype(dtype), BASE.scale(shared)
        y, dx, dscale = run(x, dy, scale, **kwargs)
        moved = (np.moveaxis(a, 1, -1) for a in (x, dy))
        y2, dx2, dscale2 = run(*moved, scale, channel_axis=-1, **kwargs)
        for first, last in ((y, np.moveaxis(y2, -1, 1)), (dx, np.moveaxis(dx2, -1, 1)), (dscale, dscale2)):
            tolerance = {"rtol": 0, "atol": 0} if precision == "oracle" or dtype != "float64" else {"rtol": 1e-14}
            np.testing.assert_allclose(last, first, **tolerance)


def test_the_words_for_axes():
    rank_4 = {"all": (0, 1, 2, 3), "spatial": (2, 3)}
    for word, axes in rank_4.items():
        results = [run(BASE.x, BASE.dy, 2.0, axes=a) for a in (word, axes, tuple(k - 4 for k in reversed(axes)))]
        for other in results[1:]:
            for a, b in zip(results[0], other, strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_layout_does_not_matter(precision):
    """Strides, byte order, write protection and subclass: the same bits."""

    class Mine(np.ndarray):
        pass

    wide = np.zeros((4, 3, 5, 14))
    wide[::2, :, ::-1, ::2] = BASE.x
    view = wide[::2, :, ::-1, ::2]
    view.flags.writeable = False
    scale = BASE.scale(False)
    expected = run(BASE.x, BASE.dy, scale, channel_shared=False, precision=precision)
    variants = {
        "strided": (view, np.asfortranarray(BASE.dy), scale[::-1].copy()[::-1]),
        "big-endian": (BASE.x.astype(">f8"), BASE.dy.astype(">f8"), scale.astype(">f8")),
        "subclass": (BASE.x.view(Mine), BASE.dy.view(Mine), scale.view(Mine)),
        "lists": (BASE.x.tolist(), BASE.dy.tolist(), scale.tolist()),
    }
    for x, dy, gamma in variants.values():
        results = run(x, dy, gamma, channel_shared=False, precision=precision)
        for result, want in zip(results, expected, strict=True):
            np.testing.assert_array_equal(result, want)
            assert type(result) is np.ndarray
            assert result.dtype == getattr(x, "dtype", np.float64)


def test_broadcast_input():
    x = np.broadcast_to(np.array([[[1.0]], [[2.0]]]), (2, 2, 3))
    check_gradients(x, np.broadcast_to(np.float64(1.5), x.shape), np.array([1.0, -2.0]), channel_shared=False)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nothing_is_mutated_or_shared(dtype, eps_mode, precision):
    x, dy, scale = BASE.x.astype(dtype), BASE.dy.astype(dtype), BASE.scale(False)
    before = [a.copy() for a in (x, dy, scale)]
    kwargs = {"channel_shared": False, "eps_mode": eps_mode, "precision": precision}
    y, saved = l2norm_forward(x, scale, **kwargs)
    first = l2norm_backward(dy, saved)
    for array, original in zip((x, dy, scale), before, strict=True):
        np.testing.assert_array_equal(array, original)
    for array in (x, scale, y, *first):  # none of them is what `saved` works with
        array[...] = 7
    second = l2norm_backward(dy, saved)
    for result, want in zip(second, run(before[0], dy, before[2], **kwargs)[1:], strict=True):
        np.testing.assert_array_equal(result, want)
    with pytest.raises(AttributeError):
        saved.eps = 1.0  # type: ignore[misc]
    for array in _arrays(saved):
        assert not array.flags.writeable
        assert not any(np.shares_memory(array, a) for a in (x, dy, scale, y, *first))


def _arrays(saved):
    for value in (*vars(saved).values(), *saved.residuals):
        for part in getattr(value, "parts", (value,)):
            if isinstance(part, np.ndarray) and part.ndim:
                yield part


@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_no_warning_and_no_error_state(eps_mode):
    """Whatever np.seterr says, and it is left as it was."""
    x = np.array([[0.0, np.inf, 1e200, 1e-200], [0, 0, 0, 0]])
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        before = np.geterr()
        for precision in PRECISIONS:
            for dtype in ("float16", "float32", "float64"):
                with np.errstate(over="ignore", under="ignore"):
                    given_x = x.astype(dtype)
                run(given_x, given_x, 1e300, eps=0, eps_mode=eps_mode, precision=precision)
        assert np.geterr() == before


@pytest.mark.parametrize("precision", PRECISIONS)
def test_empty_arrays(precision):
    for shape in ((0, 3, 5, 7), (2, 3, 0, 7)):
        x = np.zeros(shape, np.float32)
        kwargs = {"across_spatial": shape[2] > 0, "channel_shared": False, "precision": precision}
        for dtype in ("float32", "float64"):
            y, dx, dscale = run(x.astype(dtype), x, np.ones(3), **kwargs)
            assert y.shape == dx.shape == shape
            assert y.dtype == dx.dtype == dscale.dtype == dtype
            np.testing.assert_array_equal(dscale, np.zeros(3))
            assert run(x.astype(dtype), x, 2.0, across_spatial=kwargs["across_spatial"])[2] == 0
    no_channels = np.zeros((2, 0, 5))
    y, dx, dscale = run(no_channels, no_channels, np.ones(0), channel_shared=False, axes="spatial", precision=precision)
    assert y.shape == dx.shape == (2, 0, 5)
    assert dscale.shape == (0,)


@pytest.mark.parametrize("scale", [3, np.float32(3), np.int64(3), np.array(3.0), np.array(3, np.int16)])
def test_scalar_scales(scale):
    y, _, dscale = run(BASE.x, BASE.dy, scale)
    np.testing.assert_array_equal(y, run(BASE.x, BASE.dy, 3.0)[0])
    assert dscale.shape == ()
    assert dscale.dtype == np.float64


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_small_dtypes_are_the_float64_result_rounded_once(dtype, eps_mode):
    """eps does not become a float16, in which 1e-10 is 0; neither does the scale."""
    x, dy, scale = (BASE.x * 1e-5).astype(dtype), BASE.dy.astype(dtype), BASE.scale(False)
    kwargs = {"channel_shared": False, "eps_mode": eps_mode, "eps": 1e-10}
    small = run(x, dy, scale, **kwargs)
    large = run(x.astype(float), dy.astype(float), scale, **kwargs)
    for a, b in zip(small, large, strict=True):
        with np.errstate(over="ignore"):  # 1 / 1e-5 is beyond float16
            np.testing.assert_array_equal(a, b.astype(dtype))
    mixed = run(x, dy.astype(np.float64), scale, **kwargs)
    for a, b in zip(small, mixed, strict=True):
        np.testing.assert_array_equal(a, b)


# Invariants: what must hold whatever the numbers are.


@pytest.mark.parametrize("case", [c for c in CASES if "channel_axis" not in c.kwargs], ids=lambda case: case.name)
def test_add_inside_leaves_the_part_along_x_that_eps_makes(case):
    """<x, dx> = eps * <x, h> / d**3."""
    eps = case.kwargs["eps"]
    dx = run(case.x, case.dy, case.scale(False), across_spatial=False, channel_shared=False, eps=eps)[1]
    h = case.dy * case.scale(False).reshape([-1 if k == 1 else 1 for k in range(case.x.ndim)])
    d = denominator(np.sum(case.x**2, axis=1, keepdims=True), eps, "add_inside")
    along = np.sum(case.x * dx, axis=1, keepdims=True)
    expected = eps * np.sum(case.x * h, axis=1, keepdims=True) / d**3 if eps else 0.0
    size = np.sum(np.abs(case.x * h), axis=1, keepdims=True) / d
    np.testing.assert_array_less(np.abs(along - expected), 1e-14 * size + 1e-300)


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("factor", [2.0**-600, 0.1, 3.0, 2.0**300])
def test_the_size_of_x_does_not_matter_without_eps(eps_mode, factor):
    kwargs = {"eps": 0.0, "eps_mode": eps_mode, "channel_shared": False}
    y, dx, _ = run(BASE.x, BASE.dy, BASE.scale(False), **kwargs)
    scaled_y, scaled_dx, _ = run(factor * BASE.x, BASE.dy, BASE.scale(False), **kwargs)
    np.testing.assert_allclose(scaled_y, y, rtol=8 * ULP)
    np.testing.assert_allclose(scaled_dx * factor, dx, atol=16 * ULP * np.max(np.abs(dx)), rtol=0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_layer_does_not_depend_on_the_sign_convention(case):
    """Odd in x, linear in dy and in the scale."""
    scale, kwargs = case.scale(False), {**case.kwargs, "channel_shared": False}
    y, dx, dscale = run(case.x, case.dy, scale, **kwargs)
    for got, want in zip(run(-case.x, case.dy, scale, **kwargs), (-y, dx, -dscale), strict=True):
        np.testing.assert_array_equal(got, want)
    for got, want in zip(run(case.x, -2 * case.dy, 4 * scale, **kwargs), (4 * y, -8 * dx, -2 * dscale), strict=True):
        np.testing.assert_array_equal(got, want)


@given(st.data())
def test_properties(data):
    """Over shapes, ranks, strides, dtypes, axes and modes: the complex step, and one rounding in the small dtypes."""
    rank = data.draw(st.integers(1, 6))
    shape = tuple(data.draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)))
    words = ["all"] + (["spatial"] if rank > 2 else [])
    axes = st.lists(st.integers(-rank, rank - 1), min_size=1, max_size=rank, unique_by=lambda k: k % rank).map(tuple)
    kwargs = {"axes": data.draw(st.one_of(axes, st.sampled_from(words), *[st.none()] * (rank > 1)))}
    kwargs["across_spatial"] = data.draw(st.booleans())
    kwargs["channel_shared"] = rank == 1 or data.draw(st.booleans())
    channel = data.draw(st.integers(1, rank - 1)) if rank > 1 else 1
    kwargs["channel_axis"] = data.draw(st.sampled_from([channel, channel - rank]))
    kwargs["eps_mode"] = data.draw(st.sampled_from(EPS_MODES))
    kwargs["eps"] = data.draw(st.sampled_from([1e-10, 1e-3, 1.0, 9.0]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x, dy = rng.normal(size=(2, *shape)) * data.draw(st.sampled_from([1e-5, 1.0, 1e3]))
    dy = dy / np.max(np.abs(dy))
    order = data.draw(st.permutations(range(rank)))
    x = np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))
    flips = tuple(slice(None, None, data.draw(st.sampled_from([1, -1]))) for _ in shape)
    x = x[flips]
    scale = None
    if data.draw(st.booleans()):
        scale = -1.5 if kwargs["channel_shared"] else rng.uniform(0.2, 3, shape[channel]) * rng.choice([-1, 1])
    check_gradients(x, dy, scale, precision=data.draw(st.sampled_from(PRECISIONS)), **kwargs)
    dtype = data.draw(st.sampled_from(["float16", "float32"]))
    small = run(x.astype(dtype), dy, scale, **kwargs)
    for a, b in zip(small, run(x.astype(dtype).astype(float), dy, scale, **kwargs), strict=True):
        if a is not None:
            with np.errstate(over="ignore"):
                np.testing.assert_allclose(a, b.astype(dtype), rtol=np.finfo(dtype).eps, atol=1e-7)


def test_saved_says_what_it_is():
    _, saved = l2norm_forward(BASE.x.astype(np.float32), axes=(-1, 1))
    assert isinstance(saved, L2NormSaved)
    assert (saved.axes, saved.dtype, saved.scale_shape, saved.shape) == ((1, 3), np.float32, None, BASE.x.shape)
    assert len(repr(saved)) < 400


def test_the_examples_in_the_docstrings():
    failed, attempted = doctest.testmod(l2norm_ref._l2norm)
    assert (failed, attempted >= 8) == (0, True)


def test_cases_are_adversarial():
    """The fixtures are what they are meant to be."""
    shape = BASE.x.shape
    assert len(set(shape)) == len(shape) == 4
    assert len(set(np.abs(BASE.scale(False)))) == 3
    assert {1, 2, 3, 4, 5, 6} - {c.x.ndim for c in CASES} == {1}  # rank 1 has a test of its own
    assert any(not c.x.flags.c_contiguous for c in CASES)
    assert isinstance(BASE, Case)


def test_saved_can_be_stored():
    for dtype in ("float32", "float64"):
        _, saved = l2norm_forward(BASE.x.astype(dtype), 2.0)
        for copied in (copy.deepcopy(saved), pickle.loads(pickle.dumps(saved))):
            for a, b in zip(l2norm_backward(BASE.dy, copied), l2norm_backward(BASE.dy, saved), strict=True):
                np.testing.assert_array_equal(a, b)
