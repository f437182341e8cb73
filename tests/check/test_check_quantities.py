"""The formulas of the hypotheses are derivatives where they say so: against the complex step of a forward pass."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fixtures import EPS_MODES, STEP, complex_step, denominator

from l2norm_ref.check._mode import resolve
from l2norm_ref.check._quantities import Convention, Quantities
from l2norm_ref.check._sized import Sized

RNG = np.random.default_rng(0)
X, DY = RNG.normal(size=(2, 2, 3, 2, 3))
SCALE = np.array([0.7, -1.3, 2.1])


def quantities(eps_mode, eps, axes=(1,), over="sum"):
    mode = resolve({"channel_shared": False, "axes": axes}, has_scale=True, rank=4)
    fixture = SimpleNamespace(x=X, dy=DY, scale=SCALE)
    case: Any = SimpleNamespace(fixture=fixture, mode=mode, dtype=X.dtype)
    return Quantities(case, Convention(eps_mode, eps, axes, over))


@pytest.mark.parametrize("axes", [(1,), (1, 2, 3), (0,)], ids=str)
@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_the_gradients_of_every_denominator(eps_mode, axes):
    for eps in (1e-6, 2.0):
        q = quantities(eps_mode, eps, axes)
        dx, dscale, size = complex_step(X, DY, SCALE, eps=eps, eps_mode=eps_mode, axes=axes, channel_shared=False)
        assert np.max(np.abs(q.dx.value - dx) / size) < 1e-13
        np.testing.assert_allclose(q.dscale.value.ravel(), dscale, rtol=1e-12)
        assert np.all(q.dx.size >= size * (1 - 1e-12))


def other_norm(x, over, eps, eps_mode):
    """x / d with something else than the norm, on complex x."""
    if over == "variance":
        x = x - np.mean(x, axis=1, keepdims=True)
    if over == "absolute":
        return x / denominator(np.sum(np.where(x.real >= 0, x, -x), axis=1, keepdims=True) ** 2, eps, eps_mode)
    return x / denominator(np.mean(x * x, axis=1, keepdims=True), eps, eps_mode)


@pytest.mark.parametrize("over", ["mean", "absolute", "variance"])
@pytest.mark.parametrize("eps_mode", EPS_MODES)
def test_the_gradients_of_other_norms(over, eps_mode):
    gamma = SCALE.reshape(1, 3, 1, 1)
    for eps in (1e-6, 1.0):
        dx = np.zeros(X.shape)
        for index in np.ndindex(X.shape):
            nudged = X.astype(complex)
            nudged[index] += STEP * 1j
            dx[index] = np.sum(DY * (gamma * other_norm(nudged, over, eps, eps_mode)).imag) / STEP
        q = quantities(eps_mode, eps, over=over)
        np.testing.assert_allclose(
            (q.g * q.centred / q.d).value, gamma * other_norm(X, over, eps, eps_mode), rtol=1e-13
        )
        np.testing.assert_allclose(q.dx.value, dx, rtol=1e-11, atol=1e-13 * np.max(np.abs(dx)))


def test_sizes_are_what_would_be_if_nothing_cancelled():
    a = Sized.of(np.array([1.0, -2.0, 3.0]))
    b = Sized.of(np.array([-4.0]))
    for value, size, expected in (
        ((a + b).value, (a + b).size, [5.0, 6.0, 7.0]),
        ((a - b).value, (a - b).size, [5.0, 6.0, 7.0]),
        ((a * b).value, (a * b).size, [4.0, 8.0, 12.0]),
        ((a / 2.0).value, (a / 2.0).size, [0.5, 1.0, 1.5]),
        ((-a).value, (-a).size, [1.0, 2.0, 3.0]),
        (a.sum((0,)).value, a.sum((0,)).size, [6.0]),
    ):
        assert size.tolist() == expected
        assert np.all(np.abs(value) <= size)
    assert (a - b).value.tolist() == [5.0, 2.0, 7.0]
    assert a.sum((0,)).value.tolist() == [2.0]
