"""headings.py, links.py and notebook_pages.py, on the fixture as mkdocs-jupyter converts it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import headings
import links
import nbformat
import notebook_pages
import pytest
from bs4 import BeautifulSoup
from mkdocs.structure.files import File, Files
from mkdocs.structure.toc import get_toc
from mkdocs_jupyter.convert import nb2html


@pytest.fixture(scope="module")
def prepared(executed: Path) -> notebook_pages.Prepared:
    return notebook_pages.prepare(executed)


@pytest.fixture(scope="module")
def converted(prepared: notebook_pages.Prepared, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("pages") / "fixture.ipynb"
    nbformat.write(prepared.node, path)
    return nb2html(str(path), custom_mathjax_url="")


@pytest.fixture
def soup(converted: str) -> BeautifulSoup:
    return notebook_pages.clean(converted)


def test_figures_leave_slots(prepared: notebook_pages.Prepared) -> None:
    assert [figure.html.startswith('<figure class="nb-figure"><svg') for figure in prepared.figures] == [True]


@pytest.mark.parametrize("alt", [None, "", [], ["one", "two"]])
def test_a_figure_without_words_fails(executed: Path, tmp_path: Path, alt: Any) -> None:
    node = nbformat.read(executed, as_version=4)
    cell = next(cell for cell in node.cells if cell.id == "figure")
    del cell.metadata["alt"]
    if alt is not None:
        cell.metadata["alt"] = alt
    nbformat.write(node, tmp_path / "bad.ipynb")
    with pytest.raises(notebook_pages.NotebookPageError, match=r"bad.ipynb, cell 'figure'.*alt"):
        notebook_pages.prepare(tmp_path / "bad.ipynb")


def test_the_page_is_flat(soup: BeautifulSoup) -> None:
    names = [tag.name for tag in soup.find_all(recursive=False)]
    assert names[:4] == ["h1", "p", "p", "p"]  # title
    assert names[4:8] == ["h2", "div", "h3", "h3"]  # chinese
    assert names[8:] == ["div", "div", "details", "div", "div", "div"]  # numbers, figure, step: code and output


def test_nothing_of_nbconvert_is_left(converted: str, soup: BeautifulSoup) -> None:
    html = str(soup)
    assert len(html) < len(converted) / 20
    assert soup.select("style, script, [class*=jp-], [class*=prompt], clipboard-copy, svg") == []
    assert "cell-id" not in html
    assert "In [" not in html


def test_code_and_output_look_as_elsewhere_on_the_site(soup: BeautifulSoup) -> None:
    fence, cell = soup.select("div.highlight > pre > code")[:2]
    assert fence.get_text() == "x = 1"
    assert cell.get_text() == 'from importlib import import_module\n\nprint(import_module("l2norm_ref").ANSWER, "<b>")'
    assert len(soup.select("div.language-python.highlight")) == 3
    output = soup.select_one("div.nb-output.no-copy > pre > code")
    assert output is not None
    assert output.get_text() == "42 <b>"


def test_the_code_of_a_figure_is_folded(soup: BeautifulSoup) -> None:
    (folded,) = soup.select("details.nb-code")
    assert [tag.name for tag in folded.find_all(recursive=False)] == ["summary", "div"]


def test_fill(soup: BeautifulSoup, prepared: notebook_pages.Prepared) -> None:
    notebook_pages.fill(soup, prepared.figures, "../../assets/figures")
    html = str(soup)
    assert "data-figure" not in html
    assert 'aria-label="A diagonal over a grid"' in html
    assert 'href="../../assets/figures/' in html
    assert "viewBox=" in html  # written as it was, not through an HTML parser


def test_headings(soup: BeautifulSoup) -> None:
    toc = get_toc(headings.anchor(soup))
    found = [(tag.name, tag.get("id")) for tag in soup.find_all(["h1", "h2", "h3", "h4"])]
    assert found == [
        ("h1", "a-fixture"),
        ("h2", "反向传播"),
        ("h3", "the-picture"),
        ("h3", "the-picture_1"),
        ("h4", "a-rule"),  # below the heading that it stands under
    ]
    (title,) = toc
    (chinese,) = title.children
    assert (chinese.title, chinese.url) == ("反向传播", "#反向传播")
    assert [item.id for item in chinese.children] == ["the-picture", "the-picture_1"]
    assert [tag["href"] for tag in soup.select("h2 > a")] == ["#反向传播"]


def test_a_step_takes_the_level_below_its_heading() -> None:
    soup = BeautifulSoup('<h1>A</h1><h2>B</h2><section class="step"><h4>rule</h4></section><h2>C</h2>', "html.parser")
    headings.anchor(soup)
    assert [tag.name for tag in soup.find_all(["h1", "h2", "h3", "h4"])] == ["h1", "h2", "h3", "h2"]


def site(*names: str) -> Files:
    return Files([File(name, "/nowhere", "/site", use_directory_urls=True) for name in names])


def test_links_that_work_in_jupyter_work_here(soup: BeautifulSoup) -> None:
    files = site("notebooks/fixture.md", "notebooks/02-next.ipynb", "api.md")
    page = files.get_file_from_path("notebooks/fixture.md")
    assert page is not None
    links.resolve(soup, page, files)
    found = [tag["href"] for tag in soup.select("p a")]
    assert found == ["../02-next.ipynb#the-picture", "../../api/"]


LEADING_NOWHERE = ['<a href="gone.ipynb">x</a>', '<a href="../docs/gone.md#a">x</a>', '<img src="a.png">']


@pytest.mark.parametrize("html", LEADING_NOWHERE)
def test_links_to_nothing_fail(html: str) -> None:
    files = site("notebooks/fixture.md")
    with pytest.raises(links.LinkError, match=r"notebooks/fixture.md: .*(gone|a\.png)"):
        links.resolve(BeautifulSoup(html, "html.parser"), next(iter(files)), files)


def test_other_links_are_left_alone() -> None:
    html = '<a href="https://example.org/a.ipynb">x</a><a href="#here">y</a><a href="mailto:a@b">z</a>'
    soup = BeautifulSoup(html, "html.parser")
    files = site("notebooks/fixture.md")
    links.resolve(soup, next(iter(files)), files)
    assert str(soup) == html


def test_the_download_follows_the_title(soup: BeautifulSoup) -> None:
    notebook_pages.add_download(soup, "../../downloads/fixture.ipynb")
    link = soup.select_one("h1 + p.nb-bar > a[download]")
    assert link is not None
    assert link["href"] == "../../downloads/fixture.ipynb"


def test_markdown_that_code_prints_stays_below_the_code(tmp_path: Path) -> None:
    node = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output("display_data", {"text/markdown": "what the code says"})
    node.cells = [nbformat.v4.new_code_cell("say()", outputs=[output], id="say")]
    nbformat.write(node, tmp_path / "said.ipynb")
    soup = notebook_pages.clean(nb2html(str(tmp_path / "said.ipynb"), custom_mathjax_url=""))
    text = soup.get_text()
    assert text.count("what the code says") == 1
    assert text.index("say()") < text.index("what the code says")
