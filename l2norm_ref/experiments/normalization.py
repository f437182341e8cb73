"""The layers under test, as layers with parameters and gradients over this package's public functions.

Contract: as in `layers`. L2Norm, BatchNorm and Scale call the public functions; LayerNorm, GroupNorm and InstanceNorm
are the generated `reference.batch_norm` on other axes, as in notebook 8. All start as in the frameworks: a scale of 1
and a bias of 0, but for L2Norm, whose scale is an argument.
"""

from __future__ import annotations

import math

import numpy as np

from l2norm_ref import (
    batch_norm_backward,
    batch_norm_forward,
    exhibits,
    l2norm_backward,
    l2norm_forward,
    scale_backward,
    scale_forward,
)
from l2norm_ref.experiments.layers import Array, Layer
from l2norm_ref.reference import batch_norm as centred


class L2Norm(Layer):
    """Each position's vector of channels to the length `scale`: SSD's layer, `across_spatial=False`.

    Args:
        scale: What the scale starts with: a number for all channels, or an array, one for each.
        learned: Whether it is a parameter.
        eps: As in `l2norm_forward`.

    Example:
        >>> L2Norm(10.0, eps=0.0).forward(np.array([[3.0, 4.0]]), True).tolist()
        [[6.0, 8.0]]
    """

    def __init__(self, scale: float | Array = 1.0, *, learned: bool = True, eps: float = 1e-10):
        super().__init__()
        self.scale = np.array(scale, dtype=np.float32)
        self.learned, self.eps = learned, eps
        self.parameters = {"scale": self.scale} if learned else {}

    def forward(self, x: Array, training: bool) -> Array:
        """`l2norm_forward`."""
        y, self.saved = l2norm_forward(
            x, self.scale, across_spatial=False, channel_shared=self.scale.ndim == 0, eps=self.eps, precision="plain"
        )
        return y

    def backward(self, dy: Array) -> Array:
        """`l2norm_backward`."""
        dx, dscale = l2norm_backward(dy, self.saved)
        self.gradients = {"scale": dscale} if self.learned and dscale is not None else {}
        return dx


class CaffeL2Norm(L2Norm):
    """The same layer with the gradient that Caffe's `Normalize` computes, `exhibits.CAFFE`."""

    def forward(self, x: Array, training: bool) -> Array:
        """As before."""
        self.x = x
        return super().forward(x, training)

    def backward(self, dy: Array) -> Array:
        """The scale's gradient is right there; the input's is replaced."""
        super().backward(dy)
        backward = exhibits.CAFFE.backward
        assert backward is not None
        dy64, x64, scale64 = (a.astype(np.float64) for a in (dy, self.x, self.scale))
        return backward(dy64, x64, scale64, self.eps, (1,)).astype(self.x.dtype)


class BatchNorm(Layer):
    """`batch_norm_forward`, in a test with the running mean and variance that training collected.

    Args:
        channels: Their number.
        eps: As in `batch_norm_forward`.
        kept: The part of the running statistics that a batch leaves as it was.
    """

    def __init__(self, channels: int, *, eps: float = 1e-5, kept: float = 0.9):
        super().__init__()
        self.mean, self.var = np.zeros(channels), np.ones(channels)
        self.eps, self.kept = eps, kept

    def forward(self, x: Array, training: bool) -> Array:
        """With the batch's statistics in training."""
        if training:
            axes = tuple(k for k in range(x.ndim) if k != 1)
            wide = x.astype(np.float64)
            self.mean = self.kept * self.mean + (1 - self.kept) * np.mean(wide, axis=axes)
            self.var = self.kept * self.var + (1 - self.kept) * np.var(wide, axis=axes)
            y, self.saved = batch_norm_forward(x, eps=self.eps)
        else:
            y, self.saved = batch_norm_forward(x, eps=self.eps, mean=self.mean, var=self.var)
        return y

    def backward(self, dy: Array) -> Array:
        """`batch_norm_backward`."""
        return batch_norm_backward(dy, self.saved)


class Scale(Layer):
    """`scale_forward` with a scale of 1 and a bias of 0 for each channel."""

    def __init__(self, channels: int):
        super().__init__()
        self.parameters = {"scale": np.ones(channels, np.float32), "bias": np.zeros(channels, np.float32)}

    def forward(self, x: Array, training: bool) -> Array:
        """`scale_forward`."""
        y, self.saved = scale_forward(x, self.parameters["scale"], self.parameters["bias"])
        return y

    def backward(self, dy: Array) -> Array:
        """`scale_backward`."""
        dx, dscale, dbias = scale_backward(dy, self.saved)
        assert dbias is not None
        self.gradients = {"scale": dscale, "bias": dbias}
        return dx


class GroupNorm(Layer):
    """Mean and deviation of a group of channels over all positions of one sample; a scale and a bias per channel.

    Args:
        channels: Their number, a multiple of `groups`.
        groups: As many groups as channels make it InstanceNorm.
        per_position: The statistics of one position instead: with one group that is LayerNorm over the channels.
        eps: As in `batch_norm_forward`.
    """

    def __init__(self, channels: int, groups: int, *, per_position: bool = False, eps: float = 1e-5):
        super().__init__()
        self.groups, self.eps = groups, eps
        self.axes = (2,) if per_position else (2, 3, 4)
        self.parameters = {"scale": np.ones(channels, np.float32), "bias": np.zeros(channels, np.float32)}

    def forward(self, x: Array, training: bool) -> Array:
        """`reference.batch_norm` with the groups as an axis of their own, in float64."""
        self.dtype, self.shape = x.dtype, (len(x), self.groups, -1, *x.shape[2:])
        wide = x.astype(np.float64).reshape(self.shape)
        learned = (self.parameters[name].astype(np.float64) for name in ("scale", "bias"))
        gamma, beta = (value.reshape(1, self.groups, -1, 1, 1) for value in learned)
        m = math.prod(wide.shape[k] for k in self.axes)
        y, self.saved = centred.batch_norm_scale_forward(wide, gamma, beta, self.eps, m, self.axes)
        return y.reshape(x.shape).astype(x.dtype)

    def backward(self, dy: Array) -> Array:
        """Its backward pass."""
        wide = dy.astype(np.float64).reshape(self.shape)
        dx, *learned = centred.batch_norm_scale_backward(wide, self.saved, self.axes, (0, 3, 4))
        values = (value.ravel().astype(self.dtype) for value in learned)
        self.gradients = dict(zip(("scale", "bias"), values, strict=True))
        return dx.reshape(dy.shape).astype(self.dtype)


def layer_norm(channels: int) -> GroupNorm:
    """The mean and the deviation of the channels at one position."""
    return GroupNorm(channels, 1, per_position=True)


def instance_norm(channels: int) -> GroupNorm:
    """The mean and the deviation of one channel over the positions."""
    return GroupNorm(channels, channels)
