"""The smallest input for which an exhibit is wrong, found by trying all small inputs in order of their size.

What is tried: x of small integers times a power of ten, such that every norm is an integer times that power (so that
the results can be checked by hand), a scale and a dy of small integers, and the default eps of the framework. In this
order: fewer elements first, then larger powers of ten (so that the clamps are reached only where nothing else is
wrong), then smaller integers. An exact tie of a clamp, where there is no derivative, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from l2norm_ref.exhibits._exhibit import Exhibit

NOTICEABLE = 0.1  # of the natural magnitude
SHAPES = ((1, 1), (1, 2), (1, 2, 1, 2))
LARGEST = 4
POWERS = range(16)


@dataclass(frozen=True)
class Counterexample:
    """An input and what comes out of it. `dy` is None where the forward pass is the exhibit."""

    x: np.ndarray
    scale: np.ndarray | None
    dy: np.ndarray | None
    eps: float
    computed: np.ndarray
    exact: np.ndarray

    def __str__(self) -> str:
        inputs = [("x", self.x), ("gamma", self.scale), ("dy", self.dy)]
        given = ", ".join(f"{name} = {_numbers(value)}" for name, value in inputs if value is not None)
        rounding = 1e-9 * max(np.max(np.abs(self.computed)), np.max(np.abs(self.exact)))
        return f"{given}: computed {_numbers(self.computed, rounding)}, exact {_numbers(self.exact, rounding)}"


def smallest(exhibit: Exhibit) -> Counterexample:
    """The first input at which the exhibit is off by more than `NOTICEABLE`, NaN and refusals aside."""
    axes_of = {"channels": (1,), "sample": None, None: (1,)}
    for shape, power in product(SHAPES, POWERS):
        axes = axes_of[exhibit.only_axes] or tuple(range(1, len(shape)))
        for x in _points(shape, axes):
            x = x / 10.0**power
            for scale, dy in product(_scales(exhibit, shape[1]), _cotangents(exhibit, shape)):
                try:
                    computed, exact, size = exhibit.compare(dy, x, scale, exhibit.eps, axes)
                except ValueError:
                    continue
                if computed.shape != exact.shape or _at_the_tie(exhibit, x, axes):
                    continue
                if np.any(np.abs(computed - exact) > NOTICEABLE * size):
                    return Counterexample(
                        x, scale, dy if exhibit.backward is not None else None, exhibit.eps, computed, exact
                    )
    raise LookupError(f"no counterexample to {exhibit.name} among the inputs tried")


def _points(shape: tuple[int, ...], axes: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Arrays of small integers >= 0, every norm an integer > 0; smaller sums first."""
    count = int(np.prod(shape))
    for values in sorted(product(range(LARGEST + 1), repeat=count), key=lambda v: (sum(v), v)):
        x = np.reshape(np.array(values, np.float64), shape)
        norms = np.sqrt(np.sum(x * x, axis=axes))
        if np.all(norms > 0) and np.all(norms == np.rint(norms)):
            yield x


def _scales(exhibit: Exhibit, channels: int) -> list[np.ndarray | None]:
    if not exhibit.has_scale:
        return [None]
    values = sorted(product((1, 2), repeat=channels), key=lambda v: (sum(v), v))
    return [np.array(v, np.float64) for v in values]


def _cotangents(exhibit: Exhibit, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Zeros and ones, not all zero; fewer ones first, and those in front."""
    if exhibit.backward is None:
        return [np.ones(shape)]
    values = sorted(product((1, 0), repeat=int(np.prod(shape))), key=lambda v: (sum(v), [-k for k in v]))
    return [np.reshape(np.array(v, np.float64), shape) for v in values if any(v)]


def _at_the_tie(exhibit: Exhibit, x: np.ndarray, axes: tuple[int, ...]) -> bool:
    s = np.sum(x * x, axis=axes)
    q = {"clamp_norm": np.sqrt(s), "clamp_sum": s}.get(exhibit.eps_mode)
    return q is not None and bool(np.any(np.abs(q - exhibit.eps) < 1e-6 * exhibit.eps))


def _numbers(values: np.ndarray, rounding: float = 0.0) -> str:
    """Six digits, rows in brackets; axes of size 1 are not shown. What is no larger than `rounding` is shown as 0."""

    def show(part) -> str:
        return f"({', '.join(map(show, part))})" if isinstance(part, list) else f"{part:.6g}"

    return show(np.squeeze(np.where(np.abs(values) <= rounding, 0.0, values)).tolist())
