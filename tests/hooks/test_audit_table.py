"""The table of the page: every row once, with its anchor, link, verdict and status; the page asks for every table."""

from __future__ import annotations

import re
from pathlib import Path

import audit_table
import macros

from l2norm_ref import audit

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "implementations.md").read_text("utf-8")


def expand(text: str) -> str:
    return macros.expand(text, docs=DOCS, where="page.md")


def test_every_row_is_in_the_table() -> None:
    lines = expand('{{ table("audit") }}').splitlines()
    assert len(lines) == len(audit.rows()) + 2
    width = len(audit_table.HEADINGS)
    for row, line in zip(audit.rows(), lines[2:], strict=True):
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        assert len(cells) == width and all(cells)
        assert cells[0] == f"{row.framework} <br>[`{row.name}`]({row.url}){{ #row-{row.id} }}"
        assert audit_table.VERDICTS[row.verdict] in cells[1] and row.note in cells[1]
        assert all(f"(kill-matrix.md#{name})" in cells[1] for name in row.exhibits)
        assert cells[2].startswith(f"`{row.convention}`") and cells[3:6] == [row.eps, row.sums, row.scale]
        assert f"forward {row.forward}" in cells[6]
        assert all(f"`{name}`" in cells[7] for name in row.presets)


def test_verdicts_have_words() -> None:
    assert set(audit_table.VERDICTS) == set(audit.VERDICTS)


def test_headlines_name_the_rows() -> None:
    sentence = expand('{{ table("audit-differs") }}')
    assert sentence.startswith("[Caffe (branch ssd of weiliu89): `Normalize`](#row-caffe), ")
    assert sentence.count("](#row-") == sum(row.verdict == "differs" for row in audit.rows())
    assert expand('{{ table("audit-size") }}') == str(len(audit.rows()))


def test_the_page_asks_for_every_table_and_links_to_rows_that_exist() -> None:
    assert all(f'{{{{ table("{name}") }}}}' in PAGE for name in audit_table.TABLES)
    for page in (PAGE, (DOCS / "blog-variants.md").read_text("utf-8")):
        for name in re.findall(r"#row-([\w-]+)", page):
            assert audit.by_id(name).id == name
    assert f"As of {audit.date()}" in PAGE
