"""The Programs that fast kernels are printed from: forward, backward or both, with all divisions at the places.

A place is what one norm belongs to: a position, or a sample. There are far fewer places than elements, so named
rewrites move what arithmetic they can there: one reciprocal for each place, and one factor for each term of an output
(`q` in `dx = g * dy - q * x`). Products and sums are left for an element. As in a derivation, each rewrite is checked
exactly at rational points; what it gives up is range, since r**3 leaves that of the number type before d does.

After that the sweeps of `schedule.py` are the same for every denominator. What differs lies between them.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import sympy as sp

from ...symbolic.definitions import EVERYTHING
from ...symbolic.derivation import Step, apply_rules, derive_l2norm
from ...symbolic.functions import Reciprocal
from ...symbolic.names import Names
from ...symbolic.points import l2norm_points
from ...symbolic.program import Map, Program, Stage, Tensor
from ...symbolic.rules import drop_unused_stages
from ...symbolic.rules_for_loops import nothing_is_divided_by_zero, sum_before_d_is_known

WHATS = {"forward": ("y",), "backward": ("dx", "dgamma"), "both": ("y", "dx", "dgamma")}
"""What a kernel computes: the outputs by the name of the kernel."""


def divide_once(program: Program) -> Program:
    """The reciprocal `r = 1/d` is computed once at each place; the elements are multiplied by it."""
    d = program.tensors["d"]
    r = Tensor(Names(program.tensors).fresh("r"), d.axes)
    stages: list[Stage] = []
    for stage in program.stages:
        stages.append(replace(stage, expr=stage.expr.xreplace({Reciprocal(d.symbol): r.symbol})))
        if stage.out == d:
            stages.append(Map(r, Reciprocal(d.symbol)))
    return program.with_stages(stages)


def multiply_out(program: Program) -> Program:
    """`xhat` and `h` are products of what is read anyway; multiplied out, each term of an output is an element times
    numbers."""
    known: dict[sp.Basic, sp.Expr] = {}
    stages: list[Stage] = []
    for stage in program.stages:
        stage = replace(stage, expr=sp.expand(stage.expr.xreplace(known)))
        if isinstance(stage, Map) and stage.out.name not in program.outputs and stage.out.axes == EVERYTHING:
            known[stage.out.symbol] = stage.expr
        else:
            stages.append(stage)
    return program.with_stages(stages)


def gather_the_numbers(program: Program) -> Program:
    """The factors of a term that are numbers of the place are one number, computed before the elements are visited;
    the factor that terms share, `g = gamma * r`, is computed once."""
    kept = program.tensors["d"].axes
    r, gamma = (program.tensors[name].symbol for name in ("r", "gamma"))
    names, stages = Names(program.tensors), list[Stage]()
    factors: dict[sp.Expr, Tensor] = {}

    def named(factor: sp.Expr, name: str) -> sp.Expr:
        if factor.is_Symbol or factor.is_number:
            return factor
        if factor not in factors:
            factors[factor] = Tensor(names.fresh(name), program.carried(factor))
            stages.append(Map(factors[factor], factor))
        return factors[factor].symbol

    def gathered(term: sp.Expr) -> sp.Expr:
        numbers = abs(term.as_coeff_Mul()[0])
        numbers *= sp.Mul(*(f for f in sp.Mul.make_args(term) if program.carried(f) <= kept and not f.is_number))
        if numbers == r and gamma in term.free_symbols:
            return term / (gamma * r) * named(gamma * r, "g")
        return term / numbers * named(numbers, "q")

    for stage in program.stages:
        if isinstance(stage, Map) and stage.out.name in program.outputs:
            stage = replace(stage, expr=sp.Add(*map(gathered, sp.Add.make_args(stage.expr))))
        stages.append(stage)
    return program.with_stages(stages)


RULES = (
    sum_before_d_is_known,
    nothing_is_divided_by_zero,
    divide_once,
    multiply_out,
    gather_the_numbers,
)


@functools.cache
def kernel_steps(over: str, eps_mode: str) -> tuple[Step, ...]:
    """The steps from a derivation to the Program of a kernel that computes everything, each checked exactly."""
    program = joined(over, eps_mode)
    return tuple(apply_rules(program, RULES, l2norm_points(program)))


@functools.cache
def kernel(over: str, eps_mode: str, what: str = "both") -> Program:
    """The Program of a kernel.

    Args:
        over: the reduced axes.
        eps_mode: the denominator.
        what: a key of `WHATS`.

    Raises:
        EvidenceError: a rewrite changed a value.

    Example:
        >>> print(kernel("c", "add_inside").definitions["dx"])
        dx[n,c,s] = dy*g - q*x
        >>> print(kernel("c", "clamp_norm").definitions["q"])
        q[n,s] = p*r**2*Active(n, eps)
    """
    return outputs_only(kernel_steps(over, eps_mode)[-1].after, WHATS[what])


def joined(over: str, eps_mode: str) -> Program:
    """A definition and its derived backward as one Program."""
    derivation = derive_l2norm(over, "c", eps_mode)
    forward, backward = derivation.forward, derivation.backward
    stages = dict.fromkeys((*forward.stages, *backward.stages))
    return Program(tuple(dict.fromkeys((*forward.inputs, *backward.inputs))), tuple(stages), WHATS["both"])


def outputs_only(program: Program, outputs: tuple[str, ...]) -> Program:
    """The part of a Program that some of its outputs need."""
    program = drop_unused_stages(replace(program, outputs=outputs))
    read = frozenset[sp.Basic]().union(*(stage.expr.free_symbols for stage in program.stages))
    return replace(program, inputs=tuple(t for t in program.inputs if t.symbol in read or t.name == "eps"))
