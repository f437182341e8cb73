"""Open every page in Chromium as it is read: light, dark, and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from reading import MODES, Reader

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
