"""Exhibits in which the scale is in the wrong place."""

from __future__ import annotations

import numpy as np

from l2norm_ref.exhibits._exhibit import Axes, Exhibit, Source
from l2norm_ref.exhibits._truth import per_channel, total


def caffe(dy, x, scale, eps: float, axes: Axes):
    """dx = gamma * (dy - x <x,dy> / d**2) / d, d = sqrt(s + eps).

    The derivative has the scale inside: (h - x <x,h> / d**2) / d with h = gamma * dy. This is J dy, not J^T dy, and
    the Jacobian J is symmetric only where the scale is the same for all channels.

    Source: weiliu89/caffe, commit 4817bf8b42, src/caffe/layers/normalize_layer.cpp, lines 176 to 223.

    Example:
        >>> x, scale, dy = np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), np.array([[1.0, 0.0]])
        >>> caffe(dy, x, scale, 0.0, (1,)).round(9).tolist()  # the derivative is (0.128, -0.096)
        [[0.128, -0.192]]
    """
    d = np.sqrt(total(x * x, axes) + eps)
    return per_channel(scale, x) * (dy - x * total(x * dy, axes) / d**2) / d


def tensorrt(x, scale, eps: float, axes: Axes):
    """y = (x / d) / gamma, d = sqrt(s + eps), where y = gamma * x / d is meant.

    Source: NVIDIA/TensorRT, commit 025060405f, plugin/common/kernels/normalizeLayer.cu, lines 157 to 171.

    Example:
        >>> tensorrt(np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), 0.0, (1,)).tolist()  # meant: (0.6, 1.6)
        [[0.6, 0.4]]
    """
    return x / np.sqrt(total(x * x, axes) + eps) / per_channel(scale, x)


def ssd_keras(x, scale, eps: float, axes: Axes):
    """y = x / d * gamma with gamma along the last axis of (N, C, H, W), which is the width; d = sqrt(max(s, eps)).

    NumPy, like Keras' back ends, lines up the shape (C,) with the last axis. That is the channel axis for channels
    last; for channels first it raises an error, unless C = W or either is 1.

    Source: rykov8/ssd_keras, commit a560b91e78, ssd_layers.py, lines 31 to 49.

    Example:
        >>> x = np.array([[1.0, 1.0], [0.0, 0.0]]).reshape(1, 2, 1, 2)  # two channels, width 2
        >>> ssd_keras(x, np.array([1.0, 2.0]), 1e-12, (1,))[0, 0].tolist()  # channel 0 has the scale 1
        [[1.0, 2.0]]
    """
    return x / np.sqrt(np.maximum(total(x * x, axes), eps)) * (1.0 if scale is None else scale)


_CAFFE = ("weiliu89/caffe", "4817bf8b4200b35ada8ed0dc378dceaf38c539e4")

CAFFE = Exhibit(
    name="caffe",
    title="Caffe: scale after the inner product",
    framework="Caffe, branch ssd (Normalize)",
    source=Source(*_CAFFE, "src/caffe/layers/normalize_layer.cpp", (176, 223)),
    also=(Source(*_CAFFE, "src/caffe/layers/normalize_layer.cu", (108, 215)),),
    status="run",
    evidence="The CPU code was run unmodified: this function reproduces its recorded bottom gradients in all 104 files "
    "of tests/data/caffe_golden, to 1e-12 in double and 1e-5 in single precision. The GPU code was read.",
    what="The scale multiplies the projected gradient at the end instead of dy before the projection, so that it is "
    "missing from the inner product.",
    formula="dx = gamma * (dy - x <x,dy> / d^2) / d",
    right="wherever the scale is the same for all channels, as it is when training starts",
    eps_mode="add_inside",
    eps=1e-10,
    has_scale=True,
    backward=caffe,
)

TENSORRT = Exhibit(
    name="tensorrt",
    title="TensorRT: divided by the scale",
    framework="TensorRT (normalizePlugin)",
    source=Source(
        "NVIDIA/TensorRT",
        "025060405f89ea0368245b6892a9a918a7a56e44",
        "plugin/common/kernels/normalizeLayer.cu",
        (157, 171),
    ),
    status="transcribed",
    evidence="Read, and its arithmetic typed again; it was not run. As of 2026-11-20 the plugin is no longer part of "
    "the repository. Its eps has no default; 1e-10 is used here.",
    what="With acrossSpatial and a scale for each channel, the forward pass divides by the scale instead of "
    "multiplying with it.",
    formula="y = (x / d) / gamma",
    right="where every scale is 1 or -1, with one scale for all channels, and with acrossSpatial = false, which is how "
    "SSD uses it",
    eps_mode="add_inside",
    eps=1e-10,
    has_scale=True,
    only_axes="sample",
    forward=tensorrt,
)

SSD_KERAS = Exhibit(
    name="ssd-keras",
    title="ssd_keras, channels first: scale along the width",
    framework="ssd_keras (Keras 1 and 2)",
    source=Source("rykov8/ssd_keras", "a560b91e78b87b1e3322008c059276a69766db2d", "ssd_layers.py", (31, 49)),
    also=(
        Source(
            "pierluigiferrari/ssd_keras",
            "3ac9adaf3889f1020d74b0eeefea281d5e82f353",
            "keras_layers/keras_layer_L2Normalization.py",
            (25, 63),
        ),
    ),
    status="transcribed",
    evidence="Read, and its arithmetic typed again; it was not run.",
    what="In the channels-first ordering the scale is lined up with the last axis, the width, instead of the channels.",
    formula="y[n,c,i,j] = x[n,c,i,j] / d * gamma[j]",
    right="in the channels-last ordering, and where the scale is the same for all channels; where the width is neither "
    "1 nor the number of channels it stops with an error",
    eps_mode="clamp_sum",
    eps=1e-12,
    has_scale=True,
    only_axes="channels",
    forward=ssd_keras,
)
