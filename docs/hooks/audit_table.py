"""The tables of the page "Implementations in the wild", from `l2norm_ref.audit`.

Contract: ``TABLES[name]()`` is Markdown.

    audit                    a row for each implementation; its link has the anchor row-<id>
    audit-size               how many rows there are, as a number
    audit-<verdict>          the rows with that verdict, named in a sentence; spaces of the verdict are hyphens
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from l2norm_ref.audit import Row

NOWRAP = '{ style="white-space: nowrap" }'  # a name broken in the middle reads as another name
HEADINGS = ("Layer and source", "Its gradient", "Divisor", "eps", "Sum over", "Its own scale", "Checked", "Preset")
VERDICTS = {
    "derivative": "derivative",
    "exceptions": "derivative, with exceptions",
    "differs": "differs",
    "forward differs": "forward differs",
    "none": "no gradient",
}


def rows() -> tuple[Row, ...]:
    """Imported late: the hooks are loaded before the project is on the path."""
    from l2norm_ref import audit

    return audit.rows()


def table() -> str:
    """All of them."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *map(cells, rows())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row: Row) -> list[str]:
    """The cells of one implementation."""
    return [
        f"{row.framework} <br>[`{row.name}`]({row.url}){{ #row-{row.id} }}",
        gradient(row),
        f"`{row.convention}`{NOWRAP}",
        row.eps,
        row.sums,
        row.scale,
        f"forward {row.forward}" + (f", gradient {row.gradient}" if row.gradient else ""),
        "<br>".join(f"`{name}`{NOWRAP}" for name in row.presets) or "none",
    ]


def gradient(row: Row) -> str:
    """The verdict in bold, who wrote it, and what the verdict leaves open."""
    who = "" if row.backward == "none" else f", {row.backward}"
    shown = ", ".join(f"[{name}](kill-matrix.md#{name})" for name in row.exhibits)
    return " ".join(
        part
        for part in (
            f"**{VERDICTS[row.verdict]}**{who}.",
            row.note,
            f"Exhibit: {shown}." if shown else "",
        )
        if part
    )


def named(verdict: str) -> str:
    """The rows with that verdict, each linked, joined by commas."""
    links = [f"[{row.framework}: `{row.name}`](#row-{row.id})" for row in rows() if row.verdict == verdict]
    return ", ".join(links[:-1]) + f" and {links[-1]}"


def size() -> str:
    """The number of rows."""
    return str(len(rows()))


TABLES: dict[str, Callable[[], str]] = {
    "audit": table,
    "audit-size": size,
    **{f"audit-{verdict.replace(' ', '-')}": partial(named, verdict) for verdict in ("differs", "forward differs")},
}
