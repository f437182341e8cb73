"""What the public functions accept. Every refusal is a TypeError or ValueError that names the argument.

Each function takes an argument as it came and returns it in the one form that the rest of the package works with.
The message always has the same shape: the argument, what was expected, what came.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

FLOATS = ("float16", "float32", "float64")


def refusal(kind: type[Exception], name: str, expected: str, value: object) -> Exception:
    """The exception that says that the argument `name` should have been `expected` and was `value`."""
    return kind(f"{name}: expected {expected}, got {_describe(value)}")


def _describe(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if value is None or isinstance(value, bool | np.bool_):
        return str(value)
    if type(value) in (int, float, complex, str, tuple, list):  # a foreign object's repr may be anything
        try:
            text = repr(value)
        except Exception:
            text = "..."
        return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
    return f"an object of type {type(value).__name__}"


def _array(name: str, value: object, expected: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except Exception as error:
        raise refusal(TypeError, name, expected, value) from error
    if np.ma.is_masked(value):
        raise refusal(TypeError, name, f"{expected} without masked elements", value)
    return array


def float_array(name: str, value: object) -> np.ndarray:
    """An array of one of the dtypes `FLOATS`, of any byte order and layout; subclasses become plain arrays."""
    expected = f"a real array of dtype {', '.join(FLOATS[:-1])} or {FLOATS[-1]}"
    array = _array(name, value, expected)
    if array.dtype.char not in "efd":  # not "g", which may be as wide as float64
        raise refusal(TypeError, name, expected, array)
    return array


def input_array(value: object, *, axes_given: bool) -> np.ndarray:
    """The argument x: a float array of rank 2 to 6, or of rank 1 where `axes` is given."""
    x = float_array("x", value)
    if x.ndim == 1 and not axes_given:
        raise refusal(ValueError, "x", "rank 2 to 6 (rank 1 only with explicit axes)", x)
    if not 1 <= x.ndim <= 6:
        raise refusal(ValueError, "x", "rank 2 to 6, or rank 1 with explicit axes", x)
    return x


def like(name: str, value: object, shape: tuple[int, ...], of: str) -> np.ndarray:
    """A float array of the given shape, which is that of `of`."""
    array = float_array(name, value)
    if array.shape != shape:
        raise refusal(ValueError, name, f"the shape of {of}, {shape}", array)
    return array


def flag(name: str, value: object) -> bool:
    """True or False; nothing else counts as one of them."""
    if not isinstance(value, bool | np.bool_):
        raise refusal(TypeError, name, "True or False", value)
    return bool(value)


def choice(name: str, value: object, valid: Iterable[str]) -> str:
    """One of a few words."""
    valid = tuple(valid)
    expected = "one of " + ", ".join(map(repr, valid))
    if not isinstance(value, str):
        raise refusal(TypeError, name, expected, value)
    if value not in valid:
        raise refusal(ValueError, name, expected, value)
    return str(value)


def _real(name: str, value: Any, expected: str) -> float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise refusal(TypeError, name, expected, value)
    try:
        return float(value)
    except Exception as error:  # an integer or a fraction beyond float64, or a broken number type
        raise refusal(ValueError, name, f"{expected} within float64", value) from error


def epsilon(value: object) -> float:
    """The argument eps: a finite real number, zero or more; it stays a float64 whatever the dtype of x."""
    eps = _real("eps", value, "a finite real number >= 0")
    if not (eps >= 0 and math.isfinite(eps)):
        raise refusal(ValueError, "eps", "a finite real number >= 0", value)
    return eps


def index(name: str, value: Any, rank: int) -> int:
    """An axis of an array of the given rank, negative ones counted from the end."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        axis = operator.index(value)
    except Exception as error:
        raise refusal(TypeError, name, "an int", value) from error
    if not -rank <= axis < rank:
        raise refusal(ValueError, name, f"an axis of an array of rank {rank}", value)
    return axis % rank


def channel(value: object, rank: int) -> int | None:
    """The argument channel_axis: any axis but the sample axis 0; None for rank 1, which has no channels."""
    if rank == 1:
        return None
    axis = index("channel_axis", value, rank)
    if axis == 0:
        raise refusal(ValueError, "channel_axis", "another axis than the sample axis 0", value)
    return axis


def reduced_axes(
    value: object, shape: tuple[int, ...], channel_axis: int | None, across_spatial: bool
) -> tuple[int, ...]:
    """The axes that are summed over, in order; an empty sum has no norm and is refused."""
    rank = len(shape)
    spatial = tuple(k for k in range(1, rank) if k != channel_axis)
    if value is None:
        axes = tuple(range(1, rank)) if across_spatial or channel_axis is None else (channel_axis,)
    elif isinstance(value, str):
        words = {"all": tuple(range(rank)), "spatial": spatial}
        axes = words[choice("axes", value, words)]
        if not axes:
            raise refusal(ValueError, "axes", "x to have an axis beside the sample and channel axes", value)
    elif isinstance(value, tuple):
        axes = tuple(sorted(index("axes", k, rank) for k in value))
        if not axes or len(set(axes)) < len(axes):
            raise refusal(ValueError, "axes", "at least one axis, and none of them twice", value)
    else:
        raise refusal(TypeError, "axes", "None, 'all', 'spatial' or a tuple of ints", value)
    if math.prod(shape[k] for k in axes) == 0:
        raise ValueError(f"x, axes: expected something to sum over, got x of shape {shape} reduced over axes {axes}")
    return axes


def scale_array(
    value: object, shape: tuple[int, ...], channel_axis: int | None, channel_shared: bool
) -> np.ndarray | None:
    """The argument scale: None, a real scalar where `channel_shared`, one number for each channel otherwise."""
    if value is None:
        return None
    if channel_shared:
        wanted, expected = (), "a real scalar or an array of shape () (channel_shared=True)"
    elif channel_axis is None:
        raise refusal(ValueError, "scale", "a scalar and channel_shared=True, or None, for x of rank 1", value)
    else:
        wanted = (shape[channel_axis],)
        expected = f"a real array of shape {wanted}, one for each channel (channel_shared=False)"
    return _numbers("scale", value, (wanted,), expected)


def channel_array(name: str, value: object, shape: tuple[int, ...], channel_axis: int) -> np.ndarray:
    """One real number for each channel."""
    wanted = (shape[channel_axis],)
    return _numbers(name, value, (wanted,), f"a real array of shape {wanted}, one for each channel")


def channel_array_or_scalar(name: str, value: object, shape: tuple[int, ...], channel_axis: int) -> np.ndarray:
    """One real number for each channel, or one for all."""
    wanted = (shape[channel_axis],)
    return _numbers(name, value, (wanted, ()), f"a real scalar or an array of shape {wanted}, one for each channel")


def _numbers(name: str, value: object, shapes: tuple[tuple[int, ...], ...], expected: str) -> np.ndarray:
    """Real numbers, integers too, as a float64 array of one of the shapes."""
    if isinstance(value, numbers.Real) and not isinstance(value, np.generic):
        value = _real(name, value, expected)
    array = _array(name, value, expected)
    if array.dtype.kind not in "iuf" or array.dtype.char == "g":
        raise refusal(TypeError, name, expected, array)
    if array.shape not in shapes:
        raise refusal(ValueError, name, expected, array)
    return array.astype(np.float64)
