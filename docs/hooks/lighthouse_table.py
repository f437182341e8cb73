"""The table of the page "How this site is checked": Lighthouse's scores, as `make lighthouse` measured them.

Contract: ``TABLES[name]()`` is Markdown.

    lighthouse            a row for each page
    lighthouse-measured   when and how, in a sentence
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data" / "lighthouse.json"


@cache
def measured() -> dict[str, Any]:
    """The file that `make lighthouse` wrote."""
    return json.loads(DATA.read_text("utf-8"))


def scores() -> str:
    """The median of the performance with its range, the lowest of the others, and what each must reach."""
    data = measured()
    categories = list(data["limits"])
    rows = [["page", *(name.replace("-", " ") for name in categories)], ["---"] * (1 + len(categories))]
    for name, page in data["pages"].items():
        runs = [run["performance"] for run in page["runs"]]
        cells = {category: str(page["median"][category]) for category in categories}
        cells["performance"] += f" ({min(runs)} to {max(runs)})"
        rows.append([name, *(cells[category] for category in categories)])
    rows.append(["*aim*", *(str(data["limits"][category]) for category in categories)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def sentence() -> str:
    """Where the numbers come from."""
    data = measured()
    runs = {len(page["runs"]) for page in data["pages"].values()}.pop()
    device = data["device"].removeprefix("Lighthouse's default: ")
    versions = f"Lighthouse {data['versions']['lighthouse']}, Chromium {data['versions']['chromium']}"
    machine = f"{data['machine']['cores']} cores, load {data['machine']['load']} at the end"
    return (
        f"Measured on {data['date'][:10]} with `{data['command']}` ({versions}, {machine}), as {device}. Performance "
        f"is the median of {runs} runs, the others are the lowest of them. {_verdict(data)}"
    )


def _verdict(data: dict[str, Any]) -> str:
    """Which pages miss the aim for the performance, which depends on the machine and on what else it does."""
    aim = data["limits"]["performance"]
    below = [name for name, page in data["pages"].items() if page["median"]["performance"] < aim]
    if not below:
        return "All pages reach what they must."
    return f"In that run these pages were below the aim for performance, {aim}: {', '.join(below)}."


TABLES: dict[str, Callable[[], str]] = {"lighthouse": scores, "lighthouse-measured": sentence}
