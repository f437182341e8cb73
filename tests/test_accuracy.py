"""The accuracy that the docstrings state, measured against mpmath at 1600 bits.

The truth of dx is again a complex step of a forward pass typed here, now in mpmath: the step is 2**-500 of the norm,
its error 2**-1000. Errors are counted in units in the last place (ulp) of the output's dtype: of y, of the natural
magnitude of dx_i (the larger of the two terms whose difference it is), and of the sum of the sizes of the terms of
dscale.
"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from fixtures import EPS_MODES
from hypothesis import given
from hypothesis import strategies as st

from l2norm_ref import l2norm_backward, l2norm_forward

MP = mpmath.MPContext()
MP.prec = 1600
STEP = MP.ldexp(1, -500)
# dtype: significand bits, exponent of the smallest subnormal, largest number, allowed ulp of y
FORMATS = {
    "float16": (11, -24, 65504.0, 0.501),
    "float32": (24, -149, 2.0**128, 0.501),
    "float64": (53, -1074, 2.0**1023, 1.01),
}


def denominator(s, eps, eps_mode):
    n = MP.sqrt(s)
    if eps_mode == "add_inside":
        return MP.sqrt(s + eps)
    if eps_mode == "add_outside":
        return n + eps
    if eps_mode == "clamp_norm":
        return n if MP.re(n) >= eps else eps + 0 * n
    if eps_mode == "clamp_sum":
        return n if MP.re(s) >= eps else MP.sqrt(eps) + 0 * n
    return n


def ulp(value, dtype):
    bits, smallest, _, _ = FORMATS[dtype]
    exponent = MP.frexp(value)[1] if value else -(10**6)
    return MP.ldexp(1, int(max(exponent - bits, smallest)))


def errors(x, scale, dy, eps, eps_mode, *, rows=20, rng=None):
    """The largest errors of y, dx and dscale for x of shape (N, C), in ulp as above; without what overflows."""
    dtype = x.dtype.name
    largest = FORMATS[dtype][2]
    y, saved = l2norm_forward(x, scale, channel_shared=False, eps=eps, eps_mode=eps_mode)
    dx, dscale = l2norm_backward(dy, saved)
    worst = {"y": 0.0, "dx": 0.0, "dscale": 0.0}

    def judge(name, value, truth, size):
        if size < largest / 2:
            error = abs(MP.mpf(float(value)) - truth) / ulp(size, dtype) if np.isfinite(value) else MP.inf
            worst[name] = max(worst[name], float(error))

    count = x.shape[1]
    picked = range(count) if count <= rows else (rng or np.random.default_rng(0)).choice(count, rows, replace=False)
    totals = {int(i): [MP.mpf(0), MP.mpf(0)] for i in picked}
    gamma, exact_eps = [MP.mpf(g) for g in scale.astype(float).tolist()], MP.mpf(eps)
    for row in range(len(x)):
        xs, dys = ([MP.mpf(v) for v in a[row].astype(float).tolist()] for a in (x, dy))
        h = [g * v for g, v in zip(gamma, dys, strict=True)]
        s = MP.fsum(v * v for v in xs)
        inner = MP.fsum(a * b for a, b in zip(xs, h, strict=True))
        d = denominator(s, exact_eps, eps_mode)
        step = (MP.sqrt(s) or d) * STEP
        for i, total in totals.items():
            judge("y", y[row, i], gamma[i] * xs[i] / d, abs(gamma[i] * xs[i] / d))
            # The loss sum(dy * y) = <x,h> / d with x_i moved by i * step.
            moved = MP.mpc(0, step)
            loss = (inner + h[i] * moved) / denominator(s + 2 * xs[i] * moved + moved * moved, exact_eps, eps_mode)
            truth, direct = MP.im(loss) / step, h[i] / d
            judge("dx", dx[row, i], truth, max(abs(direct), abs(direct - truth)))
            total[0] += dys[i] * xs[i] / d
            total[1] += abs(dys[i] * xs[i] / d)
    for i, (truth, size) in totals.items():
        judge("dscale", dscale[i], truth, size)
    return worst


def check(*arguments, **options):
    worst = errors(*arguments, **options)
    assert worst["y"] <= FORMATS[arguments[0].dtype.name][3], worst
    assert worst["dx"] <= 1.01, worst
    assert worst["dscale"] <= 1.01, worst


def spread(rng, shape, low, high):
    """Normal numbers times powers of ten."""
    return rng.normal(size=shape) * 10.0 ** rng.uniform(low, high, size=np.broadcast_shapes(shape))


def sample(rng, dtype, count, trial):
    """x, scale, dy and eps from the whole range of the dtype; by turns mixed, parallel, sparse, orthogonal."""
    low, high = {"float16": (-8, 4), "float32": (-46, 38), "float64": (-324, 307)}[dtype]
    magnitude = 10.0 ** rng.uniform(low, high)
    rows = 1 + trial % 3
    x = rng.normal(size=(rows, count)) * magnitude
    if trial % 4 == 0:
        x *= 10.0 ** rng.uniform(low, 0, size=x.shape)
    largest = float(np.finfo(dtype).max) / 4
    x = np.clip(x, -largest, largest).astype(dtype)
    x[~np.any(x, axis=1), 0] = np.finfo(dtype).smallest_subnormal
    far = 145 if trial % 2 else 3
    scale = rng.normal(size=count) * 10.0 ** rng.uniform(-far, far)
    dy = rng.normal(size=(rows, count)) * 10.0 ** rng.uniform(-far, far)
    unit = (x / np.max(np.abs(x), axis=1, keepdims=True).astype(float)).astype(float)
    kind = trial % 7
    if kind == 0:
        dy = unit
    elif kind == 1:
        dy *= rng.random(size=dy.shape) < 0.3
    elif kind == 2:
        dy *= 10.0 ** rng.uniform(-far / 2, 0, size=dy.shape)
    elif kind == 3 and count > 2:  # orthogonal to x, exactly where the products are exact; the rest is zero
        dy = np.zeros_like(dy)
        scale = np.full(count, scale[0])
        dy[:, 0], dy[:, 1] = unit[:, 1], -unit[:, 0]
    dy[(np.abs(dy) < 2.0**-500) & (dy != 0)] = 2.0**-500
    sizes = [1e-10, 1e-3, 0.0, 5e-324, 1e300, 1e-300, magnitude, magnitude * magnitude, rng.uniform(0.3, 3) * magnitude]
    with np.errstate(over="ignore"):
        eps = min(float(rng.choice(sizes)), 1e300)
    return x, scale, dy, eps


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_random_and_adversarial(eps_mode, dtype):
    for trial in range(63):
        rng = np.random.default_rng([trial, EPS_MODES.index(eps_mode)])
        count = (1, 2, 3, 5, 8, 33)[trial % 6]
        check(*sample(rng, dtype, count, trial), eps_mode, rows=6, rng=rng)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@given(st.integers(0, 2**32 - 1), st.integers(0, 10**6), st.sampled_from(EPS_MODES), st.sampled_from(list(FORMATS)))
def test_random_and_adversarial_by_the_thousand(seed, trial, eps_mode, dtype):
    rng = np.random.default_rng(seed)
    check(*sample(rng, dtype, 1 + int(rng.integers(12)), trial), eps_mode, rows=4, rng=rng)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_4096_channels_at_several_positions_not_contiguous(eps_mode, dtype):
    """The reduction strides over memory; the same numbers as (positions, channels) are what is judged."""
    rng = np.random.default_rng(4096)
    x = rng.normal(size=(1, 4096, 3)) * 10.0 ** rng.uniform(-3, 0, size=(1, 4096, 1))
    x = np.repeat(x.astype(dtype), 2, axis=2)[:, :, ::2]
    dy, scale = rng.normal(size=x.shape), rng.normal(size=4096)
    kwargs = {"across_spatial": False, "channel_shared": False, "eps": 1e-3, "eps_mode": eps_mode}
    y, saved = l2norm_forward(x, scale, **kwargs)
    dx, dscale = l2norm_backward(dy, saved)
    flat, flat_dy = (np.ascontiguousarray(a[0].T) for a in (x, dy))
    y2, saved2 = l2norm_forward(flat, scale, **kwargs)
    dx2, dscale2 = l2norm_backward(flat_dy, saved2)
    if dtype == "float64":
        for a, b in ((y[0].T, y2), (dx[0].T, dx2), (dscale, dscale2)):
            np.testing.assert_array_equal(a, b)
    check(flat, scale, flat_dy, 1e-3, eps_mode, rows=8)
    check(
        np.concatenate([flat[:1]] * 2),
        scale,
        np.concatenate([flat[:1], flat_dy[:1]]).astype(float),
        1e-3,
        eps_mode,
        rows=8,
    )


CANCELLING = {
    # x, h: the inner product is exactly zero, or what is left of it lies far below its terms
    "orthogonal": ([3, 4, 5], [4, -3, 0]),
    "orthogonal_in_thirds": ([1 / 3, 0.1, 7], [0.1, -1 / 3, 0]),
    "one_bit_left": ([1, 1, 1, 1], [1, -1 + 2.0**-53, 0, 0]),
    "nothing_left_but_a_far_term": ([1, 1, 2.0**-100, 1], [1, -1, 2.0**-300, 0]),
    "in_wide_numbers_too": ([1 / 3, 0.1, 2.0**-300, 7], [0.1, -1 / 3, 1, 0]),
    "small_beside_it": ([3, 4, 5], [4, -3, 2.0**-400]),
    "far_apart": ([2.0**300, 2.0**-300, 2.0**300, 1], [2.0**-200, 2.0**400, -(2.0**-200), 0]),
    "many": ([1.1] * 50 + [0.3], [0.7, -0.7] * 25 + [0]),
}


def _cancelling():
    for name, (x, h) in CANCELLING.items():
        for dtype, (_, smallest, largest, _) in FORMATS.items():
            if all(2.0**smallest <= abs(v) < largest for v in x):
                yield pytest.param(np.array([x], dtype), np.array([h], float), id=f"{name}-{dtype}")


@pytest.mark.parametrize("x, h", list(_cancelling()))
@pytest.mark.parametrize("eps", [0.0, 1e-10, 1.0, 1e300])
@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_inner_products_that_cancel(x, h, eps_mode, eps):
    gamma = np.array([1.0, 2.0, 0.5, 4.0, 1.0] * 11)[: x.shape[1]]
    check(x, gamma, h / gamma, eps, eps_mode)
    check(np.concatenate([x, x[:, ::-1]]), gamma, np.concatenate([h, h]) / gamma, eps, eps_mode)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("axes", ["all", (1,), (0,), (2,), (0, 2), (2, 1), (0, 1)], ids=str)
def test_cancelling_slices_among_others_in_any_layout(axes, dtype):
    """Each slice gives what it gives alone, whichever of them are computed again."""
    rng = np.random.default_rng(7)
    x, dy = rng.normal(size=(2, 6, 4, 5)).astype(dtype)[:, :, ::-1, 0], rng.normal(size=(2, 6, 4))
    reduced = (0, 1, 2) if axes == "all" else tuple(k % 3 for k in axes)
    last = range(-len(reduced), 0)
    for k, (xs, h) in enumerate([([3, 4, 5], [4, -3, 0]), ([1, 1, 2], [1, -1, 0])]):
        if k < math.prod(x.shape[a] for a in range(3) if a not in reduced):
            slices_x, slices_dy = (np.moveaxis(a, reduced, last) for a in (x, dy))
            kept = np.unravel_index(k, slices_x.shape[: slices_x.ndim - len(reduced)])
            for array, values in ((slices_x, xs), (slices_dy, h)):
                one = np.zeros(math.prod(array[kept].shape))
                one[: min(3, len(one))] = values[: len(one)]
                array[kept] = one.reshape(array[kept].shape)
    dx = l2norm_backward(dy, l2norm_forward(x, -2.0, axes=axes, eps=1e-3)[1])[0]
    rows, rows_dy, rows_dx = (
        np.moveaxis(a, reduced, last).reshape(-1, *[x.shape[k] for k in reduced]) for a in (x, dy, dx)
    )
    for row, row_dy, row_dx in zip(rows, rows_dy, rows_dx, strict=True):
        alone = l2norm_backward(row_dy.reshape(1, -1), l2norm_forward(row.reshape(1, -1), -2.0, eps=1e-3)[1])[0]
        np.testing.assert_array_equal(row_dx.reshape(1, -1), alone)
    if rows[0].size > 2:
        assert not np.any(rows_dx[0].reshape(-1)[2:])  # exactly 0, as h is there and <x,h> is


@pytest.mark.parametrize("eps_mode", ["clamp_norm", "clamp_sum"])
@pytest.mark.parametrize("count", [2, 3, 64, 4096])
def test_the_branch_of_a_clamp_is_decided_to_100_bits(count, eps_mode):
    """s differs from where the clamp begins by some 2**-97 of itself, to either side."""
    rng = np.random.default_rng(count)
    seen = set()
    for trial in range(24 if count < 100 else 6):
        x = rng.normal(size=(1, count)) * 2.0 ** rng.integers(-400, 400)
        x[0, -1] = 0
        s = sum(Fraction(v) ** 2 for v in x[0].tolist())
        eps = math.nextafter(math.sqrt(s) if eps_mode == "clamp_norm" else float(s), math.inf)
        start = Fraction(eps) ** 2 if eps_mode == "clamp_norm" else Fraction(eps)
        # The last element makes up for what is missing, but for its last bits.
        mantissa, exponent = math.frexp(math.sqrt(start - s))
        x[0, -1] = math.ldexp(math.floor(mantissa * 2**43) + trial % 2, exponent - 43)
        off = (s + Fraction(x[0, -1]) ** 2 - start) / start
        assert abs(off) < 2.0**-90
        if abs(off) < 2.0**-99:
            continue
        y, saved = l2norm_forward(x, eps=eps, eps_mode=eps_mode)
        dx, _ = l2norm_backward(x, saved)  # the projection of x off x: nothing is left
        projected = np.max(np.abs(dx)) < 0.5 * np.max(np.abs(y))
        assert projected == (off >= 0), float(off)
        seen.add(projected)
    assert seen == {True, False}


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("eps_mode", ["clamp_norm", "clamp_sum"])
def test_small_dtypes_decide_the_branch_as_well(eps_mode, dtype):
    """eps is the norm as float64 has it, which for these numbers is above it, below it, or exactly it."""
    rng = np.random.default_rng(0)
    for _ in range(40):
        x = rng.normal(size=(1, 3)).astype(dtype)
        s = sum(Fraction(v) ** 2 for v in x[0].tolist())
        eps = math.sqrt(s) if eps_mode == "clamp_norm" else float(s)
        dx = l2norm_backward(x, l2norm_forward(x, eps=eps, eps_mode=eps_mode)[1])[0]
        active = s >= (Fraction(eps) ** 2 if eps_mode == "clamp_norm" else Fraction(eps))
        assert (np.max(np.abs(dx)) < 0.01) == active


def test_subnormal_results_are_rounded_once():
    """y = x / d at the edge of float64, with d exactly 3: a tie broken by what lies beyond 53 bits."""
    smallest = 2.0**-1074
    for k in range(1, 200):
        y = l2norm_forward(np.array([[k * smallest]]), eps=3.0, eps_mode="clamp_norm")[0]
        assert y[0, 0] == round(k / 3) * smallest
        y = l2norm_forward(np.array([[k * smallest]]), eps=2.0, eps_mode="clamp_norm")[0]
        assert y[0, 0] == round(k / 2) * smallest  # ties to even
