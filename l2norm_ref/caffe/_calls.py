"""What a layer notes down of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call of a helper: the line it is on, the helper, what it was given, and what it left.

    `value` is a copy of what the target holds after the call (or of the scalar that was returned): an array, or, where
    the layer runs on symbols, a duck array with `expr` and `axes`. Normalize names its `target` on symbols only,
    BatchNorm and Scale always.
    """

    line: int
    name: str
    arguments: tuple[Any, ...]
    target: str
    value: Any
