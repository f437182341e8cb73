"""The picture of the home page shows what the reference computes, and the committed file is that picture."""

from __future__ import annotations

import re

import home_picture
import pytest


def dot(a: tuple[float, float], b: tuple[float, float]) -> float:
    return a[0] * b[0] + a[1] * b[1]


def test_the_gradient_lies_on_the_tangent_and_caffes_does_not() -> None:
    p = home_picture.points()
    assert dot(p["xhat"], p["xhat"]) == pytest.approx(1, abs=1e-15)
    assert dot(p["tangent"], p["xhat"]) == pytest.approx(0, abs=1e-15)
    assert abs(dot(p["caffe"], p["xhat"])) > 0.1


def test_what_is_dropped_lies_along_x() -> None:
    p = home_picture.points()
    dropped = (p["h"][0] - p["tangent"][0], p["h"][1] - p["tangent"][1])
    assert dropped[0] * p["xhat"][1] == pytest.approx(dropped[1] * p["xhat"][0], abs=1e-15)


def test_the_committed_file_is_the_picture() -> None:
    assert home_picture.FILE.read_text("utf-8") == home_picture.standalone(), f"run `{home_picture.COMMAND}`"


def test_on_the_site_the_page_colours_it_and_in_the_file_it_colours_itself() -> None:
    assert "<style>" not in home_picture.inline()
    assert set(re.findall(r"\.(tm-\w+)\{", home_picture.standalone())) >= set(
        re.findall(r'class="(tm-\w+)"', home_picture.inline())
    )


def test_the_colours_are_those_of_the_style_sheet() -> None:
    css = (home_picture.FILE.parents[1] / "stylesheets" / "extra.css").read_text("utf-8")
    light, dark = (
        dict(re.findall(r"--tm-(\w+):\s*(#\w+)", part)) for part in css.split('[data-md-color-scheme="slate"]')[:2]
    )
    assert (light, dark) == (home_picture.figures.TERM_COLOURS, home_picture.DARK)


def test_it_is_described_in_words() -> None:
    assert f'aria-label="{home_picture.WORDS}"' in home_picture.inline()
