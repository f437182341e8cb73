"""The fast functions against everything that the reference is held against: golden vectors, the check, the exhibits."""

import itertools
from functools import cache

import numpy as np
import pytest
import test_golden
from fixtures import AXES, CASES, EPS_MODES, FLAGS, complex_step, forward, resolve

from l2norm_ref import exhibits, fast, l2norm_backward, l2norm_forward, presets
from l2norm_ref.check import check_l2norm

record = test_golden.record
EPS = {"add_inside": 0.3, "add_outside": 0.3, "clamp_norm": 1.2, "clamp_sum": 1.5, "none": 0.0}


def pair(x, scale, dy, **mode):
    """Forward and backward one after the other."""
    y, saved = fast.l2norm_forward(x, scale, **mode)
    return (y, *fast.l2norm_backward(dy, saved))


def at_once(x, scale, dy, **mode):
    return fast.l2norm_forward_backward(x, scale, dy, **mode)


@cache
def truth(number, flags, eps_mode):
    """The arguments of a case of `fixtures`, y, and what the complex step says of it."""
    case = CASES[number]
    kwargs = case.kwargs | dict(zip(("across_spatial", "channel_shared"), flags, strict=True)) | {"eps_mode": eps_mode}
    scale = case.scale(flags[1])
    axes, gamma = resolve(case.x.shape, scale, kwargs)
    y = forward(case.x, gamma, kwargs["eps"], eps_mode, axes)
    return kwargs, scale, y, complex_step(case.x, case.dy, scale, **kwargs), np.sum(np.abs(case.dy * y / gamma))


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("flags", FLAGS, ids=str)
def test_against_the_complex_step(engine, flags, eps_mode):
    for number, case in enumerate(CASES):
        if case.x.ndim == 1 or (eps_mode == "none" and case.name.startswith("zero")):
            continue
        kwargs, scale, exact, (slope, slope_of_scale, size), terms = truth(number, flags, eps_mode)
        for way in (pair, at_once):
            y, dx, dscale = way(case.x, scale, case.dy, engine=engine, **kwargs)
            np.testing.assert_allclose(y, exact, rtol=1e-14, atol=1e-300, err_msg=case.name)
            assert np.all(np.abs(dx - slope) <= 3e-14 * size + 1e-300), case.name
            assert np.all(np.abs(dscale - slope_of_scale) <= 1e-13 * terms), case.name


def test_golden_vectors(record, quick_engine):
    entry, arrays, kwargs, _, _, _ = record
    tolerance = test_golden.TOLERANCE[entry["dtype"]]
    y, dx, dscale = at_once(arrays["x"], arrays["scale"], arrays["top_diff"], engine=quick_engine, **kwargs)
    assert y.dtype == dx.dtype == dscale.dtype == entry["dtype"]
    assert test_golden.worst(y, arrays["top"]) <= tolerance
    assert test_golden.worst(dscale, arrays["scale_diff"], test_golden.summands(arrays, kwargs)) <= tolerance
    slope, _, _ = complex_step(arrays["x"], arrays["top_diff"].astype(np.float64), arrays["scale"], **kwargs)
    assert test_golden.worst(dx, slope, test_golden.magnitude(arrays, kwargs)) <= tolerance


def checked(engine, dtypes, has_scale=True, strict=False, **mode):
    """The report of the check on both ways to call the functions."""

    def first(x, scale):
        return fast.l2norm_forward(x, scale, engine=engine, **mode)[0]

    def second(dy, x, scale):
        way = pair if x.dtype == np.float32 else at_once
        return way(x, scale, dy, engine=engine, **mode)[1:]

    return check_l2norm(first, second, has_scale=has_scale, dtypes=dtypes, strict=strict, **mode)


PRESETS = {
    (tuple(sorted(preset.items(), key=str)), preset.scale == "none"): name
    for name, preset in vars(presets).items()
    if isinstance(preset, presets.Preset)
}
"""A name for each set of arguments that some preset has."""


@pytest.mark.parametrize("name", PRESETS.values())
def test_every_preset_passes_the_check(quick_engine, name):
    preset = getattr(presets, name)
    checked(quick_engine, ("float32",), has_scale=preset.scale != "none", **preset).raise_for_failures()


