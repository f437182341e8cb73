"""Exact evidence: two Programs agree, or a gradient equals the derivative, at rational points, with no rounding.

Evidence at points is not a proof, and it never calls itself one: it says how many points, which sizes and which
regimes. A disagreement is an error with the place and both values, so a derivation with a wrong rule cannot be built.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from .exact import Array, Dual, Point, evaluate, indices
from .program import Program


class EvidenceError(AssertionError):
    """Two things that a derivation step calls equal are not."""


@dataclass(frozen=True)
class Evidence:
    """What was compared, and where."""

    what: str
    points: int
    entries: int
    regimes: tuple[str, ...]
    sizes: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.what}: checked exactly at {self.points} rational points ({self.entries} entries), "
            f"sizes {', '.join(self.sizes)}; regimes: {', '.join(self.regimes)}"
        )


def same_outputs(before: Program, after: Program, points: tuple[Point, ...]) -> Evidence:
    """Two Programs give the same outputs, entry by entry, at every point.

    Raises:
        EvidenceError: they do not, or they do not have the same outputs.
    """
    if before.outputs != after.outputs:
        raise EvidenceError(f"outputs changed from {before.outputs} to {after.outputs}")
    entries = 0
    for point, left, right in zip(points, _outputs(before, points), _outputs(after, points), strict=True):
        for name in before.outputs:
            entries += _compare(name, left[name], right[name], point)
    return _evidence("before and after agree", entries, points)


@functools.lru_cache(maxsize=4)  # "after" of one step is "before" of the next
def _outputs(program: Program, points: tuple[Point, ...]) -> list[dict[str, Array]]:
    return [evaluate(program, point) for point in points]


def same_derivative(
    forward: Program,
    backward: Program,
    points: tuple[Point, ...],
    prefix: str = "d",
    wrt: Iterable[str] = ("x", "gamma"),
) -> Evidence:
    """Every component of every gradient equals the derivative that dual numbers find.

    The dual numbers differentiate the arithmetic of the forward pass, entry by entry; they share no rule with
    `adjoint` and none with SymPy.

    Raises:
        EvidenceError: a component differs.
    """
    entries = 0
    for point in points:
        gradients = evaluate(backward, point)
        for name in wrt:
            found = {i: _directional(forward, point, name, i, prefix) for i in point.values[name]}
            entries += _compare(prefix + name, found, gradients[prefix + name], point)
    return _evidence("equals the derivative by dual numbers", entries, points)


def _directional(forward: Program, point: Point, name: str, index: tuple[int, ...], prefix: str) -> Fraction:
    """The derivative of <cotangent, outputs> by one entry of one input."""
    seeded = dict(point.values[name]) | {index: Dual(point.values[name][index], Fraction(1))}
    result = evaluate(forward, Point(point.sizes, {**point.values, name: seeded}))
    total = Fraction(0)
    for out in forward.outputs:
        for i in indices(forward.tensors[out].axes, point.sizes):
            total += point.values[prefix + out][i] * result[out][i].slope
    return total


def _compare(name: str, left: Array, right: Array, point: Point) -> int:
    if left.keys() != right.keys():
        raise EvidenceError(f"{name} has other axes than before at {point.sizes}")
    for index, value in left.items():
        if value != right[index]:
            values = f"should be {value} and is {right[index]}"
            raise EvidenceError(f"{name}{list(index)} {values}, at a point with {point.label}, {point.sizes}")
    return len(left)


def _evidence(what: str, entries: int, points: tuple[Point, ...]) -> Evidence:
    if not entries:
        raise EvidenceError(f"{what}: nothing was compared")
    regimes = tuple(dict.fromkeys(p.label for p in points if p.label))
    sizes = tuple(dict.fromkeys("x".join(str(p.sizes[a]) for a in p.sizes) for p in points))
    return Evidence(what, len(points), entries, regimes, sizes)
