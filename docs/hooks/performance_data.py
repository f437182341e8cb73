"""What `make bench` measured of `l2norm_ref.fast`, as ``docs/data/performance.json`` keeps it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data" / "performance.json"

Row = dict[str, Any]


@cache
def measured() -> dict[str, Any]:
    """The file that `make bench` wrote."""
    return json.loads(DATA.read_text("utf-8"))


def first() -> Row:
    """The measurements of the first shape, that of the aims."""
    return measured()["problems"][0]
