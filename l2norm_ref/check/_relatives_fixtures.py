"""What the fixtures of BatchNorm and of Scale have in common: the record, the shapes, a channel axis."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from l2norm_ref.check._long import LONG
from l2norm_ref.check._run import Outcome

Arrays = dict[str, np.ndarray]

SHAPES = {  # with the channels on axis 1
    "random": (2, 3, 5, 7),
    "equal sizes": (3, 3, 3, 3),
    "few elements": (2, 3, 1, 1),
    "one channel": (3, 1, 2, 2),
    "odd sizes": (3, 5, 11, 3),
    "many channels": (2, 515, 2, 2),
    "many positions": (1, 2, 1, LONG),
}


@dataclass(eq=False)
class Case:
    """A fixture and what came of it: inputs, the truth, the sizes of the terms, and the outputs.

    `count` and `length` are K and L of the tolerances. `repeat`: it is run twice, and the worse result counts.
    """

    name: str
    inputs: dict[str, np.ndarray | None]
    count: int
    length: int
    core: bool = True
    strided: bool = False
    repeat: bool = False
    truth: Arrays = field(default_factory=dict)
    size: Arrays = field(default_factory=dict)
    tolerance: dict[str, float] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)

    def array(self, name: str) -> np.ndarray:
        """An input that is there."""
        value = self.inputs[name]
        assert value is not None
        return value


def reduced(channel_axis: int) -> tuple[int, ...]:
    """All axes but that of the channels."""
    return tuple(k for k in range(4) if k != channel_axis % 4)


def moved(values: np.ndarray, channel_axis: int, dtype: np.dtype) -> np.ndarray:
    """The array in its dtype, with axis 1 where the channels belong."""
    return np.ascontiguousarray(np.moveaxis(values, 1, channel_axis)).astype(dtype)


def wide(values: np.ndarray, channel_axis: int) -> np.ndarray:
    """One value for each channel, as float64, in a shape that broadcasts against x."""
    return values.astype(np.float64).reshape([-1 if k == channel_axis % 4 else 1 for k in range(4)])
