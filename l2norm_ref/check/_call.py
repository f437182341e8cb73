"""A foreign function called with named arrays: what came back as arrays, and what was wrong as problems."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from l2norm_ref.check._run import Problem, _array, _copy, _one_line, _Refused

Shapes = Mapping[str, tuple[int, ...]]


def call(
    role: str,
    function: Callable[..., Any],
    inputs: Mapping[str, np.ndarray | None],
    wanted: Shapes,
    convert: Callable[[np.ndarray], Any] | None,
    strided: bool,
) -> tuple[dict[str, np.ndarray], list[Problem]]:
    """Call a function with copies of the inputs.

    Args:
        role: "forward" or "backward", for the sentences.
        function: what is called, with the inputs in their order.
        inputs: arrays by name; None is handed on.
        wanted: the shape of each output by name; several are expected as a tuple.
        convert: applied to each array first, or None.
        strided: whether arrays are handed out that are not contiguous.

    Returns:
        The outputs that are arrays of the right shape and dtype, and the problems.
    """
    handed = {name: None if value is None else _copy(value, strided) for name, value in inputs.items()}
    dtype = next(value.dtype for value in inputs.values() if value is not None)
    arrays: dict[str, np.ndarray] = {}
    problems: list[Problem] = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            given = [value if value is None or convert is None else convert(value) for value in handed.values()]
            parts = _parts(role, function(*given), wanted)
        except _Refused as refused:
            problems.append(Problem(role, "returned", str(refused.args[0])))
            parts = {}
        except (Exception, SystemExit) as error:
            problems.append(Problem(role, "raised", f"{role} raised {_one_line(error)}"))
            parts = {}
        for name, value in parts.items():
            try:
                arrays[name] = _array(name, value, wanted[name], dtype)
            except _Refused as refused:
                problems.append(Problem(name, refused.args[1], refused.args[0]))
            except (Exception, SystemExit) as error:
                problems.append(Problem(name, "returned", f"{name} could not be read as an array: {_one_line(error)}"))
    for name, value in inputs.items():
        mine = handed[name]
        if value is not None and mine is not None and not np.array_equal(mine, value, equal_nan=True):
            problems.append(Problem(role, "mutated", f"{role} changes its argument {name} in place"))
    return arrays, problems


def _parts(role: str, result: Any, wanted: Shapes) -> dict[str, Any]:
    if len(wanted) == 1:
        (name,) = wanted
        return {name: result[0] if isinstance(result, tuple) and len(result) == 1 else result}
    if not isinstance(result, tuple | list) or len(result) != len(wanted):
        count = f" of {len(result)}" if isinstance(result, tuple | list) else ""
        raise _Refused(f"{role}: expected ({', '.join(wanted)}), got a {type(result).__name__}{count}")
    return dict(zip(wanted, result, strict=True))
