from __future__ import annotations

import logging

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
