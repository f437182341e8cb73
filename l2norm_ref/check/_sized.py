"""Arrays that know how large their terms were: what would remain if nothing had cancelled.

Rounding leaves errors of that size, not of the result's. So a hypothesis is held against a result relative to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Sized:
    """A value and its size: |a| + |b| for a - b.

    Example:
        >>> a = Sized.of(np.array([3.0, 4.0]))
        >>> b = a.sum((0,)) - a * 1.75
        >>> b.value.tolist(), b.size.tolist()
        ([1.75, 0.0], [12.25, 14.0])
    """

    value: np.ndarray
    size: np.ndarray

    @classmethod
    def of(cls, value) -> Sized:
        """An array as it is."""
        return value if isinstance(value, Sized) else cls(np.asarray(value), np.abs(value))

    def __add__(self, other) -> Sized:
        other = Sized.of(other)
        return Sized(self.value + other.value, self.size + other.size)

    def __sub__(self, other) -> Sized:
        other = Sized.of(other)
        return Sized(self.value - other.value, self.size + other.size)

    def __mul__(self, other) -> Sized:
        other = Sized.of(other)
        return Sized(self.value * other.value, self.size * other.size)

    def __truediv__(self, other) -> Sized:
        return Sized(self.value / np.asarray(other), self.size / np.abs(other))

    def __neg__(self) -> Sized:
        return Sized(-self.value, self.size)

    def sum(self, axes: tuple[int, ...]) -> Sized:
        """Over the axes, which stay as axes of size 1."""
        return Sized(np.sum(self.value, axis=axes, keepdims=True), np.sum(self.size, axis=axes, keepdims=True))

    def part(self, index) -> Sized:
        """Some of the elements."""
        return Sized(self.value[index], self.size[index])
