"""The argument `out`: arrays that the caller provides for the results."""

from __future__ import annotations

import numpy as np

from l2norm_ref import _arguments as arguments


def outputs(
    out: object, names: tuple[str, ...], shape: tuple[int, ...], dtype: np.dtype, inputs: dict[str, np.ndarray]
) -> list[np.ndarray]:
    """The arrays for the results: those of `out`, or new ones.

    Args:
        out: None, an array, or a tuple of as many as there are names; None in it stands for a new array.
        names: of the results.
        shape: of each of them.
        dtype: of each of them.
        inputs: arrays that no result may share memory with, by name.

    Raises:
        TypeError: out is not of that kind, or an array has another dtype.
        ValueError: an array has another shape, cannot be written to, or shares memory with an input or an output.
    """
    given = (out,) if len(names) == 1 and not isinstance(out, tuple) else out
    if given is None:
        given = (None,) * len(names)
    if not isinstance(given, tuple):
        raise arguments.refusal(TypeError, "out", f"None or a tuple of arrays ({', '.join(names)})", out)
    if len(given) != len(names):
        raise ValueError(f"out: expected {len(names)} arrays, {', '.join(names)}, got a tuple of {len(given)}")
    made: dict[str, np.ndarray] = {}
    for name, value in zip(names, given, strict=True):
        label = "out" if len(names) == 1 else f"out, {name}"
        array = np.empty(shape, dtype) if value is None else _checked(label, value, shape, dtype)
        for other, taken in {**inputs, **made}.items():
            if value is not None and _overlap(array, taken):
                raise ValueError(f"{label}: expected an array that shares no memory with {other}, got one that does")
        made[name] = array
    return list(made.values())


def _checked(label: str, value: object, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        raise arguments.refusal(TypeError, label, f"a NumPy array of shape {shape} and dtype {dtype}", value)
    if value.dtype.newbyteorder("=") != dtype.newbyteorder("="):
        raise arguments.refusal(TypeError, label, f"dtype {dtype}, that of x", value)
    if value.shape != shape:
        raise arguments.refusal(ValueError, label, f"the shape of x, {shape}", value)
    if not value.flags.writeable:
        raise ValueError(f"{label}: expected an array that can be written to, got a read-only one")
    if _overlaps_itself(value):
        raise ValueError(f"{label}: expected an array with a place for each element, got strides {value.strides}")
    return value


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays share memory; where that is too hard to say, whether their bounds do."""
    if not np.may_share_memory(a, b):
        return False
    try:
        return np.shares_memory(a, b, max_work=100_000)  # pyright: ignore[reportArgumentType] - any number is taken
    except np.exceptions.TooHardError:
        return True


def _overlaps_itself(array: np.ndarray) -> bool:
    """Whether two elements may have one address, as after `np.broadcast_to`."""
    extent = array.itemsize
    for stride, size in sorted((abs(stride), size) for stride, size in zip(array.strides, array.shape, strict=True)):
        if size > 1 and stride < extent:
            return True
        extent += stride * (size - 1)
    return False
