from __future__ import annotations

import pytest
import tables
from bs4 import BeautifulSoup


def test_every_table_without_a_class_is_wrapped_once() -> None:
    cells = "<tr>\n<td>a</td></tr>"
    page = f'<p>a</p><table>{cells}</table><table id="b">{cells}</table><table class="highlighttable">{cells}</table>'
    once = tables.wrap(page)
    soup = BeautifulSoup(once, "html.parser")
    assert len(soup.select(".md-typeset__scrollwrap > .md-typeset__table > table.data")) == 2
    assert len(soup.select(".md-typeset__scrollwrap")) == 2
    assert tables.wrap(once) == once
    assert once.replace(tables.BEFORE, "").replace(tables.AFTER, "").replace(tables.CLASS, "") == page


def test_a_table_in_a_table_is_refused() -> None:
    with pytest.raises(tables.TableError, match="a table inside a table: '<table><tr><td><table>"):
        tables.wrap("<table><tr><td><table></table></td></tr></table>")
