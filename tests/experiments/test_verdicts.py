"""Every verdict can come out, and comes out where it should."""

import numpy as np
import pytest

from l2norm_ref.experiments.verdicts import (
    NO_DIFFERENCE,
    NOT_SUPPORTED,
    SUPPORTED,
    UNDECIDED,
    different,
    greater,
    less,
)

NOISE = np.random.default_rng(0).normal(scale=0.01, size=10)
NOISE -= NOISE.mean()


@pytest.mark.parametrize(
    ("mean", "than", "word"),
    [
        (0.05, 0.0, SUPPORTED),
        (-0.05, 0.0, NOT_SUPPORTED),
        (0.001, 0.0, NO_DIFFERENCE),
        (0.9, 0.5, SUPPORTED),
        (0.1, 0.5, NOT_SUPPORTED),
        (0.499, 0.5, UNDECIDED),
    ],
)
def test_greater(mean, than, word):
    assert greater("x", "s", mean + NOISE, than=than).word == word


@pytest.mark.parametrize(
    ("mean", "word"), [(0.0, SUPPORTED), (-0.05, SUPPORTED), (0.05, NOT_SUPPORTED), (0.03, UNDECIDED)]
)
def test_less(mean, word):
    assert less("x", "s", mean + NOISE, than=0.03).word == word


@pytest.mark.parametrize(("mean", "word"), [(0.0, NO_DIFFERENCE), (0.05, SUPPORTED), (-0.05, SUPPORTED)])
def test_different(mean, word):
    assert different("x", "s", mean + NOISE).word == word


def test_the_sentence_holds_the_numbers():
    verdict = greater("x", "more of it", 0.05 + NOISE)
    assert (verdict.letter, verdict.statement) == ("x", "more of it")
    assert verdict.mean == pytest.approx(5)
    assert verdict.lower < 5 < verdict.upper
    assert "more of it: supported (5.0 points, 95 % interval from" in verdict.sentence
    assert "over 10 seeds" in verdict.sentence
    assert verdict.interval.startswith("+5.0 [+")
