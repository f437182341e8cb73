"""Several feature maps become one: next to each other, or added up.

Contract: `forward(maps) -> map` and `backward(dy) -> list of gradients`, one for each map. All maps have one size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Concat:
    """The channels of one map after those of the other."""

    def forward(self, maps: Sequence[np.ndarray]) -> np.ndarray:
        """All channels."""
        self.ends = np.cumsum([m.shape[1] for m in maps])[:-1]
        return np.concatenate(maps, axis=1)

    def backward(self, dy: np.ndarray) -> list[np.ndarray]:
        """To each map its channels."""
        return np.split(dy, self.ends, axis=1)


class Sum:
    """Element by element; all maps have the same number of channels."""

    def forward(self, maps: Sequence[np.ndarray]) -> np.ndarray:
        """The sum."""
        self.count = len(maps)
        return np.sum(np.stack(maps), axis=0)

    def backward(self, dy: np.ndarray) -> list[np.ndarray]:
        """To each map the same."""
        return [dy] * self.count
