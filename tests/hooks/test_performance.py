"""The page "Performance" shows what was measured, and its words follow from the numbers."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from typing import Any

import bench_fast
import fast_contenders
import performance
import performance_data
import performance_pictures
import pytest


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The measurements, to be changed by a test."""
    changed = copy.deepcopy(performance_data.measured())
    monkeypatch.setattr(performance_data, "measured", lambda: changed)
    return changed


def rows(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in data["problems"][0]["rows"]}


def test_everything_was_measured_often_enough() -> None:
    data = performance_data.measured()
    assert data["rounds"] >= 15
    expected = {(name, dtype) for name, *_ in fast_contenders.SHAPES for dtype in ("float32", "float64")}
    assert {(p["name"], p["dtype"]) for p in data["problems"]} == expected
    known = {contender.name for contender in fast_contenders.CONTENDERS}
    for p in data["problems"]:
        assert {row["name"] for row in p["rows"]} == known - set(data["missing"])
        assert all(0 < row["best"] <= row["milliseconds"] and row["ratio"] > 0 for row in p["rows"])
    assert {"numpy", "numba", "torch"} <= set(data["versions"])
    assert data["growth"]["factors"] == [1, 2, 4, 8, 16, 32, 64] and set(data["growth"]["axes"]) == {"N", "C", "S"}


def test_our_memory_is_what_was_promised() -> None:
    """Of NumPy at most the work arrays of one sample, as large as its x and dy; of Numba at most 1 MiB a thread."""
    for p in performance_data.measured()["problems"]:
        for row in p["rows"]:
            if row["name"].startswith("fast, Numba"):
                assert row["memory"] <= row["threads"] << 20
            elif row["name"].startswith("fast, NumPy") and p["sample"] > 1 << 20:
                assert row["memory"] <= 2 * p["sample"]


def test_every_number_of_the_first_shape_is_shown(data: dict[str, Any]) -> None:
    text, drawn = performance.first_table(), performance_pictures.bars()
    for row in rows(data).values():
        assert row["name"] in text and f"{row['ratio']:.2f}" in text
        assert (f">{row['ratio']:.2f}<" in drawn) or "new arrays" in row["name"]
    assert data["date"] in performance.sentence() and data["machine"]["processor"] in performance.sentence()


@pytest.mark.parametrize("name", ["bars", "growth"])
def test_the_pictures_are_well_formed_and_have_words(name: str) -> None:
    svg = re.sub(r"^<figure[^>]*>|</figure>$", "", getattr(performance_pictures, name)())
    root = ET.fromstring(svg)
    assert root.get("role") == "img" and len(root.get("aria-label") or "") > 100
    assert "nan" not in svg and "#" not in svg  # colours come from the page
    width, height = (float(number) for number in (root.get("viewBox") or "").split()[2:])
    for element in root.iter():
        for key, limit in (("x", width), ("y", height), ("x2", width), ("y2", height)):
            assert 0 <= float(element.get(key) or 0) <= limit


def test_a_bar_is_as_long_as_its_number(data: dict[str, Any]) -> None:
    lengths = [float(length) for length in re.findall(r'<rect [^>]*width="([\d.]+)"', performance_pictures.bars())]
    ratios = sorted(row["ratio"] for row in rows(data).values() if "new arrays" not in row["name"])
    assert lengths == pytest.approx([lengths[-1] * ratio / ratios[-1] for ratio in ratios], abs=0.2)


def test_the_aims_are_judged_by_the_numbers(data: dict[str, Any]) -> None:
    found = rows(data)
    for row in found.values():
        row["milliseconds"], row["ratio"] = 100.0, 10.0
    found["fast, Numba"] |= {"milliseconds": 20.0, "ratio": 1.5}
    found["fast, NumPy"] |= {"milliseconds": 110.0, "ratio": 4.01}
    data["choices"]["tile"][data["choices"]["chosen"]["tile"]] = 1.23
    numba, numpy = performance.targets().splitlines()
    assert ": 1.23, " in numba and "1.23" not in numpy
    assert "measured 1.50: reached; 5.0 times as fast as the fastest peer" in numba
    assert "measured 4.01: **not reached** in this run; behind" in numpy and "ahead of the 0 others" in numpy


@pytest.mark.parametrize("power", [1.0, 1.3])
def test_the_exponent_is_that_of_the_times(data: dict[str, Any], power: float) -> None:
    for times in data["growth"]["axes"].values():
        for engine in times:
            times[engine] = [3 * factor**power for factor in data["growth"]["factors"]]
    assert performance.exponents("C", "NumPy") == pytest.approx(power, abs=1e-12)
    words = performance.growth_words()
    assert ("Ours are within 0.00 of 1: time grows linearly" in words) == (power == 1)
    assert ("by 0.30" in words) == (power == 1.3)


def test_a_choice_is_judged_by_the_numbers(data: dict[str, Any]) -> None:
    found = data["choices"]
    chosen = found["chosen"]["block"]
    others = [name for name in found["block"] if name != chosen]
    for best, words in ((4.1, f"{chosen} is the fastest"), (4.3, "of the fastest"), (8.0, "was faster, by 90%")):
        found["block"] = dict.fromkeys(others, 4.2) | {chosen: best}
        assert words in performance.choices()
    assert set(performance.CHOICES) == set(found["chosen"])


def test_a_ratio_fails_the_benchmark_only_at_twice_its_aim(data: dict[str, Any]) -> None:
    assert bench_fast.TARGETS == performance.TARGETS
    for factor, expected in ((1.9, True), (2.1, False)):
        for name, target in bench_fast.TARGETS.items():
            rows(data)[name]["ratio"] = factor * target
        judged = {result.name: result.within_budget for result in bench_fast.results(data) if result.budget}
        assert judged == dict.fromkeys(bench_fast.TARGETS, expected)


def test_every_table_is_made() -> None:
    for name, make in performance.TABLES.items():
        assert make().strip(), name
