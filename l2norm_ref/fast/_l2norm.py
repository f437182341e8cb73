"""The public functions of `l2norm_ref.fast`: the arguments of the reference, and `out`, `engine` and `threads`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref.fast._compute import compute
from l2norm_ref.fast._outputs import outputs
from l2norm_ref.fast._problem import Problem, problem


@dataclass(frozen=True, eq=False)
class FastSaved:
    """What `l2norm_forward` hands to `l2norm_backward`: the arguments, and x itself, not a copy."""

    problem: Problem = field(repr=False)


def l2norm_forward(
    x,
    scale=None,
    *,
    out=None,
    across_spatial: bool = True,
    channel_shared: bool = True,
    eps: float = 1e-10,
    eps_mode: str = "add_inside",
    channel_axis: int = 1,
    axes: tuple[int, ...] | str | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> tuple[np.ndarray, FastSaved]:
    """y = gamma * x / d, as `l2norm_ref.l2norm_forward` and with its arguments, but fast.

    Args:
        x: Array of dtype float16, float32 or float64 and rank 2 to 6; not copied, and not to be changed before
            `l2norm_backward` has been called.
        scale: None, a real scalar, or an array of shape (C,).
        out: An array of x's shape and dtype for y; a new one is made otherwise.
        across_spatial: As in the reference, and so are the following.
        channel_shared: One scale for all channels or one for each.
        eps: A finite number >= 0.
        eps_mode: The denominator.
        channel_axis: The axis of the channels.
        axes: Overrides `across_spatial`.
        engine: `"numba"` or `"numpy"`; Numba if it is installed otherwise.
        threads: How many threads Numba's loops may use; otherwise one for each processor, for arrays worth it.

    Returns:
        y, and what `l2norm_backward` needs.

    Raises:
        TypeError: An argument is of the wrong type or dtype.
        ValueError: An argument has the wrong shape, rank or value, `out` is read-only or shares memory with x.
        ModuleNotFoundError: engine is `"numba"`, which is not installed.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import fast
        >>> y, saved = fast.l2norm_forward(np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), channel_shared=False, eps=0)
        >>> y.round(12).tolist()
        [[0.6, 1.6]]
    """
    of = problem(x, scale, across_spatial, channel_shared, eps, eps_mode, channel_axis, axes, engine, threads)
    (y,) = outputs(out, ("y",), of.x.shape, of.x.dtype, {"x": of.x})
    compute("forward", of, None, {"y": y})
    return y, FastSaved(of)


def l2norm_backward(dy, saved: FastSaved, *, out=None) -> tuple[np.ndarray, np.ndarray | None]:
    """dx and dscale, as `l2norm_ref.l2norm_backward`.

    Args:
        dy: Array of y's shape, of dtype float16, float32 or float64.
        saved: What `l2norm_forward` of this module returned.
        out: An array of x's shape and dtype for dx; a new one is made otherwise.

    Returns:
        dx, and dscale, of the scale's shape and x's dtype, None without scale.

    Raises:
        TypeError: dy or out is not of a supported dtype, or saved did not come from `l2norm_forward`.
        ValueError: dy or out has another shape than y, `out` is read-only or shares memory with x or dy.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import fast
        >>> y, saved = fast.l2norm_forward(np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), channel_shared=False, eps=0)
        >>> dx, dscale = fast.l2norm_backward(np.array([[1.0, 0.0]]), saved)
        >>> dx.round(12).tolist(), dscale.round(12).tolist()
        ([[0.128, -0.096]], [0.6, 0.0])
    """
    if not isinstance(saved, FastSaved):
        raise arguments.refusal(TypeError, "saved", "what l2norm_ref.fast.l2norm_forward returned", saved)
    of = saved.problem
    gradient = arguments.like("dy", dy, of.x.shape, "y")
    (dx,) = outputs(out, ("dx",), of.x.shape, of.x.dtype, {"x": of.x, "dy": gradient})
    return dx, compute("backward", of, gradient, {"dx": dx})


def l2norm_forward_backward(
    x,
    scale,
    dy,
    out=None,
    *,
    across_spatial: bool = True,
    channel_shared: bool = True,
    eps: float = 1e-10,
    eps_mode: str = "add_inside",
    channel_axis: int = 1,
    axes: tuple[int, ...] | str | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """y, dx and dscale at once: x and dy are read from memory once, y and dx written once.

    Args:
        x: Array of dtype float16, float32 or float64 and rank 2 to 6.
        scale: None, a real scalar, or an array of shape (C,).
        dy: Array of x's shape, of dtype float16, float32 or float64.
        out: A pair of arrays of x's shape and dtype, (y, dx); either may be None for a new one.
        across_spatial: As in `l2norm_ref.l2norm_forward`, and so are the following.
        channel_shared: One scale for all channels or one for each.
        eps: A finite number >= 0.
        eps_mode: The denominator.
        channel_axis: The axis of the channels.
        axes: Overrides `across_spatial`.
        engine: `"numba"` or `"numpy"`; Numba if it is installed otherwise.
        threads: How many threads Numba's loops may use; otherwise one for each processor, for arrays worth it.

    Returns:
        y and dx, of x's shape and dtype, and dscale, of the scale's shape and x's dtype, None without scale.

    Raises:
        TypeError: An argument is of the wrong type or dtype.
        ValueError: An argument has the wrong shape, rank or value, an array of `out` is read-only or shares memory with
            another array.
        ModuleNotFoundError: engine is `"numba"`, which is not installed.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import fast, presets
        >>> x = np.array([[3.0, 4.0]])
        >>> y, dx = np.empty_like(x), np.empty_like(x)
        >>> _ = fast.l2norm_forward_backward(x, 2.0, np.array([[1.0, 0.0]]), out=(y, dx), eps=0)
        >>> y.round(12).tolist(), dx.round(12).tolist()
        ([[1.2, 1.6]], [[0.256, -0.192]])
    """
    of = problem(x, scale, across_spatial, channel_shared, eps, eps_mode, channel_axis, axes, engine, threads)
    gradient = arguments.like("dy", dy, of.x.shape, "y")
    y, dx = outputs(out, ("y", "dx"), of.x.shape, of.x.dtype, {"x": of.x, "dy": gradient})
    return y, dx, compute("both", of, gradient, {"y": y, "dx": dx})
