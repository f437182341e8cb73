"""The tables of the page "Presets": what `l2norm_ref.presets` says, and the errors that `make test-peers` measured.

Contract: ``TABLES[name]()`` is Markdown.

    presets-detection, presets-training, presets-inference      one family of presets, a row each
    presets-detection-notes, ...                                where each of them ends, an item each
    presets-measured                                            when and how the errors were measured, in a sentence
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from l2norm_ref.presets import Preset

PEERS = Path(__file__).resolve().parents[1] / "data" / "peers.json"
FAMILIES = ("detection", "training", "inference")
NOWRAP = '{ style="white-space: nowrap" }'  # a name broken in the middle reads as another name
HEADINGS = (
    "Preset",
    "Layer and source",
    "`eps_mode`",
    "eps",
    "Sum over",
    "Its own scale",
    "Checked: largest error in ulp",
)


def family(name: str) -> list[Preset]:
    """The presets of one module. Imported late: the hooks are loaded before the project is on the path."""
    from l2norm_ref import presets

    members = vars(getattr(presets, f"_{name}")).values()
    return [preset for preset in members if isinstance(preset, presets.Preset)]


@cache
def measured() -> dict[str, Any]:
    """The file that the tests of the peers wrote."""
    return json.loads(PEERS.read_text("utf-8"))


def table(name: str) -> str:
    """One family."""
    rows = [HEADINGS, ["---"] * len(HEADINGS), *map(row, family(name))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def row(preset: Preset) -> list[str]:
    """The cells of one preset."""
    layer, _, rest = preset.framework.partition(", ")
    link = f"{layer}: [{rest or layer}]({preset.url})" if rest else f"[{layer}]({preset.url})"
    return [
        f"`{preset.name}`{NOWRAP}",
        link,
        f"`{preset['eps_mode']}`{NOWRAP}",
        eps(preset),
        over(preset),
        preset.scale,
        checked(preset),
    ]


def eps(preset: Preset) -> str:
    """The framework's default, as it is typed there."""
    text = preset.eps_text
    if text.startswith("no default"):
        return "required"
    if text.startswith("there is none"):
        return "none"
    number = text.partition(",")[0].partition(" ")[0]
    return f"{number} as float32" if "C float" in text or "32-bit" in text else number


def over(preset: Preset) -> str:
    """The reduced axes in words."""
    if "axes" in preset:
        words = {"all": "everything, samples too", "spatial": "space", (0,): "axis 0"}
        return words[preset["axes"]]
    last = ", last axis" if preset["channel_axis"] == -1 else ""
    return ("channels and space" if preset["across_spatial"] else "channels") + last


def checked(preset: Preset) -> str:
    """The status word, the version, and the measured errors."""
    rows = [found for found in measured()["rows"] if found["preset"] == preset.name]
    if not rows:
        return preset.status
    errors = ", ".join(f"{name} {ulp:g}" for name, (ulp, _) in rows[0]["errors"].items())
    return f"**{preset.status}**, {preset.version}: {errors}"


def notes(name: str) -> str:
    """What each preset of a family does not cover, indented for the box that it stands in."""
    return "\n".join(f"    - `{preset.name}`: {preset.note}" for preset in family(name) if preset.note)


def sentence() -> str:
    """Date and command."""
    dates = sorted({found["date"] for found in measured()["rows"]})
    when = dates[0] if len(dates) == 1 else f"between {dates[0]} and {dates[-1]}"
    return f"measured {when} with `{measured()['command']}`"


TABLES: dict[str, Callable[[], str]] = {
    "presets-measured": sentence,
    **{f"presets-{name}": partial(table, name) for name in FAMILIES},
    **{f"presets-{name}-notes": partial(notes, name) for name in FAMILIES},
}
