"""The live part of the site: Python in the reader's browser, for the Playground and for the Run buttons of notebooks.

Contract: ``assemble(root)`` gives the files of the site's folder ``live/``, or raises ``Unavailable`` with the reason.
A ``Live`` does what a build needs: ``prepare`` once (no live part: it says so, and the site is built without Run),
``mark`` puts a Run button below the cells of a notebook that need nothing which the browser lacks, and ``fill`` tells
the live elements of a finished page how much they load, or the reader why they are not there.

The reader's browser fetches nothing of it before it is asked to, and then from the site itself.  What is shown live
comes from this project's Python functions: docs/javascripts/live/ only passes it on.  ``L2NORM_REF_LIVE=0`` switches
the live part off.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import kept
import live_cells
import live_compile
import live_pyodide
import live_wheels
import mathjax
import nbformat
from bs4 import BeautifulSoup
from bs4.element import Tag
from live_imports import Imports
from live_pyodide import Unavailable

SWITCH = "L2NORM_REF_LIVE"
LICENCES = "javascripts/live/licences"  # of docs/
COMPRESSED = (".whl", ".zip")  # these do not get smaller on the way
STATEMENT = "<!-- live: what it loads -->"
PLAYGROUND = "<l2-playground></l2-playground>"
COMMANDS = """<p>The same on the command line, for example:</p>
<pre><code>l2norm-ref derive --steps --no-across-spatial --no-channel-shared
l2norm-ref generate --target numpy --no-across-spatial --no-channel-shared</code></pre>"""


class LiveError(Exception):
    """A notebook whose cells cannot be told apart."""


@dataclass(frozen=True)
class Part:
    """The files, by their name below ``live/``.

    ``bytes`` are all that a reader loads, ``counted`` those of them that the worker counts while they arrive (modules
    and scripts cannot be counted), ``compressed`` what goes over the wire where the server compresses.
    """

    files: dict[str, bytes]
    bytes: int
    counted: int
    compressed: int

    @property
    def megabytes(self) -> str:
        """As a page says it: what goes over the wire."""
        return f"{self.compressed / 1e6:.1f}"

    @property
    def sizes(self) -> dict[str, str]:
        """The same as attributes of an element."""
        return {"data-bytes": str(self.counted), "data-megabytes": self.megabytes}


def assemble(root: Path) -> Part:
    """The live part, from the caches in ``root/.cache/`` and from what is installed.

    Raises:
        Unavailable: it is switched off, or Pyodide or MathJax is not to be had.
    """
    if os.environ.get(SWITCH) == "0":
        raise Unavailable(f"{SWITCH} is 0")
    if not (mathjax.MATHJAX / "tex-svg.js").is_file():
        raise Unavailable("MathJax is not installed")
    cache = root / ".cache" / "live"
    folder = live_pyodide.fetch(cache)
    libraries = [live_wheels.library(name) for name in sorted(live_wheels.LIBRARIES)]
    wheels = [*(live_compile.compiled(wheel, folder, cache) for wheel in libraries), live_wheels.own(root)]
    files = {name: (folder / name).read_bytes() for name in live_pyodide.FILES}
    files["pyodide-lock.json"] = live_wheels.lock(files["pyodide-lock.json"].decode(), wheels).encode()
    files |= {wheel.file_name: wheel.data for wheel in wheels}
    files["mathjax/tex-svg.js"] = (mathjax.MATHJAX / "tex-svg.js").read_bytes()
    files["mathjax/colours.js"] = mathjax.COLOURS.encode()
    sizes = {name: len(data) for name, data in files.items()}
    smaller = {name: _smaller(data, root) for name, data in files.items() if not name.endswith(COMPRESSED)}
    for path in sorted((root / "docs" / LICENCES).glob("*")):
        files[f"licences/{path.name}"] = path.read_bytes()
    counted = sum(size for name, size in sizes.items() if not name.endswith((".js", ".mjs")))
    return Part(files, sum(sizes.values()), counted, sum((sizes | smaller).values()))


def _smaller(data: bytes, root: Path) -> int:
    """How many bytes a server sends that compresses; the same bytes are compressed once."""
    what, around = f"gzip {hashlib.sha256(data).hexdigest()}", f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
    return int(kept.kept(root, what, lambda: str(len(gzip.compress(data, 6))), around))


class Live:
    """The live part of one build."""

    def __init__(self) -> None:
        self.part: Part | None = None
        self.reason = "it was not prepared"
        self._imports = Imports(Path())

    def prepare(self, root: Path, say: Callable[[str], None]) -> Mapping[str, bytes]:
        """The files of the live part by their address in the site; without a live part none, and a word about why."""
        self._imports = Imports(root)
        try:
            self.part = assemble(root)
        except Unavailable as reason:
            self.part, self.reason = None, str(reason)
            say(f"built without its live part (the Playground, Run below cells): {reason}")
            return {}
        return {f"live/{name}": data for name, data in self.part.files.items()}

    def mark(self, soup: BeautifulSoup, notebook: Path) -> None:
        """Put ``<live-cell>`` below each cell that can run, and the code of all cells at the end of the page; in place.

        Args:
            soup: The notebook's page, as ``notebook_pages.clean`` leaves it.
            notebook: The file.

        Raises:
            LiveError: A cell is not plain Python, or is not found in the page.
        """
        if self.part is None:
            return
        sources = [cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
        try:
            cells = live_cells.runnable(sources, self._imports.lacks)
        except SyntaxError as error:
            raise LiveError(f"{notebook.name}: a cell is not plain Python: {error}") from error
        if not any(cell.runs for cell in cells):
            return
        blocks = iter(soup.select("div.highlight"))  # of the cells, and of the fences in the text between them
        for place, (source, cell) in enumerate(zip(sources, cells, strict=True)):
            block = next((block for block in blocks if block.get_text().strip() == source.strip()), None)
            if block is None:
                raise LiveError(f"{notebook.name}: code cell {place + 1} is not on the page")
            if cell.runs:
                _end(block).insert_after(Tag(name="live-cell", attrs={"data-cell": str(place), **self.part.sizes}))
        script = Tag(name="script", attrs={"type": "application/json", "class": "live-cells"})
        script.string = json.dumps({"cells": [{"code": cell.code} for cell in cells]}).replace("</", "<\\/")
        soup.append(script)

    def fill(self, page: str) -> str:
        """Complete the live elements of a finished page."""
        if self.part is None:
            statement = (
                f"This copy of the site was built without its live part ({self.reason}): nothing is derived here."
            )
            playground = f'<div class="live-words">\n{COMMANDS}\n</div>'
        else:
            statement = (
                "The first press loads Python, SymPy, this project’s package and MathJax, all from this site: "
                f"{self.part.megabytes} MB, or {self.part.bytes / 1e6:.1f} MB from a server that does not compress."
            )
            sizes = " ".join(f'{name}="{value}"' for name, value in self.part.sizes.items())
            playground = f"<l2-playground {sizes}>\n{COMMANDS}\n</l2-playground>"
        return page.replace(STATEMENT, f"<p>{statement}</p>").replace(PLAYGROUND, playground)


def _end(block: Tag) -> Tag:
    """The last output of a cell, or its code."""
    end: Tag = block.find_parent("details", class_="nb-code") or block
    while (after := end.find_next_sibling()) and after.css.match(".nb-output, [data-figure]"):
        end = after
    return end
