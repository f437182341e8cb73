"""Named rewrites for code that loops over the elements itself; headings and reasons as in `rules.py`.

They change neither a value nor which formula it is, only what has to be known when.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from .functions import Reciprocal
from .program import Map, Program, Total
from .rules_of_sums import take_constants_out_of_sums


def sum_before_d_is_known(program: Program) -> Program:
    """`xhat` is `x` divided by `d`, and `d` is the same for the whole sum: taken out of it, the sum needs only `x`. So
    one sweep over the elements finds the inner product and the sum of squares together, and a second writes `dx`."""
    unit = program.definitions.get("xhat")
    if not isinstance(unit, Map):
        return program
    stages = [
        replace(stage, expr=stage.expr.xreplace({unit.out.symbol: unit.expr}))
        if isinstance(stage, Total) and stage.out.name not in program.outputs
        else stage
        for stage in program.stages
    ]
    return take_constants_out_of_sums(program.with_stages(stages))


def nothing_is_divided_by_zero(program: Program) -> Program:
    """Where `d` is 0 (a zero vector without eps), its reciprocal counts as 0, so that `y = 0` and `dx = 0` there."""
    d = program.tensors["d"].symbol

    def guarded(expr: sp.Expr) -> sp.Expr:
        return expr.replace(
            lambda part: part.is_Pow and part.base == d and part.exp.is_negative,
            lambda part: Reciprocal(d) ** -part.exp,
        )

    return program.with_stages([replace(stage, expr=guarded(stage.expr)) for stage in program.stages])
