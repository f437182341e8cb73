"""Named rewrites of sums; like those in `rules.py`, each is a heading and its docstring is the reason on the site."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from .names import Names
from .program import Axes, Map, Program, Stage, Tensor, Total


def split_sums(program: Program) -> Program:
    """A sum of several terms is the sum of each of them, added up."""
    names, stages = Names(program.tensors), list[Stage]()
    for stage in program.stages:
        if not isinstance(stage, Total) or not stage.expr.is_Add:
            stages.append(stage)
            continue
        terms = sorted(stage.expr.args, key=str)
        if not all(stage.over <= program.carried(term) for term in terms):
            stages.append(stage)  # a term that lacks an axis would have to be counted
            continue
        parts = [Tensor(names.fresh(f"{stage.out.name}_part"), stage.out.axes) for _ in terms]
        stages += [Total(part, term, stage.over, stage.origin) for part, term in zip(parts, terms, strict=True)]
        stages.append(Map(stage.out, sp.Add(*(part.symbol for part in parts)), stage.origin))
    return program.with_stages(stages)


def take_constants_out_of_sums(program: Program) -> Program:
    """A factor that does not depend on the summed axes comes out of the sum; what stays inside is an inner product."""
    names, stages = Names(program.tensors), list[Stage]()
    for stage in program.stages:
        inside, outside = list[sp.Expr](), list[sp.Expr]()
        if isinstance(stage, Total):
            for factor in sp.Mul.make_args(stage.expr):
                varies = bool(program.carried(factor) & stage.over)
                (inside if varies else outside).append(factor)
        if all(factor.is_number for factor in outside):
            stages.append(stage)
            continue
        alone = len(inside) == 1 and inside[0].is_Symbol
        product = Tensor(names.fresh(f"{inside[0]}_sum" if alone else "p"), stage.out.axes)
        stages.append(Total(product, sp.Mul(*inside), stage.over))
        stages.append(Map(stage.out, sp.Mul(product.symbol, *outside), stage.origin))
    return program.with_stages(stages)


def a_centred_sum_vanishes(program: Program) -> Program:
    """What lies above the mean and what lies below it cancel: `sum of (x - mu) = sum of x - m * mu = 0`, because `mu`
    is the sum divided by the number `m` of its terms. So the variance sends nothing back through the mean."""
    centred = _centred(program)
    zero: dict[sp.Basic, sp.Expr] = {}
    stages: list[Stage] = []
    for stage in program.stages:
        vanishes = isinstance(stage, Total) and centred.get(stage.expr) == stage.over
        if vanishes and stage.out.name not in program.outputs:
            zero[stage.out.symbol] = sp.Integer(0)
        else:
            stages.append(replace(stage, expr=stage.expr.xreplace(zero)))
    return program.with_stages(stages)


def _centred(program: Program) -> dict[sp.Expr, Axes]:
    """What sums to 0, and over which axes: x - mu, and its multiples by anything that is constant along the axes."""
    centred: dict[sp.Expr, Axes] = {}
    for stage in program.stages:
        if not isinstance(stage, Map):
            continue
        mean = _mean(program, stage.expr)
        if mean is not None:
            centred[stage.out.symbol] = mean
        for factor in sp.Mul.make_args(stage.expr):
            over = centred.get(factor)
            if over is not None and not program.carried(stage.expr / factor) & over:
                centred[stage.out.symbol] = over
    return centred


def _mean(program: Program, expr: sp.Expr) -> Axes | None:
    """The axes that are averaged, if the expression is a tensor minus its mean."""
    terms = sp.Add.make_args(expr)
    for x in terms:
        mu = program.definitions.get(str(-(expr - x)))
        if len(terms) != 2 or not x.is_Symbol or mu is None:
            continue
        t, m = (program.tensors.get(str(part)) for part in mu.expr.as_numer_denom())
        total = program.definitions.get(t.name) if t else None
        if isinstance(total, Total) and total.expr == x and m is not None and m.counts == total.over:
            return total.over
    return None
