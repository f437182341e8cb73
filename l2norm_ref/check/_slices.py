"""The norm, the denominator and how fast it grows, computed so that nothing overflows: for sizes, not for judging."""

from __future__ import annotations

import numpy as np

from l2norm_ref.check._mode import Mode


def norms(x, axes: tuple[int, ...]) -> np.ndarray:
    """The norm of every slice, as float64; the slice is divided by its largest element first."""
    x = np.abs(np.asarray(x, dtype=np.float64))
    largest = np.max(x, axis=axes, keepdims=True)
    ratio = np.divide(x, largest, out=np.zeros_like(x), where=largest > 0)
    return largest * np.sqrt(np.sum(ratio * ratio, axis=axes, keepdims=True))


def denominator(n, mode: Mode) -> np.ndarray:
    """d from the norm, in units of the norm: eps of a sum of squares becomes its root, `mode.floor`."""
    if mode.eps_mode == "add_inside":
        return np.hypot(n, mode.floor)
    if mode.eps_mode == "add_outside":
        return n + mode.floor
    return np.maximum(n, mode.floor)


def sizes(x, dy, gamma, mode: Mode) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The natural magnitudes of y, of dx and of dscale: what each would be if nothing in it cancelled.

    y has its own, |gamma x / d|. dx_i is the difference of h_i / d and a projection, whose inner product is a sum:
    the larger of |h_i| / d and |x_i| k sum|x_j h_j|. dscale is a sum, with the size of the sum of |dy x / d|.
    """
    x, dy = (np.abs(np.asarray(a, dtype=np.float64)) for a in (x, dy))
    n = norms(x, mode.axes)
    d = denominator(n, mode)
    zero = d == 0  # 0/0: y and dx are 0 there
    d = np.where(zero, 1.0, d)
    h = np.abs(gamma) * np.where(zero, 0.0, dy)
    xhat = x / d
    slope = {  # of d, as a multiple of xhat
        "add_outside": np.divide(d, n, out=np.zeros_like(d), where=n > 0),
        "clamp_norm": (n >= 0.99 * mode.floor) * 1.0,
        "clamp_sum": (n >= 0.99 * mode.floor) * 1.0,
    }.get(mode.eps_mode, 1.0)
    along = np.sum(xhat * h, axis=mode.axes, keepdims=True)
    dx = np.maximum(h / d, slope * xhat * along / d)
    return np.abs(gamma) * xhat, dx, np.sum(np.where(zero, 0.0, dy * xhat), axis=scale_sum(mode)).reshape(-1)


def scale_sum(mode: Mode) -> tuple[int, ...]:
    """The axes that dscale is summed over: all but the scale's."""
    return tuple(k for k in range(mode.rank) if k != mode.scale_axis)
