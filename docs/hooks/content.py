"""The content of a page between what Markdown or mkdocs-jupyter made of it and the theme: all that is done to it, once.

Contract: ``finish(source, build)`` gives the finished ``Content``, or finds it: it is kept until something changes that
it is made of.  That is the ``Source``, what ``Build`` says, and the surroundings that kept.py watches.  So a page that
is found has passed every check of a page that is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import headings
import kept
import links
import notebook_pages
import terms
import tex
from bs4 import BeautifulSoup
from figures import Figure
from live import Live
from mathjax import Typesetter
from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url

FIGURE_FILES = "assets/figures"


@dataclass(frozen=True)
class Source:
    """A page: its file, its HTML so far, and its figures if it is a notebook."""

    file: File
    html: str
    figures: list[Figure] | None


@dataclass(frozen=True)
class Build:
    """What the pages of a build have in common; ``around`` is ``kept.surroundings(root)``."""

    root: Path
    files: Files
    typesetter: Typesetter | None
    live: Live
    around: str


@dataclass(frozen=True)
class Content:
    """The finished HTML; of a notebook also the headings as Markdown's toc extension lists them, and all anchors."""

    html: str
    headings: list[dict[str, Any]] | None
    anchors: list[str] | None


def finish(source: Source, build: Build) -> Content:
    """The content of a page, made or found.

    Raises:
        TexError, LinkError, LiveError: as the modules that do the work raise them.  Nothing is kept then.
    """
    what = json.dumps(["content", *_read(source, build).items()])
    text = kept.kept(build.root, what, lambda: json.dumps(asdict(make(source, build))), build.around)
    return Content(**json.loads(text))


def _read(source: Source, build: Build) -> Mapping[str, object]:
    """All that ``make`` reads, besides the surroundings."""
    found: dict[str, object] = {
        "page": [source.file.src_uri, source.file.url],
        "html": source.html,
        "typeset": build.typesetter is not None,
    }
    if source.figures is not None:
        found["figures"] = [figure.html for figure in source.figures]
        found["addresses"] = sorted([file.src_uri, file.url] for file in build.files)  # a link may lead to any of them
        found["notebook"] = hashlib.sha256((build.root / source.file.src_uri).read_bytes()).hexdigest()
        found["live"] = build.live.part and build.live.part.sizes
    return found


def make(source: Source, build: Build) -> Content:
    """Make a notebook a page like any other, and typeset the formulas."""
    is_notebook, uri = source.figures is not None, source.file.src_uri
    toc = anchors = None
    soup = notebook_pages.clean(source.html) if is_notebook else BeautifulSoup(source.html, "html.parser")
    if is_notebook:
        toc = headings.anchor(soup)
        anchors = sorted({str(tag["id"]) for tag in soup.select("[id]")})
        links.resolve(soup, source.file, build.files)
        build.live.mark(soup, build.root / uri)
    terms.colour(soup)
    if build.typesetter:
        render = tex.cached(build.typesetter.render, build.root / ".cache" / "math")
        tex.typeset(soup, render, where=uri, everywhere=is_notebook)
    if source.figures is not None:
        download = build.files.get_file_from_path(f"downloads/{Path(uri).name}")
        assert download is not None
        notebook_pages.add_download(soup, download.url_relative_to(source.file))
        notebook_pages.fill(soup, source.figures, get_relative_url(FIGURE_FILES, source.file.url))
    return Content(str(soup), toc, anchors)
