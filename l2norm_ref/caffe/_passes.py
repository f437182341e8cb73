"""Forward_cpu and Backward_cpu of Caffe's Normalize, call for call; the first argument of `do` is the line.

Lines are those of src/caffe/layers/normalize_layer.cpp, weiliu89/caffe, commit 4817bf8b42. The code knows neither
arrays nor symbols: `Frame` holds whichever of the two the layer runs on, and sizes that multiply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Do = Callable[..., Any]
"""(line, helper, *arguments): call the helper of that name, and note it down if the layer records."""

TRANS, NO_TRANS = True, False


@dataclass(frozen=True)
class Frame:
    """What both passes see: the blobs (arrays or symbols), the sizes, and how a pointer into a blob is made."""

    at: Callable[..., Any]
    reciprocal: Callable[[Any], Any]
    samples: Sequence[int]
    num: Any
    channels: Any
    spatial_dim: Any
    across_spatial: bool
    channel_shared: bool
    eps: Any
    bottom: Any
    top: Any
    bottom_diff: Any
    top_diff: Any
    scale: Any
    scale_diff: Any
    norm: Any
    norm_count: Any
    buffer: Any
    buffer_channel: Any
    buffer_spatial: Any
    ones_channel: Any
    ones_spatial: Any


def forward_cpu(f: Frame, do: Do) -> None:
    """Lines 84 to 134."""
    channels, spatial_dim = f.channels, f.spatial_dim
    dim = channels * spatial_dim
    buffer, norm, scale = f.at(f.buffer), f.at(f.norm), f.at(f.scale)
    do(93, "caffe_set", f.norm_count, f.eps, norm)
    for n in f.samples:
        x, y = f.at(f.bottom, n * dim), f.at(f.top, n * dim)
        do(101, "caffe_sqr", dim, x, buffer)
        if f.across_spatial:
            norm[n] = do(104, "pow", do(104, "caffe_cpu_asum", dim, buffer) + f.eps, 0.5)
            do(106, "caffe_cpu_scale", dim, f.reciprocal(norm[n]), x, y)
        else:
            pixel = f.at(norm, n * spatial_dim)
            do(109, "caffe_cpu_gemv", TRANS, channels, spatial_dim, 1, buffer, f.at(f.ones_channel), 1, pixel)
            do(113, "caffe_powx", spatial_dim, pixel, 0.5, pixel)
            do(115, "caffe_cpu_gemm", channels, spatial_dim, 1, 1, f.at(f.ones_channel), pixel, 0, buffer)
            do(118, "caffe_div", dim, x, buffer, y)
        if f.channel_shared:
            do(123, "caffe_scal", dim, scale[0], y)
        else:
            do(125, "caffe_cpu_gemm", channels, spatial_dim, 1, 1, scale, f.at(f.ones_spatial), 0, buffer)
            do(129, "caffe_mul", dim, y, buffer, y)


def backward_scale(f: Frame, do: Do) -> None:
    """Lines 157 to 173: the gradient of the scale is added to what its diff holds. It reads the top data."""
    channels, spatial_dim = f.channels, f.spatial_dim
    dim = channels * spatial_dim
    scale, scale_diff = f.at(f.scale), f.at(f.scale_diff)
    if f.channel_shared:
        product = do(160, "caffe_cpu_dot", f.num * dim, f.at(f.top), f.at(f.top_diff))
        do(160, "add_assign", 1, product / scale[0], scale_diff)
        return
    buffer, sums = f.at(f.buffer), f.at(f.buffer_channel)
    for n in f.samples:
        do(164, "caffe_mul", dim, f.at(f.top, n * dim), f.at(f.top_diff, n * dim), buffer)
        do(165, "caffe_cpu_gemv", NO_TRANS, channels, spatial_dim, 1, buffer, f.at(f.ones_spatial), 0, sums)
        do(169, "caffe_div", channels, sums, scale, sums)
        do(170, "caffe_add", channels, sums, scale_diff, scale_diff)


def backward_bottom(f: Frame, do: Do) -> None:
    """Lines 176 to 223: the gradient of the bottom overwrites its diff. The scale comes last, after the sum."""
    channels, spatial_dim = f.channels, f.spatial_dim
    dim = channels * spatial_dim
    buffer, scale = f.at(f.buffer), f.at(f.scale)
    for n in f.samples:
        x, dy, dx = f.at(f.bottom, n * dim), f.at(f.top_diff, n * dim), f.at(f.bottom_diff, n * dim)
        if f.across_spatial:
            norm = f.at(f.norm)[n]
            a = do(179, "caffe_cpu_dot", dim, x, dy)
            do(180, "caffe_cpu_scale", dim, a / norm / norm, x, dx)
            do(182, "caffe_sub", dim, dy, dx, dx)
            do(183, "caffe_scal", dim, f.reciprocal(norm), dx)
        else:
            _backward_pixels(f, do, n, x, dy, dx)
        if f.channel_shared:
            do(212, "caffe_scal", dim, scale[0], dx)
        else:
            do(214, "caffe_cpu_gemm", channels, spatial_dim, 1, 1, scale, f.at(f.ones_spatial), 0, buffer)
            do(217, "caffe_mul", dim, dx, buffer, dx)


def _backward_pixels(f: Frame, do: Do, n: int, x: Any, dy: Any, dx: Any) -> None:
    """Lines 186 to 208, one sample with a norm for each position."""
    channels, spatial_dim = f.channels, f.spatial_dim
    dim = channels * spatial_dim
    ones, buffer, sums = f.at(f.ones_channel), f.at(f.buffer), f.at(f.buffer_spatial)
    pixel = f.at(f.norm, n * spatial_dim)
    do(186, "caffe_mul", dim, x, dy, buffer)
    do(187, "caffe_cpu_gemv", TRANS, channels, spatial_dim, 1, buffer, ones, 0, sums)
    do(191, "caffe_cpu_gemm", channels, spatial_dim, 1, 1, ones, sums, 0, buffer)
    do(194, "caffe_mul", dim, x, buffer, dx)
    do(196, "caffe_powx", spatial_dim, pixel, 2, sums)
    do(197, "caffe_cpu_gemm", channels, spatial_dim, 1, 1, ones, sums, 0, buffer)
    do(200, "caffe_div", dim, dx, buffer, dx)
    do(202, "caffe_sub", dim, dy, dx, dx)
    do(204, "caffe_cpu_gemm", channels, spatial_dim, 1, 1, ones, pixel, 0, buffer)
    do(207, "caffe_div", dim, dx, buffer, dx)
