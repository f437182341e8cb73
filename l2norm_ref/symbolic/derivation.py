"""A derivation: the adjoint of a definition and a list of rules applied to it, every application a recorded Step."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .adjoint import adjoint
from .batch_norm import batch_norm, global_batch_norm, rms_norm, scale
from .compose import compose
from .definitions import l2norm
from .evidence import Evidence, same_derivative, same_outputs
from .exact import Point
from .points import l2norm_points
from .program import Program
from .rules import CLOSED_FORM, FOR_THE_COMPUTER, Rule, merge_aliases
from .variance_points import variance_points


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
def derive_l2norm(over: str = "c", gamma_axes: str | None = "c", eps_mode: str = "add_inside") -> Derivation:
    """Derive the backward pass of L2Norm.

    Args:
        over: the reduced axes, "c" (across_spatial=False) or "cs" (across_spatial=True).
        gamma_axes: the axes of the scale, "c" (channel_shared=False) or "" (channel_shared=True); None without scale.
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
    learned = () if gamma_axes is None else ("gamma",)
    return derive(eps_mode, l2norm(over, gamma_axes, eps_mode), ("x", *learned), l2norm_points)


@functools.cache
def derive_batch_norm(over: str = "ns", x_axes: str = "ncs") -> Derivation:
    """Derive the backward pass of BatchNorm with the statistics of the batch; the mean over other axes has other names.

    Example:
        >>> print(derive_batch_norm().backward.definitions["dx"])
        dx[n,c,s] = (dy - dy_sum/m - p*xhat/m)/sigma
    """
    return derive("batch_norm", batch_norm(over, x_axes), ("x",), variance_points)


@functools.cache
def derive_global_batch_norm() -> Derivation:
    """Derive the backward pass of BatchNorm with given statistics: the mean and the variance are constants.

    Example:
        >>> print(derive_global_batch_norm().backward.definitions["dx"])
        dx[n,c,s] = dy/sigma
    """
    return derive("global_batch_norm", global_batch_norm(), ("x",), variance_points)


@functools.cache
def derive_rms_norm(over: str = "c", x_axes: str = "ncs") -> Derivation:
    """Derive the backward pass of RMSNorm without its scale.

    Example:
        >>> print(derive_rms_norm().backward.definitions["dx"])
        dx[n,c,s] = (dy - p*xhat/m)/sigma
    """
    return derive("rms_norm", rms_norm(over, x_axes), ("x",), variance_points)


@functools.cache
def derive_scale(gamma_axes: str = "c", bias: bool = True) -> Derivation:
    """Derive the backward pass of the Scale layer.

    Example:
        >>> print(derive_scale().backward.definitions["dbeta"])
        dbeta[c] = sum over n,s of dy
    """
    learned = ("gamma", "beta") if bias else ("gamma",)
    return derive("scale_bias" if bias else "scale", scale(gamma_axes, bias), ("x", *learned), variance_points)


@functools.cache
def derive_batch_norm_scale(over: str = "ns", gamma_axes: str = "c", x_axes: str = "ncs") -> Derivation:
    """Derive the backward pass of BatchNorm followed by Scale, as one Program.

    Example:
        >>> print(derive_batch_norm_scale().backward.definitions["dx"])
        dx[n,c,s] = (h - h_sum/m - p*xhat/m)/sigma
    """
    both = compose(batch_norm(over, x_axes), scale(gamma_axes, True, x_axes))
    return derive("batch_norm_scale", merge_aliases(both), ("x", "gamma", "beta"), variance_points)


def derive(
    name: str, forward: Program, wrt: tuple[str, ...], points_of: Callable[[Program], tuple[Point, ...]]
) -> Derivation:
    """Derive the backward pass of a definition.

    Args:
        name: of the derivation.
        forward: the definition.
        wrt: the inputs by which to differentiate.
        points_of: gives the rational points at which a Program and what comes of it are compared.

    Returns:
        The Derivation, its steps checked exactly.

    Raises:
        EvidenceError: a step does not preserve the value (then a rule is wrong).
    """
    raw = adjoint(forward, wrt)
    points = points_of(raw)
    evidence = same_derivative(forward, raw, points, wrt=wrt)
    steps = [Step(forward, raw, "differentiate backwards", ADJOINT_REASON, evidence)]
    steps += apply_rules(raw, CLOSED_FORM, points)
    closed_form = steps[-1].after
    steps += apply_rules(closed_form, FOR_THE_COMPUTER, points)
    return Derivation(name, forward, tuple(steps), closed_form)


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
