# ruff: noqa: SIM300 - comparisons are printed the way round that the mathematics has them
"""What lies between the two sweeps of L2Norm, for each denominator. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, kernels fb18d35c261145b0

For the places of a tile: from the sum of squares s, and from p2, the sum of x * gamma * dy, the factors r and q of
y = gamma * r * x and dx = gamma * r * dy - q * x. Where d is 0 its reciprocal counts as 0.
"""

import numpy as np


def add_inside_forward(s, eps):
    """r = 1 / d [d > 0], d = sqrt(s + eps)."""
    d = np.sqrt(s + eps)
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    return r


def add_inside_backward(s, p2, eps):
    """q = r**2 * p, p = r * p2, r = 1 / d [d > 0], d = sqrt(s + eps)."""
    d = np.sqrt(s + eps)
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    p = r * p2
    q = r**2 * p
    return r, q


def add_outside_forward(s, eps):
    """r = 1 / d [d > 0], d = n + eps, n = sqrt(s)."""
    n = np.sqrt(s)
    d = n + eps
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    return r


def add_outside_backward(s, p2, eps):
    """q = r * p / n [n > 0], p = r * p2, r = 1 / d [d > 0], d = n + eps, n = sqrt(s)."""
    n = np.sqrt(s)
    d = n + eps
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    p = r * p2
    q = np.where(0 >= n, 0, r * p / np.where(0 >= n, 1, n))
    return r, q


def clamp_norm_forward(s, eps):
    """r = 1 / d [d > 0], d = maximum(n, eps), n = sqrt(s)."""
    n = np.sqrt(s)
    d = np.maximum(n, eps)
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    return r


def clamp_norm_backward(s, p2, eps):
    """q = r**2 * p [n >= eps], p = r * p2, r = 1 / d [d > 0], d = maximum(n, eps), n = sqrt(s)."""
    n = np.sqrt(s)
    d = np.maximum(n, eps)
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    p = r * p2
    q = np.where(n >= eps, r**2 * p, 0)
    return r, q


def clamp_sum_forward(s, eps):
    """r = 1 / d [d > 0], d = sqrt(maximum(s, eps))."""
    d = np.sqrt(np.maximum(s, eps))
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    return r


def clamp_sum_backward(s, p2, eps):
    """q = r**2 * p [s >= eps], p = r * p2, r = 1 / d [d > 0], d = sqrt(maximum(s, eps))."""
    d = np.sqrt(np.maximum(s, eps))
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    p = r * p2
    q = np.where(s >= eps, r**2 * p, 0)
    return r, q


def none_forward(s, eps):
    """r = 1 / d [d > 0], d = sqrt(s)."""
    d = np.sqrt(s)
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    return r


def none_backward(s, p2, eps):
    """q = r**2 * p, p = r * p2, r = 1 / d [d > 0], d = sqrt(s)."""
    d = np.sqrt(s)
    r = np.where(0 >= d, 0, 1 / np.where(0 >= d, 1, d))
    p = r * p2
    q = r**2 * p
    return r, q
