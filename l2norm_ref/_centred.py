"""x less its mean for float16 and float32, every deviation to float64's last bits, however much larger the others are.

Numbers of these types are summed without any rounding: the bits of all of them are cut into bins so wide that float64
adds up what is in one bin exactly (the extraction of Rump, Ogita and Oishi, doi:10.1137/050645671). Of the mean, the
float64 nearest to it and what is missing are subtracted one after the other.
"""

from __future__ import annotations

import math

import numpy as np

from l2norm_ref import _double_double as dd


def centred(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The deviations of x from its mean, each within 2**-51 of itself; NaN where a number of the slice is not finite.

    Args:
        x: float64 with values of float32 or float16, so that no sum overflows and each has 24 bits or fewer.
        axes: What the mean is over: something.

    Example:
        >>> centred(np.array([[-(2.0**90)], [1.0], [2.0**90], [2.0]]), (0,))[:, 0].tolist()  # the mean is 3/4
        [-1.2379400392853803e+27, 0.25, 1.2379400392853803e+27, 1.25]
    """
    m = math.prod(x.shape[k] for k in axes)
    finite = np.all(np.isfinite(x), axis=axes, keepdims=True)
    parts = _exact_sums(np.where(finite, x, 0.0), axes, m)
    for _ in parts:  # from the last to the first, until none of them overlaps the next
        for k in reversed(range(len(parts) - 1)):
            parts[k], parts[k + 1] = dd.two_sum(parts[k], parts[k + 1])
    high, low = parts[0], sum(parts[1:])
    mean = high / m
    p, rest = dd.two_product(mean, float(m))
    missing = (((high - p) - rest) + low) / m
    return np.where(finite, (x - mean) - missing, np.nan)


def _exact_sums(x: np.ndarray, axes: tuple[int, ...], m: int) -> list[np.ndarray]:
    """Arrays of which the sum is the sum of x, one for each bin, the largest first."""
    sums = []
    while not sums or np.any(x):
        top = np.frexp(np.max(np.abs(x), axis=axes, keepdims=True, initial=0))[1]
        grid = np.ldexp(1.0, top + math.ceil(math.log2(m)) + 1)
        taken = (x + grid) - grid  # multiples of the last place of grid, of which m add up exactly
        sums.append(np.sum(taken, axis=axes, keepdims=True))
        x = x - taken
    return sums
