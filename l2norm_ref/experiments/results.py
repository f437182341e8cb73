"""The file of the full run, and how the statements ask it.

Contract: a learning rate is chosen by the validation accuracy, and what is reported is the test accuracy, so that the
choice does not flatter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Results:
    """Cells as `fusion.summary` makes them.

    Attributes:
        cells: One dictionary for each.
        about: Everything else in the file: the command, the date, the versions.
    """

    cells: Sequence[Mapping[str, Any]]
    about: Mapping[str, Any]

    def at(self, method: str, rate: float, size_factor: float = 1.0, batch_norm: bool = False) -> Mapping[str, Any]:
        """One cell.

        Raises:
            KeyError: It is not in the grid.
        """
        for cell in self.row(method, size_factor, batch_norm):
            if cell["rate"] == rate:
                return cell
        raise KeyError(f"no cell of {method!r} at the rate {rate:g}, size factor {size_factor:g}")

    def row(self, method: str, size_factor: float = 1.0, batch_norm: bool = False) -> list[Mapping[str, Any]]:
        """All rates of a method, in order."""
        found = [
            cell
            for cell in self.cells
            if (cell["method"], cell["size_factor"], cell["batch_norm"]) == (method, size_factor, batch_norm)
        ]
        if not found:
            raise KeyError(f"no cell of {method!r} with size factor {size_factor:g}, batch_norm={batch_norm}")
        return sorted(found, key=lambda cell: cell["rate"])

    def best(self, method: str, size_factor: float = 1.0, batch_norm: bool = False) -> Mapping[str, Any]:
        """The rate with the largest mean validation accuracy; of several the smallest."""
        return max(self.row(method, size_factor, batch_norm), key=validated)


def load(path: str | Path) -> Results:
    """Read a file that `python -m l2norm_ref.experiments fusion --out` wrote."""
    data = json.loads(Path(path).read_text("utf-8"))
    return Results(data.pop("cells"), data)


def validated(cell: Mapping[str, Any]) -> float:
    """What a cell is chosen by: its mean validation accuracy."""
    return float(np.mean(cell["validation"]))


def difference(one: Mapping[str, Any], other: Mapping[str, Any], what: str) -> np.ndarray:
    """What the one has more than the other, seed by seed.

    Raises:
        ValueError: The cells have other seeds.
    """
    if one["seeds"] != other["seeds"]:
        raise ValueError(f"other: expected the seeds of the one, {one['seeds']}, got {other['seeds']}")
    return np.array(one[what], dtype=np.float64) - np.array(other[what], dtype=np.float64)
