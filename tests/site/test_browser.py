"""Open every page in Chromium as it is read: light, dark, and on a phone."""

from __future__ import annotations

import time

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


def test_page_reads_well(opened: Reader) -> None:
    assert opened.window.evaluate(RAW_TEX) == []
    assert opened.window.evaluate(OVERFLOW) == []
    opened.window.evaluate("[...document.images].forEach(image => { image.loading = 'eager'; })")
    opened.window.wait_for_function("[...document.images].every(image => image.complete)")
    assert opened.foreign == []
    assert opened.problems == []


def test_nothing_moves_while_it_loads(opened: Reader) -> None:
    assert opened.shifts == []


@pytest.mark.parametrize("mode", ["light", "phone"])
@pytest.mark.parametrize("with_tables", ["glossary/", "presets/", "notebooks/05-caffe-walkthrough/"])
def test_nothing_moves_on_a_slow_machine(chromium: Browser, address: str, mode: str, with_tables: str) -> None:
    """The theme's script wraps the tables of these pages; here the reader sees the page before it comes."""
    context = chromium.new_context(**MODES[mode])
    reader = Reader(context, address)
    context.new_cdp_session(reader.window).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    context.route("**/bundle.*.js", lambda route: (time.sleep(0.5), route.continue_()))
    reader.open(with_tables)
    reader.window.wait_for_function("document.querySelector('.md-typeset__table table')")
    assert reader.shifts == []
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
