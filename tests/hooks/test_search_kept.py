"""search_kept.py: the entries of a page are those of the theme's index, read once until something in them changes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import search_kept
import search_symbols
from material.plugins.search import plugin
from mkdocs.structure.toc import get_toc

HTML = '<h1 id="a">A</h1><p>one &lt; γ</p><h2 id="二">二 <code>x</code></h2><p>two</p><svg data-search-exclude>no</svg>'
CONFIG: dict[str, Any] = {"fields": {"title": {"boost": 1e3}}, "lang": ["en"], "separator": " ", "pipeline": []}


def page(html: str = HTML, url: str = "a/", title: str = "A", anchor: str = "a", **meta: Any) -> Any:
    toc = get_toc([{"level": 1, "id": anchor, "name": "A", "html": "A", "data-toc-label": "", "children": []}])
    return SimpleNamespace(content=html, url=url, title=title, meta=meta, toc=toc)


def entries(root: Path, *pages: Any, around: str = "surroundings") -> list[dict[str, Any]]:
    plugins = {"material/search": SimpleNamespace(search_index=plugin.SearchIndex(**CONFIG))}
    search_kept.install(plugins, root, around)
    index: Any = plugins["material/search"].search_index
    assert index.config == CONFIG | {"fields": CONFIG["fields"] | search_symbols.FIELDS}
    for one in pages:
        index.add_entry_from_context(one)
    return index.entries


def theirs(*pages: Any) -> list[dict[str, Any]]:
    """What the theme's index says, with the symbols."""
    index = plugin.SearchIndex(**CONFIG)
    for one in pages:
        index.add_entry_from_context(one)
    search_symbols.add_symbols(index.entries)
    return index.entries


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the theme's parser is given."""
    fed: list[str] = []
    feed = plugin.Parser.feed

    def recorded(parser: plugin.Parser, html: str) -> None:
        fed.append(html)
        feed(parser, html)

    monkeypatch.setattr(plugin.Parser, "feed", recorded)
    return fed


def test_the_entries_are_the_themes_made_or_found(tmp_path: Path, read: list[str]) -> None:
    pages = [page(), page("<p>alone</p>", "b/", tags=["t"]), page("<h1>no</h1>", search={"exclude": True})]
    expected = theirs(*pages)
    assert len(expected) == 3
    assert expected[0]["text_symbols"] == "gamma"
    assert entries(tmp_path, *pages) == expected
    read.clear()
    assert entries(tmp_path, *pages) == expected
    assert read == []


CHANGES: list[dict[str, Any]] = [
    {"html": HTML.replace("two", "three")},
    {"url": "b/"},
    {"title": "B", "html": "<p>without a heading</p>"},
    {"anchor": "b"},
    {"tags": ["new"]},
    {"search": {"boost": 2}},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_it_is_read_again_when_the_page_changes(tmp_path: Path, read: list[str], change: dict[str, Any]) -> None:
    before = {"html": change["html"], "title": "A"} if "title" in change else {}
    entries(tmp_path, page(**before))
    read.clear()
    assert entries(tmp_path, page(**change)) == theirs(page(**change))
    assert len(read) == 2  # here, and for the comparison


def test_it_is_read_again_when_the_surroundings_change(tmp_path: Path, read: list[str]) -> None:
    entries(tmp_path, page())
    entries(tmp_path, page(), around="another theme")
    assert len(read) == 2


OTHERS: list[dict[str, Any]] = [
    {},
    {"material/search": object()},
    {"material/search": SimpleNamespace(search_index=SimpleNamespace(entries=[], config=CONFIG))},
    {"search": SimpleNamespace(search_index=plugin.SearchIndex(**CONFIG))},
]


@pytest.mark.parametrize("plugins", OTHERS)
def test_another_search_fails_the_build(plugins: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(search_kept.SearchChanged, match=r"docs/hooks/search_kept\.py"):
        search_kept.install(plugins, tmp_path, "surroundings")
