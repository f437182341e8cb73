"""The statements on made-up results: whichever way the numbers go, the verdicts follow."""

from collections import Counter

import numpy as np
import pytest

from l2norm_ref.experiments.claims import all_claims, gives_back
from l2norm_ref.experiments.fusion import FACTOR, Cell, grid, seeds_of
from l2norm_ref.experiments.results import Results
from l2norm_ref.experiments.verdicts import NO_DIFFERENCE, NOT_SUPPORTED, SUPPORTED, UNDECIDED


def made_up(quality, shares=0.33, noise=0.003):
    """Results in which `quality(cell)` is the accuracy, plus noise that a seed gives to all methods and its own."""
    rng = np.random.default_rng(0)
    common = rng.normal(scale=0.05, size=30)  # as a hard split has it: pairing takes it out
    cells = []
    for cell in grid():
        seeds = list(seeds_of(cell))
        size = len(seeds)
        value = quality(cell) + common[seeds]
        own = {
            name: (value + centred(rng.normal(scale=noise, size=size))).tolist()
            for name in ("validation", "test", "speed")
        }
        scatter = centred(rng.normal(scale=0.01, size=(size, 4)))
        share = (shares(cell) if callable(shares) else shares) + scatter
        cells.append(vars(cell) | own | {"seeds": seeds, "shares": share.tolist()})
    return Results(cells, {})


def centred(noise):
    """So that an interval always holds the truth, and no verdict is a matter of luck."""
    return noise - noise.mean(axis=0)


def words(results, letter):
    """Of the statement, and after them those beside it."""
    found = [verdict for verdict in all_claims(results) if verdict.letter.startswith(letter)]
    assert found == sorted(found, key=lambda verdict: verdict.letter)
    return [verdict.word for verdict in found]


def test_all_letters_are_there():
    found = Counter(verdict.letter for verdict in all_claims(made_up(lambda cell: 0.9)))
    assert set(found) == {*"abcdfg", "a*", "c*", "d*", "f*"}


def test_nothing_matters():
    results = made_up(lambda cell: 0.9)
    assert {word for letter in "bcg" for word in words(results, letter)} == {NO_DIFFERENCE}
    assert set(words(results, "d")) == {NOT_SUPPORTED}
    assert words(results, "f")[:2] == [SUPPORTED] * 2
    assert set(words(results, "a")) == {NOT_SUPPORTED}


def test_the_larger_layer_dominates():
    results = made_up(lambda cell: 0.9, shares=lambda cell: 0.9 if cell.size_factor > 1 else 0.5)
    assert words(results, "a") == [SUPPORTED] * 3 + [UNDECIDED] * 3


def test_length_one_is_slow():
    results = made_up(lambda cell: 0.6 if cell.method == "l2norm 1 fixed" else 0.9)
    assert words(results, "b") == [SUPPORTED] * 4
    assert words(results, "c") == [SUPPORTED] * 6
    results = made_up(lambda cell: 0.95 if cell.method == "l2norm 1 fixed" else 0.9)
    assert words(results, "b") == [NOT_SUPPORTED] * 4
    assert words(results, "c") == [NOT_SUPPORTED] * 6


def test_slow_only_beside_the_features_that_are_larger():
    results = made_up(lambda cell: 0.95 if cell.size_factor > 1 else 0.9)
    assert words(results, "b") == [NO_DIFFERENCE] * 2 + [SUPPORTED] * 2


def test_slow_at_one_rate_and_not_at_the_best():
    slow = {("l2norm 1 fixed", 1e-3)}
    results = made_up(lambda cell: 0.6 if (cell.method, cell.rate) in slow else 0.8 + cell.rate / 10)
    at_the_rate, at_the_best = words(results, "b")[:2]
    assert (at_the_rate, at_the_best) == (SUPPORTED, NO_DIFFERENCE)


def test_scales_matter():
    results = made_up(lambda cell: 0.6 if cell.method == "l2norm 1 channel" else 0.9)
    assert words(results, "d") == [SUPPORTED] * 2 + [NOT_SUPPORTED] * 3
    results = made_up(lambda cell: 0.6 if (cell.method, cell.rate) == ("l2norm 1 channel", 1e-3) else 0.9)
    assert words(results, "d") == [SUPPORTED] + [NOT_SUPPORTED] * 4


@pytest.mark.parametrize("bad", [1e-3, 1e-1])
def test_a_rate_ten_times_off_matters_on_either_side(bad):
    def quality(cell: Cell) -> float:
        if cell.method != "l2norm 20 channel":
            return 0.9
        return 0.95 if cell.rate == 1e-2 else 0.5 if cell.rate == bad else 0.94

    assert words(made_up(quality), "d")[2:] == [SUPPORTED] + [NOT_SUPPORTED] * 2


def test_needed_or_not():
    results = made_up(lambda cell: 0.9 if "l2norm" in cell.method else 0.7)
    assert words(results, "f") == [NOT_SUPPORTED] * 2 + [SUPPORTED] * 4
    results = made_up(lambda cell: 0.7 if cell.method == "concat" and cell.size_factor == FACTOR else 0.9)
    assert words(results, "f")[:2] == [NOT_SUPPORTED] * 2
    assert words(results, "f")[4:] == [SUPPORTED] * 2
    results = made_up(lambda cell: 0.8 if cell.method == "concat" else 0.9 if "4 channel" in cell.method else 0.7)
    assert words(results, "f") == [SUPPORTED, NOT_SUPPORTED] + [NOT_SUPPORTED, SUPPORTED] * 2


def test_caffe_changes_training_where_scales_are_strongly_spread():
    results = made_up(lambda cell: 0.8 if cell.method == "caffe strong" else 0.9, noise=1e-3)
    assert words(results, "g") == [NO_DIFFERENCE] * 4 + [SUPPORTED] * 4


def test_the_length_gives_the_features_back_and_its_square_does_not():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 7)) * 10.0 ** rng.uniform(-3, 3, size=(50, 1))
    assert gives_back(x, 1) < 4e-16
    lengths = np.sqrt(np.sum(x**2, axis=1))
    assert gives_back(x, 2) == pytest.approx(np.max(np.abs(lengths - 1)), rel=1e-12)
    assert gives_back(x / lengths[:, np.newaxis], 2) < 1e-14  # only for vectors of length 1 it does
