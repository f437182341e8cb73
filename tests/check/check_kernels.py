"""Kernels to try the check on: the generated reference run in the kernel's own dtype, whole or spoilt.

A right gradient is not typed here. `kernel` runs the generated text on float16, float32 or float64 as it comes.
"""

from __future__ import annotations

import numpy as np

from l2norm_ref.reference import l2norm as reference

EPS_MODES = ("add_inside", "add_outside", "clamp_norm", "clamp_sum", "none")


def broadcast(scale, rank, channel_axis=1):
    """gamma as the reference takes it."""
    if scale is None:
        return 1.0
    return scale.reshape([-1 if scale.ndim and k == channel_axis % rank else 1 for k in range(rank)])


def reduced(rank, *, across_spatial=True, channel_axis=1, axes=None):
    if axes == "all":
        return tuple(range(rank))
    if axes == "spatial":
        return tuple(k for k in range(1, rank) if k != channel_axis % rank)
    if axes is not None:
        return axes
    return tuple(range(1, rank)) if across_spatial else (channel_axis % rank,)


def kernel(*, eps_mode="add_inside", eps=1e-10, channel_shared=True, channel_axis=1, **over):
    """A forward and a backward pass that compute in the dtype of x. At 0/0 they give NaN."""
    forward_of, backward_of = (getattr(reference, f"{eps_mode}_{name}") for name in ("forward", "backward"))

    def run(x, scale):
        axes = reduced(x.ndim, channel_axis=channel_axis, **over)
        with np.errstate(all="ignore"):
            return *forward_of(x, broadcast(scale, x.ndim, channel_axis), eps, axes), axes

    def forward(x, scale):
        return run(x, scale)[0]

    def backward(dy, x, scale):
        _, saved, axes = run(x, scale)
        own = None if scale is None or scale.ndim == 0 else channel_axis % x.ndim
        with np.errstate(all="ignore"):
            dx, dgamma = backward_of(dy, saved, axes, tuple(k for k in range(x.ndim) if k != own))
        return (dx, None) if scale is None else (dx, dgamma.reshape(scale.shape))

    return forward, backward


def spoilt(mode, *, y=None, dx=None, dscale=None):
    """The kernel of a mode with one result replaced: `y(y, x, scale)`, `dx(dx, dy, x, scale)`, `dscale(...)` alike."""
    right_forward, right_backward = kernel(**mode)

    def forward(x, scale):
        out = right_forward(x, scale)
        return out if y is None else np.asarray(y(out, x, scale)).astype(x.dtype)

    def backward(dy, x, scale):
        first, second = right_backward(dy, x, scale)
        if dx is not None:
            first = np.asarray(dx(first, dy, x, scale)).astype(x.dtype)
        if dscale is not None:
            second = np.asarray(dscale(second, dy, x, scale)).astype(x.dtype)
        return first, second

    return forward, backward
