"""What is linear in a sum can be put into the sum: a convolution swallows the BatchNorm and the Scale that follow it.

At deployment BatchNorm uses given statistics, so the three layers are an affine function of the convolution's sum. Its
slope goes into the filters and the rest into the bias.
"""

from __future__ import annotations

import functools

import sympy as sp

from .batch_norm import convolution, global_batch_norm, scale
from .compose import compose
from .derivation import Step, apply_rules
from .program import Map, Program, Stage, Tensor, Total
from .rules import merge_aliases
from .variance_points import variance_points


def write_as_one_formula(program: Program) -> Program:
    """The pointwise stages after the sum are put into one another; what depends on the channel alone keeps its name."""
    (out,) = program.outputs
    known: dict[sp.Basic, sp.Expr] = {}
    stages: list[Stage] = []
    for stage in program.stages:
        expr = stage.expr.xreplace(known)
        if isinstance(stage, Map) and stage.out.name != out and stage.out.axes == program.tensors[out].axes:
            known[stage.out.symbol] = expr
        else:
            stages.append(Map(stage.out, expr) if isinstance(stage, Map) else stage)
    return program.with_stages(stages)


def fold_into_the_filters(program: Program) -> Program:
    """The output is an affine function of the sum. Its slope is the same for every term, so it goes into the filters
    `w`; what remains where the sum is 0 is the new bias."""
    (out,) = program.outputs
    last, total = program.definitions[out], program.definitions["a"]
    slope = sp.diff(last.expr, total.out.symbol)
    bias = Tensor("b_tilde", frozenset("c"))
    filters = Tensor("w_tilde", program.tensors["w"].axes)
    if not isinstance(total, Total) or not program.carried(slope) <= bias.axes:
        return program
    before = [stage for stage in program.stages if stage not in (last, total)]
    w, x = program.tensors["w"].symbol, program.tensors["x"].symbol
    return program.with_stages(
        [
            *before,
            Map(filters, w * slope),
            Map(bias, last.expr.subs(total.out.symbol, 0)),
            Total(total.out, filters.symbol * x, total.over),
            Map(last.out, total.out.symbol + bias.symbol),
        ]
    )


@functools.cache
def fold_convolution() -> tuple[Step, ...]:
    """The steps from Convolution, BatchNorm (given statistics) and Scale to one convolution, each checked exactly.

    Example:
        >>> folded = fold_convolution()[-1].after
        >>> print(folded.definitions["w_tilde"])
        w_tilde[c,k] = gamma*w/sigma
        >>> print(folded.definitions["b_tilde"])
        b_tilde[c] = beta + gamma*(b - mu)/sigma
    """
    normalised = compose(convolution(), global_batch_norm(), via="z")
    layers = compose(normalised, scale(), via="zhat")
    return tuple(
        apply_rules(layers, (merge_aliases, write_as_one_formula, fold_into_the_filters), variance_points(layers))
    )
