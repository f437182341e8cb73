from __future__ import annotations

import logging
import re

import mathjax
import pytest


def test_svg_with_mathml_and_semantic_classes(typesetter: mathjax.Typesetter) -> None:
    (html,) = typesetter.render([(r"\class{tm-x}{x}^2", False)]).html
    assert "<svg" in html
    assert "<msup>" in html
    assert 'class="tm-x"' in html


def test_a_page_does_not_depend_on_the_pages_before(typesetter: mathjax.Typesetter) -> None:
    page = [("x", False), (r"\begin{equation}y\label{a}\end{equation}", True)]
    first = typesetter.render(page)
    typesetter.render([("z", True)] * 3)
    assert typesetter.render(page) == first
    assert first.tags == {"a": ("1", "mjx-eqn:a")}


def test_labels_may_be_used_before_they_are_set(typesetter: mathjax.Typesetter) -> None:
    rendered = typesetter.render([(r"\eqref{a}", False), (r"\begin{equation}y\label{a}\end{equation}", True)])
    assert "mjx-eqn%3Aa" in rendered.html[0]
    assert "???" not in rendered.html[0]


@pytest.mark.parametrize("tex", [r"\frac{1}", r"\unknowncommand", r"x_1_2", r"\begin{align}x"])
def test_errors_are_marked(typesetter: mathjax.Typesetter, tex: str) -> None:
    assert "data-mjx-error" in typesetter.render([(tex, False)]).html[0]


def test_the_style_sheet_is_mathjaxs(typesetter: mathjax.Typesetter) -> None:
    assert "mjx-container" in typesetter.style_sheet()


def test_without_mathjax_the_site_still_builds_but_not_in_ci(
    tmp_path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mathjax, "MATHJAX", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    assert mathjax.load() is None
    (record,) = caplog.records
    assert "formulas are not typeset" in record.getMessage()
    assert not record.name.startswith("mkdocs")  # MkDocs' strict mode counts its own loggers' warnings
    assert record.levelno == logging.WARNING
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ImportError, match="sphinx-mathjax-offline"):
        mathjax.load()


@pytest.mark.parametrize(
    ("tex", "classes"),
    [
        (r"x^2 + \hat{x}_i", ["tm-x", "tm-xhat"]),
        (r"\frac{h}{d} - \langle x, h \rangle", ["tm-h", "tm-d", "tm-x", "tm-h"]),
        (r"\mathrm{d}x = \gamma \, \mathrm{d}y", ["tm-dx", "tm-dx"]),  # one term; dy and gamma have no colour
        (r"\mathrm{d}\gamma = \sum_{\text{channel}} \mathrm{d}y \, \hat{x}", ["tm-xhat"]),
        (r"\begin{aligned} d &= \sqrt{s} \\ y &= x \end{aligned}", ["tm-d", "tm-x"]),
        (r"\text{x, h and d} \max \sin", []),
    ],
)
def test_each_term_has_its_colour(typesetter: mathjax.Typesetter, tex: str, classes: list[str]) -> None:
    (html,) = typesetter.render([(tex, True)]).html
    drawing = html.partition("<mjx-assistive-mml")[0]
    assert re.findall(r'class=" ?(tm-[a-z]+)"', drawing) == classes


def test_glyphs_are_drawn_once_a_page(typesetter: mathjax.Typesetter) -> None:
    rendered = typesetter.render([("x", False), ("x + x", True)])
    drawn = set(re.findall(r'<path id="([^"]+)"', rendered.outlines))
    used = set(re.findall(r'<use [^>]*href="#([^"]+)"', "".join(rendered.html)))
    assert used == drawn
    assert len(drawn) == 2
    assert "<path" not in "".join(rendered.html)
