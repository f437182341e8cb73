"""Cutting the work: tiles that stay in cache between the two sweeps, and chunks of tiles that threads take.

The cut depends on the shape alone and never on the number of threads, and so do the results.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from l2norm_ref.fast._layout import Layout

TILE_BYTES = 8 << 20
"""x and dy of a tile take at most so many bytes, where that leaves rows of at least ROW positions."""

ROW = 2048
"""The shortest row of positions that is worth cutting to."""

PLACES = 8192
"""At most so many norms in a tile: the numbers of its places take some 500 KiB."""

CHUNKS = 32
"""At most so many chunks; each has its own sum for dgamma."""

SUMS = 1 << 16
"""The sums of all chunks are at most so many numbers, where that leaves 4 chunks."""


@dataclass(frozen=True)
class Tile:
    """The samples `first` to `last`, and in each the places `start` to `stop`."""

    first: int
    last: int
    start: int
    stop: int

    @property
    def shape(self) -> tuple[int, int]:
        """Samples and places."""
        return self.last - self.first, self.stop - self.start

    @property
    def places(self) -> int:
        """The number of norms."""
        return math.prod(self.shape)


def tiles(layout: Layout, itemsize: int, row: int | None = None) -> list[Tile]:
    """The tiles of an array, in the order of memory.

    Args:
        layout: the view.
        itemsize: the bytes of an element.
        row: the shortest row of positions that is worth cutting to, ROW if not given.

    Example:
        >>> tiles(Layout("ncs", "c", (2, 512, 1444)), 4)
        [Tile(first=0, last=1, start=0, stop=1444), Tile(first=1, last=2, start=0, stop=1444)]
    """
    samples, places = layout.shape[0], layout.places
    of_a_place = 2 * itemsize * math.prod(layout.shape[1:]) // places
    most = max(1, TILE_BYTES // of_a_place)
    length = min(places, PLACES, max(most, ROW if row is None else row) if layout.order == "ncs" else most)
    group = min(samples, max(1, most // places), max(1, PLACES // places)) if length == places else 1
    return [
        Tile(first, min(first + group, samples), start, min(start + length, places))
        for first in range(0, samples, group)
        for start in range(0, places, length)
    ]


def chunks(work: list[Tile], channels: int) -> list[list[Tile]]:
    """The tiles in a few groups of neighbours, as even as they can be."""
    count = min(len(work), CHUNKS, max(4, SUMS // channels))
    return [work[len(work) * k // count : len(work) * (k + 1) // count] for k in range(count)]
