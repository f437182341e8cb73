"""Open every page in Chromium as it is read: light, dark, and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}

# Text that the reader sees as text: TeX in code is meant to be there.
RAW_TEX = r"""() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest("pre, code, script, style, template, mjx-container")) continue;
    if (/\$\$|\\\(|\\\[|\\begin\{|\\(eq)?ref\{|\{\{/.test(node.data)) found.push(node.data.trim().slice(0, 80));
  }
  return found;
}"""

OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll(".md-content *")].filter(e => e.getBoundingClientRect().right > width + 1);
  return wide.slice(0, 5).map(e => e.outerHTML.slice(0, 80)).concat("the page scrolls sideways");
}"""


class Reader:
    """A browser window that lets nothing out, and writes down what goes wrong."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.foreign: list[str] = []
        self.problems: list[str] = []
        context.route("**/*", self._route)
        self.window: Page = context.new_page()
        self.window.on("console", lambda message: self._note(message.type == "error", f"console: {message.text}"))
        self.window.on("pageerror", lambda error: self._note(True, f"error: {error}"))
        self.window.on("response", lambda answer: self._note(answer.status >= 400, f"{answer.status}: {answer.url}"))

    def _route(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.problems.append(text)

    def open(self, page: str) -> None:
        self.foreign.clear()
        self.problems.clear()
        self.window.goto(self.address + page, wait_until="load")
        self.window.wait_for_function("document.fonts.status === 'loaded'")


@pytest.fixture(scope="module", params=MODES)  # one window for all pages: style sheets and scripts are cached
def reader(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Reader]:
    context = chromium.new_context(**MODES[request.param])
    yield Reader(context, address)
    context.close()


def test_page_reads_well(reader: Reader, page: str) -> None:
    reader.open(page)
    reader.window.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    assert reader.window.evaluate(RAW_TEX) == []
    assert reader.window.evaluate(OVERFLOW) == []
    reader.window.evaluate("scrollTo(0, document.body.scrollHeight)")
    reader.window.wait_for_load_state("networkidle")
    assert reader.foreign == []
    assert reader.problems == []


@pytest.mark.parametrize("mode", MODES)
def test_search_finds_a_function_and_leads_to_it(chromium: Browser, address: str, mode: str) -> None:
    context = chromium.new_context(**MODES[mode])
    reader = Reader(context, address)
    reader.open("")
    if mode == "phone":
        reader.window.locator("label.md-header__button[for=__search]").click()
    reader.window.locator(".md-search__input").click()
    reader.window.locator(".md-search__input").press_sequentially("l2norm_backward")
    reader.window.locator(".md-search-result__link").first.wait_for()
    hrefs = reader.window.locator(".md-search-result__link").evaluate_all("links => links.map(link => link.href)")
    assert any("/api/" in href for href in hrefs)
    assert (reader.foreign, reader.problems) == ([], [])
    context.close()


def test_the_colours_follow_the_reader_and_the_switch(chromium: Browser, address: str) -> None:
    context = chromium.new_context(**MODES["dark"])
    reader = Reader(context, address)
    reader.open("")
    scheme = "document.body.getAttribute('data-md-color-scheme')"
    assert reader.window.evaluate(scheme) == "slate"
    reader.window.locator("label[title='Switch to light mode']").click()
    assert reader.window.evaluate(scheme) == "default"
    context.close()
