"""content.py: a page that is found is the page that would be made, and it is made again when what it reads changes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import content
import live
import nbformat
import pytest
from content import Build, Source
from figures import Figure
from links import LinkError
from mathjax import Rendered, Typesetter
from mkdocs.structure.files import File, Files
from tex import TexError

NOTEBOOK = (
    '<div class="jp-Cell jp-MarkdownCell" id="a"><div class="jp-RenderedMarkdown"><h1>Title</h1>'
    '<p>$x$ and <a href="../docs/api.md#Part">API</a></p><h2 class="b">Größe</h2></div></div>'
    '<div class="jp-Cell jp-CodeCell" id="b"><div class="jp-InputArea-editor"><div class="highlight hl-python">'
    '<pre>1 + 1</pre></div></div><div class="jp-OutputArea-output"><div data-figure="0"></div></div></div>'
)
MARKDOWN = '<p><span class="arithmatex">\\(x\\)</span> <code>dx</code></p>'


class Fake:
    """In the place of MathJax; what it makes of a formula can be changed."""

    @staticmethod
    def render(formulas: list[tuple[str, bool]]) -> Rendered:
        html = [f'<svg data-mjx-error="no {tex}">' if "bad" in tex else f"<svg>{tex}</svg>" for tex, _ in formulas]
        return Rendered(html, {}, "<defs></defs>")


def file(name: str) -> File:
    return File(name, "/nowhere", "/site", use_directory_urls=True)


def site(*more: str) -> Files:
    names = ("notebooks/one.ipynb", "downloads/one.ipynb", "api.md", "a.md", *more)
    return Files([file(name) for name in names])


@pytest.fixture
def build(tmp_path: Path) -> Build:
    (tmp_path / "notebooks").mkdir()
    write(tmp_path, "1 + 1")
    return Build(tmp_path, site(), cast("Typesetter", Fake), live_part(), "surroundings")


def write(root: Path, *sources: str) -> None:
    node = nbformat.v4.new_notebook()
    node.cells = [nbformat.v4.new_code_cell(text, id=f"cell-{i}") for i, text in enumerate(sources)]
    nbformat.write(node, root / "notebooks" / "one.ipynb")


def live_part(compressed: int = 9_000_000) -> live.Live:
    made = live.Live()
    made.part = live.Part({}, 20_000_000, 17_000_000, compressed)
    return made


def notebook(html: str = NOTEBOOK, figure: str = '<svg src="{files}/f"></svg>') -> Source:
    return Source(file("notebooks/one.ipynb"), html, [Figure(figure)])


def markdown(html: str = MARKDOWN, name: str = "a.md") -> Source:
    return Source(file(name), html, None)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that are made."""
    pages: list[str] = []
    make = content.make

    def recorded(source: Source, build: Build) -> content.Content:
        pages.append(source.file.src_uri)
        return make(source, build)

    monkeypatch.setattr(content, "make", recorded)
    return pages


@pytest.mark.parametrize("source", [notebook(), markdown()], ids=["notebook", "markdown"])
def test_what_is_found_is_what_is_made(source: Source, build: Build, made: list[str]) -> None:
    expected = content.make(source, build)
    made.clear()
    assert content.finish(source, build) == expected
    assert content.finish(source, build) == expected
    assert made == [source.file.src_uri]
    assert "<svg>x</svg>" in expected.html


def test_a_notebook_brings_its_headings_and_all_its_anchors(build: Build) -> None:
    done = content.finish(notebook(), build)
    assert done.headings is not None
    assert [(item["id"], [child["name"] for child in item["children"]]) for item in done.headings] == [
        ("title", ["Größe"])
    ]
    assert done.anchors == ["größe", "title"]
    assert '<live-cell data-bytes="17000000" data-cell="0" data-megabytes="9.0">' in done.html
    for part in ('href="../downloads/one.ipynb"', 'src="../assets/figures/f"', 'href="../api/#part"'):
        assert part in done.html
    assert content.finish(markdown(), build).headings is None  # MkDocs knows them


BUILDS: dict[str, Callable[[Build], Build]] = {
    "an address": lambda build: dataclasses.replace(build, files=site("new.md")),
    "no MathJax": lambda build: dataclasses.replace(build, typesetter=None),
    "no live part": lambda build: dataclasses.replace(build, live=live.Live()),
    "the size of the live part": lambda build: dataclasses.replace(build, live=live_part(10_000_000)),
    "the surroundings": lambda build: dataclasses.replace(build, around="others"),
}


@pytest.mark.parametrize("change", BUILDS)
def test_a_notebook_is_made_again_when_the_build_changes(change: str, build: Build, made: list[str]) -> None:
    content.finish(notebook(), build)
    after = BUILDS[change](build)
    assert content.finish(notebook(), after) == content.make(notebook(), after)
    assert len(made) == 3  # before, after, and for the comparison


SOURCES: list[Source] = [notebook(NOTEBOOK.replace("and", "or")), notebook(figure="<svg></svg>")]


@pytest.mark.parametrize("source", SOURCES, ids=["text", "figure"])
def test_a_notebook_is_made_again_when_it_changes(source: Source, build: Build, made: list[str]) -> None:
    before = content.finish(notebook(), build)
    assert content.finish(source, build) != before
    assert len(made) == 2


def test_a_notebook_is_made_again_when_its_cells_change(build: Build, made: list[str]) -> None:
    content.finish(notebook(), build)
    write(build.root, "1 + 2")
    with pytest.raises(live.LiveError, match="code cell 1 is not on the page"):
        content.finish(notebook(), build)


@pytest.mark.parametrize("source", [markdown(MARKDOWN + "<p>more</p>"), markdown(name="api.md")])
def test_a_markdown_page_is_made_again_when_it_changes(source: Source, build: Build, made: list[str]) -> None:
    content.finish(markdown(), build)
    content.finish(source, build)
    assert len(made) == 2


FAILURES: list[tuple[Source, type[Exception]]] = [
    (notebook(NOTEBOOK.replace("api.md", "gone.md")), LinkError),
    (notebook(NOTEBOOK.replace("$x$", "$bad$")), TexError),
    (markdown(MARKDOWN.replace("(x", "(bad")), TexError),
]


@pytest.mark.parametrize(("source", "error"), FAILURES, ids=["link", "formula", "formula in Markdown"])
def test_a_failure_fails_every_time(source: Source, error: type[Exception], build: Build) -> None:
    for _ in range(2):
        with pytest.raises(error):
            content.finish(source, build)
    assert not [path for path in (build.root / ".cache" / "pages").glob("*") if os.path.getsize(path)]


def test_a_link_to_a_page_that_is_gone_fails_though_the_page_was_kept(build: Build) -> None:
    content.finish(notebook(), build)
    gone = Files([one for one in build.files if one.src_uri != "api.md"])
    with pytest.raises(LinkError, match=r"api\.md"):
        content.finish(notebook(), dataclasses.replace(build, files=gone))
