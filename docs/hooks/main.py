"""MkDocs' way in: which hook calls which module of this folder.  No work is done here.

Contract: notebooks are executed and become pages beside ``docs/``; placeholders in Markdown are filled; all TeX is
typeset; whatever is wrong in a page fails the build with the page's name.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# MkDocs has this folder on the path only while it loads this file, so everything is imported here and now.
import accessible
import execute
import figures
import first_paint
import headings
import kept
import links
import live
import macros
import mathjax
import nbformat
import notebook_pages
import search_later
import search_symbols
import steady
import tables
import terms
import tex
from bs4 import BeautifulSoup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

log = get_plugin_logger("l2norm_ref")

FIGURE_FILES = "assets/figures"
PROBLEMS = (
    accessible.ThemeChanged,
    execute.NotebookError,
    links.LinkError,
    live.LiveError,
    macros.MacroError,
    notebook_pages.NotebookPageError,
    search_later.NoBundle,
    search_symbols.SearchChanged,
    steady.PageChanged,
    tables.TableError,
    tex.TexError,
)
STYLE_SHEETS = ("extra", "figures", "live")
figures_of: dict[str, list[figures.Figure]] = {}
typesetter = cache(mathjax.load)
live_part = live.Live()
around: list[str] = []  # what the pages of this build can read, as a digest


@contextlib.contextmanager
def problems_fail_the_build() -> Iterator[None]:
    """Our own errors as one that MkDocs prints without a traceback."""
    try:
        yield
    except PROBLEMS as error:
        raise PluginError(str(error)) from error


def root_of(config: MkDocsConfig) -> Path:
    """The project's folder."""
    return Path(config.docs_dir).parent


@event_priority(100)  # before mkdocs-jupyter, which must find the notebooks among the files
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the notebooks as pages and as downloads, their pictures, and MathJax's style sheet."""
    root = root_of(config)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))  # for l2norm_ref.emit
    pages = root / ".cache" / "site"
    (pages / "notebooks").mkdir(parents=True, exist_ok=True)
    figures_of.clear()
    around.clear()
    pictures: dict[str, bytes] = {}  # by digest: the same picture in two notebooks is one file
    with problems_fail_the_build():
        executed = execute.execute_all(root, lambda name, seconds: log.info("%s: %.1f s", name, seconds))
        for path in executed:
            prepared = notebook_pages.prepare(path)
            uri = f"notebooks/{path.name}"
            figures_of[uri] = prepared.figures
            nbformat.write(prepared.node, pages / uri)
            files.append(File(uri, str(pages), config.site_dir, config.use_directory_urls))
            download = (root / uri).read_bytes()
            files.append(File.generated(config, f"downloads/{path.name}", content=download))
            for figure in prepared.figures:
                pictures |= figure.files
    for name, data in pictures.items():
        files.append(File.generated(config, f"{FIGURE_FILES}/{name}", content=data))
    for address, data in live_part.prepare(root, log.info).items():
        files.append(File.generated(config, address, content=data))
    css = [maker.style_sheet()] if (maker := typesetter()) else []
    for name in STYLE_SHEETS:
        if part := files.get_file_from_path(f"stylesheets/{name}.css"):
            css.append(part.content_string)
            files.remove(part)
    files.append(File.generated(config, "stylesheets/site.css", content=first_paint.style_sheet(*css)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill the placeholders, or find them filled."""
    root, where = root_of(config), page.file.src_uri

    def fill() -> str:
        return macros.expand(markdown, docs=Path(config.docs_dir), where=where)

    if macros.MACRO.search(markdown) is None:
        return markdown
    if not around:
        around.append(kept.surroundings(root))
    with problems_fail_the_build():
        return kept.kept(root, f"{where}\0{markdown}", fill, around[0])


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make a notebook a page like any other, and typeset the formulas."""
    uri = page.file.src_uri
    is_notebook = uri in figures_of
    if not is_notebook and "arithmatex" not in html and "ref{" not in html:  # neither formulas nor references
        return html
    with problems_fail_the_build():
        soup = notebook_pages.clean(html) if is_notebook else BeautifulSoup(html, "html.parser")
        if is_notebook:
            page.toc = headings.anchor(soup)
            page.present_anchor_ids = {str(tag["id"]) for tag in soup.select("[id]")}
            links.resolve(soup, page.file, files)
            live_part.mark(soup, root_of(config) / uri)
        terms.colour(soup)
        if maker := typesetter():
            render = tex.cached(maker.render, root_of(config) / ".cache" / "math")
            tex.typeset(soup, render, where=uri, everywhere=is_notebook)
        if is_notebook:
            download = files.get_file_from_path(f"downloads/{Path(uri).name}")
            assert download is not None
            notebook_pages.add_download(soup, download.url_relative_to(page.file))
            notebook_pages.fill(soup, figures_of[uri], get_relative_url(FIGURE_FILES, page.url))
    return str(soup)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Repair what the theme leaves open."""
    with problems_fail_the_build():
        return _finished(tables.wrap(live_part.fill(output)))


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """The same for the page that is shown where there is none, which MkDocs does not count among the pages."""
    if template_name != "404.html":
        return output_content
    with problems_fail_the_build():
        return _finished(output_content)


def _finished(page: str) -> str:
    return first_paint.early(search_later.wait(steady.steady(accessible.repair(page))))


@event_priority(100)  # before the search writes its index
def on_post_build(config: MkDocsConfig) -> None:
    """Let the search find γ where gamma is written, and the other way round."""
    with problems_fail_the_build():
        search_symbols.extend(config.plugins)
