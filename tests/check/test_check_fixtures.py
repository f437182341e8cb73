"""The fixtures are what their names say, in every mode and dtype, and the core ones are fair."""

import numpy as np
import pytest
from fixtures import EPS_MODES, complex_step

from l2norm_ref.check._fixtures import FLOORS, fixtures, safe
from l2norm_ref.check._mode import resolve
from l2norm_ref.check._slices import denominator, norms, sizes

MODES = {
    "caffe": {},
    "ssd": {"across_spatial": False, "channel_shared": False},
    "torch": {"eps_mode": "clamp_norm", "eps": 1e-12, "across_spatial": False, "channel_axis": -1},
    "tensorflow": {"eps_mode": "clamp_sum", "eps": 1e-12, "channel_shared": False},
    "outside": {"eps_mode": "add_outside", "eps": 0.3, "axes": "spatial"},
    "none": {"eps_mode": "none", "axes": "all", "channel_shared": False},
    "spread over all": {"eps": 1e-6, "axes": "all"},
}


def all_of(name, dtype="float64", **arguments):
    mode = resolve(MODES[name], has_scale=arguments.pop("has_scale", True), rank=None)
    return mode, fixtures(mode, np.dtype(dtype))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", MODES)
def test_arrays(name, dtype):
    mode, chosen = all_of(name, dtype)
    assert len({f.name for f in chosen}) == len(chosen)
    assert [f.core for f in chosen] == sorted((f.core for f in chosen), reverse=True)
    for f in chosen:
        assert f.x.dtype == f.dy.dtype == f.scale.dtype == dtype
        assert f.x.shape == f.dy.shape
        assert f.scale.shape == (() if mode.shared else (f.x.shape[mode.channel],))
        assert np.all(np.isfinite(f.x)) and np.all(np.isfinite(f.dy)) and f.why
        few = f.name in ("many channels", "many positions")
        assert len(np.unique(f.dy)) > 0.9 * f.dy.size or dtype == "float16" or few
    assert all(f.scale is None for f in all_of(name, dtype, has_scale=False)[1])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", MODES)
def test_core_fixtures_stay_in_range(name, dtype):
    mode, chosen = all_of(name, dtype)
    limits = np.finfo(dtype)
    with np.errstate(all="raise", under="ignore"):
        for f in chosen:
            if not f.core:
                continue
            n = norms(f.x, mode.axes)
            d = denominator(n, mode).astype(dtype)
            assert np.all(d**3 >= limits.tiny)
            assert np.all((n.astype(dtype) ** 2)[n > 0] >= limits.tiny)


def test_the_scale_differs_between_channels():
    for f in all_of("ssd")[1]:
        if f.name not in ("uniform scale",) and f.scale.size > 1:
            assert len(set(np.abs(f.scale))) == f.scale.size or f.name == "zero scale"
            assert np.min(f.scale) < 0 < np.max(f.scale)


@pytest.mark.parametrize("name", [name for name in MODES if name != "none"])
def test_norms_lie_on_both_sides_of_eps(name):
    mode, chosen = all_of(name)
    near = np.concatenate([norms(f.x, mode.axes).ravel() for f in chosen if f.name.startswith("near eps")])
    assert np.sum(near < 0.5 * mode.floor) >= 3
    assert np.sum(near > 2 * mode.floor) >= 3
    far = np.concatenate([norms(f.x, mode.axes).ravel() for f in chosen if f.name.startswith("eps dominant")])
    assert np.all(far < 0.03 * mode.floor)


@pytest.mark.parametrize("name", MODES)
def test_no_eps_in_use_goes_unseen(name):
    mode, chosen = all_of(name)
    n = np.concatenate([norms(f.x, mode.axes).ravel() for f in chosen if f.name.startswith("magnitudes")])
    for floor in FLOORS:
        assert np.any((0.2 * floor < n) & (n < floor))
        assert np.any((floor < n) & (n < 5 * floor))


def test_the_tie_is_one_for_the_clamps_only():
    for name in MODES:
        mode, chosen = all_of(name)
        ties = [f for f in chosen if f.tie]
        assert bool(ties) == mode.eps_mode.startswith("clamp")
        for f in ties:
            np.testing.assert_allclose(norms(f.x, mode.axes), mode.floor, rtol=1e-14)


def test_zero_slices():
    for name in MODES:
        mode, chosen = all_of(name)
        (f,) = (f for f in chosen if f.name == "zero slices")
        assert np.any(norms(f.x, mode.axes) == 0)
        assert f.core == (mode.eps_mode != "none")


def test_range_fixtures_leave_the_range():
    for dtype in ("float16", "float32", "float64"):
        _, chosen = all_of("ssd", dtype)
        named = {f.name: f for f in chosen if not f.core}
        with np.errstate(all="ignore"):
            assert np.all(np.isinf(np.sum(named["huge"].x ** 2, axis=1)))
            assert np.max(named["tiny"].x ** 2) < np.finfo(dtype).tiny
        assert ("float16 overflow" in named) == (dtype == "float16")
    squares = {f.name: f for f in all_of("ssd", "float16")[1]}["float16 overflow"].x.astype(float) ** 2
    assert np.min(np.sum(squares, axis=1)) > 65504


def test_safe():
    mode = resolve({"eps_mode": "none"}, has_scale=False, rank=4)
    for value, dtype, expected in (
        (1e-13, "float64", True),
        (1e-13, "float32", False),
        (1e-12, "float32", True),
        (1e13, "float32", False),
        (1.0, "float16", True),
        (1e-3, "float16", False),
        (50.0, "float16", False),
        (0.0, "float64", False),
    ):
        assert safe(np.full((1, 1, 1, 1), value), mode, np.dtype(dtype)) == expected


def test_sizes_are_those_of_the_terms():
    """x = (3, 4), gamma = (1, 2), dy = (1, 1): h / d = (0.2, 0.4), x <x,h> / d^3 = (3, 4) * 11 / 125."""
    mode = resolve({"eps_mode": "none", "channel_shared": False}, has_scale=True, rank=2)
    y, dx, dscale = sizes(np.array([[3.0, 4.0]]), np.array([[1.0, -1.0]]), np.array([[1.0, 2.0]]), mode)
    np.testing.assert_allclose(y, [[0.6, 1.6]])
    np.testing.assert_allclose(dx, [[0.264, 0.4]])
    np.testing.assert_allclose(dscale, [0.6, 0.8])


def test_norms_do_not_overflow():
    assert norms(np.array([[3e200, 4e200]]), (1,)) == pytest.approx(5e200)
    assert norms(np.array([[3e-200, 4e-200]]), (1,)) == pytest.approx(5e-200)
    assert norms(np.zeros((1, 2)), (1,)) == 0


@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_the_size_of_dx_is_never_less_than_its_terms(eps_mode):
    """It is the larger term by the complex step, and equal to it where the inner product is of one element."""
    rng = np.random.default_rng(1)
    for channels in (1, 4):
        x, dy = rng.normal(size=(2, 3, channels, 5))
        scale = rng.normal(size=channels)
        arguments = {"eps_mode": eps_mode, "eps": 0.3, "across_spatial": False, "channel_shared": False}
        mode = resolve(arguments, has_scale=True, rank=3)
        ours = sizes(x, dy, mode.gamma(scale), mode)[1]
        terms = complex_step(x, dy, scale, **arguments)[2]
        assert np.all(ours >= terms * (1 - 1e-12))
        assert np.all(ours <= 30 * np.max(terms, axis=1, keepdims=True))
        if channels == 1:
            np.testing.assert_allclose(ours, terms, rtol=1e-12)
