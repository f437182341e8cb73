"""Rational points at which every root of an L2Norm Program is rational, and a clamp is open, closed and at its tie.

A stereographic projection gives rational vectors of length 1 in any dimension. Scaled by r = e * a / b they have the
rational norm r; and when (a, b) are the legs of a right triangle with integer sides, r^2 + e^2 is a rational square as
well, which is what sqrt(s + eps) with eps = e^2 needs. Seeds are fixed: the evidence is the same on every machine.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

from .exact import Array, Index, Point, indices
from .functions import AtLeast
from .program import Axes, Program

SIZES = ({"n": 1, "c": 3, "s": 2}, {"n": 2, "c": 1, "s": 3}, {"n": 3, "c": 2, "s": 1}, {"n": 1, "c": 1, "s": 1})
"""Sizes at which evidence is taken: pairwise different ones, 1 for each axis in turn, and 1 for all."""

LEGS = {
    "eps small": ((40, 9), (60, 11), (84, 13)),
    "eps comparable": ((3, 4), (4, 3), (8, 15), (20, 21)),
    "eps dominant": ((5, 12), (7, 24), (9, 40)),
    "tie": ((1, 1),),
    "zero": ((0, 1), (4, 3)),
    "eps zero": ((4, 3), (1, 2)),
    "general": ((3, 4), (4, 3), (8, 15), (20, 21)),
}
"""The ratio |x| : sqrt(eps) (or |x| : eps) at the positions of a point, by regime."""


def signed(rng: random.Random) -> Fraction:
    """A small signed rational, and 0 now and then: a rule may not divide by a scale or by a gradient."""
    return Fraction(0) if rng.random() < 0.15 else rational(rng)


def rational(rng: random.Random) -> Fraction:
    """A small signed rational that is not 0."""
    return Fraction(rng.choice([-1, 1]) * rng.randint(1, 9), rng.randint(1, 9))


def unit_vector(size: int, rng: random.Random) -> list[Fraction]:
    """A rational point on the unit sphere in `size` dimensions (stereographic projection of a rational point).

    Example:
        >>> sum(v * v for v in unit_vector(5, random.Random(0)))
        Fraction(1, 1)
    """
    if size == 1:
        return [Fraction(rng.choice([-1, 1]))]
    u = [rational(rng) for _ in range(size - 1)]
    r = sum((v * v for v in u), Fraction(0))
    return [2 * v / (r + 1) for v in u] + [(r - 1) / (r + 1)]


def regimes(program: Program) -> tuple[str, ...]:
    """The regimes in which a Program is defined and every root is rational."""
    eps, d = program.tensors["eps"].symbol, program.definitions["d"]
    clamps = any(stage.expr.has(AtLeast) for stage in program.stages)
    divides_by_zero = d.expr.free_symbols == {program.tensors["s"].symbol}  # eps_mode "none" has no value at x = 0
    if divides_by_zero or not any(eps in stage.expr.free_symbols for stage in program.stages):
        return ("general",)
    return tuple(name for name in LEGS if name != "general" and (name != "tie" or clamps))


def l2norm_points(program: Program, seed: int = 1, sizes: Sequence[Mapping[str, int]] = SIZES) -> tuple[Point, ...]:
    """Points for an L2Norm Program and for everything derived from it.

    Args:
        program: a Program with the inputs x and eps and the stages s and d of `definitions.l2norm`; any further input
            gets random signed rationals.
        seed: of the generator.
        sizes: the sizes of the axes, one point for each of them and each regime.

    Returns:
        The points, labelled with their regime.
    """
    rng = random.Random(seed)
    over = program.definitions["s"].over
    under_root = not program.definitions["d"].expr.has(program.tensors["eps"].symbol) or "n" not in program.definitions
    points = []
    for size, regime in itertools.product(sizes, regimes(program)):
        e = Fraction(rng.randint(1, 9), rng.randint(1, 9))
        eps = Fraction(0) if regime == "eps zero" else e * e if under_root else e
        values: dict[str, Array] = {"x": _vectors(over, size, regime, e, rng), "eps": {(): eps}}
        points.append(Point(size, values | others(program, size, values, rng), regime))
    return tuple(points)


def others(
    program: Program, sizes: Mapping[str, int], values: Mapping[str, Array], rng: random.Random
) -> dict[str, Array]:
    """Random signed rationals for every input that has no values yet."""
    rest = [tensor for tensor in program.inputs if tensor.name not in values and not tensor.counts]
    return {tensor.name: {i: signed(rng) for i in indices(tensor.axes, sizes)} for tensor in rest}


def _vectors(over: Axes, sizes: Mapping[str, int], regime: str, e: Fraction, rng: random.Random) -> Array:
    """One vector for each position, its norm e * a / b with the legs (a, b) of the regime in turn."""
    inner, outer = indices(over, sizes), indices(frozenset("ncs") - over, sizes)
    x: Array = {}
    for position, (a, b) in zip(outer, itertools.cycle(LEGS[regime]), strict=False):
        for value, index in zip(unit_vector(len(inner), rng), inner, strict=True):
            x[_merge(over, index, position)] = e * Fraction(a, b) * value
    return x


def _merge(over: Axes, inner: Index, outer: Index) -> Index:
    inside, outside = iter(inner), iter(outer)
    return tuple(next(inside) if axis in over else next(outside) for axis in "ncs")
