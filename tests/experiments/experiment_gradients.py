"""The truth for hand-written backward passes: the complex step of a forward pass that the test types."""

from collections.abc import Callable
from typing import Any

import numpy as np


def complex_step(forward: Callable[..., np.ndarray], arguments: list[np.ndarray], dy: np.ndarray) -> list[np.ndarray]:
    """The gradient of <dy, forward(*arguments)> by each argument; `forward` must be analytic."""
    gradients = []
    for which, argument in enumerate(arguments):
        gradient = np.empty(argument.shape)
        for place in np.ndindex(argument.shape):
            moved: list[Any] = [a.astype(complex) for a in arguments]
            moved[which][place] += 1e-30j
            gradient[place] = np.sum(np.imag(forward(*moved)) * dy) / 1e-30
        gradients.append(gradient)
    return gradients


def close(found: np.ndarray, expected: np.ndarray, *, tolerance: float) -> bool:
    """Whether arrays agree relative to their largest element."""
    assert found.shape == expected.shape
    return bool(np.max(np.abs(found - expected)) <= tolerance * np.max(np.abs(expected)))
