"""axe-core over every page as it is read: no violation of WCAG 2.2 A and AA, nor of its best practices.

Measuring the contrast of each word takes axe nine tenths of its time, because a listing has thousands of words.  So
contrast is measured on three words of each kind: those whose elements, from the word up to the page, have the same
names, classes, states and computed colours.  `make check-pages` measures all of them.
"""

from __future__ import annotations

from importlib.resources import files

import pytest
from reading import Reader

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
CONTRAST = "color-contrast"

RUN = """async ([place, options]) => {
  const {violations} = await axe.run(place ?? document, {...options, resultTypes: ["violations"]});
  return violations.flatMap(({id, nodes}) => nodes.slice(0, 5).map(node => `${id}: ${node.html.slice(0, 160)}`));
}"""

# The words that stand for the others, as axe takes a place: {include: [[selector], ...]}.
WORDS = """() => {
  const kinds = new Map(), signs = new Map();
  const sign = (element) => {  // of an element and all around it
    if (!element) return "";
    if (!signs.has(element)) {
      const style = getComputedStyle(element);
      const states = [...element.attributes].filter(({name}) => /^(aria-|hidden|disabled|open)/.test(name));
      const own = [element.localName, element.getAttribute("class"), ...states.map(({name}) => name),
        style.color, style.backgroundColor, style.backgroundImage, style.fontSize, style.fontWeight, style.opacity,
        style.position].join();
      signs.set(element, sign(element.parentElement) + "/" + own);
    }
    return signs.get(element);
  };
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest("svg, script, style, template, mjx-assistive-mml") || !element.checkVisibility()) continue;
    const says = [...element.childNodes].some(({nodeType, data}) => nodeType === 3 && data.trim());
    if (!says && !element.matches("input")) continue;
    const same = kinds.get(sign(element)) ?? [];
    if (same.length < 3) kinds.set(sign(element), [...same, element]);
  }
  let count = 0;
  for (const element of [...kinds.values()].flat()) element.setAttribute("data-contrast", count++);
  return {include: Array.from({length: count}, (_, i) => [`[data-contrast="${i}"]`])};
}"""


def test_axe_finds_nothing(opened: Reader) -> None:
    opened.window.add_script_tag(content=AXE)
    rules = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {CONTRAST: {"enabled": False}}}
    assert opened.window.evaluate(RUN, [None, rules]) == []
    words = opened.window.evaluate(WORDS)
    assert len(words["include"]) > 10
    assert opened.window.evaluate(RUN, [words, {"runOnly": [CONTRAST]}]) == []


@pytest.mark.thorough
def test_axe_finds_nothing_in_any_word(opened: Reader) -> None:
    opened.window.add_script_tag(content=AXE)
    assert opened.window.evaluate(RUN, [None, {"runOnly": {"type": "tag", "values": TAGS}}]) == []
