"""The docstring examples of emitted functions: small arrays of two axes, n and c, and results computed exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..symbolic.derivation import Derivation
from ..symbolic.exact import Array, Point, evaluate
from ..symbolic.program import Axes, Tensor
from .arguments import axis_arguments

Rows = Sequence[Sequence[int]]


class Example:
    """An example call of both functions of a derivation, as the lines of a doctest.

    Args:
        variant: what the names of the functions begin with.
        derivation: what they compute.
        given: for each input, and for dy, a number, or one row of numbers for each sample.
    """

    def __init__(self, variant: str, derivation: Derivation, given: Mapping[str, int | Rows]) -> None:
        self.variant, self.outputs = variant, derivation.backward.outputs
        raw = derivation.steps[0].after
        rows = {name: [[value]] if isinstance(value, int) else value for name, value in given.items()}
        point = Point(
            {"n": len(rows["x"]), "c": len(rows["x"][0]), "s": 1},
            {tensor.name: _entries(rows[tensor.name], tensor) for tensor in raw.inputs},
        )
        result = evaluate(raw, point)
        arrays = {name: str(_rows(result[name], tensor)) for name, tensor in raw.tensors.items()}
        numbers = {t.name: result[t.name][()] for t in raw.inputs if isinstance(given[t.name], int)}
        counts = {t.name for t in raw.inputs if t.counts}
        axes = axis_arguments(derivation.backward, derivation.backward.stages)
        self.arrays = {
            name: f"np.array({text})" for name, text in arrays.items() if name in given and name not in numbers
        }
        self.literals = {name: str(value if name in counts else float(value)) for name, value in numbers.items()}
        self.literals |= {name: _numbers(over) for name, over in axes.items()}
        self.results = {name: arrays[name] for name in ("y", *self.outputs)}

    def forward(self, parameters: list[str]) -> list[str]:
        """The call of the forward function and what it returns."""
        made = [name for name in parameters if name in self.arrays]
        return [*self._calls(made, parameters), ">>> np.round(y, 12).tolist()", self.results["y"]]

    def backward(self, parameters: list[str], own: list[str]) -> list[str]:
        """Both calls and what the backward function returns."""
        made = [name for name in (*parameters, "dy") if name in self.arrays]
        shown = ", ".join(f"np.round({name}, 12).tolist()" for name in self.outputs)
        results = ", ".join(self.results[name] for name in self.outputs)
        return [
            *self._calls(made, parameters),
            f">>> {', '.join(self.outputs)} = {self._call('backward', own)}",
            f">>> {shown}",
            f"({results})" if len(self.outputs) > 1 else results,
        ]

    def _calls(self, made: list[str], parameters: list[str]) -> list[str]:
        few = [made[k : k + 3] for k in range(0, len(made), 3)]
        lines = [f">>> {', '.join(names)} = {', '.join(self.arrays[name] for name in names)}" for names in few]
        return [*lines, f">>> y, saved = {self._call('forward', parameters)}"]

    def _call(self, direction: str, parameters: list[str]) -> str:
        return f"{self.variant}_{direction}({', '.join(self.literals.get(name, name) for name in parameters)})"


def _entries(rows: Rows, tensor: Tensor) -> Array:
    """The rows as the entries of a tensor; what lacks an axis has one row, or one number in a row."""
    return {
        tuple({"n": n, "c": c, "s": 0}[axis] for axis in "ncs" if axis in tensor.axes): Fraction(value)
        for n, row in enumerate(rows)
        for c, value in enumerate(row)
    }


def _rows(array: Array, tensor: Tensor) -> list[list[float]]:
    """The entries of a tensor as rows."""
    rows: dict[int, list[float]] = {}
    for index, value in array.items():
        rows.setdefault(index[0] if "n" in tensor.axes else 0, []).append(float(value))
    return list(rows.values())


def _numbers(over: Axes) -> str:
    return str(tuple(k for k, axis in enumerate("nc") if axis in over))
