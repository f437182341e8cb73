"""The seven statements, each asked of the results. What counts is in `verdicts`; nothing here knows the outcome.

Contract: each function takes a `Results` and returns a list of `Verdict`s, one for each way in which the statement was
tested; `all_claims` puts those of (a) to (d), (f) and (g) one after the other. (e) is mathematics: `gives_back`. A star
marks what is tested beside a statement, to compare.

"At the rate 0.001" is SSD's learning rate. "At its best rate" is each method at the rate that its validation accuracy
chose. "Speed" is the test accuracy averaged over the epochs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from l2norm_ref.experiments.fusion import FACTOR, SSD_RATE
from l2norm_ref.experiments.methods import EVEN_ELEMENTS, SPREADS
from l2norm_ref.experiments.results import Results, difference, validated
from l2norm_ref.experiments.verdicts import Verdict, different, greater, less

HALF = 0.5  # a tap dominates if its share is more than that of the two others together
STRONG = 0.05  # five points of accuracy are a strong dependence
CARELESS = 0.01  # a point of accuracy is nothing to care about

Cell = Mapping[str, Any]


def dominates(results: Results) -> list[Verdict]:
    """(a) Without normalisation the layer with the large features dominates."""
    large, plain = results.best("concat", FACTOR), results.best("concat")
    verdicts = []
    for letter, cell, features in (("a", large, f"{FACTOR:g} times as large"), ("a*", plain, "as they come")):
        shares = np.array(cell["shares"], dtype=np.float64).T
        places = ("of the logits, at the start", "of the gradient, at the start", "of the logits, after training")
        for place, share in zip(places, shares, strict=False):
            statement = f"first layer's features {features}: it has more than half {place}"
            verdicts.append(greater(letter, statement, share, than=HALF, unit="%"))
    return verdicts


def slows(results: Results) -> list[Verdict]:
    """(b) Normalising to length 1 without a scale slows learning."""
    verdicts = []
    for factor in (1.0, FACTOR):
        features = "raw features" if factor == 1 else f"raw features, first layer's {factor:g} times as large,"
        for when, raw, unit in _same_and_best(results, "concat", "l2norm 1 fixed", factor):
            statement = f"{features} learn faster than features of length 1, {when}"
            verdicts.append(greater("b", statement, difference(raw, unit, "speed")))
    return verdicts


def repairs(results: Results) -> list[Verdict]:
    """(c) A scale of 10 or 20 repairs it; and whether a learned scale that starts at 1 gets there by itself."""
    others = {
        "l2norm 10 fixed": ("c", "features of length 10 learn faster than of length 1"),
        "l2norm 20 fixed": ("c", "features of length 20 learn faster than of length 1"),
        "l2norm 1 channel": ("c*", "a scale learned from 1 learns faster than one that stays 1"),
    }
    return [
        greater(letter, f"{statement}, {when}", difference(other, unit, "speed"))
        for name, (letter, statement) in others.items()
        for when, other, unit in _same_and_best(results, name, "l2norm 1 fixed")
    ]


def depends(results: Results) -> list[Verdict]:
    """(d) The result depends strongly on the initial scale or on the learning rate.

    On the scale: the best of three against the worst. On the rate: the best against the worse of those that are ten
    times as large and as small, as far as they were tried; for two other methods too, to compare.
    """
    names = [f"l2norm {scale} channel" for scale in (1, 10, 20)]
    verdicts = []
    choices: tuple[tuple[str, Callable[[str], Cell]], ...] = (
        (f"all at the rate {SSD_RATE:g}", lambda name: results.at(name, SSD_RATE)),
        ("each at its best rate", results.best),
    )
    for when, choose in choices:
        cells = sorted((choose(name) for name in names), key=validated)
        statement = f"the best of the learned scales from 1, 10 and 20 is {100 * STRONG:g} points better than the worst"
        verdicts.append(greater("d", f"{statement}, {when}", difference(cells[-1], cells[0], "test"), than=STRONG))
    others = (("d", "l2norm 20 channel", "a learned scale from 20"), ("d*", "concat", "raw features"))
    for letter, name, words in (*others, ("d*", "batch norm", "BatchNorm")):
        cell, off = _ten_times_off(results, name)
        statement = f"{words}: a learning rate ten times {off} costs {100 * STRONG:g} points"
        loss = difference(results.best(name), cell, "test")
        verdicts.append(greater(letter, statement, loss, than=STRONG))
    return verdicts


def not_needed(results: Results) -> list[Verdict]:
    """(f) In a network with BatchNorm it is not needed; and, for comparison, whether it helps in one without.

    With SSD's scale, and with the scale that the validation accuracy chose.
    """
    verdicts = []
    raw = results.best("concat", FACTOR, True)
    for words, cell in _twenty_and_chosen(results, (1, EVEN_ELEMENTS, 20), FACTOR, True):
        statement = f"network with BatchNorm: L2Norm {words} gains less than a point over raw features"
        verdicts.append(less("f", statement, difference(cell, raw, "test"), than=CARELESS))
    for factor, features in ((1.0, "as they come"), (FACTOR, f"{FACTOR:g} times as large")):
        raw = results.best("concat", factor)
        # What it forgets, the factor, it was not run with.
        for words, cell in _twenty_and_chosen(results, (1, EVEN_ELEMENTS, 10, 20), 1.0, False):
            statement = f"no BatchNorm, first layer's features {features}: L2Norm {words} beats raw features"
            verdicts.append(greater("f*", statement, difference(cell, raw, "test")))
    return verdicts


def caffe_changes(results: Results) -> list[Verdict]:
    """(g) Caffe's gradient changes the training of a network whose scales are spread."""
    verdicts = []
    for spread, ratio in SPREADS.items():
        for exact in results.row(f"derivative {spread}"):
            wrong = results.at(f"caffe {spread}", exact["rate"])
            scales = "scales of 20" if ratio == 1 else f"scales from {20 / ratio:g} to {20 * ratio:g}"
            for what, words in (("speed", "speed"), ("test", "last accuracy")):
                statement = f"{scales}, rate {exact['rate']:g}: Caffe's gradient changes the {words}"
                verdicts.append(different("g", statement, difference(wrong, exact, what)))
    return verdicts


