"""Named rewrites, each a small function Program -> Program. The function's name is the heading of its step on the site
and its docstring is the reason that the reader sees; so both are written for the reader.

No rule may change a value: each application is checked exactly (`evidence.py`) when a derivation is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from .functions import Active, AtLeast, Reciprocal
from .names import is_adjoint
from .program import Map, Program, Stage, Tensor, Total
from .rules_of_sums import a_centred_sum_vanishes, split_sums, take_constants_out_of_sums

Rule = Callable[[Program], Program]

RENAMED = {"xhat_bar": "h"}
"""Intermediate values that the literature has a name for."""


def drop_unused_stages(program: Program) -> Program:
    """A stage that no output needs is dropped: the backward pass never looks at `y` itself."""
    needed = {tensor.symbol for name, tensor in program.tensors.items() if name in program.outputs}
    unit = _unit_vector(program)
    needed |= {unit.out.symbol} if unit else set()  # the last rules measure along it
    kept: list[Stage] = []
    for stage in reversed(program.stages):
        if stage.out.symbol in needed:
            kept.append(stage)
            needed |= stage.expr.free_symbols
    return program.with_stages(reversed(kept))


def merge_aliases(program: Program) -> Program:
    """The output of one layer is the input of the next; of the two names for one value only one is kept."""
    known: dict[sp.Basic, sp.Expr] = {}
    stages: list[Stage] = []
    for stage in program.stages:
        expr = stage.expr.xreplace(known)
        alias = isinstance(stage, Map) and expr.is_Symbol and program.carried(expr) == stage.out.axes
        if alias and stage.out.name not in program.outputs:
            known[stage.out.symbol] = expr
        else:
            stages.append(_with_expr(stage, expr))
    return program.with_stages(stages)


def name_the_scaled_gradient(program: Program) -> Program:
    """The gradient that arrives at the normalised vector gets its usual name, `h = gamma * dy`."""
    for old, new in RENAMED.items():
        if old in program.tensors and new not in program.tensors:
            program = _rename(program, old, new)
    return program


def reuse_forward_values(program: Program) -> Program:
    """The derivative of a root contains the root again; the forward pass has computed it and given it a name."""
    stages: list[Stage] = []
    for stage in program.stages:
        expr = stage.expr
        for earlier in stages:
            if isinstance(earlier, Map) and not earlier.expr.is_Mul:
                expr = _recognise(expr, earlier)
        stages.append(_with_expr(stage, expr))
    return program.with_stages(stages)


def open_clamp_is_the_identity(program: Program) -> Program:
    """Where the clamp is open, `d = max(n, eps)` is `n` itself; so the slope of the root, `1/n`, is `1/d` there."""
    stages: list[Stage] = []
    for stage in program.stages:
        expr = stage.expr
        for earlier in stages:
            if isinstance(earlier, Map) and isinstance(earlier.expr, AtLeast):
                n, d = earlier.expr.args[0], earlier.out.symbol
                active = Active(*earlier.expr.args)
                terms = sp.Add.make_args(expr)
                expr = sp.Add(*(term.subs(Reciprocal(n), 1 / d) if term.has(active) else term for term in terms))
        stages.append(_with_expr(stage, expr))
    return program.with_stages(stages)


def substitute_adjoints(program: Program) -> Program:
    """The adjoints of `d` and `s` only pass a value on; with both substituted, one formula for `dx` remains."""
    known: dict[sp.Basic, sp.Expr] = {}
    stages: list[Stage] = []
    for stage in program.stages:
        expr = stage.expr.xreplace(known)
        passes_on = isinstance(stage, Map) and bool(stage.origin) and is_adjoint(stage.out.name)
        if passes_on and stage.out.name not in program.outputs:
            known[stage.out.symbol] = expr
        else:
            stages.append(_with_expr(stage, expr))
    return program.with_stages(stages)


def measure_along_the_unit_vector(program: Program) -> Program:
    """The inner product is taken with `xhat = x/d` instead of `x`, which is `d` times as long: `<x, h> = d <xhat, h>`.
    The formula then needs no third power of `d`, which overflows long before `d` does, and reads as a projection. In
    BatchNorm, `u` stands for `x` and `sigma` for `d`."""
    unit = _unit_vector(program)
    if unit is None:
        return program
    x, d, xhat = *unit.expr.as_numer_denom(), unit.out.symbol
    known: dict[sp.Basic, sp.Expr] = {}
    stages: list[Stage] = []
    for stage in program.stages:
        expr = stage.expr.xreplace(known)
        inner = isinstance(stage, Total) and unit in stages and stage.out.name not in program.outputs
        if inner and _is_factor(x, expr):
            expr = expr / x * xhat
            known[stage.out.symbol] = d * stage.out.symbol
        elif known and isinstance(stage, Map):
            expr = sp.Add(*(_recognise(term, unit) for term in sp.Add.make_args(expr)))
        stages.append(_with_expr(stage, expr))
    return program.with_stages(stages)


def factor_out_the_division(program: Program) -> Program:
    """Every term is divided by the same denominator, so one division is enough."""
    unit = _unit_vector(program)
    if unit is None:
        return program
    d, stages = unit.expr.as_numer_denom()[1], []
    for stage in program.stages:
        terms = sp.Add.make_args(stage.expr)
        if isinstance(stage, Map) and len(terms) > 1 and all(_is_factor(1 / d, term) for term in terms):
            stages.append(_with_expr(stage, sp.Add(*(term * d for term in terms)) / d))
        else:
            stages.append(stage)
    return program.with_stages(stages)


CLOSED_FORM: tuple[Rule, ...] = (
    drop_unused_stages,
    name_the_scaled_gradient,
    reuse_forward_values,
    take_constants_out_of_sums,
    substitute_adjoints,
    split_sums,
    take_constants_out_of_sums,
    a_centred_sum_vanishes,
    substitute_adjoints,
    open_clamp_is_the_identity,
)
"""From what the two adjoint rules give to the closed form, dx = h/d - x <x, h> k for L2Norm. Two rules stand twice:
after a sum is split, there are constants to take out of its parts, and one more adjoint to substitute."""

FOR_THE_COMPUTER: tuple[Rule, ...] = (measure_along_the_unit_vector, factor_out_the_division)
"""From the closed form to the order of operations that the emitted code uses."""


def _with_expr(stage: Stage, expr: sp.Expr) -> Stage:
    return replace(stage, expr=expr)


def _unit_vector(program: Program) -> Map | None:
    """The stage xhat = x / d, if the program has one of just this form."""
    unit = program.definitions.get("xhat")
    if not isinstance(unit, Map) or not all(part.is_Symbol for part in unit.expr.as_numer_denom()):
        return None
    return unit


def _rename(program: Program, old: str, new: str) -> Program:
    was, now = program.tensors[old].symbol, Tensor(new, program.tensors[old].axes)
    stages = []
    for stage in program.stages:
        renamed = _with_expr(stage, stage.expr.xreplace({was: now.symbol}))
        stages.append(replace(renamed, out=now) if stage.out.name == old else renamed)
    return program.with_stages(stages)


def _is_factor(factor: sp.Expr, term: sp.Expr) -> bool:
    """Whether the term is a product with this power in it (or a higher one of the same sign)."""
    base, exponent = factor.as_base_exp()
    power = term.as_powers_dict().get(base, sp.Integer(0))
    return bool(power >= exponent if exponent > 0 else power <= exponent)


def _recognise(expr: sp.Expr, earlier: Map) -> sp.Expr:
    """Occurrences of the expression of an earlier stage, also under a root or as a quotient, replaced by its name."""
    name, what = earlier.out.symbol, earlier.expr
    if what.is_Symbol or what.is_number:
        return expr
    if what.is_Pow and what.exp == sp.Rational(1, 2):  # any power of the radicand is a power of the root
        return expr.replace(lambda e: e.is_Pow and e.base == what.base, lambda e: name ** (2 * e.exp))
    if what.is_Mul and expr.is_Mul and all(_is_factor(f, expr) for f in what.args):
        return expr / what * name
    return expr.xreplace({what: name})
