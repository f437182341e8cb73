"""The tables of the page "Accuracy": the errors and the cost that `make accuracy` measured.

Contract: ``TABLES[name]()`` is Markdown.

    accuracy-errors     the largest errors by dtype and denominator, in ulp
    accuracy-cost       how many times as long the oracle takes as the plain run
    accuracy-measured   when and how, in a sentence
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data" / "accuracy.json"


@cache
def measured() -> dict[str, Any]:
    """The file that `make accuracy` wrote."""
    return json.loads(DATA.read_text("utf-8"))


def errors() -> str:
    """A row for each dtype and denominator."""
    rows = [("dtype", "`eps_mode`", "y", "dx", "dscale"), ("---",) * 5]
    for dtype, modes in measured()["errors"].items():
        for mode, worst in modes.items():
            rows.append((dtype, f"`{mode}`", *(f"{worst[name]:.3f}" for name in ("y", "dx", "dscale"))))
    return _table(rows)


def cost() -> str:
    """A row for each dtype."""
    rows = [("dtype", "forward", "backward"), ("---",) * 3]
    rows += [
        (dtype, *(f"{ratio[way]:g}" for way in rows[0][1:])) for dtype, ratio in measured()["cost"]["ratio"].items()
    ]
    return _table(rows)


def sentence() -> str:
    """Where the numbers come from."""
    data = measured()
    shape = " × ".join(map(str, data["cost"]["shape"]))
    versions = ", ".join(f"{name} {number}" for name, number in data["versions"].items())
    return (
        f"Measured on {data['date']} with `{data['command']}` ({versions}): {data['inputs']['trials']} inputs for each "
        f"row, against mpmath at {data['inputs']['bits']} bits; the cost at {shape}, medians of "
        f"{data['cost']['repeats']} runs in turn. Ratios carry over to other machines, roughly."
    )


def _table(rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


TABLES: dict[str, Callable[[], str]] = {
    "accuracy-errors": errors,
    "accuracy-cost": cost,
    "accuracy-measured": sentence,
}
