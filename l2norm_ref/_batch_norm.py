"""The public BatchNorm: checks the arguments, chooses the number type, calls the generated reference, rounds once.

The mathematics is in `l2norm_ref.reference.batch_norm`. float64 runs that text on `l2norm_ref._wide.Wide`. float16 and
float32 run it on float64, but for the subtraction of the mean: that is `l2norm_ref._centred`, which loses no bit where
deviations cancel, and the rest of the forward pass is then the text of RMSNorm (the two share every later stage).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref._centred import centred
from l2norm_ref._number_type import freeze, number_for, to_float64
from l2norm_ref.reference import batch_norm as reference


@dataclass(frozen=True, eq=False)
class BatchNormSaved:
    """What `batch_norm_forward` hands to `batch_norm_backward`. Nothing in it is a view of the caller's arrays.

    Attributes:
        axes: The axes that were averaged over; None where the statistics were given.
        shape: The shape of x and y.
        dtype: Their dtype.
        flat: Where a whole channel is constant and eps is 0, so that y and dx are 0 by convention; None if nowhere.
        residuals: What the generated forward saved.
    """

    axes: tuple[int, ...] | None
    shape: tuple[int, ...]
    dtype: np.dtype
    flat: np.ndarray | None = field(repr=False)
    residuals: tuple[Any, ...] = field(repr=False)


def batch_norm_forward(
    x, *, eps: float = 1e-5, channel_axis: int = 1, mean=None, var=None
) -> tuple[np.ndarray, BatchNormSaved]:
    r"""Subtract the mean of each channel and divide by its standard deviation: y = (x - mean) / sqrt(var + eps).

    Mean and variance are taken over samples and positions, the variance biased (divided by their number, not by one
    less). With `mean` and `var` given, these are used and are constants: Caffe's `use_global_stats`, every framework at
    test time. There is no gamma and no beta: `scale_forward` is the layer that follows.

    float16 and float32 are computed in float64, float64 with about 104 bits that never overflow, and rounded once: y is
    within 0.51 units in the last place (ulp), for every finite x of float16 and float32, and in float64 wherever
    |x - mean| is more than 2**-40 of the largest |x| of its channel. A channel that is constant while eps is 0 gives
    y = 0 and dx = 0. NaN and infinity give what IEEE 754 arithmetic gives: with batch statistics the whole channel is
    NaN.

    The layer is that of Ioffe and Szegedy (arXiv:1502.03167), without its affine part, as Caffe's `BatchNorm` is.

    Args:
        x: Array of dtype float16, float32 or float64 and rank 2 to 6. Axis 0 is the sample axis.
        eps: A finite number >= 0. It is a float64 whatever the dtype of x. Caffe and PyTorch: 1e-5; Keras: 1e-3.
        channel_axis: The axis of the channels, any but 0: 1 for NCHW, -1 for NHWC.
        mean: None, or one number for each channel, shape (C,).
        var: The same, not negative. Both or neither are given.

    Returns:
        y, of x's shape and dtype, and what `batch_norm_backward` needs.

    Raises:
        TypeError: An argument is of the wrong type or dtype.
        ValueError: An argument has the wrong shape, rank or value, or the mean would be over nothing.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import batch_norm_forward
        >>> x = np.array([[1.0], [5.0]])
        >>> batch_norm_forward(x, eps=12)[0].tolist()  # mean 3, variance 4, sigma 4
        [[-0.5], [0.5]]
        >>> batch_norm_forward(x, eps=12, mean=[1.0], var=[4.0])[0].tolist()
        [[0.0], [1.0]]
    """
    array = arguments.input_array(x, axes_given=False)
    eps = arguments.epsilon(eps)
    shape, dtype = array.shape, array.dtype
    channel = arguments.channel(channel_axis, array.ndim)
    assert channel is not None  # only rank 1 has none
    if (mean is None) != (var is None):
        missing = "mean" if mean is None else "var"
        raise arguments.refusal(ValueError, missing, "to be given, as the other one of mean and var is", None)
    with np.errstate(all="ignore"):
        x64 = np.array(array, dtype=np.float64, order="C")
        number, flat, axes = number_for(dtype), None, None
        if mean is None:
            axes = _averaged(shape, channel)
            flat = _flat(x64, axes) if eps == 0 else None
            m = math.prod(shape[k] for k in axes)
            if dtype.itemsize == 8:
                y, residuals = reference.batch_norm_forward(number(x64), eps, m, axes)
            else:
                y, residuals = reference.rms_norm_forward(centred(x64, axes), eps, m, axes)
        else:
            given = [
                arguments.channel_array(name, value, shape, channel) for name, value in (("mean", mean), ("var", var))
            ]
            if np.any(given[1] < 0):
                raise arguments.refusal(ValueError, "var", "numbers >= 0", var)
            broadcast = [n if k == channel else 1 for k, n in enumerate(shape)]
            mu, variance = (number(values.reshape(broadcast)) for values in given)
            y, residuals = reference.global_batch_norm_forward(number(x64), mu, variance, eps)
        y = to_float64(y) if flat is None else np.where(flat, 0.0, to_float64(y))
        y = np.array(y, dtype=dtype)
    freeze(flat, *residuals)
    return y, BatchNormSaved(axes, shape, dtype, flat, residuals)


def batch_norm_backward(dy, saved: BatchNormSaved) -> np.ndarray:
    r"""The gradient of a loss by x, given its gradient dy by y.

        dx = (dy - mean(dy) - xhat * mean(dy * xhat)) / sigma       with the statistics of the batch, xhat = y
        dx = dy / sigma                                             with statistics that were given

    The means are those of the forward pass. The formula is exact, eps included; there is no further term through the
    variance's dependence on the mean, because the deviations from a mean add up to zero. dx is within 1.01 ulp of
    (|dy| + mean(|dy|) + |xhat| mean(|dy xhat|)) / sigma, the size of the terms of which it is the difference.

    Args:
        dy: Array of y's shape, of dtype float16, float32 or float64 (not necessarily x's).
        saved: What `batch_norm_forward` returned. It can be used any number of times.

    Returns:
        dx, of x's shape and dtype.

    Raises:
        TypeError: dy is not of a supported dtype, or saved did not come from `batch_norm_forward`.
        ValueError: dy has another shape than y.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import batch_norm_backward, batch_norm_forward
        >>> y, saved = batch_norm_forward(np.array([[1.0], [5.0]]), eps=12)
        >>> batch_norm_backward(np.array([[8.0], [0.0]]), saved).tolist()
        [[0.75], [-0.75]]
    """
    if not isinstance(saved, BatchNormSaved):
        raise arguments.refusal(TypeError, "saved", "what batch_norm_forward returned", saved)
    array = arguments.like("dy", dy, saved.shape, "y")
    with np.errstate(all="ignore"):
        dy64 = np.array(array, dtype=np.float64, order="C")
        number = number_for(saved.dtype)
        if saved.axes is None:
            dx = reference.global_batch_norm_backward(number(dy64), saved.residuals)
        else:
            dx = reference.batch_norm_backward(number(dy64), saved.residuals, saved.axes)
        dx = to_float64(dx) if saved.flat is None else np.where(saved.flat, 0 * dy64, to_float64(dx))
        return np.array(dx, dtype=saved.dtype)


def _averaged(shape: tuple[int, ...], channel: int) -> tuple[int, ...]:
    axes = tuple(k for k in range(len(shape)) if k != channel)
    if math.prod(shape[k] for k in axes) == 0:
        raise ValueError(f"x: expected something to average, got shape {shape} averaged over axes {axes}")
    return axes


def _flat(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray | None:
    """Where every element of a channel is the same finite number."""
    first = x[tuple(slice(0, 1) if k in axes else slice(None) for k in range(x.ndim))]
    flat = np.all(x == first, axis=axes, keepdims=True) & np.isfinite(first)
    return flat if np.any(flat) else None
