"""One computation: arrays in the form that the kernels take, the kernels, results in the form that was asked for.

What is contiguous and of one dtype is used as it is; anything else is copied before, or computed beside and copied
after.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from l2norm_ref._l2norm import l2norm_backward, l2norm_forward
from l2norm_ref.fast._engines import Blocked, Engine, Loops
from l2norm_ref.fast._problem import Problem
from l2norm_ref.fast._run import run


def compute(what: str, of: Problem, dy: np.ndarray | None, results: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """Fill the results, y, dx or both.

    Args:
        what: `forward`, `backward` or `both`.
        of: the layer and its input.
        dy: the gradient by y, None for `forward`.
        results: the arrays to fill, of x's shape and dtype.

    Returns:
        The gradient by the scale, of its shape and of x's dtype; None without scale, and for `forward`.
    """
    if of.layout is None:
        return _by_the_reference(what, of, dy, results)
    layout = of.layout
    inputs = {"x": of.x} if dy is None else {"x": of.x, "dy": dy}
    dtype = np.result_type(np.float32, *(array.dtype for array in inputs.values()))
    arrays = {name: np.require(array, dtype, ["C", "A"]).reshape(layout.shape) for name, array in inputs.items()}
    for name, array in results.items():
        fits = array.dtype == dtype and array.dtype.isnative and array.flags.c_contiguous and array.flags.aligned
        arrays[name] = array.reshape(layout.shape) if fits else np.empty(layout.shape, dtype)
    engine: Engine = Loops(layout) if of.engine == "numba" else Blocked(layout, dtype)
    threads = of.threads if of.engine == "numba" else 1
    dgamma = run(layout, arrays | {"gamma": of.gamma}, of.eps_mode, of.eps, what, engine, threads)
    with np.errstate(all="ignore"):
        for name, array in results.items():
            if not np.may_share_memory(arrays[name], array):
                np.copyto(array, arrays[name].reshape(array.shape), casting="same_kind")
        if what == "forward" or of.scale is None:
            return None
        total = dgamma if of.scale.ndim else dgamma.sum()
        return np.asarray(total, of.x.dtype)


def _by_the_reference(
    what: str, of: Problem, dy: np.ndarray | None, results: Mapping[str, np.ndarray]
) -> np.ndarray | None:
    """For sums over other axes than a kernel has, and for empty arrays."""
    y, saved = l2norm_forward(of.x, of.scale, **of.mode)
    if "y" in results:
        np.copyto(results["y"], y)
    if dy is None:
        return None
    dx, dscale = l2norm_backward(dy, saved)
    np.copyto(results["dx"], dx)
    return dscale
