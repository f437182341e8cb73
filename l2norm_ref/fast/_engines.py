"""The two ways to run a sweep over a tile: compiled loops, or NumPy on one sample after another.

Both find the arrays that a generated function takes by the names of its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Protocol

import numpy as np

from l2norm_ref.fast import _blocked, _loops
from l2norm_ref.fast._compiled import compiled
from l2norm_ref.fast._layout import Layout
from l2norm_ref.fast._tiles import PLACES, Tile

BLOCK_BYTES = 384 << 10
"""The size of one of the two work arrays of the NumPy sweeps, where a row is not longer."""

OF_ELEMENTS = ("x", "dy", "y", "dx")
OF_PLACES = ("s", "p2", "r", "q")

Arrays = Mapping[str, np.ndarray]


class Engine(Protocol):
    """Runs the sweeps of one layout; each thread has an engine of its own."""

    def __call__(self, sweep: str, arrays: Arrays, tile: Tile) -> None:
        """Run a sweep, `sums_...` or `writes_...`, on a tile of the arrays."""
        ...


class Loops:
    """Compiled loops; every number in between is a float64.

    Args:
        layout: the view of the arrays.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def __call__(self, sweep: str, arrays: Arrays, tile: Tile) -> None:
        """Run a sweep on a tile."""
        name = f"{self.layout.kernel}_{sweep}"
        known = {**arrays, **{key: getattr(tile, key) for key in ("first", "last", "start", "stop")}}
        if self.layout.over != "c":
            known |= {key: array.reshape(-1) for key, array in arrays.items() if key in OF_PLACES}
        compiled(name)(*(known[argument] for argument in _arguments(getattr(_loops, name))))


class Blocked:
    """NumPy on blocks of rows, in the dtype of the elements.

    Args:
        layout: the view of the arrays.
        dtype: of the elements.
    """

    def __init__(self, layout: Layout, dtype: np.dtype) -> None:
        self.layout = layout
        rows, columns = layout.shape[1:]
        self.along_columns = layout.over == "c" and layout.order == "ncs"
        columns = min(columns, PLACES) if self.along_columns else columns
        count = max(1, min(rows, BLOCK_BYTES // (dtype.itemsize * columns)))
        self.work = np.empty((2, count, columns), dtype)

    def __call__(self, sweep: str, arrays: Arrays, tile: Tile) -> None:
        """Run a sweep on a tile, sample by sample."""
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
