"""A page's tags, read from its file in one pass: what the tests of the files ask about.

The pages hold tens of thousands of tags, most of them in typeset formulas.  A tree of objects that is searched for
each question takes minutes; this list takes a second for the largest page, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

HERE = "http://site.invalid/"
VOID = set(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
SILENT = {"script", "style", "template", "svg", "mjx-assistive-mml"}
"""What `Document.texts` leaves out: it is not shown as text."""


@dataclass(frozen=True)
class Tag:
    """A start tag."""

    name: str
    attributes: dict[str, str]
    parent: Tag | None = field(repr=False)
    content: bool
    """Whether it is inside the page's own part, `.md-content`."""
    silent: bool
    """Whether its text is left out of `Document.texts`."""

    def get(self, name: str) -> str:
        """The attribute's value, "" if it has none."""
        return self.attributes.get(name, "")

    @property
    def classes(self) -> list[str]:
        """The names in its class attribute."""
        return self.get("class").split()


class Document(HTMLParser):
    """A parsed page: its tags in order, and the texts of its content."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self._open: list[Tag] = []
        self.texts: list[str] = []
        """The pieces of text in the content that are to be seen when everything folded is open, without spaces."""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes: dict[str, str] = {}
        for name, value in attrs:
            attributes.setdefault(name, value or "")  # as browsers do: the first of two counts
        parent = self._open[-1] if self._open else None
        names = attributes.get("class", "").split()
        found = Tag(
            tag,
            attributes,
            parent,
            content="md-content" in names or (parent is not None and parent.content),
            silent=tag in SILENT
            or "hidden" in attributes
            or "md-clipboard" in names
            or (parent is not None and parent.silent),
        )
        self.tags.append(found)
        if tag not in VOID:
            self._open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:  # <path/> closes itself; HTML's own elements are written without the slash
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].name == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].content and not self._open[-1].silent:
            self.texts += filter(None, ["".join(data.split())])


@cache
def parsed(path: Path) -> Document:
    """The page in a file, read once."""
    return Document(path.read_text("utf-8"))


@cache
def anchors(path: Path) -> frozenset[str]:
    """The fragments that lead somewhere in a page."""
    tags = parsed(path).tags
    named = {tag.get("name") for tag in tags if tag.name == "a" and "name" in tag.attributes}
    return frozenset({tag.get("id") for tag in tags if "id" in tag.attributes} | named)


def file_of(site: Path, page: str) -> Path:
    """The file of a page's address, as a server finds it."""
    return site / page / "index.html" if page == "" or page.endswith("/") else site / page


def is_here(page: str, address: str) -> bool:
    """Whether an address that a page names is the site's own."""
    return urlsplit(urljoin(HERE + page, address)).netloc in ("", urlsplit(HERE).netloc)
