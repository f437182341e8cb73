"""Formulas before and after slim.js: the same glyphs in the same places and colours, and the same MathML to read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import mathjax
import numpy as np
import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag

FORMULAS = [
    r"x",
    r"\frac{x\,h}{d^2} - \langle x, h \rangle",
    r"\bar{d} = \sum_{\text{channel}} \left(-\frac{x\,h}{d^2}\right)",
    r"\mathrm{d}x = \frac{1}{d} \left( h - \hat{x} \sum_{\text{channel}} \hat{x}\, h \right)",
    r"\begin{aligned} s &= \sum x^2 \\ d &= \sqrt{s + \varepsilon} \end{aligned}",
    r"\begin{equation} y = \gamma\,\hat{x} \label{y} \end{equation}",
    r"\begin{cases} x & d > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\underbrace{x_{i}^{2} + \dots}_{\lVert x \rVert^2} \quad \overline{xy} \href{a.html}{z} \prod",
]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def matrix(transform: str) -> np.ndarray:
    """What an SVG attribute transform says, as a matrix."""
    whole = np.eye(3)
    for name, words in re.findall(r"(\w+)\(([^)]*)\)", transform):
        numbers = [float(word) for word in NUMBER.findall(words)]
        step = np.eye(3)
        if name == "translate":
            step[:2, 2] = [numbers[0], numbers[1] if len(numbers) > 1 else 0]
        elif name == "scale":
            step[0, 0], step[1, 1] = numbers[0], numbers[-1]
        elif name == "matrix":
            step[:2] = np.reshape(numbers, (3, 2)).T
        else:
            raise AssertionError(name)
        whole = whole @ step
    return whole


def drawn(element: Tag, place: np.ndarray, colour: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """What is drawn below an element: glyph or rectangle, colour, place."""
    for child in element.find_all(True, recursive=False):
        here = place @ matrix(str(child.get("transform", "")))
        own = " ".join(child.get_attribute_list("class")).strip() if child.has_attr("class") else colour
        if child.name in ("use", "rect", "text"):
            words = sorted(f"{name}={value}" for name, value in child.attrs.items() if not name.startswith("data-"))
            what = str(child.get("href") or child.get("xlink:href") or words)
            yield what, own, here
        yield from drawn(child, here, own)


def read_aloud(element: Tag) -> str:
    """MathML without spaces, and without rows of one element."""
    if element.name == "mspace":
        return ""
    inner = "".join(read_aloud(child) if isinstance(child, Tag) else str(child) for child in element.children)
    if element.name in ("mrow", "mstyle") and (not inner or len(element.find_all(True, recursive=False)) == 1):
        return inner
    return f"<{element.name}>{inner}</{element.name}>"


def parts(html: str) -> tuple[Tag, Tag]:
    soup = BeautifulSoup(html, "html.parser")
    svg, math = soup.select_one("mjx-container > svg"), soup.select_one("math")
    assert svg is not None
    assert math is not None
    return svg, math


@pytest.fixture(scope="module")
def full() -> mathjax.Typesetter:
    """A typesetter that leaves formulas as MathJax made them."""
    typesetter = mathjax.load()
    assert typesetter is not None
    typesetter._run("globalThis.slim = container => container")
    return typesetter


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("display", [True, False])
def test_nothing_is_drawn_or_read_otherwise(
    typesetter: mathjax.Typesetter, full: mathjax.Typesetter, formula: str, display: bool
) -> None:
    before, after = (maker.render([(formula, display)]).html[0] for maker in (full, typesetter))
    svg_before, math_before = parts(before)
    svg_after, math_after = parts(after)
    expected, found = (list(drawn(svg, np.eye(3), "")) for svg in (svg_before, svg_after))
    assert [glyph[:2] for glyph in found] == [glyph[:2] for glyph in expected]
    for (*_, place), (*_, wanted) in zip(found, expected, strict=True):
        np.testing.assert_allclose(place, wanted, rtol=1e-12, atol=1e-9)
    assert read_aloud(math_after) == read_aloud(math_before)
    assert math_after.text == math_before.text
    for name in ("width", "height", "viewBox"):
        assert svg_after.get(name) == svg_before.get(name)
    assert [tag.get("id") for tag in svg_after.select("[id]")] == [tag.get("id") for tag in svg_before.select("[id]")]
    assert [tag.get("href") for tag in svg_after.select("a")] == [tag.get("href") for tag in svg_before.select("a")]


def test_a_formula_becomes_smaller_and_knows_its_height(
    typesetter: mathjax.Typesetter, full: mathjax.Typesetter
) -> None:
    formula = [(FORMULAS[3], True)]
    before, after = (parts(maker.render(formula).html[0]) for maker in (full, typesetter))
    assert len(after[0].find_all("g")) < len(before[0].find_all("g")) / 3
    assert f"height: {after[0]['height']};" in str(after[0]["style"])
