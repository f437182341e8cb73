"""Type into the search dialog: English, Chinese, identifiers and Greek letters lead to the page about them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page
from reading import MODES, Reader

FIRST = 5
"""A reader looks at this many pages among the results."""

EXPECTED = {
    "projection": "figures/",
    "backward": "notebooks/02-backward/",
    "l2norm_backward": "api/",
    "add_inside": "faq/",
    "投影": "glossary/",
    "反向传播": "glossary/",
    "gamma": "notebooks/05-caffe-walkthrough/",
    "γ": "notebooks/05-caffe-walkthrough/",
    "epsilon": "notebooks/04-epsilon/",
    "ε": "notebooks/04-epsilon/",
    "ϵ": "notebooks/04-epsilon/",
    "dγ": "notebooks/05-caffe-walkthrough/",
    "dgamma": "notebooks/05-caffe-walkthrough/",
}


@pytest.fixture(scope="module")
def searching(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Reader]:
    context = chromium.new_context(**MODES[getattr(request, "param", "light")])
    yield Reader(context, address)
    context.close()


def search(reader: Reader, query: str) -> Page:
    """Open a page, type into its dialog, and wait for what is found."""
    reader.open("why/")
    window = reader.window
    glass = window.locator("label.md-header__button[for=__search]")
    if glass.is_visible():  # on a phone
        glass.click()
    box = window.locator(".md-search__input")
    box.click()
    box.press_sequentially(query)
    window.keyboard.press("Shift")  # the theme looks when a key is released; letters of no keyboard come without one
    window.locator(".md-search-result__meta", has_text="matching document").wait_for()
    return window


def page_of(address: str, reader: Reader) -> str:
    return urlsplit(address)._replace(query="", fragment="").geturl().removeprefix(reader.address)


@pytest.mark.parametrize("query", EXPECTED)
def test_search_finds_the_page(searching: Reader, query: str) -> None:
    window = search(searching, query)
    links = window.locator(".md-search-result__item > .md-search-result__link, .md-search-result__item > a")
    found = links.evaluate_all("links => links.map(link => link.href)")
    pages = list(dict.fromkeys(page_of(address, searching) for address in found))
    assert EXPECTED[query] in pages[:FIRST]
    assert (searching.foreign, searching.problems) == ([], [])


def test_search_says_when_there_is_nothing(searching: Reader) -> None:
    window = search(searching, "qqqqq")
    assert "No matching documents" in window.locator(".md-search-result__meta").inner_text()
    assert window.locator(".md-search-result__link").count() == 0


@pytest.mark.parametrize("searching", ["light", "phone"], indirect=True)
@pytest.mark.parametrize("query", ["ε", "反向传播", "projection"])
def test_keys_open_what_was_found(searching: Reader, query: str) -> None:
    window = search(searching, query)
    first = window.locator(".md-search-result__link").first.evaluate("link => link.href")
    window.keyboard.press("ArrowDown")
    assert window.evaluate("document.activeElement.href") == first
    with window.expect_navigation():
        window.keyboard.press("Enter")
    assert page_of(window.url, searching) == page_of(first, searching)
    assert window.locator("h1").count() == 1
    assert (searching.foreign, searching.problems) == ([], [])
