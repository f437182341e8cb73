"""The slices (sets of elements that share one norm) that need more than the formula in the usual precision.

- `undefined`: zero throughout while eps does not keep the denominator from 0. The formula is 0/0; the convention is 0.
- `near_the_clamp`: so near that float64 may take the wrong branch.
- `in_doubt`: the inner product <x,h> cancels so far that the precision does not carry dx. The projection takes
  x <x,h> k from h/d. An error in <x,h> is small beside the sum of |x_i h_i|, which says nothing where the sum itself
  vanishes: for x = (3, 4, 5) and h = (4, -3, 0) it is exactly 0, and so is dx_3, but rounding leaves some 1e-17 (1e-33
  in wide numbers) there, all of it wrong. That happens only where the terms cancel *and* some h_i is small enough to
  let it be seen. Such slices are rare; `recompute` runs the same generated text on `decimal.Decimal`, with enough
  digits that what rounding leaves lies below the smallest float64.
"""

from __future__ import annotations

import decimal
import math

import numpy as np

# Stands for the exponent of zero, below all others.
_LOW = np.int32(-(2**20))


def undefined(x, axes: tuple[int, ...], eps: float, eps_mode: str) -> np.ndarray | None:
    """Where the formula is 0/0: in slices that are zero throughout, if eps does not keep the denominator from 0."""
    if eps > 0 and eps_mode != "none":
        return None
    zero = np.all(x == 0, axis=axes, keepdims=True)
    return zero if np.any(zero) else None


def near_the_clamp(x, axes: tuple[int, ...], eps: float, eps_mode: str) -> bool:
    """Whether float64 might take the wrong branch of a clamp somewhere, which float16 and float32 would show in dx."""
    if eps == 0 or eps_mode not in ("clamp_norm", "clamp_sum"):
        return False
    s = np.sum(x * x, axis=axes, keepdims=True)
    q = s if eps_mode == "clamp_sum" else np.sqrt(s)
    return bool(np.any(np.abs(q - eps) <= 2.0**-36 * eps))


def in_doubt(x, gamma, dy, axes: tuple[int, ...], bits: int) -> tuple[np.ndarray, int]:
    """Where <x,h> has lost `bits` bits that dx needs, one entry a slice, and how many digits undo it (0: nowhere).

    Exponents are handled apart from mantissas, so that no product overflows or underflows.
    """
    (x, ex), (gamma, eg), (dy, ed) = np.frexp(x), np.frexp(gamma), np.frexp(dy)
    h, eh = gamma * dy, eg + ed
    terms = x * h
    top = np.max(np.where(terms != 0, ex + eh, _LOW), axis=axes, keepdims=True, initial=_LOW)
    terms = np.ldexp(terms, ex + eh - top)
    size = np.sum(np.abs(terms), axis=axes, keepdims=True)
    doubt = np.abs(np.sum(terms, axis=axes, keepdims=True)) < size * 2.0**-bits  # not where they are NaN
    doubt &= np.isfinite(size)
    if np.any(doubt):
        # An error in <x,h> reaches dx_i, beside h_i/d, as at most |x_i| * 2**spread: d is no smaller than max|x|.
        largest = np.max(np.where(x != 0, ex, _LOW), axis=axes, keepdims=True)
        spread = top + math.ceil(math.log2(terms.size)) + 4 - 2 * largest
        doubt &= np.any((x != 0) & ((h == 0) | (ex + spread - bits > eh)), axis=axes, keepdims=True)
        if np.any(doubt):
            return doubt, math.ceil(0.302 * (1100 + np.max(spread[doubt], initial=0)))
    return doubt, 0


def recompute(dx, functions, x, gamma, eps: float, dy, axes: tuple[int, ...], doubt, digits: int) -> None:
    """Replace the slices of the float64 array `dx` that are in doubt by their values in decimal arithmetic."""
    forward, backward = functions
    last = range(-len(axes), 0)
    mask = np.squeeze(doubt, axes)

    def rows(array):
        array = np.moveaxis(np.broadcast_to(array, dx.shape), axes, last)[mask]
        return np.frompyfunc(decimal.Decimal, 1, 1)(array.reshape(len(array), -1))

    with decimal.localcontext(decimal.Context(digits, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, traps=[])):
        _, saved = forward(rows(x), rows(gamma), decimal.Decimal(eps), (1,))
        result, _ = backward(rows(dy), saved, (1,), (1,))
    target = np.moveaxis(dx, axes, last)
    target[mask] = result.astype(np.float64).reshape(-1, *target.shape[target.ndim - len(axes) :])
