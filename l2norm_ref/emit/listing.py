"""Emitted code as numbered lines, each of which knows the stage that it computes; what shows itself in a notebook.

The line numbers are those of the generated file. Docstrings are left out: what they say stands beside the listing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .html import Place, code_html, links_html
from .numpy import Line

Places = Callable[[str], Sequence[Place]]
"""For a stage, the places that tell more of it."""


@dataclass(frozen=True)
class Row:
    """A line of code in its file.

    Attributes:
        number: of the line, from 1.
        text: the line.
        stage: the stage that it computes; empty for the line of a `def`, a `return` and the like.
        function: "forward" or "backward".
    """

    number: int
    text: str
    stage: str
    function: str

    @property
    def anchor(self) -> str:
        """The line's id in a page, `code-backward-dx`; empty where it computes nothing."""
        return f"code-{self.function}-{self.stage}" if self.stage else ""

    def place(self, page: str = "") -> Place:
        """A link to the line; `page` is the page that shows the listing, empty for the same one."""
        return Place(f"{page}#{self.anchor}", f"line {self.number}", f"line {self.number} of the generated code")


@dataclass(frozen=True)
class Listing:
    """The two functions of a variant as they stand in their file, without docstrings.

    Args:
        variant: what the names of the functions begin with.
        file: the generated file, seen from the package.
        rows: the lines.
        places: gives the links that are shown beside a line; by default none.
    """

    variant: str
    file: str
    rows: tuple[Row, ...]
    places: Places = lambda stage: ()

    @property
    def stages(self) -> dict[str, Row]:
        """The line that computes each stage, in the order of the code."""
        return {row.stage: row for row in self.rows if row.stage}

    def _repr_html_(self) -> str:
        rows = "\n".join(map(self._row, self.rows))
        title = f'<p class="listing-file"><code>l2norm_ref/{self.file}</code></p>'
        return f'<div class="listing">{title}\n{rows}\n</div>'

    def _row(self, row: Row) -> str:
        number, code = f'<span class="listing-number">{row.number}</span>', code_html(row.text)
        text = f'{number}<code style="white-space: pre">{code}</code>'
        if not row.stage:
            return f'<div class="listing-line">{text}</div>'
        links = links_html(self.places(row.stage))
        return f'<div class="listing-line" id="{row.anchor}" data-stage="{row.stage}">{text}{links}</div>'


def listing(variant: str = "add_inside") -> Listing:
    """The functions of a variant, numbered as in the generated file.

    Args:
        variant: a denominator (`eps_mode`) of L2Norm, or a layer of `reference/batch_norm.py`.

    Raises:
        ValueError: no file has such a variant.

    Example:
        >>> row = listing("add_inside").stages["dx"]
        >>> row.text.strip(), row.anchor
        ('dx = (h - xhat * p) / d', 'code-backward-dx')
    """
    from .module import find

    file, before, pair = find(variant)
    return Listing(variant, file, tuple(numbered(pair.lines(), before)))


def numbered(lines: Iterable[Line], before: int = 0) -> Iterable[Row]:
    """Emitted lines with their numbers, blank lines and docstrings left out.

    Args:
        lines: the text of a forward and a backward function.
        before: the number of lines before them in the file.
    """
    function, quoted = "", False
    for number, line in enumerate(lines, before + 1):
        quotes = line.text.count('"""')
        if line.text.startswith("def "):
            function = line.text.partition("(")[0].rpartition("_")[2]
        if line.text and not quoted and not quotes:
            yield Row(number, line.text, line.stage, function)
        quoted ^= quotes % 2 == 1
