"""What a check has found: a frozen record that prints itself, as text, as JSON and in a notebook."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

from l2norm_ref.check import _html, _text
from l2norm_ref.check._result import Result

VERSION = 1


class CheckFailed(AssertionError):
    """A kernel does not compute what it should. The text is the report without its table."""


@dataclass(frozen=True)
class Report:
    """The outcome of `check_l2norm`. `print(report)` shows all of it.

    Attributes:
        mode: The variant, in words.
        dtypes: The dtypes that were tried.
        strict: Whether range fixtures decide as well.
        has_backward: Whether a backward pass was given.
        results: Every comparison and every problem, in the order in which they were made.
        notes: What does not decide, in sentences: range fixtures that are off, warnings, a missing backward pass.
        diagnosis: What a failing implementation computes instead, in sentences; empty where nothing fits.
        tolerances: The formulas of the tolerances, by output.
        roundoff: u, the unit roundoff, by dtype.
        lengths: K and L, the elements of a norm and of one element of dscale, by fixture.
        layer: What was checked: `"l2norm"`.
        settings: The variant, resolved: eps_mode, eps, axes, channel_axis, channel_shared, has_scale and rank.
    """

    mode: str
    dtypes: tuple[str, ...]
    strict: bool
    has_backward: bool
    results: tuple[Result, ...]
    notes: tuple[str, ...]
    diagnosis: list[str]
    tolerances: dict[str, str]
    roundoff: dict[str, float]
    lengths: dict[str, tuple[int, int]]
    layer: str = "l2norm"
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def failures(self) -> tuple[Result, ...]:
        """The results that are wrong and decide."""
        return tuple(r for r in self.results if r.decides and not r.passed)

    @property
    def passed(self) -> bool:
        """Whether nothing that decides is wrong."""
        return not self.failures

    def raise_for_failures(self) -> None:
        """For a test suite.

        Raises:
            CheckFailed: The check has failed. It is an AssertionError.
        """
        if self.failures:
            raise CheckFailed(_text.summary(self))

    def to_json(self) -> str:
        """The report as JSON: an object with `version`, `passed`, and what the attributes hold.

        A number that is not finite is the string `"nan"`, `"inf"` or `"-inf"`, so that every JSON parser can read it.

        Example:
            >>> import json
            >>> from l2norm_ref.check import check_l2norm
            >>> report = json.loads(check_l2norm(lambda x, scale: x, dtypes=("float32",), has_scale=False).to_json())
            >>> report["version"], report["passed"], report["diagnosis"]
            (1, False, ['y: x is returned as it is (error 0 in float32)'])
        """
        record = {
            "version": VERSION,
            "layer": self.layer,
            "passed": self.passed,
            "mode": self.mode,
            "settings": self.settings,
            "dtypes": self.dtypes,
            "strict": self.strict,
            "has_backward": self.has_backward,
            "tolerances": self.tolerances,
            "unit_roundoff": self.roundoff,
            "lengths": {name: {"K": k, "L": count} for name, (k, count) in self.lengths.items()},
            "results": [asdict(result) for result in self.results],
            "failures": [result.message for result in self.failures],
            "notes": self.notes,
            "diagnosis": self.diagnosis,
        }
        return json.dumps(_finite(record), indent=1, allow_nan=False)

    def __str__(self) -> str:
        return _text.full(self)

    def _repr_html_(self) -> str:
        return _html.page(self)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
