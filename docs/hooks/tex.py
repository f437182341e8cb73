r"""Find the TeX in a page and replace it by typeset formulas.

Contract: ``typeset(soup, ...)`` edits the tree in place.  TeX is looked for in text only, never in code, ``<pre>``
or drawings; on Markdown pages only where arithmatex marked it (so "$5 and $6" stays money), in notebooks everywhere,
as Jupyter does.  ``\ref`` and ``\eqref`` become links.  Bad TeX or an unknown label raises ``TexError``.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag
from mathjax import COLOURS, CONFIG, RENDER, SLIM, VERSION, Rendered

Render = Callable[[list[tuple[str, bool]]], Rendered]

NUMBERED = r"(?:align|equation|gather|multline|eqnarray)"
REFERENCE = r"\\(?P<ref>eqref|ref)\{(?P<label>[^}]+)\}"
FORMULA_OR_REFERENCE = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$"
    r"|\\\[(?P<brackets>.+?)\\\]"
    rf"|(?P<environment>\\begin\{{(?P<name>{NUMBERED}\*?)\}}.+?\\end\{{(?P=name)\}})"
    r"|(?<![\\$])\$(?!\s)(?P<dollar>[^$]+?)(?<!\s)\$(?!\d)"
    r"|\\\((?P<parens>.+?)\\\)"
    rf"|{REFERENCE}",
    re.S,
)
ONLY_REFERENCE = re.compile(REFERENCE)
# Of a drawing: the browser leaves the room for it without looking into it (docs/stylesheets/extra.css).
SIZE = re.compile(r'<svg [^>]*?width="([\d.]+ex|100%)" height="([\d.]+ex)"')
NOT_TEXT = {"pre", "code", "script", "style", "svg", "math", "textarea", "title"}


class TexError(Exception):
    """A formula or a reference that cannot be typeset."""


class Raw(PreformattedString):
    """HTML that goes into the tree as it is, neither parsed nor escaped."""

    PREFIX = SUFFIX = ""


@dataclass(frozen=True)
class Formula:
    """TeX without its delimiters."""

    tex: str
    display: bool


@dataclass(frozen=True)
class Reference:
    r"""``\ref{label}``, or ``\eqref{label}``, which adds the parentheses."""

    label: str
    parentheses: bool


def split(text: str, *, formulas: bool = True) -> list[str | Formula | Reference]:
    """Cut a text into prose, formulas (if wanted) and references."""
    parts: list[str | Formula | Reference] = []
    end = 0
    for match in (FORMULA_OR_REFERENCE if formulas else ONLY_REFERENCE).finditer(text):
        parts.append(text[end : match.start()])
        parts.append(_read(match))
        end = match.end()
    parts.append(text[end:])
    return [part for part in parts if part != ""]


def _read(match: re.Match[str]) -> Formula | Reference:
    if match["ref"]:  # first: the pattern for references alone has no other groups
        return Reference(match["label"], match["ref"] == "eqref")
    if match["environment"]:
        return Formula(match["environment"], display=True)
    display = bool(match["dollars"] or match["brackets"])
    tex = (match["dollars"] or match["brackets"] or match["dollar"] or match["parens"]).strip()
    if tex.startswith(r"\displaystyle"):  # how SymPy marks its outputs: inline delimiters, meant as display
        tex, display = tex.removeprefix(r"\displaystyle").strip(), True
    if display and r"\label" in tex and not re.match(rf"\\begin\{{{NUMBERED}", tex):
        tex = rf"\begin{{equation}}{tex}\end{{equation}}"  # only a numbered environment can carry a label
    return Formula(tex, display)


def typeset(soup: BeautifulSoup, render: Render, *, where: str, everywhere: bool) -> None:
    """Replace all TeX of a page.

    Args:
        soup: The page's content; edited in place.
        render: Typesets a list of (TeX, is_display), e.g. ``cached(typesetter.render, folder)``.
        where: The page's name, for error messages.
        everywhere: True for notebooks; False where only arithmatex elements hold formulas.
    """
    found: list[tuple[NavigableString, list[str | Formula | Reference]]] = []
    for node in soup.find_all(string=True):
        if type(node) is not NavigableString or any(parent.name in NOT_TEXT for parent in node.parents):
            continue
        parts = split(node, formulas=everywhere or any(_is_arithmatex(parent) for parent in node.parents))
        if any(not isinstance(part, str) for part in parts):
            found.append((node, parts))
    formulas = [part for _, parts in found for part in parts if isinstance(part, Formula)]
    rendered = render([(formula.tex, formula.display) for formula in formulas]) if formulas else Rendered([], {})
    results = iter(rendered.html)
    for node, parts in found:
        node.replace_with(*[_element(part, results, rendered.tags, where) for part in parts])
    for wrapper in soup.select(".arithmatex"):
        wrapper.unwrap()
    if rendered.outlines:
        soup.append(Raw(f'<svg style="display: none" aria-hidden="true">{rendered.outlines}</svg>'))


def _is_arithmatex(tag: Tag) -> bool:
    return "arithmatex" in (tag.get_attribute_list("class") or [])


def _element(
    part: str | Formula | Reference, results: Iterator[str], tags: dict[str, tuple[str, str]], where: str
) -> PageElement:
    if isinstance(part, str):
        return NavigableString(part)
    if isinstance(part, Reference):
        if part.label not in tags:
            raise TexError(f"{where}: unknown equation label {part.label!r}; this page has {sorted(tags) or 'none'}")
        number, anchor = tags[part.label]
        text = f"({number})" if part.parentheses else number
        return Raw(f'<a class="eqref" href="#{html.escape(anchor)}">{html.escape(text)}</a>')
    result = next(results)
    if error := re.search(r'data-mjx-error="([^"]*)"', result):
        raise TexError(f"{where}: TeX error: {html.unescape(error[1])}, in: {part.tex}")
    if not part.display:
        return Raw(result)
    # A span, because a formula may stand inside a <p>.  Only display formulas stay out of the search index: their
    # hidden MathML would fill the results with loose symbols.
    size = SIZE.search(result)
    style = f' style="contain-intrinsic-size: {size[1].replace("100%", "none")} {size[2]}"' if size else ""
    return Raw(f'<span class="math-block" data-search-exclude{style}>{result}</span>')


def cached(render: Render, folder: Path) -> Render:
    """Keep each page's result in ``folder``, so that only changed pages are typeset again."""

    def render_cached(formulas: list[tuple[str, bool]]) -> Rendered:
        key = hashlib.sha256(json.dumps([VERSION, CONFIG, COLOURS, SLIM, RENDER, formulas]).encode()).hexdigest()
        path = folder / f"{key}.json"
        if path.exists():
            return Rendered(**json.loads(path.read_text("utf-8")))
        rendered = render(formulas)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(asdict(rendered)), "utf-8")
        partial.replace(path)
        return rendered

    return render_cached
