"""Calling code that is not ours: whatever it does, what comes back is arrays, or problems that say what was wrong.

`call` is the one place where a foreign function is called and its results are read, in this process or, by way of
`Elsewhere`, in another one.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from l2norm_ref.check._read import Problem, Refused, Shapes, array, one_line, parts

Function = Callable[..., Any]
Inputs = Mapping[str, np.ndarray | None]


@dataclass
class Called:
    """What came of a call: arrays of the right shape and dtype, problems, and what the function warned of."""

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Elsewhere(ABC):
    """A function in another process."""

    @abstractmethod
    def call(self, role: str, inputs: Inputs, wanted: Shapes, *, strided: bool) -> Called:
        """What `call` does, done there."""

    def __call__(self, *arguments: Any) -> Any:
        raise TypeError("expected to be called by a check")


def call(
    role: str, function: Function, inputs: Inputs, wanted: Shapes, convert: Function | None, *, strided: bool
) -> Called:
    """Call a function with copies of the inputs.

    Args:
        role: "forward" or "backward", for the sentences.
        function: What is called, with the inputs in their order.
        inputs: Arrays by name; None is handed on.
        wanted: The shape of each output by name; several are expected as a tuple.
        convert: Applied to each array first, or None.
        strided: Whether arrays are handed out that are not contiguous.

    Returns:
        What came. Only KeyboardInterrupt and its like are passed on.
    """
    if isinstance(function, Elsewhere):
        return function.call(role, inputs, wanted, strided=strided)
    handed = {name: None if value is None else _copy(value, strided) for name, value in inputs.items()}
    dtype = next(value.dtype for value in inputs.values() if value is not None)
    called = Called()
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        found: dict[str, Any] = {}
        try:
            given = [value if value is None or convert is None else convert(value) for value in handed.values()]
            found = parts(role, function(*given), wanted)
        except Refused as refused:
            called.problems.append(refused.args[0])
        except (Exception, SystemExit) as error:
            called.problems.append(Problem(role, "raised", f"{role} raised {one_line(error)}"))
        for output, value in found.items():
            try:
                called.arrays[output] = array(output, value, wanted[output], dtype)
            except Refused as refused:
                called.problems.append(refused.args[0])
    called.warnings = [f"{role} warned: {one_line(w.message)}" for w in caught]
    for name, value in inputs.items():
        mine = handed[name]
        if value is not None and mine is not None and not np.array_equal(mine, value, equal_nan=True):
            called.problems.append(Problem(role, "mutated", f"{role} changes its argument {name} in place"))
    return called


def _copy(value: np.ndarray, strided: bool) -> np.ndarray:
    """A writable copy; with steps of 2 along the last axis and the axes stored the other way round if `strided`."""
    if not strided or value.ndim == 0:
        return np.array(value, order="C")
    wide = np.zeros((2 * value.shape[-1], *value.shape[-2::-1]), dtype=value.dtype)
    view = wide[::2].T
    view[...] = value
    return view
