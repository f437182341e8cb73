"""Which cell is found, and which rate is chosen."""

import json

import pytest

from l2norm_ref.experiments.results import Results, difference, load, validated


def cell(rate, validation, method="concat", size_factor=1.0, batch_norm=False):
    return {
        "method": method,
        "rate": rate,
        "size_factor": size_factor,
        "batch_norm": batch_norm,
        "seeds": [3, 4],
        "validation": [validation, validation],
        "test": [validation, 0.5],
    }


RESULTS = Results([cell(0.1, 0.7), cell(0.01, 0.9), cell(0.001, 0.8), cell(0.01, 0.2, size_factor=32.0)], {})


def test_the_rate_is_chosen_by_validation():
    assert RESULTS.best("concat")["rate"] == 0.01
    assert validated(RESULTS.best("concat")) == 0.9
    assert RESULTS.best("concat", 32.0)["rate"] == 0.01
    assert [c["rate"] for c in RESULTS.row("concat")] == [0.001, 0.01, 0.1]


def test_differences_are_taken_seed_by_seed():
    found = difference(RESULTS.at("concat", 0.01), RESULTS.at("concat", 0.1), "test")
    assert found == pytest.approx([0.2, 0.0])


def test_cells_of_other_seeds_have_no_difference():
    one = RESULTS.at("concat", 0.01)
    with pytest.raises(ValueError, match=r"other: expected the seeds of the one, \[3, 4\], got \[4, 3\]"):
        difference(one, {**one, "seeds": [4, 3]}, "test")


@pytest.mark.parametrize(("method", "rate"), [("concat", 0.5), ("none", 0.1)])
def test_what_is_not_there(method, rate):
    with pytest.raises(KeyError, match=f"no cell of '{method}'"):
        RESULTS.at(method, rate)


def test_load(tmp_path):
    path = tmp_path / "runs.json"
    path.write_text(json.dumps({"command": "c", "cells": [cell(0.1, 0.7)]}))
    results = load(path)
    assert results.about == {"command": "c"}
    assert results.at("concat", 0.1)["test"] == [0.7, 0.5]
