"""The two ways to work on tiles: compiled loops, or NumPy on one sample after another.

Both find the arrays that a generated function takes by the names of its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Protocol

import numpy as np

from l2norm_ref.fast import _blocked, _loops, _numbers
from l2norm_ref.fast._compiled import compiled
from l2norm_ref.fast._layout import Layout
from l2norm_ref.fast._tiles import PLACES, Tile

BLOCK_BYTES = 192 << 10
"""The size of one of the two work arrays of the NumPy sweeps, where a row is not longer."""

OF_ELEMENTS = ("x", "dy", "y", "dx")
OF_PLACES = ("s", "p2", "r", "q")

Arrays = Mapping[str, np.ndarray]


class Engine(Protocol):
    """Runs both sweeps of one layout, with the numbers of the places in between.

    Attributes:
        row: the shortest row of positions that is worth cutting to; None for that of the tiles.
    """

    row: int | None

    def __call__(self, what: str, eps_mode: str, eps: float, arrays: Arrays, chunks: list[list[Tile]]) -> None:
        """Fill y, dx or both on these tiles; for each chunk of them, add to a row of dgamma."""
        ...


class Loops:
    """Compiled loops; every number in between is a float64.

    Args:
        layout: the view of the arrays.
    """

    row: int | None = None

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def __call__(self, what: str, eps_mode: str, eps: float, arrays: Arrays, chunks: list[list[Tile]]) -> None:
        """One call for all tiles."""
        name = f"{self.layout.kernel}_{what}"
        rows = [(k, t.first, t.last, t.start, t.stop) for k, chunk in enumerate(chunks) for t in chunk]
        work = np.empty((4, max(tile.places for chunk in chunks for tile in chunk)))
        known = {**arrays, "tiles": np.array(rows), "work": work}
        known |= {"eps_mode": _loops.EPS_MODES.index(eps_mode), "eps": eps}
        compiled(name)(*(known[argument] for argument in _arguments(getattr(_loops, name))))


class Blocked:
    """NumPy on blocks of rows, in the dtype of the elements.

    Args:
        layout: the view of the arrays.
        dtype: of the elements.
    """

    row: int | None = PLACES  # blocks of whole rows are contiguous, and NumPy goes through them in one loop

    def __init__(self, layout: Layout, dtype: np.dtype) -> None:
        self.layout = layout
        rows, columns = layout.shape[1:]
        self.along_columns = layout.over == "c" and layout.order == "ncs"
        columns = min(columns, PLACES) if self.along_columns else columns
        count = max(1, min(rows, BLOCK_BYTES // (dtype.itemsize * columns)))
        self.work = np.empty((2, count, columns), dtype)

    def __call__(self, what: str, eps_mode: str, eps: float, arrays: Arrays, chunks: list[list[Tile]]) -> None:
        """Sweep, compute the numbers of the places, and sweep again: tile by tile."""
        sums = "forward" if what == "forward" else "backward"
        numbers = getattr(_numbers, f"{eps_mode}_{sums}")
        for k, tile in ((k, tile) for k, chunk in enumerate(chunks) for tile in chunk):
            totals = {name: np.zeros(tile.shape) for name in (["s"] if sums == "forward" else ["s", "p2"])}
            self._sweep(f"sums_{sums}", {**arrays, **totals}, tile)
            found = numbers(*totals.values(), eps)
            factors = dict(zip(("r", "q"), (found,) if sums == "forward" else found, strict=False))
            self._sweep(f"writes_{what}", {**arrays, **factors, "dgamma": arrays["dgamma"][k]}, tile)

    def _sweep(self, sweep: str, arrays: Arrays, tile: Tile) -> None:
        """Run a sweep, `sums_...` or `writes_...`, on a tile, sample by sample."""
        function = getattr(_blocked, f"{self.layout.kernel}_{sweep}")
        places = slice(tile.start, tile.stop)
        cut = (slice(None), places) if self.along_columns else places if self.layout.over == "c" else ...
        place = slice(None) if self.layout.over == "c" else (0, ...)
        known = {name: array.astype(self.work.dtype) for name, array in arrays.items() if name in ("r", "q", "gamma")}
        known = {**arrays, **known, "work": self.work}
        if self.along_columns:
            known["work"] = self.work[..., : tile.stop - tile.start]
        for sample in range(tile.first, tile.last):
            now = {name: known[name][sample][cut] for name in OF_ELEMENTS if name in known}
            now |= {name: known[name][sample - tile.first][place] for name in OF_PLACES if name in known}
            function(*((known | now)[argument] for argument in _arguments(function)))


@cache
def _arguments(function: Callable[..., None]) -> tuple[str, ...]:
    return function.__code__.co_varnames[: function.__code__.co_argcount]
