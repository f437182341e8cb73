"""From numbers, one for each seed, to a verdict: what counts as support is decided here, before the numbers come.

Contract: each function takes the values and returns a `Verdict` with mean, 95 % interval and a sentence. The word is
one of four, and any of them can come out:

    supported                   the whole interval is on the side of the statement
    not supported               the whole interval is on the other side
    no difference found here    the statement is about a difference, and the interval holds 0
    undecided here              the statement is about a threshold other than 0, and the interval holds it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from l2norm_ref.experiments.intervals import mean_interval

SUPPORTED, NOT_SUPPORTED = "supported", "not supported"
NO_DIFFERENCE, UNDECIDED = "no difference found here", "undecided here"


@dataclass(frozen=True)
class Verdict:
    """What the runs say about a statement.

    Attributes:
        letter: Which statement; with a star what is tested beside it, to compare.
        statement: It, in words, as specific as it was tested.
        word: The verdict.
        mean: The estimate, in percent or percentage points.
        lower: The lower end of its 95 % interval.
        upper: The upper end.
        unit: "%" or "points".
        sentence: All this in a sentence.
    """

    letter: str
    statement: str
    word: str
    mean: float
    lower: float
    upper: float
    unit: str
    sentence: str

    @property
    def interval(self) -> str:
        """As it is written in a table."""
        sign = "+" if self.unit == "points" else ""
        # + 0.0 leaves no -0.0.
        mean, lower, upper = (f"{round(value, 1) + 0.0:{sign}.1f}" for value in (self.mean, self.lower, self.upper))
        return f"{mean} [{lower}, {upper}] {self.unit}"


Values = Sequence[float] | np.ndarray


def greater(letter: str, statement: str, values: Values, *, than: float = 0.0, unit: str = "points") -> Verdict:
    """The statement says that the mean of the values (fractions) is greater than a number.

    Example:
        >>> greater("x", "more", [0.10, 0.12, 0.11]).word
        'supported'
        >>> greater("x", "more", [0.10, -0.12, 0.01]).word
        'no difference found here'
    """
    _, lower, upper = mean_interval(values)
    held = UNDECIDED if than else NO_DIFFERENCE
    word = SUPPORTED if lower > than else NOT_SUPPORTED if upper < than else held
    return _verdict(letter, statement, word, values, unit, f"above {100 * than:g}")


def less(letter: str, statement: str, values: Values, *, than: float) -> Verdict:
    """The statement says that the mean of the values is less than a number that is not 0.

    Example:
        >>> less("x", "not much more", [0.001, -0.002, 0.001], than=0.01).word
        'supported'
    """
    _, lower, upper = mean_interval(values)
    word = SUPPORTED if upper < than else NOT_SUPPORTED if lower > than else UNDECIDED
    return _verdict(letter, statement, word, values, "points", f"below {100 * than:g}")


def different(letter: str, statement: str, values: Values) -> Verdict:
    """The statement says that the mean of the values is not 0; no run can show that it is."""
    _, lower, upper = mean_interval(values)
    word = NO_DIFFERENCE if lower <= 0 <= upper else SUPPORTED
    return _verdict(letter, statement, word, values, "points", "other than 0")


def _verdict(letter: str, statement: str, word: str, values: Values, unit: str, expected: str) -> Verdict:
    mean, lower, upper = (100 * value for value in mean_interval(values))
    text = f"{mean:.1f} {unit}, 95 % interval from {lower:.1f} to {upper:.1f} over {len(values)} seeds"
    sentence = f"{statement}: {word} ({text}; it would have to be {expected})."
    return Verdict(letter, statement, word, mean, lower, upper, unit, sentence)
