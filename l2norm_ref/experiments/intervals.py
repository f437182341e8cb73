"""95 % intervals of a mean over seeds, by Student's t distribution.

Contract: NumPy only. The differences of two methods are taken seed by seed before they come here ("paired"), so that
what a seed decides for both, the split, the first weights and the order, drops out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

LEVEL = 0.95


@cache
def t_quantile(freedom: int, level: float = LEVEL) -> float:
    """The number that |t| stays below with probability `level`, t with so many degrees of freedom.

    Example:
        >>> round(t_quantile(9), 3)
        2.262
    """
    if freedom < 1:
        raise ValueError(f"freedom: expected at least 1 degree of freedom, got {freedom}")
    low, high = 0.0, 1.0
    while _inside(high, freedom) < level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(middle, freedom) < level else (low, middle)
    return (low + high) / 2


def _inside(t: float, freedom: int) -> float:
    """The probability of |T| < t: with T = sqrt(f) tan(u), the integral of cos(u)**(f - 1), by Gauss's rule."""
    points, weights = np.polynomial.legendre.leggauss(64)
    half = math.atan(t / math.sqrt(freedom)) / 2
    integral = half * float(np.sum(weights * np.cos(half * (points + 1)) ** (freedom - 1)))
    constant = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    return 2 * constant * integral


def mean_interval(values: Sequence[float] | np.ndarray, level: float = LEVEL) -> tuple[float, float, float]:
    """The mean, and the lower and upper end of its interval.

    Args:
        values: One for each seed; at least two, all finite.
        level: The probability with which the interval holds the true mean, if the values are normally distributed.

    Example:
        >>> [round(v, 3) for v in mean_interval([1.0, 2.0, 3.0])]
        [2.0, -0.484, 4.484]
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or len(numbers) < 2 or not np.all(np.isfinite(numbers)):
        raise ValueError(f"values: expected at least two finite numbers, got {values!r}")
    mean = float(np.mean(numbers))
    half = t_quantile(len(numbers) - 1, level) * float(np.std(numbers, ddof=1)) / math.sqrt(len(numbers))
    return mean, mean - half, mean + half
