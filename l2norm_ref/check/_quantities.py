"""The quantities of one fixture under some convention: what the formulas of the hypotheses are written in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from l2norm_ref.check._result import Case
from l2norm_ref.check._sized import Sized
from l2norm_ref.check._slices import scale_sum


@dataclass(frozen=True)
class Convention:
    """A denominator: the `eps_mode`, eps, the axes, and what is taken over them.

    Attributes:
        eps_mode: As in `l2norm_forward`.
        eps: Its constant.
        axes: The axes that are reduced.
        over: `"sum"` of squares, their `"mean"`, the sum of the `"absolute"` values in the place of the norm, or
            `"variance"`: x without its mean, and the mean of squares.
    """

    eps_mode: str
    eps: float
    axes: tuple[int, ...]
    over: str = "sum"


class Quantities:
    """x, dy, the scale g, h = g dy, the norm n, the denominator d and its slope v = d(d)/dx, on a case.

    A slice where the convention is 0/0 has d = NaN: a hypothesis says nothing about it.
    """

    def __init__(self, case: Case, convention: Convention) -> None:
        self.case, self.convention, self.axes = case, convention, convention.axes
        fixture, mode = case.fixture, case.mode
        self.x = Sized.of(fixture.x.astype(np.float64))
        self.dy = Sized.of(fixture.dy.astype(np.float64))
        self.g = Sized.of(mode.gamma(fixture.scale))
        self.scale_sum = scale_sum(mode)

    @cached_property
    def h(self) -> Sized:
        """The gradient by x / d."""
        return self.g * self.dy

    @cached_property
    def s(self) -> np.ndarray:
        """What the root is taken of, without eps."""
        x, over = self.centred.value, self.convention.over
        if over == "absolute":
            return np.sum(np.abs(x), axis=self.axes, keepdims=True) ** 2
        return (np.sum if over == "sum" else np.mean)(x * x, axis=self.axes, keepdims=True)

    @cached_property
    def centred(self) -> Sized:
        """x, without its mean where the convention is a variance."""
        if self.convention.over == "variance":
            return self.x - self.x.sum(self.axes) / self.count
        return self.x

    @property
    def count(self) -> int:
        """The elements of a slice."""
        return self.x.value.size // self.x.sum(self.axes).value.size

    @cached_property
    def d(self) -> np.ndarray:
        """The denominator."""
        eps, s = self.convention.eps, self.s
        n = np.sqrt(s)
        d = {
            "add_inside": lambda: np.sqrt(s + eps),
            "add_outside": lambda: n + eps,
            "clamp_norm": lambda: np.maximum(n, eps),
            "clamp_sum": lambda: np.sqrt(np.maximum(s, eps)),
            "none": lambda: n,
        }[self.convention.eps_mode]()
        return np.where(d > 0, d, np.nan)

    @cached_property
    def v(self) -> Sized:
        """The derivative of d by x: x / d, or x / n, or 0 below a clamp; over the count where it is a mean."""
        n = np.sqrt(self.s)
        root = self.d if self.convention.eps_mode in ("add_inside", "none") else np.where(n > 0, n, 1.0)
        active = n >= (0.0 if self.convention.eps_mode == "add_outside" else self.d)
        if self.convention.eps_mode in ("add_inside", "none"):
            active = np.ones_like(self.s)
        if self.convention.over == "absolute":
            return Sized.of(np.sign(self.x.value) * (n / root)) * active
        return self.centred * active / (root * (1 if self.convention.over == "sum" else self.count))

    @cached_property
    def direct(self) -> Sized:
        """h / d."""
        return self.h / self.d

    @cached_property
    def projected(self) -> Sized:
        """v <x,h> / d**2."""
        return self.v * self.dot(self.h) / self.d**2

    @cached_property
    def dx(self) -> Sized:
        """The derivative."""
        out = self.direct - self.projected
        if self.convention.over == "variance":  # the mean moves with x
            return out - out.sum(self.axes) / self.count
        return out

    @cached_property
    def dscale(self) -> Sized:
        """The derivative by the scale, with its axes of size 1."""
        return (self.dy * self.centred / self.d).sum(self.scale_sum)

    def dot(self, other: Sized, axes: tuple[int, ...] | None = None) -> Sized:
        """<x, other>."""
        return (self.centred * other).sum(self.axes if axes is None else axes)
