"""A search index that finds γ where gamma is written, and does not read a page again that it has read before.

Contract: ``install(plugins, root, around)`` puts this index in the place of the theme's.  It adds to each entry what
search_symbols.py says, and keeps the entries of a page until something changes that they are made of: the page's
content, headings, address, title and metadata, and the surroundings that kept.py watches, the versions of the theme
and of what cuts the Chinese into words among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import kept
import search_symbols
from material.plugins.search.plugin import SearchIndex
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink


class SearchChanged(Exception):
    """The theme's search is no longer what is extended here."""


class KeptIndex(SearchIndex):
    """The theme's index, page by page made or found."""

    def __init__(self, root: Path, around: str, **config: Any) -> None:
        super().__init__(**config)
        self.root, self.around = root, around

    def add_entry_from_context(self, page: Page) -> None:
        """Called by the theme's plugin for each page."""

        def make() -> str:
            alone = SearchIndex(**self.config)
            alone.add_entry_from_context(page)
            search_symbols.add_symbols(alone.entries)
            return json.dumps(alone.entries, default=str)  # as the index is written

        read = ["search", page.url, page.title, page.meta, _tree(page.toc), page.content]
        self.entries += json.loads(kept.kept(self.root, json.dumps(read, default=str), make, self.around))


def _tree(toc: Iterable[AnchorLink]) -> list[Any]:
    return [[item.id, item.url, _tree(item.children)] for item in toc]


def install(plugins: Mapping[str, Any], root: Path, around: str) -> None:
    """Put the index in the place of the theme's, before any page is read.

    Raises:
        SearchChanged: the theme's search is no longer what is extended here.
    """
    index: Any = getattr(plugins.get("material/search"), "search_index", None)
    if type(index) is not SearchIndex or "fields" not in index.config:
        raise SearchChanged("Material's search plugin keeps its index elsewhere; see docs/hooks/search_kept.py")
    config = index.config | {"fields": index.config["fields"] | search_symbols.FIELDS}
    plugins["material/search"].search_index = KeptIndex(root, around, **config)
