"""The tables of the page: every exhibit and fixture is in them, and verdicts are words."""

from __future__ import annotations

from pathlib import Path

import kill_matrix
import macros
import pytest

from l2norm_ref import exhibits
from l2norm_ref.exhibits import Cell

PAGE = Path(__file__).parents[2] / "docs" / "kill-matrix.md"


def expand(text: str) -> str:
    return macros.expand(text, docs=PAGE.parent, where="page.md")


def test_cells_are_words() -> None:
    assert kill_matrix.cell(Cell("killed", 0.26)) == "**killed**<br>0.3"
    assert kill_matrix.cell(Cell("killed")) == "**killed**<br>(shape)"
    assert kill_matrix.cell(Cell("lives", 2e-16)) == "lives<br>2e-16"
    assert kill_matrix.cell(Cell("lives", 0.0)) == "lives<br>0"
    assert kill_matrix.cell(Cell("refused")) == "stops"
    assert kill_matrix.cell(Cell("n/a")) == "n/a"


def test_the_matrix_is_whole() -> None:
    table = expand('{{ table("kill-matrix") }}')
    rows = [[c.strip() for c in line.strip("|").split(" | ")] for line in table.splitlines() if line.startswith("|")]
    names = [name for row in rows if row[0] == "Gradient" for name in row[1:]]
    assert sorted(names) == sorted(f.name for f in exhibits.FIXTURES)
    for e in (*exhibits.ALL, *exhibits.OURS):
        assert table.count(f"](#{e.name}) | ") == 2
    caffe = next(row for row in rows if "(#caffe)" in row[0])
    assert caffe[names.index("Caffe's own") + 1] == "lives<br>0"
    assert caffe[names.index("signed scale") + 1].startswith("**killed**<br>")
    assert len({len(row) for row in rows}) == 2  # two tables, no ragged row


def test_every_exhibit_has_a_section() -> None:
    page = expand('{{ table("exhibits") }}')
    for e in (*exhibits.ALL, *exhibits.OURS):
        assert f"### {e.title} {{#{e.name}}}" in page
        assert e.source is None or e.source.url in page
    assert "(0.128, -0.192), exact (0.128, -0.096)" in page


def test_fixtures_and_the_smallest_suite() -> None:
    fixtures = expand('{{ table("fixtures") }}')
    assert all(f"| {f.name} | " in fixtures for f in exhibits.FIXTURES)
    assert "near the floor" in expand('{{ table("enough") }}')


def test_an_unknown_table_fails() -> None:
    with pytest.raises(macros.MacroError, match=r"page.md: no table 'gone'; there are .*kill-matrix"):
        expand('{{ table("gone") }}')


def test_the_page_asks_for_every_table() -> None:
    text = PAGE.read_text("utf-8")
    assert all(f'{{{{ table("{name}") }}}}' in text for name in kill_matrix.TABLES)
