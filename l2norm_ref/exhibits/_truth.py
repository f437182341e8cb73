"""The truth that an exhibit is held against: the forward pass that it belongs to, differentiated by machine.

Only forward passes are typed here. `derivative` differentiates them with a complex step of 1e-30, whose error is that
of evaluating the forward pass; no gradient is written down.
"""

from __future__ import annotations

import numpy as np

STEP = 1e-30


def per_channel(scale, x):
    """The scale, of shape (C,) or None, in the shape in which it multiplies x of shape (N, C, ...)."""
    return 1.0 if scale is None else np.reshape(scale, (1, -1) + (1,) * (x.ndim - 2))


def total(values, axes):
    """The sum over the axes, which stay as axes of size 1."""
    return np.sum(values, axis=axes, keepdims=True)


def denominator(s, eps: float, eps_mode: str, *, above: bool = True):
    """d from the sum of squares s. At the exact tie of a clamp the branch `above` is the one with the projection."""
    n = np.sqrt(s)
    if eps_mode == "add_inside":
        return np.sqrt(s + eps)
    if eps_mode == "add_outside":
        return n + eps
    if eps_mode == "clamp_norm":
        return np.where(n.real >= eps if above else n.real > eps, n, eps)
    if eps_mode == "clamp_sum":
        return np.sqrt(np.where(s.real >= eps if above else s.real > eps, s, eps))
    return n


def forward(x, scale, eps: float, eps_mode: str, axes: tuple[int, ...], *, above: bool = True):
    """The layer: y = gamma * x / d."""
    return per_channel(scale, x) * (x / denominator(total(x * x, axes), eps, eps_mode, above=above))


def derivative(dy, x, scale, eps: float, eps_mode: str, axes: tuple[int, ...], *, above: bool = True):
    """The gradient of sum(dy * y) by x, and the natural magnitude of each of its elements.

    The natural magnitude is that of the larger of the two terms of which dx_i is the difference, |h_i| / d and what is
    projected away: they may cancel almost completely. Where both are 0 it is the largest one of the array.

    Example:
        >>> x, scale, dy = np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), np.array([[1.0, 0.0]])
        >>> dx, size = derivative(dy, x, scale, 0.0, "none", (1,))
        >>> np.round(dx, 9).tolist(), np.round(size, 9).tolist()
        ([[0.128, -0.096]], [[0.2, 0.096]])
    """
    nudged = x + (STEP * 1j * np.eye(x.size)).reshape(x.size, *x.shape)  # a copy of x for each of its elements
    last = tuple(k - x.ndim for k in axes)
    d = denominator(total(nudged * nudged, last), eps, eps_mode, above=above)
    y = per_channel(scale, x) * (nudged / d)
    dx = (np.sum(dy * y.imag, axis=tuple(range(1, y.ndim))) / STEP).reshape(x.shape)
    direct = per_channel(scale, x) * dy / denominator(total(x * x, axes), eps, eps_mode, above=above)
    size = np.maximum(np.abs(direct), np.abs(direct - dx))
    return dx, np.where(size > 0, size, np.max(size))
