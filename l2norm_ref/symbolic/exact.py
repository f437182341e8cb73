"""Exact evaluation of a Program: every number a `Fraction` (or a `Dual` over them), every size a small integer.

This is the witness of the derivation. It does not know how a Program was made: it only does arithmetic, entry by
entry. A square root is taken only where it is rational; `points.py` supplies inputs for which it is.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from .functions import Active, AtLeast, Reciprocal, Root
from .program import Axes, Program, axis_order

Index = tuple[int, ...]
Array = dict[Index, Any]
"""The entries of a tensor by index, the index in the order of `axis_order`. Entries are Fractions or Duals."""


@dataclass(frozen=True, eq=False)
class Point:
    """A size for each axis and an array for each input: one place at which Programs are compared.

    An input that counts axes needs no array: it is the product of their sizes.
    """

    sizes: Mapping[str, int]
    values: Mapping[str, Array]
    label: str = ""


@dataclass(frozen=True)
class Dual:
    """value + slope * h with h*h = 0: arithmetic that differentiates, without any rule of ours or of SymPy's."""

    value: Fraction
    slope: Fraction

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    def __pow__(self, exponent: int) -> Dual:
        if exponent == 0:
            return Dual(Fraction(1), Fraction(0))
        return Dual(self.value**exponent, exponent * self.value ** (exponent - 1) * self.slope)

    def __ge__(self, other: Dual) -> bool:
        return self.value >= other.value


def indices(axes: Axes, sizes: Mapping[str, int]) -> list[Index]:
    """Every index of a tensor that carries `axes`."""
    return list(itertools.product(*(range(sizes[axis]) for axis in axis_order(axes))))


def exact_sqrt(value: Any) -> Any:
    """The square root of a Fraction or Dual, where it is rational.

    Raises:
        ValueError: the root is irrational; such a point proves nothing exactly.
    """
    if isinstance(value, Dual):
        root = exact_sqrt(value.value)
        return Dual(root, value.slope / (2 * root) if root else Fraction(0))
    if value < 0:
        raise ValueError(f"the square root of {value} is not real")
    numerator, denominator = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if numerator**2 != value.numerator or denominator**2 != value.denominator:
        raise ValueError(f"the square root of {value} is not rational")
    return Fraction(numerator, denominator)


def evaluate(program: Program, point: Point) -> dict[str, Array]:
    """The value of every tensor of a Program at a point.

    Args:
        program: what to evaluate.
        point: sizes and input values; inputs of the program must be among them.

    Returns:
        For each name the entries by index. They are Duals if any input is.

    Raises:
        ValueError: a square root is irrational at this point.
        ZeroDivisionError: the Program divides by 0 at this point.
    """
    env: dict[str, Array] = {t.name: dict(point.values[t.name]) for t in program.inputs if not t.counts}
    env |= {t.name: {(): _count(t.counts, point.sizes)} for t in program.inputs if t.counts}
    if any(isinstance(v, Dual) for array in env.values() for v in array.values()):
        env = {name: {i: _lift(v) for i, v in array.items()} for name, array in env.items()}
        number: Number = _lift
    else:
        number = Fraction
    for stage in program.stages:
        operands, axes = program.operands(stage), axis_order(stage.out.axes | stage.over)
        entry = _compiled(stage.expr, tuple(t.name for t in operands))
        place = {axis: k for k, axis in enumerate(axes)}
        reads = [(env[t.name], [place[axis] for axis in axis_order(t.axes)]) for t in operands]
        keep = [place[axis] for axis in axis_order(stage.out.axes)]
        out: Array = dict.fromkeys(indices(stage.out.axes, point.sizes), number(0))
        for index in itertools.product(*(range(point.sizes[axis]) for axis in axes)):
            value = entry([array[tuple(index[k] for k in where)] for array, where in reads], number)
            target = tuple(index[k] for k in keep)
            out[target] = out[target] + value if stage.over else value
        env[stage.out.name] = out
    return env


def _count(axes: Axes, sizes: Mapping[str, int]) -> Fraction:
    return Fraction(math.prod(sizes[axis] for axis in axes))


def _lift(value: Any) -> Dual:
    return value if isinstance(value, Dual) else Dual(Fraction(value), Fraction(0))


Number = Callable[[Any], Any]
Entry = Callable[[list[Any], Number], Any]


@functools.cache
def _compiled(expr: sp.Expr, names: tuple[str, ...]) -> Entry:
    """A scalar expression as a function of its operands' values: SymPy is asked once, not once an entry."""
    if expr.is_Symbol:
        place = names.index(str(expr))
        return lambda scope, number: scope[place]
    if isinstance(expr, sp.Rational):
        constant = Fraction(int(expr.p), int(expr.q))
        return lambda scope, number: number(constant)
    if isinstance(expr, sp.Pow):
        base, exponent = _compiled(expr.base, names), expr.exp
        if not (isinstance(exponent, sp.Rational) and exponent.q in (1, 2)):
            raise TypeError(f"cannot evaluate the power {expr} exactly")
        power = int(exponent.p)
        if exponent.q == 1:
            return lambda scope, number: base(scope, number) ** power
        return lambda scope, number: exact_sqrt(base(scope, number)) ** power
    for kind, function in _FUNCTIONS.items():
        if isinstance(expr, kind):
            args = [_compiled(arg, names) for arg in expr.args]
            return lambda scope, number: function([arg(scope, number) for arg in args], number)
    raise TypeError(f"cannot evaluate {type(expr).__name__} exactly")


def _reciprocal(args: list[Any], number: Number) -> Any:
    return number(0) if number(0) >= args[0] else args[0] ** -1


_FUNCTIONS: dict[type, Callable[[list[Any], Number], Any]] = {
    sp.Add: lambda args, number: functools.reduce(operator.add, args),
    sp.Mul: lambda args, number: functools.reduce(operator.mul, args),
    AtLeast: lambda args, number: args[0] if args[0] >= args[1] else args[1],
    Active: lambda args, number: number(1 if args[0] >= args[1] else 0),
    Root: lambda args, number: exact_sqrt(args[0]),
    Reciprocal: _reciprocal,
}
