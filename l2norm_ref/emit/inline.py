"""Sums that are displayed where they are used, without a line and a name of their own: <x, h> and mean(dy).

Emitted code gives every sum a name. A reader recognises an inner product or a mean more easily than a name.
"""

from __future__ import annotations

import sympy as sp

from ..symbolic.program import Program, Stage, Total


class Mean(sp.Function):
    """The mean of its argument. For display only: Programs know sums and counts."""

    is_real = True
    nargs = 1


def inner_product(program: Program, name: str) -> tuple[str, ...]:
    """The two factors of an internal Total of a product, in reading order; empty for anything else."""
    stage = program.definitions.get(name)
    if not isinstance(stage, Total) or name in program.outputs or not stage.expr.is_Mul:
        return ()
    factors = stage.expr.args
    if len(factors) != 2 or not all(f.is_Symbol for f in factors):
        return ()
    order = list(program.tensors)
    return tuple(sorted((str(f) for f in factors), key=order.index))


def one_inner_product(program: Program) -> bool:
    """Whether all inner products run over the same axes, so that <a, b> need not say which."""
    return len({stage.over for stage in program.stages if inner_product(program, stage.out.name)}) <= 1


def plain_sum(program: Program, name: str) -> str:
    """The tensor that an internal Total adds up; empty for anything else."""
    stage = program.definitions.get(name)
    plain = isinstance(stage, Total) and name not in program.outputs and stage.expr.is_Symbol
    return str(stage.expr) if stage and plain else ""


def with_means(program: Program, term: sp.Expr) -> sp.Expr:
    """A product in which a sum, divided by the number of its elements, is written as a Mean."""
    for count in (tensor for tensor in program.inputs if tensor.counts):
        if term.as_powers_dict().get(count.symbol) != -1:
            continue
        for total in program.stages:
            sums = isinstance(total, Total) and total.over == count.counts and total.out.name not in program.outputs
            if sums and term.as_powers_dict().get(total.out.symbol) == 1:
                return term * count.symbol / total.out.symbol * Mean(total.expr)
    return term


def without_a_line(program: Program, stage: Stage) -> bool:
    """Whether a stage is displayed inside others only: an inner product, a plain sum, or one used for its mean only."""
    if inner_product(program, stage.out.name) or plain_sum(program, stage.out.name):
        return True
    readers = [other.expr for other in program.stages if stage.out.symbol in other.expr.free_symbols]
    return bool(readers) and all(_only_as_a_mean(program, expr, stage.out.symbol) for expr in readers)


def _only_as_a_mean(program: Program, expr: sp.Expr, total: sp.Symbol) -> bool:
    if total not in expr.free_symbols:
        return True
    written = with_means(program, expr)
    if written != expr:
        return total not in written.free_symbols
    return bool(expr.args) and all(_only_as_a_mean(program, arg, total) for arg in expr.args)
