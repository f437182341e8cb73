"""Forward_cpu and Backward_cpu of Caffe's Scale, call for call; the first argument of `do` is the line.

Lines are those of src/caffe/layers/scale_layer.cpp, weiliu89/caffe, commit 4817bf8b42, and in `forward_bias` and
`backward_bias` of bias_layer.cpp there: the bias belongs to a layer of the type Bias inside, which works in place. All
numbers below 116 are lines of bias_layer.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from l2norm_ref.caffe._passes import NO_TRANS, TRANS, Do
from l2norm_ref.caffe.math_functions import at


@dataclass(frozen=True)
class Frame:
    """What both passes see; x has outer_dim * scale_dim * inner_dim elements, `scale` has scale_dim.

    In place, `top` is `bottom` and `top_diff` is `bottom_diff`. `scale_param` is false where the scale is a second
    bottom. `temp_` is empty unless in place, `bias` is None without a bias_term.
    """

    outer_dim: int
    scale_dim: int
    inner_dim: int
    in_place: bool
    scale_param: bool
    top: np.ndarray
    bottom: np.ndarray
    top_diff: np.ndarray
    bottom_diff: np.ndarray
    scale: np.ndarray
    scale_diff: np.ndarray
    bias: np.ndarray | None
    bias_diff: np.ndarray | None
    temp_: np.ndarray
    sum_result_: np.ndarray
    sum_multiplier_: np.ndarray
    bias_multiplier_: np.ndarray


def forward_cpu(f: Frame, do: Do) -> None:
    """Lines 116 to 142."""
    if f.in_place:
        do(125, "caffe_copy", f.bottom.size, at(f.bottom), at(f.temp_))
    for offset, d in _blocks(f):
        do(134, "caffe_cpu_scale", f.inner_dim, at(f.scale)[d], at(f.bottom, offset), at(f.top, offset))
    if f.bias is not None:
        forward_bias(f, f.bias, do)


def forward_bias(f: Frame, bias: np.ndarray, do: Do) -> None:
    """Lines 81 to 86 of bias_layer.cpp."""
    dim, ones = f.scale_dim * f.inner_dim, at(f.bias_multiplier_)
    for n in range(f.outer_dim):
        do(82, "caffe_cpu_gemm", f.scale_dim, f.inner_dim, 1, 1, at(bias), ones, 1, at(f.top, n * dim))


def backward_bias(f: Frame, bias_diff: np.ndarray, do: Do) -> None:
    """Lines 104 to 110 of bias_layer.cpp: the gradient of the bias is added to what its diff holds."""
    dim, ones = f.scale_dim * f.inner_dim, at(f.bias_multiplier_)
    for n in range(f.outer_dim):
        dy = at(f.top_diff, n * dim)
        do(106, "caffe_cpu_gemv", NO_TRANS, f.scale_dim, f.inner_dim, 1, dy, ones, 1, at(bias_diff))


def backward_scale(f: Frame, do: Do) -> None:
    """Lines 153 to 204: overwrites the scale's diff in lines 166 and 184, adds to it elsewhere.

    The product dy * x is put where there is room for it: into the diff of the bottom, or into `temp_` in place.
    """
    eltwise = f.bottom.size == f.scale.size
    product = at(f.scale_diff if eltwise else f.temp_ if f.in_place else f.bottom_diff)
    x, ones, diff = at(f.temp_ if f.in_place else f.bottom), at(f.sum_multiplier_), at(f.scale_diff)
    do(166, "caffe_mul", f.top.size, at(f.top_diff), x, product)
    if eltwise:
        return
    sums = product
    if f.inner_dim != 1 and f.sum_result_.size == 1:
        result = do(175 if f.scale_param else 178, "caffe_cpu_dot", f.inner_dim, product, ones)
        _keep(f, do, 176 if f.scale_param else 178, result)
    elif f.inner_dim != 1:
        sums = diff if f.outer_dim == 1 else at(f.sum_result_)
        do(184, "caffe_cpu_gemv", NO_TRANS, f.sum_result_.size, f.inner_dim, 1, product, ones, 0, sums)
    if f.outer_dim == 1:
        return
    if f.scale_dim == 1:
        result = do(192 if f.scale_param else 195, "caffe_cpu_dot", f.outer_dim, ones, sums)
        _keep(f, do, 193 if f.scale_param else 195, result)
    else:
        beta = int(f.scale_param)
        do(198, "caffe_cpu_gemv", TRANS, f.outer_dim, f.scale_dim, 1, sums, ones, beta, diff)


def backward_bottom(f: Frame, do: Do) -> None:
    """Lines 205 to 217: the gradient of the bottom overwrites its diff."""
    for offset, d in _blocks(f):
        do(212, "caffe_cpu_scale", f.inner_dim, at(f.scale)[d], at(f.top_diff, offset), at(f.bottom_diff, offset))


def _blocks(f: Frame) -> Iterator[tuple[int, int]]:
    """Where each run of inner_dim elements begins, and which element of the scale it has."""
    for n in range(f.outer_dim):
        for d in range(f.scale_dim):
            yield (n * f.scale_dim + d) * f.inner_dim, d


def _keep(f: Frame, do: Do, line: int, result: np.floating) -> None:
    """A scalar gradient: added for a learned scale, assigned for a second bottom."""
    do(line, "add_assign" if f.scale_param else "assign", 1, result, at(f.scale_diff))