@pytest.mark.parametrize("number", range(12))
def test_the_check_passes_in_every_mode(quick_engine, number):
    """Twelve of the modes, so chosen that each denominator meets each kind of sum."""
    across_spatial, channel_shared = FLAGS[number % 4]
    eps_mode = EPS_MODES[number % 5]
    mode = {"across_spatial": across_spatial, "channel_shared": channel_shared, "channel_axis": (1, -1, 2)[number // 4]}
    mode |= {"eps": EPS[eps_mode], "eps_mode": eps_mode}
    checked(quick_engine, ("float16", "float32", "float64"), **mode).raise_for_failures()
    if quick_engine == "numba" and mode["channel_axis"] != 2:  # float64 in between: squares of float32 stay in range
        checked(quick_engine, ("float32",), strict=True, **mode).raise_for_failures()


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("fixture", exhibits.FIXTURES, ids=lambda f: f.name)
def test_the_fixtures_of_the_kill_matrix_let_it_live(engine, eps_mode, fixture):
    """An exhibit with our backward pass must live on every fixture, where each genuine one is killed somewhere."""
    genuine = exhibits.by_name("caffe")
    fields = {field: getattr(genuine, field) for field in exhibits.Exhibit.__dataclass_fields__}

    def backward(dy, x, scale, eps, axes):
        arguments = {"channel_shared": False, "eps": eps, "eps_mode": eps_mode, "axes": axes}
        return fast.l2norm_forward_backward(x, scale, dy, engine=engine, **arguments)[1]

    ours = exhibits.Exhibit(**fields | {"eps_mode": eps_mode, "backward": backward, "only_axes": None})
    cell = exhibits.judge(ours, fixture)
    assert cell.verdict == "n/a" or (cell.verdict == "lives" and cell.error < 1e-12)


@pytest.mark.parametrize("axes", AXES, ids=str)
def test_other_axes(quick_engine, axes):
    rng = np.random.default_rng(3)
    x, dy = rng.normal(size=(2, 2, 3, 5, 7))
    for scale in (None, -1.5, rng.normal(size=3)):
        mode = {"axes": axes, "channel_shared": np.ndim(scale) == 0, "eps": 0.1}
        y, saved = l2norm_forward(x, scale, **mode)
        for found, wanted in zip(
            at_once(x, scale, dy, engine=quick_engine, **mode), (y, *l2norm_backward(dy, saved)), strict=True
        ):
            if wanted is None:
                assert found is None
            else:
                np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-14)


SPECIAL = (np.nan, np.inf, -np.inf, 0.0)


def same_kind(found, wanted):
    """NaN, infinite and finite in the same places, and the finite ones alike."""
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    finite = np.isfinite(wanted)
    assert np.array_equal(found[~finite & ~np.isnan(wanted)], wanted[~finite & ~np.isnan(wanted)])
    np.testing.assert_allclose(found[finite], wanted[finite], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("across_spatial", [False, True])
@pytest.mark.parametrize("channel_axis", [1, -1])
def test_nan_and_infinity_are_what_the_reference_makes_of_them(engine, eps_mode, across_spatial, channel_axis):
    for value, where in itertools.product(SPECIAL, ("x", "dy", "scale")):
        rng = np.random.default_rng(5)
        x, dy = rng.normal(size=(2, 2, 3, 4, 3))
        scale = rng.normal(size=3)
        {"x": x[0, :, 1, 1], "dy": dy[0, :, 1, 1], "scale": scale}[where][1] = value
        mode = {"across_spatial": across_spatial, "channel_shared": False, "channel_axis": channel_axis}
        mode |= {"eps": EPS[eps_mode], "eps_mode": eps_mode}
        y, saved = l2norm_forward(x, scale, precision="plain", **mode)
        wanted = (y, *l2norm_backward(dy, saved))
        found = at_once(x, scale, dy, engine=engine, **mode)
        infinite_gradient = where != "x" and np.isinf(value)
        for name, a, b in zip(("y", "dx", "dscale"), found, wanted, strict=True):
            if infinite_gradient and name == "dx":  # NaN or infinite: which of them depends on the order of operations
                assert np.array_equal(np.isfinite(a), np.isfinite(b))
            else:
                same_kind(a, b)


@pytest.mark.parametrize("eps_mode", EPS_MODES)
@pytest.mark.parametrize("eps", [0.0, 0.25])
def test_zero_vectors(engine, eps_mode, eps):
    x = np.array([[3.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    dy = np.array([[1.0, -2.0, 0.5], [3.0, 1.0, -1.0]])
    mode = {"channel_shared": False, "eps": eps, "eps_mode": eps_mode}
    scale = np.array([1.0, -2.0, 3.0])
    y, saved = l2norm_forward(x, scale, **mode)
    wanted = (y, *l2norm_backward(dy, saved))
    if eps == 0 or eps_mode == "none":
        wanted[1][1] = 0 * wanted[1][1]  # dx = 0 where nothing is divided by zero
    for a, b in zip(at_once(x, scale, dy, engine=engine, **mode), wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("shape", [(0, 3, 2, 2), (2, 3, 0, 2)])
def test_empty_arrays(quick_engine, shape):
    x = np.empty(shape, np.float32)
    y, dx, dscale = at_once(
        x, np.ones(3), x, across_spatial=False, channel_shared=False, channel_axis=1, engine=quick_engine
    )
    assert y.shape == dx.shape == shape and y.dtype == dx.dtype == np.float32
    assert np.array_equal(dscale, np.zeros(3)) and dscale.dtype == np.float32
    with pytest.raises(ValueError, match="expected something to sum over"):
        at_once(np.empty((2, 0)), None, np.empty((2, 0)))


def test_layouts_of_memory_and_dtypes(engine):
    rng = np.random.default_rng(9)
    x, dy = rng.normal(size=(2, 2, 3, 4, 5)).astype(np.float32)
    scale = rng.normal(size=3)
    mode = {"across_spatial": False, "channel_shared": False, "engine": engine}
    wanted = at_once(x, scale, dy, **mode)
    swapped = x.astype(">f4")
    frozen = x.copy()
    frozen.setflags(write=False)
    odd = np.frombuffer(b"0" + x.tobytes(), np.uint8)[1:].view(np.float32).reshape(x.shape)
    nhwc = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    for array in (dy, scale):
        array.setflags(write=False)
    every_other, backwards = np.repeat(x, 2, axis=-1)[..., ::2], x[::-1].copy()[::-1]
    for variant in (np.asfortranarray(x), nhwc, swapped, frozen, odd, every_other, backwards):
        before = variant.copy()
        found = at_once(variant, scale, dy, **mode)
        assert all(np.array_equal(a, b) for a, b in zip(found, wanted, strict=True))
        assert found[0].dtype == variant.dtype and np.array_equal(variant, before)
    mixed = at_once(x, scale, dy.astype(np.float64), **mode)
    assert mixed[1].dtype == np.float32
    np.testing.assert_allclose(mixed[1], wanted[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("across_spatial", [False, True])
@pytest.mark.parametrize("channel_axis", [1, -1])
def test_the_stated_bounds(quick_engine, dtype, across_spatial, channel_axis):
    """Those of the package's docstring, against the oracle in float64, on sums in which a lost digit would show."""
    rng = np.random.default_rng(17)
    shape = (2, 129, 5, 13) if channel_axis == 1 else (2, 5, 13, 129)
    x, dy = rng.normal(size=(2, *shape)).astype(dtype)
    scale = (rng.uniform(0.5, 30, 129) * rng.choice([-1, 1], 129)).astype(dtype)
    mode = {"across_spatial": across_spatial, "channel_shared": False, "channel_axis": channel_axis}
    y, saved = l2norm_forward(x.astype(np.float64), scale, **mode)
    exact = (y, *l2norm_backward(dy.astype(np.float64), saved))
    axes, gamma = resolve(shape, scale, mode)
    x64, h = x.astype(np.float64), gamma * dy.astype(np.float64)
    d = np.sqrt(np.sum(x64**2, axis=axes, keepdims=True) + 1e-10)
    inner = np.sum(np.abs(x64 * h), axis=axes, keepdims=True)
    others = tuple(k for k in range(4) if k != channel_axis % 4)
    sizes = [np.abs(exact[0]), np.maximum(np.abs(h) / d, np.abs(x64) * inner / d**3)]
    sizes.append(np.sum(np.abs(dy * x64 / d), axis=others))
    k, count = x[0].size if across_spatial else 129, x.size // 129
    steps = (k / 2 + 16, 3 * k + 32, count + k / 2 + 16)
    if quick_engine == "numba" and dtype == "float32":
        steps = (1.1, 2.1, 1.1)
    unit = np.finfo(dtype).eps / 2
    for way in (pair, at_once):
        results = way(x, scale, dy, engine=quick_engine, **mode)
        for found, wanted, size, step in zip(results, exact, sizes, steps, strict=True):
            assert np.max(np.abs(found - wanted) / (size * unit)) <= step
