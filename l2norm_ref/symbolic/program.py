"""Programs over tensors with named axes: the one data structure of the derivation.

A tensor is a name and the set of named axes that it carries; sizes never appear, so whatever is derived holds for
every size. A `Program` is an ordered tuple of stages of two kinds, each assigned once:

    Map    out = expr             pointwise; operands that lack an axis of `out` are broadcast along it
    Total  out = sum of expr      over the named axes `over`, which the summand must carry

Everything else (adjoint, rules, printers, read-back) is a function from Program to Program or to text.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import sympy as sp

Axes = frozenset[str]


@functools.cache
def axis_order(axes: Axes) -> tuple[str, ...]:
    """The axes in the order in which arrays carry them: n, g, c, k, s, then any other name alphabetically."""
    return tuple(sorted(axes, key=lambda axis: ("ngcks".find(axis) % 6, axis)))


@dataclass(frozen=True)
class Tensor:
    """A name and the set of named axes that it carries; a scalar carries none.

    An input that `counts` axes is the number of elements along them, N*S for {n, s}: what a mean divides by. It is
    known wherever sizes are, and nobody chooses it.
    """

    name: str
    axes: Axes = frozenset()
    counts: Axes = field(default=frozenset(), kw_only=True)

    @property
    def symbol(self) -> sp.Symbol:
        """The SymPy symbol that stands for one element of this tensor in an expression."""
        return sp.Symbol(self.name, real=True)

    def __str__(self) -> str:
        return f"{self.name}[{','.join(axis_order(self.axes))}]"


Origin = tuple[str, str]
"""A stage and an operand of it: whose local slope an adjoint stage multiplies by. For display only."""


@dataclass(frozen=True)
class Map:
    """`out = expr`, pointwise. `origin` tells where an adjoint stage came from; it takes no part in comparison."""

    out: Tensor
    expr: sp.Expr
    origin: tuple[Origin, ...] = field(default=(), compare=False)
    over: Axes = field(default=frozenset(), init=False)

    def __str__(self) -> str:
        return f"{self.out} = {self.expr}"


@dataclass(frozen=True)
class Total:
    """`out = sum of expr over the axes in over`; `out` does not carry the axes that are summed."""

    out: Tensor
    expr: sp.Expr
    over: Axes
    origin: tuple[Origin, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.out} = sum over {','.join(axis_order(self.over))} of {self.expr}"


Stage = Map | Total


@dataclass(frozen=True)
class Program:
    """Inputs, stages in single-assignment order, and the names of the outputs. Validated when it is built.

    Raises:
        ValueError: a name is assigned twice or used before it is known, a stage produces an axis that its tensor
            does not carry, a Total sums over an axis that its summand only broadcasts, or what counts is no number.
    """

    inputs: tuple[Tensor, ...]
    stages: tuple[Stage, ...]
    outputs: tuple[str, ...]

    def __post_init__(self) -> None:
        known: dict[str, Tensor] = {}
        for tensor in self.inputs:
            if tensor.counts and tensor.axes:
                raise ValueError(f"{tensor.name!r} counts elements, so it is a number and carries no axes")
            _declare(known, tensor)
        for stage in self.stages:
            # Symbols, not names: a symbol with other assumptions would be another variable to `sympy.diff`.
            unknown = sorted(str(s) for s in stage.expr.free_symbols - {t.symbol for t in known.values()})
            if unknown:
                raise ValueError(f"stage {stage.out.name!r} uses {unknown}, which nothing before it defines")
            _check_axes(stage, _carried(stage.expr, known))
            if stage.out.counts:
                raise ValueError(f"{stage.out.name!r} counts elements, so it is an input and no stage")
            _declare(known, stage.out)
        if len(set(self.outputs)) != len(self.outputs):
            raise ValueError(f"outputs {self.outputs} name one tensor twice")
        missing = [name for name in self.outputs if name not in known]
        if missing:
            raise ValueError(f"outputs {missing} are not defined by the program")

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """Every tensor of the program by name, in order of declaration."""
        return {t.name: t for t in (*self.inputs, *(stage.out for stage in self.stages))}

    @cached_property
    def definitions(self) -> dict[str, Stage]:
        """The stage that defines each name that is not an input."""
        return {stage.out.name: stage for stage in self.stages}

    def carried(self, expr: sp.Expr) -> Axes:
        """The axes that an expression carries: the union of those of the tensors in it."""
        return _carried(expr, self.tensors)

    def operands(self, stage: Stage) -> tuple[Tensor, ...]:
        """The tensors that a stage reads, in order of declaration."""
        return self._operands[stage.out.name]

    @cached_property
    def _operands(self) -> dict[str, tuple[Tensor, ...]]:
        reads = {s.out.name: _names(s.expr) for s in self.stages}
        return {out: tuple(t for t in self.tensors.values() if t.name in names) for out, names in reads.items()}

    def with_stages(self, stages: Iterable[Stage]) -> Program:
        """The same inputs and outputs with other stages (validated again)."""
        return replace(self, stages=tuple(stages))

    def fingerprint(self) -> str:
        """A hash of everything that the program says: inputs, names, expressions, axes and sums; not the origins."""
        lines = [",".join(map(str, self.inputs)), ",".join(self.outputs)]
        lines += [f"{t.name} counts {','.join(axis_order(t.counts))}" for t in self.inputs if t.counts]
        lines += [f"{s.out}={sp.srepr(s.expr)};{','.join(axis_order(s.over))}" for s in self.stages]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def __str__(self) -> str:
        return "\n".join(map(str, self.stages))

    def _repr_latex_(self) -> str:
        from l2norm_ref.emit.latex import program_latex  # the printers import this module

        return program_latex(self)


def _names(expr: sp.Expr) -> set[str]:
    return {symbol.name for symbol in expr.free_symbols}


def _carried(expr: sp.Expr, tensors: dict[str, Tensor]) -> Axes:
    return frozenset[str]().union(*(tensors[name].axes for name in _names(expr)))


def _declare(known: dict[str, Tensor], tensor: Tensor) -> None:
    if tensor.name in known:
        raise ValueError(f"{tensor.name!r} is assigned twice")
    known[tensor.name] = tensor


def _check_axes(stage: Stage, carried: Axes) -> None:
    """Summing over an axis that the summand only broadcasts would count once what should count `size` times."""
    name, out = stage.out.name, stage.out.axes
    if isinstance(stage, Total):
        if not stage.over:
            raise ValueError(f"Total {name!r} sums over no axis")
        if not stage.over <= carried:
            raise ValueError(f"Total {name!r} sums over {sorted(stage.over - carried)}, which its summand lacks")
        if stage.over & out:
            raise ValueError(f"Total {name!r} keeps {sorted(stage.over & out)}, which it sums over")
    if not carried - stage.over <= out:
        raise ValueError(f"{name!r} is declared over {sorted(out)} but its expression carries {sorted(carried)}")
