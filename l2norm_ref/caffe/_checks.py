"""What the layers and the conversions accept; every refusal names the argument, what was expected and what came."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from l2norm_ref._arguments import refusal


def real_array(name: str, value: Any, dtype: str | None = None) -> np.ndarray:
    """An array of real numbers in the dtype, a copy if one is given; else as it came, integers as float64.

    Raises:
        TypeError: not numbers, or not real ones: NumPy would drop an imaginary part and read a string as a number.

    Example:
        >>> real_array("x", [[1j]])
        Traceback (most recent call last):
        TypeError: x: expected an array of real numbers, got an array of shape (1, 1) and dtype complex128
    """
    try:
        array = np.asarray(value)
    except Exception as error:
        raise refusal(TypeError, name, "an array of real numbers", value) from error
    if array.dtype.kind not in "fiu":
        raise refusal(TypeError, name, "an array of real numbers", array if array.ndim else value)
    if dtype is not None:
        return np.array(array, dtype=dtype, order="C")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def real_number(name: str, value: Any, expected: str = "a real number") -> float:
    """A number as float64.

    Raises:
        TypeError: no real number.
        ValueError: one beyond float64.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise refusal(TypeError, name, expected, value)
    try:
        return float(value)
    except OverflowError as error:
        raise refusal(ValueError, name, f"{expected} within float64", value) from error


def float_field(name: str, value: Any, dtype: str) -> Any:
    """A 32-bit field of a layer's parameter, as the layer sees it: rounded to float32, then in its own type.

    Example:
        >>> float_field("eps", 1e-3, "float64")
        np.float64(0.0010000000474974513)
    """
    with np.errstate(over="ignore"):
        return np.dtype(dtype).type(np.float32(real_number(name, value)))


def integer_field(name: str, value: Any) -> int:
    """A field of the type int32."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise refusal(TypeError, name, "an integer", value)
    return int(value)


def checked_shape(name: str, shape: Any, least: int, why: str) -> tuple[int, ...]:
    """The shape of a bottom; `why` says what Caffe does with fewer axes.

    Raises:
        TypeError: it is no sequence of integers.
        ValueError: it has fewer than `least` axes, or is empty, which Caffe's fillers and divisions do not stand.
    """
    try:
        sizes = tuple(shape)
    except TypeError as error:
        raise refusal(TypeError, f"{name}'s shape", "a sequence of integers", shape) from error
    sizes = tuple(integer_field(f"{name}'s shape", size) for size in sizes)
    if len(sizes) < least:
        raise ValueError(f"{name} has {len(sizes)} axes: expected {least} or more; {why}")
    if any(size < 1 for size in sizes):
        raise ValueError(f"{name} has shape {sizes}: expected sizes of 1 or more")
    return sizes
