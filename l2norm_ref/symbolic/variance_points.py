"""Rational points at which the root of a mean square plus eps is rational, for BatchNorm and its relatives.

`points.py` can choose vectors of rational length. Centred vectors of three elements and rational deviation do not
exist (3/2 is no sum a^2 + ab + b^2 of rationals), so here the mean square w of a direction may be any rational, and its
length t is chosen instead: with eps = e^2, the line sigma = e + k t meets the conic sigma^2 = t^2 w + e^2 a second time
at t = 2 e k / (w - k^2). There sigma is rational, for each slice with a k of its own.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

from .exact import Array, Index, Point, indices
from .points import SIZES, others, rational
from .program import Axes, Program, axis_order

SLOPES = {
    "eps small": (Fraction(19, 20), Fraction(21, 20)),
    "eps comparable": (Fraction(1, 3), Fraction(5, 2), Fraction(1, 2)),
    "eps dominant": (Fraction(1, 25), Fraction(1, 40)),
    "constant": (Fraction(0), Fraction(1, 3)),
    "eps zero": (),
}
"""The slope k relative to the root of the mean square: near 1 the variance is large beside eps, near 0 small."""


def variance_points(program: Program, seed: int = 1, sizes: Sequence[Mapping[str, int]] = SIZES) -> tuple[Point, ...]:
    """Points for a Program of `batch_norm.py` and for everything derived from it.

    Args:
        program: a Program with the stage sigma; without one, all its inputs are random.
        seed: of the generator.
        sizes: the sizes of the axes; an axis that is not among them has size 2.

    Returns:
        The points, one for each size and regime, labelled with the regime. Without eps, a centred vector of an odd
        number of elements has no rational deviation that is not 0, so there is no such point.
    """
    rng = random.Random(seed)
    axes = [axis for tensor in program.tensors.values() for axis in tensor.axes]
    points = []
    for base, regime in itertools.product(sizes, SLOPES if "sigma" in program.tensors else ("random",)):
        size = dict.fromkeys(axis_order(frozenset(axes)), 2) | {a: n for a, n in base.items() if a in axes}
        values = _statistics(program, size, regime, rng) if "sigma" in program.tensors else {}
        if values is not None:
            points.append(Point(size, values | others(program, size, values, rng), regime))
    return tuple(points)


def _statistics(program: Program, sizes: Mapping[str, int], regime: str, rng: random.Random) -> dict[str, Array] | None:
    """The values of eps and of x, or of var where that is given; None where there are none."""
    tensors, slopes = program.tensors, itertools.cycle(SLOPES[regime] or (Fraction(0),))
    e = Fraction(0) if regime == "eps zero" else abs(rational(rng))
    eps: dict[str, Array] = {"eps": {(): e * e}}
    if "var" in {tensor.name for tensor in program.inputs}:
        squares = {i: rational(rng) ** 2 if not e else abs(rational(rng)) for i in indices(tensors["var"].axes, sizes)}
        return eps | {"var": {i: w * (_length(w, e, next(slopes)) if e else 1) ** 2 for i, w in squares.items()}}
    kept, carried = tensors["sigma"].axes, tensors["x"].axes
    inner, outer = indices(carried - kept, sizes), indices(kept, sizes)
    centred, x = "mu" in tensors, Array()
    if not e and centred and len(inner) % 2:
        return None
    for position in outer:
        direction = [Fraction(-1) ** k for k in range(len(inner))] if not e else [rational(rng) for _ in inner]
        mean = sum(direction, Fraction(0)) / len(inner) if centred else Fraction(0)
        direction = [value - mean for value in direction]
        w = sum((value**2 for value in direction), Fraction(0)) / len(inner)
        t = _length(w, e, next(slopes)) if e and w else rational(rng)
        offset = rational(rng) if centred else Fraction(0)
        for index, value in zip(inner, direction, strict=True):
            x[_merged(carried, kept, index, position)] = t * value + offset
    return eps | {"x": x}


def _length(w: Fraction, e: Fraction, slope: Fraction) -> Fraction:
    """The t at which t^2 w + e^2 is the square of e + k t, for k near slope * sqrt(w)."""
    k = slope * Fraction(math.isqrt(int(w * 10**8)), 10**4)
    return 2 * e * k / (w - k * k)


def _merged(carried: Axes, kept: Axes, inner: Index, outer: Index) -> Index:
    inside, outside = iter(inner), iter(outer)
    return tuple(next(outside) if axis in kept else next(inside) for axis in axis_order(carried))
