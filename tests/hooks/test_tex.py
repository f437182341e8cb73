from __future__ import annotations

from pathlib import Path

import mathjax
import pytest
import tex
from bs4 import BeautifulSoup
from tex import Formula, Reference


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("no formula, 5 $", ["no formula, 5 $"]),
        ("a $x^2$ b", ["a ", Formula("x^2", False), " b"]),
        ("$$\nx\n$$", [Formula("x", True)]),
        (r"\[x\] and \(y\)", [Formula("x", True), " and ", Formula("y", False)]),
        (r"costs $5 and $6", ["costs $5 and $6"]),
        (r"escaped \$x\$", [r"escaped \$x\$"]),
        (r"$\displaystyle \frac{1}{2}$", [Formula(r"\frac{1}{2}", True)]),
        (r"\begin{align}a&=b\\c&=d\end{align}", [Formula(r"\begin{align}a&=b\\c&=d\end{align}", True)]),
        (r"\begin{align*}a\end{align*}", [Formula(r"\begin{align*}a\end{align*}", True)]),
        (r"$$x\label{a}$$", [Formula(r"\begin{equation}x\label{a}\end{equation}", True)]),
        (r"see \eqref{a}, \ref{b}", ["see ", Reference("a", True), ", ", Reference("b", False)]),
        ("one\n$a\n+b$ line", ["one\n", Formula("a\n+b", False), " line"]),
    ],
)
def test_split(text: str, parts: list[object]) -> None:
    assert tex.split(text) == parts


def fake(formulas: list[tuple[str, bool]]) -> mathjax.Rendered:
    return mathjax.Rendered([f"<m>{formula}</m>" for formula, _ in formulas], {"a": ("1", "mjx-a")})


def typeset(html: str, *, everywhere: bool) -> str:
    soup = BeautifulSoup(html, "html.parser")
    tex.typeset(soup, fake, where="page.md", everywhere=everywhere)
    return str(soup)


@pytest.mark.parametrize("tag", ["code", "pre", "script", "style", "textarea"])
def test_code_is_left_alone(tag: str) -> None:
    html = f"<p><{tag}>$x$ \\eqref{{a}}</{tag}></p>"
    assert typeset(html, everywhere=True) == html


def test_money_in_markdown_is_not_a_formula() -> None:
    html = "<p>between $5 and $6, or $x$</p>"
    assert typeset(html, everywhere=False) == html
    html = '<p>but <span class="arithmatex">\\(x\\)</span> is</p>'
    assert typeset(html, everywhere=False) == "<p>but <m>x</m> is</p>"


def test_entities_reach_tex_as_characters() -> None:
    assert typeset("<p>$a&lt;b$</p>", everywhere=True) == "<p><m>a<b</m></p>"


def test_display_formulas_may_stand_in_a_paragraph_and_stay_out_of_the_search_index() -> None:
    html = typeset("<p>$$x$$</p>", everywhere=True)
    assert html == '<p><span class="math-block" data-search-exclude><m>x</m></span></p>'


@pytest.mark.parametrize(
    ("width", "size"),
    [("36.8ex", "36.8ex 5.19ex"), ("100%", "none 5.19ex")],  # a numbered equation is as wide as the page
)
def test_the_room_for_a_display_formula_is_known(width: str, size: str) -> None:
    drawn = mathjax.Rendered([f'<svg style="" width="{width}" height="5.19ex" viewBox="0 0 1 1"></svg>'], {})
    soup = BeautifulSoup("<p>$$x$$</p>", "html.parser")
    tex.typeset(soup, lambda formulas: drawn, where="page.md", everywhere=True)
    assert f'data-search-exclude style="contain-intrinsic-size: {size}"' in str(soup)


def test_references_become_links() -> None:
    expected = '<p><m>x</m> by <a class="eqref" href="#mjx-a">(1)</a></p>'
    assert typeset(r"<p>$x$ by \eqref{a}</p>", everywhere=True) == expected


def test_unknown_labels_and_bad_tex_fail_with_page_and_formula(typesetter: mathjax.Typesetter) -> None:
    soup = BeautifulSoup(r"<p>\eqref{nowhere} $x$</p>", "html.parser")
    with pytest.raises(tex.TexError, match=r"page.md: unknown equation label 'nowhere'"):
        tex.typeset(soup, typesetter.render, where="page.md", everywhere=True)
    soup = BeautifulSoup(r"<p>$\frac{1}$</p>", "html.parser")
    with pytest.raises(tex.TexError, match=r"page.md: TeX error: Missing argument.*\\frac\{1\}"):
        tex.typeset(soup, typesetter.render, where="page.md", everywhere=True)


def test_results_are_cached_by_page(tmp_path: Path) -> None:
    calls: list[list[tuple[str, bool]]] = []

    def render(formulas: list[tuple[str, bool]]) -> mathjax.Rendered:
        calls.append(formulas)
        return fake(formulas)

    cached = tex.cached(render, tmp_path / "math")
    first = cached([("x", True)])
    assert cached([("x", True)]).html == first.html
    cached([("x", False)])
    assert calls == [[("x", True)], [("x", False)]]
