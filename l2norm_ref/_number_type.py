"""Which numbers the generated text runs on: float64 for float16 and float32, wide numbers for float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from l2norm_ref._wide import Wide


def number_for(dtype: np.dtype) -> Callable:
    """What turns a float64 array into the numbers that carry this dtype to its last bit."""
    return Wide.of if dtype.itemsize == 8 else np.asarray


def to_float64(value) -> np.ndarray:
    """A result of the generated text, rounded to float64."""
    return value.to_float64() if isinstance(value, Wide) else value


def freeze(*values: object) -> None:
    """Make every array in the values read-only."""
    for value in values:
        for part in value.parts if isinstance(value, Wide) else (value,):
            if isinstance(part, np.ndarray):
                part.setflags(write=False)
