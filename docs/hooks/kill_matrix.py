"""The tables of the page "Kill matrix and exhibits", computed while the site is built.

Contract: ``TABLES[name]()`` is Markdown.

    kill-matrix     every exhibit on every fixture, one table where eps is negligible and one where it matters
    fixtures        the fixtures, each with a sentence
    enough          the smallest set of fixtures that kills every exhibit, as words
    exhibits        a section for each exhibit: what it computes, source, status, counterexample, where it is right
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from l2norm_ref.exhibits import Cell, Exhibit, Fixture, KillMatrix, Source

STATUS = {"run": "Run", "transcribed": "Transcribed", "read": "Read", "ours": "Our own"}


@cache
def matrix() -> KillMatrix:
    """Computed once. Imported late: the hooks are loaded before the project is on the path."""
    from l2norm_ref import exhibits

    return exhibits.kill_matrix()


def kill_matrix() -> str:
    """Rows are exhibits, columns fixtures; the public functions are the last row."""
    fixtures = matrix().fixtures
    parts = [
        "**Fixtures in which eps is negligible**",
        _table([f for f in fixtures if not f.eps_matters]),
        "**Fixtures in which eps matters**",
        _table([f for f in fixtures if f.eps_matters]),
    ]
    return "\n\n".join(parts)


def _table(columns: list[Fixture]) -> str:
    found = matrix()
    rows = [["Gradient", *(f.name for f in columns)], ["---"] * (len(columns) + 1)]
    rows += [
        [f"[{e.title.split(':')[0]}](#{e.name})", *(cell(found.cells[e.name, f.name]) for f in columns)]
        for e in found.exhibits
    ]
    rows.append(["`l2norm_ref`, all five denominators", *(cell(found.reference[f.name]) for f in columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cell(value: Cell) -> str:
    """The verdict as a word, and below it the measured error to one digit."""
    if value.verdict == "n/a":
        return "n/a"
    if value.verdict == "refused":
        return "stops"
    digit = float(f"{value.error:.0e}")
    error = "(shape)" if digit != digit else f"{digit:g}"
    return f"**killed**<br>{error}" if value.verdict == "killed" else f"lives<br>{error}"


def fixtures() -> str:
    """A table of names and sentences."""
    rows = [["Fixture", "Shape of x", "What it is"], ["---"] * 3]
    rows += [[f.name, "×".join(map(str, f.x.shape)), f.what.replace("|", r"\|")] for f in matrix().fixtures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def enough() -> str:
    """The names, joined."""
    return " and ".join(f"*{name}*" for name in matrix().smallest_suite())


def exhibits() -> str:
    """The sections."""
    return "\n\n".join(map(_section, matrix().exhibits))


def _section(exhibit: Exhibit) -> str:
    found = exhibit.counterexample()
    lines = [f"### {exhibit.title} {{#{exhibit.name}}}", exhibit.what, f"```text\n{exhibit.formula}\n```"]
    facts = [f"Found in: {exhibit.framework}." if exhibit.source else "Found in: nothing that we could cite."]
    if exhibit.source is not None:
        facts.append("Source: " + "; ".join(map(_link, (exhibit.source, *exhibit.also))) + ".")
    facts.append(f"Status: **{STATUS[exhibit.status]}.** {exhibit.evidence}")
    facts.append(f"Smallest counterexample{_eps(exhibit)}: `{found}`")
    facts.append(f"Right: {exhibit.right}.")
    lines.append("\n".join(f"- {fact}" for fact in facts))
    return "\n\n".join(lines)


def _eps(exhibit: Exhibit) -> str:
    return f", eps = {exhibit.eps:g}" if exhibit.eps_mode != "none" else ""


def _link(source: Source) -> str:
    return f"[{source}]({source.url})"


TABLES: dict[str, Callable[[], str]] = {
    "kill-matrix": kill_matrix,
    "fixtures": fixtures,
    "enough": enough,
    "exhibits": exhibits,
}
