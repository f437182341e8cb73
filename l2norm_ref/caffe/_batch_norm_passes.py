"""Forward_cpu and Backward_cpu of Caffe's BatchNorm, call for call; the first argument of `do` is the line.

Lines are those of src/caffe/layers/batch_norm_layer.cpp, weiliu89/caffe, commit 4817bf8b42. A constant of C++ that is
computed in double precision is rounded to the layer's type where it meets an array of that type.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from l2norm_ref.caffe._passes import NO_TRANS, TRANS, Do
from l2norm_ref.caffe.math_functions import at


@dataclass(frozen=True)
class Frame:
    """What both passes see. In place, `top` is `bottom` and `top_diff` is `bottom_diff`."""

    num: int
    channels: int
    spatial_dim: int
    use_global_stats: bool
    in_place: bool
    eps: np.floating
    moving_average_fraction: np.floating
    top: np.ndarray
    bottom: np.ndarray
    top_diff: np.ndarray
    bottom_diff: np.ndarray
    blobs_: tuple[np.ndarray, ...]
    mean_: np.ndarray
    variance_: np.ndarray
    temp_: np.ndarray
    x_norm_: np.ndarray
    x_norm_diff: np.ndarray
    batch_sum_multiplier_: np.ndarray
    spatial_sum_multiplier_: np.ndarray
    num_by_chans_: np.ndarray


Lines = tuple[int, int]
"""Of two calls that do one thing."""


def forward_cpu(f: Frame, do: Do) -> None:
    """Lines 86 to 166."""
    channels, count = f.channels, f.top.size
    top, mean, variance, temp = at(f.top), at(f.mean_), at(f.variance_), at(f.temp_)
    if not f.in_place:
        do(95, "caffe_copy", count, at(f.bottom), top)
    if f.use_global_stats:
        factor = at(f.blobs_[2])[0]
        scale_factor = factor * 0 if factor == 0 else 1 / factor
        do(102, "caffe_cpu_scale", channels, scale_factor, at(f.blobs_[0]), mean)
        do(104, "caffe_cpu_scale", channels, scale_factor, at(f.blobs_[1]), variance)
    else:
        _sums(f, do, (108, 112), 1.0 / (f.num * f.spatial_dim), f.bottom, mean)
    _spread(f, do, (118, 121), mean, -1, 1, top)
    if not f.use_global_stats:
        do(127, "caffe_powx", count, top, 2, temp)
        _sums(f, do, (129, 133), 1.0 / (f.num * f.spatial_dim), f.temp_, variance)
        _moving_averages(f, do)
    do(150, "caffe_add_scalar", channels, f.eps, variance)
    do(151, "caffe_powx", channels, variance, 0.5, variance)
    _spread(f, do, (155, 158), variance, 1, 0, temp)
    do(161, "caffe_div", count, top, temp, top)
    do(164, "caffe_copy", count, top, at(f.x_norm_))


def _moving_averages(f: Frame, do: Do) -> None:
    """Lines 138 to 146: sums whose older terms fade, and the sum of the weights. Nothing is divided by it here."""
    fraction, number = f.moving_average_fraction, f.mean_.dtype.type
    factor = at(f.blobs_[2])
    do(138, "mul_assign", 1, fraction, factor)
    do(139, "add_assign", 1, 1, factor)
    do(140, "caffe_cpu_axpby", f.channels, 1, at(f.mean_), fraction, at(f.blobs_[0]))
    m = f.num * f.spatial_dim
    correction = number(m) / number(m - 1) if m > 1 else 1
    do(144, "caffe_cpu_axpby", f.channels, correction, at(f.variance_), fraction, at(f.blobs_[1]))


def backward_cpu(f: Frame, do: Do) -> None:
    """Lines 168 to 242. `mean_` is scratch; `temp_` still holds the standard deviation."""
    count = f.top.size
    dy, dx, temp, x_norm, sums = at(f.top_diff), at(f.bottom_diff), at(f.temp_), at(f.x_norm_), at(f.mean_)
    if f.in_place:
        do(176, "caffe_copy", count, dy, at(f.x_norm_diff))
        dy = at(f.x_norm_diff)
    if f.use_global_stats:
        do(181, "caffe_div", count, dy, temp, dx)
        return
    do(200, "caffe_mul", count, x_norm, dy, dx)
    _sums(f, do, (201, 204), 1, dx, sums)
    _spread(f, do, (209, 212), sums, 1, 0, dx)
    do(217, "caffe_mul", count, x_norm, dx, dx)
    _sums(f, do, (220, 223), 1, dy, sums)
    _spread(f, do, (228, 231), sums, 1, 1, dx)
    do(236, "caffe_cpu_axpby", count, 1, dy, -1.0 / (f.num * f.spatial_dim), dx)
    do(241, "caffe_div", count, dx, temp, dx)


def _sums(f: Frame, do: Do, lines: Lines, alpha: float, data: np.ndarray, sums: np.ndarray) -> None:
    """Alpha times the sum over positions, then the sum over samples: one number for each channel."""
    rows, by_chans = f.channels * f.num, at(f.num_by_chans_)
    ones_spatial, ones_batch = at(f.spatial_sum_multiplier_), at(f.batch_sum_multiplier_)
    first, second = lines
    do(first, "caffe_cpu_gemv", NO_TRANS, rows, f.spatial_dim, alpha, at(data), ones_spatial, 0, by_chans)
    do(second, "caffe_cpu_gemv", TRANS, f.num, f.channels, 1, by_chans, ones_batch, 0, sums)


def _spread(f: Frame, do: Do, lines: Lines, values: np.ndarray, alpha: int, beta: int, target: np.ndarray) -> None:
    """Target = alpha * values + beta * target, one value for each channel: to all samples, then to all positions."""
    rows, by_chans = f.channels * f.num, at(f.num_by_chans_)
    ones_spatial, ones_batch = at(f.spatial_sum_multiplier_), at(f.batch_sum_multiplier_)
    first, second = lines
    do(first, "caffe_cpu_gemm", f.num, f.channels, 1, 1, ones_batch, values, 0, by_chans)
    do(second, "caffe_cpu_gemm", rows, f.spatial_dim, 1, alpha, by_chans, ones_spatial, beta, target)
