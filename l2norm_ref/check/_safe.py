"""Whether code that computes in its own dtype gets by: the condition for a fixture to decide."""

from __future__ import annotations

import numpy as np

from l2norm_ref.check._mode import Mode
from l2norm_ref.check._slices import denominator, norms


def safe(x: np.ndarray, mode: Mode, dtype: np.dtype) -> bool:
    """Whether x, its squares, their sums and the cube of the denominator stay in the dtype's normal range."""
    n = norms(x, mode.axes)
    return in_range(n, denominator(n, mode), 0.0 if mode.eps_mode == "none" else mode.eps, dtype)


def in_range(n: np.ndarray, d: np.ndarray, eps: float, dtype: np.dtype) -> bool:
    """The same, from the norms and the denominators."""
    limits = np.finfo(dtype)
    largest, tiny, rounding = float(limits.max), float(limits.tiny), float(limits.eps)
    squares = n[n > 0] ** 2
    if np.any(n == 0) and eps < tiny:
        return False  # 0/0, in exact arithmetic or after eps has become 0
    inside = np.all(squares >= tiny / rounding) and np.all(squares <= largest / 8)
    return bool(inside and np.all(d**3 >= 2 * tiny) and np.all(d**3 <= largest / 8))


def refused_eps(eps: float, dtype: np.dtype) -> ValueError:
    """Where no core fixture is left."""
    return ValueError(f"eps: expected one that {dtype} can hold beside its square and cube, got {eps}")
