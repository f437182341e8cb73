"""One comparison, and how a fixture becomes a list of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from l2norm_ref import l2norm_backward, l2norm_forward
from l2norm_ref.check import _tolerance
from l2norm_ref.check._fixtures import Fixture
from l2norm_ref.check._mode import Mode
from l2norm_ref.check._run import Outcome
from l2norm_ref.check._slices import denominator, norms, sizes


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a fixture says of one output.

    Attributes:
        fixture: The name of the fixture.
        dtype: The dtype of its arrays.
        output: `"y"`, `"dx"` or `"dscale"`; `"forward"` or `"backward"` where the call as a whole is meant.
        passed: Whether it is right.
        decides: Whether `Report.passed` depends on it: core fixtures, and with `strict` all.
        kind: `"value"` where arrays were compared; otherwise what was wrong: `"raised"`, `"returned"`, `"shape"`,
            `"dtype"` or `"mutated"`.
        message: What was wrong, in a sentence; empty where nothing was.
        tolerance: What was allowed, in units of the natural magnitude; None where nothing was compared, as below.
        relative: The worst error, in units of the natural magnitude.
        ulp: The same error, in units in the last place of the natural magnitude.
        index: Where it is.
        expected: What the reference has there.
        got: What came.
    """

    fixture: str
    dtype: str
    output: str
    passed: bool
    decides: bool
    kind: str
    message: str = ""
    tolerance: float | None = None
    relative: float | None = None
    ulp: float | None = None
    index: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None


@dataclass(eq=False)
class Case:
    """A fixture that was run, with the truth and the natural magnitudes: what the diagnosis works on."""

    fixture: Fixture
    mode: Mode
    outcome: Outcome
    low: dict[str, np.ndarray] = field(default_factory=dict)
    high: dict[str, np.ndarray] = field(default_factory=dict)
    size: dict[str, np.ndarray] = field(default_factory=dict)
    excess: dict[str, float] = field(default_factory=dict)

    @property
    def dtype(self) -> np.dtype:
        """That of x."""
        return self.fixture.x.dtype

    def tolerance(self, output: str) -> float:
        """In units of the natural magnitude."""
        return _tolerance.relative(output, self.lengths, self.dtype)

    @cached_property
    def lengths(self) -> tuple[int, int]:
        """K and L."""
        return _tolerance.lengths(self.fixture.x, self.fixture.dy, self.mode)


def judge(fixture: Fixture, mode: Mode, outcome: Outcome, *, strict: bool) -> tuple[Case, list[Result]]:
    """Compare what came with the reference."""
    case = Case(fixture, mode, outcome)
    _truth(case)
    decides = fixture.core or strict
    common = {"fixture": fixture.name, "dtype": str(fixture.x.dtype), "decides": decides}
    results = []
    for output in dict.fromkeys((*outcome.first, *outcome.arrays)):
        tolerance = case.tolerance(output)
        low, high, size = case.low[output], case.high[output], case.size[output]
        errors = [_tolerance.worst(got, low, high, size, tolerance, case.dtype) for got in outcome.runs(output)]
        case.excess[output] = max(error.excess for error in errors)
        results.append(compared(common, output, errors, tolerance))
    return case, results + problems(common, outcome)


def compared(common: Mapping[str, Any], output: str, errors: Iterable[_tolerance.Error], tolerance: float) -> Result:
    """The result for an output that was compared, once or more: the worst. `common` are its fixture and the like."""
    error = max(errors, key=lambda e: e.excess)
    return Result(
        **common,
        output=output,
        passed=error.excess <= 1,
        kind="value",
        message="" if error.excess <= 1 else _sentence(output, error, tolerance),
        tolerance=tolerance,
        relative=error.relative,
        ulp=error.ulp,
        index=error.index,
        expected=error.expected,
        got=error.got,
    )


def problems(common: Mapping[str, Any], outcome: Outcome) -> list[Result]:
    """The results for what could not be compared, or was wrong beside it."""
    return [Result(**common, output=p.output, passed=False, kind=p.kind, message=p.message) for p in outcome.problems]


def _sentence(output: str, error: _tolerance.Error, tolerance: float) -> str:
    """Where it is wrong and by how much, with as many digits as it takes to see it."""
    place = f"[{', '.join(map(str, error.index))}]" if error.index else ""
    shown = ((f"{error.got + 0.0:.{k}g}", f"{error.expected + 0.0:.{k}g}") for k in (6, 9, 12, 15, 17))
    got, expected = next((pair for pair in shown if pair[0][:-1] != pair[1][:-1]), ("", ""))
    got, expected = (got, expected) if got else (repr(error.got), repr(error.expected))
    text = f"{output}{place} is {got}, expected {expected}"
    if not math.isfinite(error.got):
        return text
    size = f"{error.relative:.2g} of its natural magnitude ({error.ulp:.2g} ulp)"
    return f"{text}: off by {size}, allowed are {tolerance:.2g}"


def _truth(case: Case) -> None:
    """The reference's results. float16 and float32 are compared with what is not yet rounded to them."""
    fixture, mode = case.fixture, case.mode
    x, dy = fixture.x.astype(np.float64), fixture.dy.astype(np.float64)
    scale = None if fixture.scale is None else fixture.scale.astype(np.float64)
    precision = "oracle" if case.dtype.itemsize == 8 else "plain"
    arguments = dict(mode.arguments)
    if fixture.tie:  # above the clamp there is none; below, d does not move
        arguments["eps_mode"] = "none"
    y, saved = l2norm_forward(x, scale, **arguments, precision=precision)
    dx, dscale = l2norm_backward(dy, saved)
    gamma = mode.gamma(scale)
    y_size, dx_size, dscale_size = sizes(x, dy, gamma, mode)
    below = gamma * dy / denominator(norms(x, mode.axes), mode) if fixture.tie else dx
    case.low = {"y": y, "dx": np.minimum(dx, below)}
    case.high = {"y": y, "dx": np.maximum(dx, below)}
    case.size = {"y": y_size, "dx": dx_size}
    if dscale is not None:
        case.low["dscale"] = case.high["dscale"] = dscale
        case.size["dscale"] = dscale_size.reshape(dscale.shape)
