"""How far a right implementation may be off, from the dtype and the number of elements that are summed.

With u the unit roundoff (half of `finfo.eps`), K the elements of a norm that are not 0, L the products dy x in an
element of dscale that are not 0 (adding 0 rounds nothing, in whatever order):

    y         (K/2 + 16) u  of  |y|
    dx        (3 K + 32) u  of  M = max(|h| / d, |x| k sum|x h|)
    dscale    (L + K/2 + 16) u  of  sum|dy x / d|

They bound code that computes in its own dtype, whatever the order of its sums. A sum of K squares is off by at most
K u, its root by half of that; the 16 stands for the root, the division, the multiplication by the scale, the rounding
of eps to the dtype and a reciprocal root that is off by a few units. In dx the inner product brings K u of the sum of
its absolute terms and 1 / d**3 three times the error of d. Pairwise sums are better than that, and no wrong formula
comes near it on short sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from l2norm_ref.check._mode import Mode
from l2norm_ref.check._slices import scale_sum

FORMULAS = {
    "y": "(K/2 + 16) u |y|",
    "dx": "(3 K + 32) u M,  M = max(|h| / d, |x| k sum|x h|)",
    "dscale": "(L + K/2 + 16) u sum|dy x / d|",
}


def unit_roundoff(dtype: np.dtype) -> float:
    """The largest relative error of rounding once."""
    return float(np.finfo(dtype).eps) / 2


def longest(terms: np.ndarray, axes: tuple[int, ...]) -> int:
    """The terms of a sum over those axes that are not 0: the most that any of the sums has."""
    return int(np.max(np.count_nonzero(terms, axis=axes)))


def lengths(x: np.ndarray, dy: np.ndarray, mode: Mode) -> tuple[int, int]:
    """K and L; L is 0 without scale."""
    return longest(x, mode.axes), longest((x != 0) & (dy != 0), scale_sum(mode)) if mode.has_scale else 0


def relative(output: str, lengths: tuple[int, int], dtype: np.dtype) -> float:
    """The tolerance of `"y"`, `"dx"` or `"dscale"`, in units of the natural magnitude.

    Example:
        >>> relative("y", (4, 0), np.dtype("float32")) / 2**-24
        18.0
    """
    k, count = lengths
    steps = {"y": k / 2 + 16, "dx": 3 * k + 32, "dscale": count + k / 2 + 16}[output]
    return steps * unit_roundoff(dtype)


@dataclass(frozen=True, eq=False)
class Error:
    """The element that is furthest beyond (or least within) its tolerance.

    Attributes:
        excess: Its error in units of the tolerance; inf where it is not finite.
        relative: Its error in units of its natural magnitude.
        ulp: Its error in units in the last place of its natural magnitude.
        index: Where.
        expected: What the reference has there.
        got: What came.
    """

    excess: float
    relative: float
    ulp: float
    index: tuple[int, ...]
    expected: float
    got: float


def worst(got, low, high, size, tolerance: float, dtype: np.dtype) -> Error:
    """Compare an array with the interval from `low` to `high`, elementwise; `size` is the natural magnitude."""
    shape, limits = got.shape, np.finfo(dtype)
    got, low, high, size = (np.asarray(a, dtype=np.float64).ravel() for a in (got, low, high, size))
    with np.errstate(all="ignore"):
        nearest = np.clip(got, low, high)
        error = np.where(np.isnan(got), np.inf, np.abs(got - nearest))
        overflow = np.abs(low) > float(limits.max) * (1 - tolerance)  # what the dtype cannot hold may be infinite
        error = np.where(overflow & (got == np.copysign(np.inf, low)), 0.0, error)
        allowed = tolerance * size + 4 * float(limits.smallest_subnormal)
        excess = error / allowed
        k = int(np.argmax(excess))
        ratio = 0.0 if error[k] == 0 else error[k] / size[k]
        ulp = error[k] / np.spacing(np.asarray(min(size[k], float(limits.max)), dtype=dtype)).astype(np.float64)
    index = tuple(int(i) for i in np.unravel_index(k, shape))
    expected = low[k] if np.isnan(nearest[k]) else nearest[k]
    return Error(float(excess[k]), float(ratio), float(ulp), index, float(expected), float(got[k]))
