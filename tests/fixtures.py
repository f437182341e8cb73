"""Inputs chosen to catch wrong gradients, and the truth to hold them against: a forward pass, differentiated.

No gradient is written down here. `complex_step` differentiates the forward pass typed below; with a step of 1e-30 its
error is that of evaluating the forward pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

EPS_MODES = ("add_inside", "add_outside", "clamp_norm", "clamp_sum", "none")
FLAGS = tuple((spatial, shared) for spatial in (True, False) for shared in (True, False))  # Caffe's four modes
STEP = 1e-30


def denominator(s, eps, eps_mode):
    """d from the sum of squares s; complex s branches on its real part."""
    n = np.sqrt(s)
    if eps_mode == "add_inside":
        return np.sqrt(s + eps)
    if eps_mode == "add_outside":
        return n + eps
    if eps_mode == "clamp_norm":
        return np.where(n.real >= eps, n, eps)
    if eps_mode == "clamp_sum":
        return np.sqrt(np.where(s.real >= eps, s, eps))
    return n


def forward(x, gamma, eps, eps_mode, axes):
    """The layer, typed a second time: gamma * x / d."""
    return gamma * x / denominator(np.sum(x * x, axis=axes, keepdims=True), eps, eps_mode)


def resolve(shape, scale, kwargs):
    """Plain reading of the keyword arguments: the reduced axes, and gamma in a shape that broadcasts."""
    rank = len(shape)
    channel = None if rank == 1 else kwargs.get("channel_axis", 1) % rank
    axes = kwargs.get("axes")
    if axes is None:
        axes = tuple(range(1, rank)) if kwargs.get("across_spatial", True) else (channel,)
    elif axes == "all":
        axes = tuple(range(rank))
    elif axes == "spatial":
        axes = tuple(k for k in range(1, rank) if k != channel)
    gamma = np.ones(()) if scale is None else np.asarray(scale, np.float64)
    if gamma.ndim:
        gamma = gamma.reshape([-1 if k == channel else 1 for k in range(rank)])
    return tuple(k % rank for k in axes), gamma


def complex_step(x, dy, scale, **kwargs):
    """The derivatives of sum(dy * y) by x and by the scale (None without), and the natural magnitude of dx.

    The natural magnitude of dx_i is the larger of the terms whose difference it is: |h_i| / d and the rest.
    """
    eps, mode = kwargs.get("eps", 1e-10), kwargs.get("eps_mode", "add_inside")
    axes, gamma = resolve(x.shape, scale, kwargs)
    x, gamma = np.array(x, dtype=np.complex128), np.array(gamma, dtype=np.complex128)
    gamma = gamma.reshape(gamma.shape or (1,) * x.ndim)

    def slopes(value):
        """The slope by every element of x or gamma: as many copies of it, each with another element nudged."""
        nudges = (STEP * 1j * np.eye(value.size)).reshape(value.size, *value.shape)
        inputs = (value + nudges, gamma) if value is x else (x, value + nudges)
        terms = dy * forward(*inputs, eps, mode, tuple(k - x.ndim for k in axes)).imag
        return np.sum(terms, axis=tuple(range(1, x.ndim + 1))) / STEP

    dx = slopes(x).reshape(x.shape)
    dscale = None if scale is None else slopes(gamma).reshape(np.shape(scale))
    d = denominator(np.sum(x * x, axis=axes, keepdims=True), eps, mode).real
    direct = gamma.real * dy / d
    return dx, dscale, np.maximum(np.abs(direct), np.abs(direct - dx))


@dataclass(frozen=True)
class Case:
    """One input of the layer in float64, with everything that `l2norm_forward` takes beside it."""

    name: str
    x: np.ndarray
    dy: np.ndarray
    channels: int
    kwargs: dict = field(default_factory=dict)

    def scale(self, shared) -> Any:
        """Signed, nowhere 0 or 1, and different for every channel."""
        if shared:
            return -1.75
        rng = np.random.default_rng(self.channels)
        return rng.uniform(0.3, 3.0, self.channels) * rng.choice([-1.0, 1.0], self.channels)


def _case(name, shape, magnitude=1.0, eps=1e-10, seed=0, channel_axis=1, **kwargs):
    rng = np.random.default_rng([seed, *shape])
    x, dy = magnitude * rng.normal(size=shape), rng.normal(size=shape)
    if channel_axis != 1:
        kwargs["channel_axis"] = channel_axis
    return Case(name, x, dy, shape[channel_axis] if len(shape) > 1 else 1, {"eps": eps, **kwargs})


def _edited(case, name, edit):
    """The case with x edited in place; the edit may return another array instead."""
    x = case.x.copy()
    replaced = edit(x)
    return Case(name, x if replaced is None else replaced, case.dy, case.channels, case.kwargs)


def _strided(x):
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan)
    wide[..., ::-2] = x
    view = wide[..., ::-2]
    view.flags.writeable = False
    return view


def _zero_pixel(x):
    x[0, :, 0, 0] = 0


def _zero_sample(x):
    x[0] = 0


BASE = _case("sizes_all_different", (2, 3, 5, 7))
CASES = (
    BASE,
    _case("one_of_everything", (1, 1, 1, 1)),
    _case("one_channel", (2, 1, 3, 5)),
    _case("one_position", (3, 7, 1, 1)),
    _case("one_sample", (1, 5, 2, 3)),
    _case("vectors", (3, 5)),
    _case("sequence", (2, 3, 7)),
    _case("volumes", (2, 3, 2, 1, 5)),
    _case("rank_6", (2, 3, 1, 2, 5, 2)),
    _case("eps_like_x", (2, 3, 5, 7), 1e-5),
    _case("eps_dominant", (2, 3, 5, 7), 1e-3, eps=0.7),
    _case("eps_large_like_x", (2, 3, 5, 7), 1.0, eps=2.0),
    _case("eps_like_x_one_channel", (2, 1, 3, 5), 1e-2, eps=2e-2),
    _case("eps_negligible", (2, 3, 5, 7), 1e4, eps=1e-12),
    _case("eps_zero", (2, 3, 5, 7), eps=0.0),
    _case("channels_last", (2, 5, 7, 3), 0.5, eps=0.3, channel_axis=-1),
    _edited(_case("", (2, 3, 5, 7), eps=1e-3), "zero_pixel", _zero_pixel),
    _edited(_case("", (2, 3, 5, 7), eps=1e-3), "zero_sample", _zero_sample),
    _edited(BASE, "strided_read_only", _strided),
    _edited(BASE, "fortran_order", np.asfortranarray),
    Case("dy_along_x", BASE.x, 3 * BASE.x, 3, BASE.kwargs),
)
AXES = ("all", "spatial", (1,), (0,), (2, 3), (-1,), (0, 2), (3, 1), (0, 1, 2, 3))