def _same_and_best(results: Results, one: str, other: str, factor: float = 1.0) -> Iterator[tuple[str, Cell, Cell]]:
    """Both at SSD's rate, and each at its best; the factor is for the one."""
    yield f"at the rate {SSD_RATE:g}", results.at(one, SSD_RATE, factor), results.at(other, SSD_RATE)
    yield "each at its best rate", results.best(one, factor), results.best(other)


def _twenty_and_chosen(
    results: Results, scales: tuple[int, ...], factor: float, batch_norm: bool
) -> tuple[tuple[str, Cell], tuple[str, Cell]]:
    cells = [results.best(f"l2norm {scale} channel", factor, batch_norm) for scale in scales]
    return ("with scale 20", cells[-1]), ("with the best scale", max(cells, key=validated))


def _ten_times_off(results: Results, name: str) -> tuple[Cell, str]:
    """The worse of the two, and which of them the grid holds, in words."""
    best = results.best(name)["rate"]
    off = [cell for cell in results.row(name) if round(abs(math.log10(cell["rate"] / best)), 6) == 1]
    words = "too large or too small" if len(off) == 2 else "too large" if off[0]["rate"] > best else "too small"
    return min(off, key=validated), words


CLAIMS: tuple[Callable[[Results], list[Verdict]], ...] = (dominates, slows, repairs, depends, not_needed, caffe_changes)


def all_claims(results: Results) -> list[Verdict]:
    """Every verdict."""
    return [verdict for claim in CLAIMS for verdict in claim(results)]


def gives_back(x: np.ndarray, power: int) -> float:
    """(e) The largest relative error with which gamma = ||x||**power gives x back, by `l2norm_forward` without eps.

    Args:
        x: Vectors (N, C), none of them zero. Each position has its own length, so each is a call of its own.
        power: 1 is what the mathematics says, 2 what a blog says.

    Example:
        >>> gives_back(np.array([[3.0, 4.0]]), 1), gives_back(np.array([[3.0, 4.0]]), 2)
        (0.0, 4.0)
    """
    from l2norm_ref import l2norm_forward

    errors = []
    for vector in x:
        gamma = float(np.linalg.norm(vector)) ** power
        y, _ = l2norm_forward(vector[np.newaxis], gamma, eps=0.0)
        errors.append(np.max(np.abs(y - vector)) / np.max(np.abs(vector)))
    return float(max(errors))
