"""MkDocs' way in: which hook calls which module of this folder.  No work is done here.

Contract: notebooks are executed and become pages beside ``docs/``; placeholders in Markdown are filled; all TeX is
typeset; whatever is wrong in a page fails the build with the page's name.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

# MkDocs has this folder on the path only while it loads this file, so everything is imported here and now.
import accessible
import content
import execute
import figures
import first_paint
import kept
import links
import live
import macros
import mathjax
import nbformat
import notebook_pages
import palette
import search_kept
import search_later
import steady
import tables
import tex
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

log = get_plugin_logger("l2norm_ref")

PROBLEMS = (
    accessible.ThemeChanged,
    execute.NotebookError,
    links.LinkError,
    live.LiveError,
    macros.MacroError,
    notebook_pages.NotebookPageError,
    palette.PaletteChanged,
    search_kept.SearchChanged,
    search_later.NoBundle,
    steady.PageChanged,
    tables.TableError,
    tex.TexError,
)
STYLE_SHEETS = ("extra", "figures", "live")
THEME = {
    r"assets/stylesheets/palette\.\w+\.min\.css": palette.style_sheet,
    r"assets/javascripts/bundle\.\w+\.min\.js": palette.script,
}
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


def surroundings(config: MkDocsConfig) -> str:
    """What kept.py calls so, looked at once in a build."""
    if not around:
        around.append(kept.surroundings(root_of(config)))
    return around[0]


def on_config(config: MkDocsConfig) -> None:
    """Let mkdocs-jupyter, which keeps what it converts, convert again when anything that is installed changes."""
    folder = hashlib.sha256(repr(kept.installed()).encode()).hexdigest()[:16]
    config.plugins["mkdocs-jupyter"].config["cache_dir"] = str(root_of(config) / ".cache" / "mkdocs-jupyter" / folder)


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
        files.append(File.generated(config, f"{content.FIGURE_FILES}/{name}", content=data))
    for address, data in live_part.prepare(root, log.info).items():
        files.append(File.generated(config, address, content=data))
    css = [maker.style_sheet()] if (maker := typesetter()) else []
    for name in STYLE_SHEETS:
        if part := files.get_file_from_path(f"stylesheets/{name}.css"):
            css.append(part.content_string)
            files.remove(part)
    files.append(File.generated(config, "stylesheets/site.css", content=first_paint.style_sheet(*css)))
    with problems_fail_the_build():
        for pattern, change in THEME.items():
            (file,) = [file for file in files if re.fullmatch(pattern, file.src_uri)]
            files.remove(file)
            files.append(File.generated(config, file.src_uri, content=change(file.content_string)))
        search_kept.install(config.plugins, root, surroundings(config))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill the placeholders, or find them filled."""
    root, where = root_of(config), page.file.src_uri

    def fill() -> str:
        return macros.expand(markdown, docs=Path(config.docs_dir), where=where)

    if macros.MACRO.search(markdown) is None:
        return markdown
    with problems_fail_the_build():
        return kept.kept(root, f"{where}\0{markdown}", fill, surroundings(config))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make a notebook a page like any other, and typeset the formulas, or find it done."""
    figures_here = figures_of.get(page.file.src_uri)
    if figures_here is None and "arithmatex" not in html and "ref{" not in html:  # neither formulas nor references
        return html
    build = content.Build(root_of(config), files, typesetter(), live_part, surroundings(config))
    with problems_fail_the_build():
        finished = content.finish(content.Source(page.file, html, figures_here), build)
    if finished.headings is not None and finished.anchors is not None:
        page.toc = get_toc(cast("Any", finished.headings))
        page.present_anchor_ids = set(finished.anchors)
    return finished.html


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
    return first_paint.early(search_later.wait(palette.early(steady.steady(accessible.repair(page)))))


def on_post_build(config: MkDocsConfig) -> None:
    """Remove what is no longer in use of all that was kept."""
    kept.forget(root_of(config))
