"""The public L2Norm: checks the arguments, chooses the number type, calls the generated reference, rounds once.

The mathematics is not here but in `l2norm_ref.reference.l2norm`, whose functions this module finds by the name of the
`eps_mode`. float16 and float32 run that text on float64, float64 runs it on `l2norm_ref._wide.Wide`; the few slices
that defeat either run it on decimals (`l2norm_ref._slices`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref._number_type import freeze, to_float64
from l2norm_ref._slices import in_doubt, near_the_clamp, recompute, undefined
from l2norm_ref._wide import Wide
from l2norm_ref.reference import l2norm as reference

EPS_MODES = ("add_inside", "add_outside", "clamp_norm", "clamp_sum", "none")
PRECISIONS = ("oracle", "plain")


@dataclass(frozen=True, eq=False)
class L2NormSaved:
    """What `l2norm_forward` hands to `l2norm_backward`. Nothing in it is a view of the caller's arrays.

    Attributes:
        eps_mode: The denominator.
        eps: Its constant.
        axes: The axes that were summed over, all counted from 0.
        gamma_axes: The axes along which the scale is one and the same.
        shape: The shape of x and y.
        dtype: Their dtype.
        scale_shape: The shape of the scale, None without scale.
        precision: `"oracle"` or `"plain"`.
        wide: Whether the reference ran on wide numbers.
        x: The input as float64, read-only.
        gamma: The scale as float64, in a shape that broadcasts against x, read-only.
        zero: Where a whole reduced slice is zero and so is its denominator; None where that happens nowhere.
        residuals: What the generated forward saved.
    """

    eps_mode: str
    eps: float
    axes: tuple[int, ...]
    gamma_axes: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    scale_shape: tuple[int, ...] | None
    precision: str
    wide: bool
    x: np.ndarray = field(repr=False)
    gamma: np.ndarray = field(repr=False)
    zero: np.ndarray | None = field(repr=False)
    residuals: tuple[Any, ...] = field(repr=False)


def l2norm_forward(
    x,
    scale=None,
    *,
    across_spatial: bool = True,
    channel_shared: bool = True,
    eps: float = 1e-10,
    eps_mode: str = "add_inside",
    channel_axis: int = 1,
    axes: tuple[int, ...] | str | None = None,
    precision: str = "oracle",
) -> tuple[np.ndarray, L2NormSaved]:
    r"""Divide x by its Euclidean norm and multiply by a learned scale: y = gamma * x / d.

    With s the sum of x**2 over the reduced axes and n = sqrt(s), the denominator d is

    | `eps_mode`     | d                   | found in                                    |
    |----------------|---------------------|---------------------------------------------|
    | `"add_inside"` | `sqrt(s + eps)`     | Caffe, MXNet, OpenCV                        |
    | `"add_outside"`| `n + eps`           | ssd.pytorch, MMDetection, Chainer           |
    | `"clamp_norm"` | `max(n, eps)`       | torch.nn.functional.normalize, Keras, TFLite|
    | `"clamp_sum"`  | `sqrt(max(s, eps))` | TensorFlow                                  |
    | `"none"`       | `n`, eps is ignored | ONNX LpNormalization, darknet               |

    A slice that is zero throughout while its denominator is zero too (eps = 0, or mode none) gives y = 0 and dx = 0.

    float16 and float32 are computed in float64 and rounded once: y is within 0.501 units in the last place (ulp), as
    long as eps and |scale| are 0 or in `[2**-500, 2**500]`.
    float64 is computed with about 104 bits, which never overflow or underflow, and rounded once: y is within 1.01 ulp
    for every finite x and eps. That takes about 20 to 40 times as long as `precision="plain"`, which computes float64
    in float64 and leaves off the guarantees.

    NaN and infinities give what IEEE 754 arithmetic on the formula gives, never an exception or a warning. One NaN in x
    makes its whole slice NaN; one infinity in x makes its own y NaN and the other y of its slice zero.

    The layer is ParseNet's (arXiv:1506.04579), SSD's `Normalize` in Caffe.

    Args:
        x: Array of dtype float16, float32 or float64 and rank 2 to 6. Axis 0 is the sample axis. Rank 1 is accepted
            with explicit `axes` and a scalar scale or none; it has no channel axis.
        scale: gamma. None (no scale), a real scalar where `channel_shared`, otherwise an array of shape (C,).
        across_spatial: Sum over channels and spatial axes together (True) or over channels at every position (False).
        channel_shared: One scale for all channels (True) or one for each (False).
        eps: A finite number >= 0. It is a float64 whatever the dtype of x.
        eps_mode: The denominator, from the table above.
        channel_axis: The axis of the channels, any but 0: 1 for NCHW, -1 for NHWC.
        axes: Overrides `across_spatial`: a tuple of axes, `"all"` (the sample axis too) or `"spatial"` (neither samples
            nor channels).
        precision: `"oracle"` or `"plain"`; makes a difference for float64, and for the last bits of dx.

    Returns:
        y, of x's shape and dtype, and what `l2norm_backward` needs.

    Raises:
        TypeError: An argument is of the wrong type or dtype.
        ValueError: An argument has the wrong shape, rank or value, or the sum would be over nothing.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import l2norm_backward, l2norm_forward
        >>> x = np.array([[3.0, 4.0]])
        >>> y, saved = l2norm_forward(x, np.array([1.0, 2.0]), channel_shared=False, eps=0)
        >>> y
        array([[0.6, 1.6]])
        >>> dx, dscale = l2norm_backward(np.array([[1.0, 0.0]]), saved)
        >>> dx
        array([[ 0.128, -0.096]])
        >>> dscale
        array([0.6, 0. ])
    """
    array = arguments.input_array(x, axes_given=axes is not None)
    across_spatial = arguments.flag("across_spatial", across_spatial)
    channel_shared = arguments.flag("channel_shared", channel_shared)
    eps = arguments.epsilon(eps)
    eps_mode = arguments.choice("eps_mode", eps_mode, EPS_MODES)
    precision = arguments.choice("precision", precision, PRECISIONS)
    shape, rank, dtype = array.shape, array.ndim, array.dtype
    channel = arguments.channel(channel_axis, rank)
    reduced = arguments.reduced_axes(axes, shape, channel, across_spatial)
    gamma = arguments.scale_array(scale, shape, channel, channel_shared)

    per_channel = gamma is not None and not channel_shared
    scale_shape = None if gamma is None else gamma.shape
    gamma = np.ones(()) if gamma is None else gamma
    gamma = gamma.reshape([n if per_channel and k == channel else 1 for k, n in enumerate(shape)])
    gamma_axes = tuple(k for k in range(rank) if not (per_channel and k == channel))

    with np.errstate(all="ignore"):
        x64 = np.array(array, dtype=np.float64, order="C")
        zero = undefined(x64, reduced, eps, eps_mode)
        wide = precision == "oracle" and (dtype.itemsize == 8 or near_the_clamp(x64, reduced, eps, eps_mode))
        number = Wide.of if wide else np.asarray
        forward, _ = _functions(eps_mode)
        # Where the formula is 0/0 it runs on ones instead, and what comes out is replaced.
        run = x64 if zero is None else np.where(zero, 1.0, x64)
        y, residuals = forward(number(run), number(gamma), eps, reduced)
        y = to_float64(y) if zero is None else np.where(zero, gamma * x64, to_float64(y))
        y = np.array(y, dtype=dtype)
    freeze(x64, gamma, *residuals)
    return y, L2NormSaved(
        eps_mode, eps, reduced, gamma_axes, shape, dtype, scale_shape, precision, wide, x64, gamma, zero, residuals
    )


def l2norm_backward(dy, saved: L2NormSaved) -> tuple[np.ndarray, np.ndarray | None]:
    r"""The gradients of a loss by x and by the scale, given its gradient dy by y.

    With h = gamma * dy and the denominator d of the forward pass,

        dx = h / d - x * <x,h> * k,        dscale = sum of dy * x / d,

    `<x,h>` summed over the reduced axes, dscale over the axes that the scale lacks. k comes from the derivative of d:

    | `eps_mode`                  | k                                                       |
    |-----------------------------|---------------------------------------------------------|
    | `"add_inside"`, `"none"`    | `1 / d**3`                                              |
    | `"add_outside"`             | `1 / (n * d**2)`, 0 at x = 0                            |
    | `"clamp_norm"`              | `1 / d**3` where `n >= eps`, else 0                     |
    | `"clamp_sum"`               | `1 / d**3` where `s >= eps`, else 0                     |

    dx_i is within 1.01 ulp of `max(|h_i| / d, |x_i <x,h> k|)`, the larger of the two terms whose difference it is (they
    may cancel almost completely), and dscale within 1.01 ulp of the sum of |dy * x / d|. That holds for every finite x
    and eps as long as |gamma| and |dy| are 0 or in `[2**-500, 2**500]` and these terms do not overflow; not under
    `precision="plain"`. The branch of a clamp is decided to 2**-100, whatever the dtype. The few slices where `<x,h>`
    itself cancels and a small h_i lets that be seen are computed again in decimal arithmetic, which takes longer.

    NaN and infinity, with one such element:

    - NaN in x: dx is NaN in its slice, dscale for every channel of the slice. Infinity: dscale only for its channel.
    - NaN in dy: dx is NaN in its slice, dscale for its channel. Infinity: NaN or infinite instead, dx NaN at its place.
    - NaN in scale: dx is NaN in every slice that holds the channel; dscale does not depend on the scale.
    - Below a clamp nothing is projected, and what comes from dy or scale stays with its own elements.

    Args:
        dy: Array of y's shape, of dtype float16, float32 or float64 (not necessarily x's).
        saved: What `l2norm_forward` returned. It can be used any number of times.

    Returns:
        dx, of x's shape and dtype, and dscale, of the scale's shape and x's dtype; dscale is None without scale.

    Raises:
        TypeError: dy is not of a supported dtype, or saved did not come from `l2norm_forward`.
        ValueError: dy has another shape than y.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import l2norm_backward, l2norm_forward
        >>> y, saved = l2norm_forward(np.zeros((1, 2), np.float32), eps=0.25)
        >>> l2norm_backward(np.array([[3.0, -1.0]]), saved)
        (array([[ 6., -2.]], dtype=float32), None)
    """
    if not isinstance(saved, L2NormSaved):
        raise arguments.refusal(TypeError, "saved", "what l2norm_forward returned", saved)
    array = arguments.like("dy", dy, saved.shape, "y")
    functions = _functions(saved.eps_mode)
    zero, gamma, axes = saved.zero, saved.gamma, saved.axes
    number = Wide.of if saved.wide else np.asarray
    with np.errstate(all="ignore"):
        dy64 = np.array(array, dtype=np.float64, order="C")
        if zero is not None:
            dy64 = np.where(zero, 0 * dy64, dy64)  # these slices add nothing to dscale; NaN stays NaN
        dx, dgamma = functions[1](number(dy64), saved.residuals, axes, saved.gamma_axes)
        dx, dgamma = to_float64(dx), to_float64(dgamma)
        if saved.precision == "oracle":
            doubt, digits = in_doubt(saved.x, gamma, dy64, axes, bits=40 if saved.wide else 16)
            if digits:
                recompute(dx, functions, saved.x, gamma, saved.eps, dy64, axes, doubt, digits)
        if zero is not None:
            dx = np.where(zero, gamma * dy64, dx)
        dx = np.array(dx, dtype=saved.dtype)
        dscale = None if saved.scale_shape is None else np.array(dgamma, dtype=saved.dtype).reshape(saved.scale_shape)
    return dx, dscale


def _functions(eps_mode: str):
    """The generated forward and backward of one denominator."""
    return getattr(reference, f"{eps_mode}_forward"), getattr(reference, f"{eps_mode}_backward")
