"""The public Scale layer: checks the arguments, chooses the number type, calls the generated reference, rounds once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref._number_type import freeze, number_for, to_float64
from l2norm_ref.reference import batch_norm as reference


@dataclass(frozen=True, eq=False)
class ScaleSaved:
    """What `scale_forward` hands to `scale_backward`. Nothing in it is a view of the caller's arrays.

    Attributes:
        gamma_axes: The axes along which the scale is one and the same.
        shape: The shape of x and y.
        dtype: Their dtype.
        scale_shape: The shape of the scale and of the bias.
        bias: Whether there is a bias.
        residuals: What the generated forward saved.
    """

    gamma_axes: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    scale_shape: tuple[int, ...]
    bias: bool
    residuals: tuple[Any, ...] = field(repr=False)


def scale_forward(x, scale, bias=None, *, channel_axis: int = 1) -> tuple[np.ndarray, ScaleSaved]:
    """Multiply by a learned scale and add a learned bias: y = scale * x + bias.

    float16 and float32 are computed in float64, float64 with about 104 bits, and rounded once: y is within 0.501 units
    in the last place (ulp), also where the bias cancels the product. NaN and infinity give what IEEE 754 arithmetic
    gives. A scale that is no float32 takes float16 and float32 to the 104 bits, too, if there is a bias.

    After BatchNorm this is its affine part, Caffe's `Scale` layer with `bias_term: true`.

    Args:
        x: Array of dtype float16, float32 or float64 and rank 2 to 6. Axis 0 is the sample axis.
        scale: gamma, one real number for each channel, shape (C,), or one for all, shape ().
        bias: beta, of the shape of the scale, or None.
        channel_axis: The axis of the channels, any but 0: 1 for NCHW, -1 for NHWC.

    Returns:
        y, of x's shape and dtype, and what `scale_backward` needs.

    Raises:
        TypeError: An argument is of the wrong type or dtype.
        ValueError: An argument has the wrong shape, rank or value.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import scale_forward
        >>> scale_forward(np.array([[3.0, 4.0]]), [1.0, 2.0], [5.0, 6.0])[0].tolist()
        [[8.0, 14.0]]
    """
    array = arguments.input_array(x, axes_given=False)
    shape, dtype = array.shape, array.dtype
    channel = arguments.channel(channel_axis, array.ndim)
    assert channel is not None  # only rank 1 has none
    gamma = arguments.channel_array_or_scalar("scale", scale, shape, channel)
    beta = None if bias is None else arguments.channel_array_or_scalar("bias", bias, shape, channel)
    if beta is not None and beta.shape != gamma.shape:
        raise arguments.refusal(ValueError, "bias", f"the shape of the scale, {gamma.shape}", beta)
    per_channel = gamma.ndim == 1
    gamma_axes = tuple(k for k in range(len(shape)) if not (per_channel and k == channel))
    broadcast = [n if k not in gamma_axes else 1 for k, n in enumerate(shape)]
    with np.errstate(all="ignore"):
        # The product of two float32 is exact in float64; a bias may cancel it down to its last bits.
        exact = beta is None or np.array_equal(gamma, gamma.astype(np.float32))
        number = number_for(dtype if exact else gamma.dtype)
        operands = [np.array(array, dtype=np.float64, order="C"), gamma.reshape(broadcast)]
        if beta is None:
            y, residuals = reference.scale_forward(*map(number, operands))
        else:
            y, residuals = reference.scale_bias_forward(*map(number, [*operands, beta.reshape(broadcast)]))
        y = np.array(to_float64(y), dtype=dtype)
    freeze(*residuals)
    return y, ScaleSaved(gamma_axes, shape, dtype, gamma.shape, beta is not None, residuals)


def scale_backward(dy, saved: ScaleSaved) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The gradients of a loss by x, by the scale and by the bias, given its gradient dy by y.

        dx = scale * dy,     dscale = sum of dy * x,     dbias = sum of dy

    The sums run over everything that shares a scale. dx is within 0.501 ulp, dscale and dbias within 1.01 ulp of the
    sums of |dy * x| and of |dy|.

    Args:
        dy: Array of y's shape, of dtype float16, float32 or float64 (not necessarily x's).
        saved: What `scale_forward` returned. It can be used any number of times.

    Returns:
        dx, of x's shape and dtype; dscale and dbias, of the scale's shape and x's dtype. dbias is None without bias.

    Raises:
        TypeError: dy is not of a supported dtype, or saved did not come from `scale_forward`.
        ValueError: dy has another shape than y.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import scale_backward, scale_forward
        >>> y, saved = scale_forward(np.array([[3.0, 4.0]]), [1.0, 2.0], [5.0, 6.0])
        >>> dx, dscale, dbias = scale_backward(np.array([[1.0, 2.0]]), saved)
        >>> dx.tolist(), dscale.tolist(), dbias.tolist()
        ([[1.0, 4.0]], [3.0, 8.0], [1.0, 2.0])
    """
    if not isinstance(saved, ScaleSaved):
        raise arguments.refusal(TypeError, "saved", "what scale_forward returned", saved)
    array = arguments.like("dy", dy, saved.shape, "y")
    backward = reference.scale_bias_backward if saved.bias else reference.scale_backward
    with np.errstate(all="ignore"):
        dy64 = number_for(saved.dtype)(np.array(array, dtype=np.float64, order="C"))
        dx, *learned = (to_float64(value) for value in backward(dy64, saved.residuals, saved.gamma_axes))
        dx = np.array(dx, dtype=saved.dtype)
        dscale, *rest = (np.array(value, dtype=saved.dtype).reshape(saved.scale_shape) for value in learned)
    return dx, dscale, rest[0] if rest else None
