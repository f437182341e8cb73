"""Calling code that is not ours: whatever it does, what comes back is arrays or a sentence that says what was wrong."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from l2norm_ref.check._fixtures import Fixture

Function = Callable[..., Any]


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


@dataclass
class Outcome:
    """What came of a fixture: arrays of the right shape and dtype, and problems. `first`: those of a first run."""

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    first: dict[str, np.ndarray] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class _Refused(Exception):
    """A result that cannot be used: the kind of problem, and the sentence."""


def run(fixture: Fixture, forward: Function, backward: Function | None, convert: Function | None) -> Outcome:
    """Both passes on copies of the fixture's arrays; twice where it says so."""
    outcome = Outcome()
    for _ in range(2 if fixture.repeat else 1):
        outcome = Outcome(first=outcome.arrays, warnings=outcome.warnings)
        _pass(outcome, "forward", forward, convert, fixture, {"x": fixture.x, "scale": fixture.scale})
        if backward is not None:
            inputs = {"dy": fixture.dy, "x": fixture.x, "scale": fixture.scale}
            _pass(outcome, "backward", backward, convert, fixture, inputs)
    return outcome


def _pass(outcome: Outcome, name: str, function: Function, convert, fixture: Fixture, inputs: dict) -> None:
    handed = {key: None if value is None else _copy(value, fixture.strided) for key, value in inputs.items()}
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            arguments = [value if value is None or convert is None else convert(value) for value in handed.values()]
            result = function(*arguments)
            parts = {"y": result} if name == "forward" else _pair(result, fixture.scale is not None)
        except _Refused as refused:
            outcome.problems.append(Problem(name, "returned", str(refused)))
            parts = {}
        except (Exception, SystemExit) as error:
            outcome.problems.append(Problem(name, "raised", f"{name} raised {_one_line(error)}"))
            parts = {}
        for output, value in parts.items():
            shape = fixture.scale.shape if output == "dscale" and fixture.scale is not None else fixture.x.shape
            try:
                outcome.arrays[output] = _array(output, value, shape, fixture.x.dtype)
            except _Refused as refused:
                outcome.problems.append(Problem(output, refused.args[1], refused.args[0]))
            except (Exception, SystemExit) as error:
                text = f"{output}: the {type(value).__name__} could not be read as an array: {_one_line(error)}"
                outcome.problems.append(Problem(output, "returned", text))
    outcome.warnings += [f"{name} warned: {_one_line(w.message)}" for w in caught]
    for key, value in inputs.items():
        if value is not None and not np.array_equal(cast("np.ndarray", handed[key]), value):
            outcome.problems.append(Problem(name, "mutated", f"{name} changes its argument {key} in place"))


def _copy(value: np.ndarray, strided: bool) -> np.ndarray:
    """A writable copy; with steps of 2 along the last axis and the axes stored the other way round if `strided`."""
    if not strided or value.ndim == 0:
        return np.array(value, order="C")
    wide = np.zeros((2 * value.shape[-1], *value.shape[-2::-1]), dtype=value.dtype)
    view = wide[::2].T
    view[...] = value
    return view


def _pair(result: object, has_scale: bool) -> dict[str, Any]:
    """dx and dscale from what a backward pass returned; without scale dx alone will do."""
    if isinstance(result, tuple | list) and len(result) == 2:
        if has_scale:
            return {"dx": result[0], "dscale": result[1]}
        if result[1] is None:
            return {"dx": result[0]}
        raise _Refused(f"backward: expected dx or (dx, None), there is no scale, got a second {_name(result[1])}")
    if isinstance(result, tuple | list):
        raise _Refused(f"backward: expected (dx, dscale), got a {type(result).__name__} of {len(result)}")
    if has_scale:
        raise _Refused(f"backward: expected (dx, dscale), got {_name(result)}")
    return {"dx": result}


def _array(output: str, value: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """A copy of the result as an array of that shape and dtype. A shared scale's gradient may have the shape (1,)."""
    if shape == () and type(value) in (int, float):
        value = np.array(value, dtype=dtype)
    array = _as_numpy(output, value)
    if array.dtype != dtype:
        raise _Refused(f"{output}: expected dtype {dtype}, got {array.dtype}", "dtype")
    if array.shape != shape and not (shape == () and array.shape == (1,)):
        raise _Refused(f"{output}: expected shape {shape}, got {array.shape}", "shape")
    return np.array(array, order="C").reshape(shape)


def _as_numpy(output: str, value: Any) -> np.ndarray:
    if isinstance(value, np.ma.MaskedArray):
        raise _Refused(f"{output}: expected an array without a mask, got a masked array", "returned")
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # a tensor, perhaps with a history or on another device
        value = value.detach().cpu()
    elif hasattr(value, "get") and hasattr(value, "__cuda_array_interface__"):  # CuPy refuses to convert unasked
        value = value.get()
    if hasattr(value, "__array__"):
        array = value.__array__()
        if isinstance(array, np.ndarray):
            return np.asarray(array)
        raise _Refused(f"{output}: __array__ returned {_name(array)}", "returned")
    if hasattr(value, "__dlpack__"):
        return np.from_dlpack(value)
    raise _Refused(f"{output}: expected an array, got {_name(value)}", "returned")


def _name(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"


def _one_line(error: BaseException | Warning | str) -> str:
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
        file = os.path.basename(trace.tb_frame.f_code.co_filename)
        where, trace = f" ({file}, line {trace.tb_lineno})", trace.tb_next
    where = "" if where.startswith(f" ({os.path.basename(__file__)},") else where
    return f"{type(error).__name__}{': ' if text else ''}{text}{where}"
