"""An executed notebook on its way to becoming a page.

Contract: ``prepare`` takes the figures out of an executed notebook and leaves slots, before mkdocs-jupyter converts
it.  ``clean`` takes what mkdocs-jupyter made (nested, with its own style sheet and scripts) and returns the flat
HTML that a Markdown page of this site would have.  ``fill`` puts the figures into their slots.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from figures import Figure, raster_figure, svg_figure
from tex import Raw

SUMMARY = "Show the code"


class NotebookPageError(Exception):
    """A notebook that cannot become a page as it is."""


@dataclass(frozen=True)
class Prepared:
    """A notebook with slots, and the figures that belong into them."""

    node: nbformat.NotebookNode
    figures: list[Figure]


def prepare(executed: Path) -> Prepared:
    """Replace each figure among the outputs by ``<div data-figure=n>``; its words come from the cell's metadata."""
    node = nbformat.read(executed, as_version=4)
    figures: list[Figure] = []
    for cell in node.cells:
        pictures = [out for out in cell.get("outputs", []) if {"image/svg+xml", "image/png"} & set(out.get("data", {}))]
        words = cell.metadata.get("alt", [])
        words = [words] if isinstance(words, str) else words
        if len(words) != len(pictures) or not all(word.strip() for word in words):
            raise NotebookPageError(
                f"{executed.name}, cell {cell.id!r}: {len(pictures)} figures but {len(words)} descriptions; "
                'set the cell\'s metadata to {"alt": "what the figure shows"}, or to a list, one for each figure'
            )
        for output, alt in zip(pictures, words, strict=True):
            if "image/svg+xml" in output.data:
                figure = svg_figure(output.data["image/svg+xml"], alt=alt, prefix=f"figure-{len(figures) + 1}")
            else:
                figure = raster_figure(base64.b64decode(output.data["image/png"]), alt=alt)
            output.data = nbformat.from_dict({"text/html": f'<div data-figure="{len(figures)}"></div>'})
            figures.append(figure)
    return Prepared(node, figures)


def clean(page: str) -> BeautifulSoup:
    """Keep what the notebook says without nbconvert's furniture: the page is small, and search sees its sections."""
    old = BeautifulSoup(page, "html.parser")
    new = BeautifulSoup("", "html.parser")
    # With an id only: mkdocs-jupyter wraps every code cell into a second one without.
    for cell in old.select("div.jp-Cell[id]"):
        for block in cell.select("div.highlight-ipynb, div.highlight"):
            block.replace_with(_code_block(block))
        is_text = "jp-MarkdownCell" in cell.get_attribute_list("class")  # a code cell's output may be Markdown, too
        if is_text and (text := cell.select_one(".jp-RenderedMarkdown")):
            new.extend(list(text.contents))
        if source := cell.select_one(".jp-InputArea-editor .highlight"):
            new.append(_folded(source) if "celltag_hide-input" in cell.get_attribute_list("class") else source)
        new.extend([_output(output) for output in cell.select(".jp-OutputArea-output")])
    return new


def _code_block(block: Tag) -> Tag:
    """The structure that Material's style sheet and copy button know."""
    # Fences in Markdown cells have been coloured already and no longer say in which language they are.
    language = [f"language-{name[3:]} " for name in block.get_attribute_list("class") if name.startswith("hl-")]
    fresh = _tag("div", "".join(language) + "highlight", _tag("pre", None, code := _tag("code")))
    code.extend(list(block.find("pre") or []))
    if code.contents and isinstance(last := code.contents[-1], NavigableString):
        last.replace_with(last.rstrip("\n"))
    return fresh


def _folded(source: Tag) -> Tag:
    """Plotting code that only makes the picture below: there, but not in the way."""
    return _tag("details", "nb-code", _tag("summary", None, SUMMARY), source)


def _output(output: Tag) -> Tag:
    if slot := output.select_one("[data-figure]"):
        return slot
    if pre := output.find("pre", recursive=False):
        # `no-copy`: Material offers to copy code, not results.  The <code> lets it scroll by keyboard.
        code = _tag("code", None, pre.get_text().rstrip("\n"))
        return _tag("div", "nb-output no-copy", _tag("pre", None, code))
    for junk in output.select("script, style"):
        junk.decompose()
    return _tag("div", "nb-output", *list(output.contents))


def _tag(name: str, css_class: str | None = None, *contents: PageElement | str) -> Tag:
    tag = Tag(name=name, attrs={"class": css_class} if css_class else {})
    tag.extend([NavigableString(item) if type(item) is str else item for item in contents])
    return tag


def fill(soup: BeautifulSoup, figures: list[Figure], files_url: str) -> None:
    """Put each figure into its slot; ``files_url`` is where its files are, seen from the page."""
    for slot in soup.select("[data-figure]"):
        figure = figures[int(str(slot["data-figure"]))]
        slot.replace_with(Raw(figure.html.replace("{files}", html.escape(files_url))))


def add_download(soup: BeautifulSoup, url: str) -> None:
    """Offer the notebook itself, just below the title."""
    link = Tag(name="a", attrs={"class": "md-button nb-download", "href": url, "download": ""})
    link.string = "Download this notebook"
    title = soup.find("h1")
    paragraph = _tag("p", "nb-bar", link)
    title.insert_after(paragraph) if title else soup.insert(0, paragraph)
