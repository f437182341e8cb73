"""Reading what foreign code returned: an array of the right shape and dtype, or a sentence that says why not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Problem:
    """What kept a result from being compared, or was wrong beside it.

    Attributes:
        output: `"y"`, `"dx"` or `"dscale"`; `"forward"` or `"backward"` where the call as a whole is meant.
        kind: `"raised"`, `"returned"` (not what was expected), `"shape"`, `"dtype"` or `"mutated"`.
        message: A sentence.
    """

    output: str
    kind: str
    message: str


class Refused(Exception):
    """A result that cannot be used, with its problem as the argument."""


def parts(role: str, result: Any, wanted: Shapes) -> dict[str, Any]:
    """The outputs that a call returned, by name. One alone may come in a tuple of its own, or before a None.

    Raises:
        Refused: There are not as many as are wanted.
    """
    count = len(result) if isinstance(result, tuple | list) else None
    got = f"a {type(result).__name__} of {count}" if isinstance(result, tuple | list) else name(result)
    if len(wanted) > 1:
        if count != len(wanted):
            raise Refused(Problem(role, "returned", f"{role}: expected ({', '.join(wanted)}), got {got}"))
        return dict(zip(wanted, result, strict=True))
    (output,) = wanted
    if isinstance(result, tuple) and count == 1:
        return {output: result[0]}
    if role == "forward" or count is None:
        return {output: result}
    if count != 2 or result[1] is not None:
        got = f"a second {name(result[1])}" if count == 2 else got
        raise Refused(Problem(role, "returned", f"{role}: expected {output} or ({output}, None), got {got}"))
    return {output: result[0]}


def array(output: str, value: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """A copy of a result as a plain array of that shape and dtype. For the shape () a float or (1,) will do.

    Raises:
        Refused: It is no array, or one of another shape or dtype.
    """
    if shape == () and type(value) in (int, float):
        value = np.array(value, dtype=dtype)
    try:
        came = _as_numpy(output, value)
    except Refused:
        raise
    except (Exception, SystemExit) as error:
        text = f"{output}: the {type(value).__name__} could not be read as an array: {one_line(error)}"
        raise Refused(Problem(output, "returned", text)) from error
    if came.dtype != dtype:
        raise Refused(Problem(output, "dtype", f"{output}: expected dtype {dtype}, got {came.dtype}"))
    if came.shape != shape and not (shape == () and came.shape == (1,)):
        raise Refused(Problem(output, "shape", f"{output}: expected shape {shape}, got {came.shape}"))
    return np.array(came, order="C", subok=False).reshape(shape)


def _as_numpy(output: str, value: Any) -> np.ndarray:
    if isinstance(value, np.ma.MaskedArray):
        raise Refused(Problem(output, "returned", f"{output}: expected an array without a mask, got a masked array"))
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # a tensor, perhaps with a history or on another device
        value = value.detach().cpu()
    elif hasattr(value, "get") and hasattr(value, "__cuda_array_interface__"):  # CuPy refuses to convert unasked
        value = value.get()
    if hasattr(value, "__array__"):
        converted = value.__array__()
        if isinstance(converted, np.ndarray):
            return np.asarray(converted)
        raise Refused(Problem(output, "returned", f"{output}: __array__ returned {name(converted)}"))
    if hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    raise Refused(Problem(output, "returned", f"{output}: expected an array, got {name(value)}"))


def name(value: object) -> str:
    """What a sentence calls it; its repr may be anything."""
    return "None" if value is None else f"an object of type {type(value).__name__}"


def one_line(error: BaseException | Warning | str) -> str:
    """The type and the text, and where it was raised, without control characters and no longer than 300."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "..."
    text = "".join(c if c.isprintable() else "?" for c in text)
    text = text if len(text) <= 300 else text[:297] + "..."
    trace = getattr(error, "__traceback__", None)
    where = ""
    while trace is not None:
        code, module = trace.tb_frame.f_code, trace.tb_frame.f_globals.get("__name__", "")
        ours = module.startswith("l2norm_ref.check.")  # the call itself: a signature that does not fit
        where = "" if ours else f" ({os.path.basename(code.co_filename)}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return f"{type(error).__name__}{': ' if text else ''}{text}{where}"
