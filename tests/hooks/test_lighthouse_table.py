"""The published scores are those of the runs, and reach what they must."""

from __future__ import annotations

import statistics

import lighthouse
import lighthouse_table
import pytest


def test_the_scores_are_those_of_the_runs() -> None:
    data = lighthouse_table.measured()
    assert data["limits"] == lighthouse.LIMITS
    assert {name: page["page"] for name, page in data["pages"].items()} == lighthouse.PAGES
    for page in data["pages"].values():
        assert len(page["runs"]) == lighthouse.RUNS
        assert page["median"]["performance"] == statistics.median(run["performance"] for run in page["runs"])
        for category in ("accessibility", "best-practices", "seo"):
            assert min(run[category] for run in page["runs"]) == page["median"][category]
        for category, limit in lighthouse.LIMITS.items():
            assert page["median"][category] >= limit


def test_the_table_shows_them() -> None:
    data, table = lighthouse_table.measured(), lighthouse_table.TABLES["lighthouse"]()
    assert len(table.splitlines()) == len(data["pages"]) + 3
    for name, page in data["pages"].items():
        assert f"| {name} | {page['median']['performance']} (" in table
    assert data["versions"]["lighthouse"] in lighthouse_table.TABLES["lighthouse-measured"]()


@pytest.mark.parametrize(
    ("score", "said"), [(90, "All pages reach"), (89, "below the aim for performance, 90: home, audit.")]
)
def test_a_page_below_the_aim_is_named(score: int, said: str) -> None:
    pages = {name: {"median": {"performance": score}} for name in ("home", "audit")}
    assert said in lighthouse_table._verdict({"limits": lighthouse.LIMITS, "pages": pages})
