"""A derivation: the adjoint of a definition and a list of rules applied to it, every application a recorded Step."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from dataclasses import dataclass

from .adjoint import adjoint
from .definitions import l2norm
from .evidence import Evidence, same_derivative, same_outputs
from .exact import Point
from .points import l2norm_points
from .program import Program
from .rules import CLOSED_FORM, FOR_THE_COMPUTER, Rule


@dataclass(frozen=True)
class Step:
    """One step of a derivation: what it was, what it became, by which rule, why, and the evidence that it is right."""

    before: Program
    after: Program
    rule: str
    reason: str
    evidence: Evidence

    def _repr_latex_(self) -> str:
        from l2norm_ref.emit.latex import changes_latex  # the printers import this package

        return changes_latex(self.before, self.after)

    def _repr_html_(self) -> str:
        from l2norm_ref.emit.html import step_html

        return step_html(self)


@dataclass(frozen=True)
class Derivation:
    """From a forward definition to its backward pass: the steps, the closed form, and the form that is computed."""

    name: str
    forward: Program
    steps: tuple[Step, ...]
    closed_form: Program

    @property
    def backward(self) -> Program:
        """The last form, in the order of operations that the emitted code uses."""
        return self.steps[-1].after

    def _repr_html_(self) -> str:
        from l2norm_ref.emit.html import derivation_html

        return derivation_html(self)


ADJOINT_REASON = """The stages are walked backwards. A pointwise stage passes on the gradient that arrives, times its
local slope, summed over the axes that the operand lacks. A sum passes the gradient to every one of its terms."""


@functools.cache
def derive_l2norm(over: str = "c", gamma_axes: str = "c", eps_mode: str = "add_inside") -> Derivation:
    """Derive the backward pass of L2Norm.

    Args:
        over: the reduced axes, "c" (across_spatial=False) or "cs" (across_spatial=True).
        gamma_axes: the axes of the scale, "c" (channel_shared=False) or "" (channel_shared=True).
        eps_mode: the denominator, a key of `definitions.DENOMINATORS`.

    Returns:
        The Derivation, its steps checked exactly.

    Raises:
        EvidenceError: a step does not preserve the value (then a rule is wrong).

    Example:
        >>> derivation = derive_l2norm(over="c", gamma_axes="c")
        >>> print(derivation.closed_form.definitions["dx"])
        dx[n,c,s] = h/d - p*x/d**3
        >>> print(derivation.backward.definitions["dx"])
        dx[n,c,s] = (h - p*xhat)/d
    """
    forward = l2norm(over, gamma_axes, eps_mode)
    raw = adjoint(forward)
    points = l2norm_points(raw)
    first = Step(forward, raw, "differentiate backwards", ADJOINT_REASON, same_derivative(forward, raw, points))
    closing = apply_rules(raw, CLOSED_FORM, points)
    closed_form = closing[-1].after
    return Derivation(
        eps_mode, forward, (first, *closing, *apply_rules(closed_form, FOR_THE_COMPUTER, points)), closed_form
    )


def apply_rules(program: Program, rules: Sequence[Rule], points: tuple[Point, ...]) -> list[Step]:
    """Apply each rule in turn; those that changed something become Steps, with exact evidence."""
    steps = []
    for rule in rules:
        after = rule(program)
        if after != program:
            evidence = same_outputs(program, after, points)
            heading, reason = rule.__name__.replace("_", " "), inspect.cleandoc(rule.__doc__ or "")
            steps.append(Step(program, after, heading, reason, evidence))
            program = after
    return steps
