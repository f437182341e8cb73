"""axe-core over every page as it is read: no violation of WCAG 2.2 A and AA, nor of its best practices."""

from __future__ import annotations

from importlib.resources import files

import pytest
from reading import Reader

pytestmark = pytest.mark.thorough

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

RUN = """async tags => {
  const {violations} = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return violations.flatMap(({id, nodes}) => nodes.slice(0, 5).map(node => `${id}: ${node.html.slice(0, 160)}`));
}"""


def test_axe_finds_nothing(reader: Reader, page: str) -> None:
    reader.open(page)
    reader.window.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    reader.window.add_script_tag(content=AXE)
    assert reader.window.evaluate(RUN, TAGS) == []
