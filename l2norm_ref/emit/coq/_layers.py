"""What is claimed of each layer, and where: the Programs come out of the derivation, the claims are listed here."""

from __future__ import annotations

import sympy as sp

from ...symbolic.derivation import (
    Derivation,
    derive_batch_norm,
    derive_batch_norm_scale,
    derive_l2norm,
    derive_rms_norm,
    derive_scale,
)
from ...symbolic.program import Axes, Program, Tensor, Total
from ._statements import Module, Statement, gradient, identity, together

OVER = {"c": ("position", "one norm for each sample and position"), "cs": ("sample", "one norm for each sample")}
SCALES: dict[str | None, tuple[str, str]] = {
    "c": ("per_channel", "one scale for each channel"),
    "": ("shared", "one scale for all"),
    None: ("unscaled", "no scale"),
}


def _symbols(names: str) -> list[sp.Symbol]:
    return [Tensor(name).symbol for name in names.split()]


S, N, D, P, EPS, SIGMA = _symbols("s n d p eps sigma")
ZERO = sp.Integer(0)
POSITIVE = [sp.Gt(EPS, 0)]

CONDITIONS: dict[str, tuple[sp.Rel, ...]] = {
    "add_inside": (sp.Gt(EPS, 0),),
    "add_outside": (sp.Ge(EPS, 0), sp.Gt(S, 0)),
    "clamp_norm": (sp.Ge(EPS, 0), sp.Ne(N, EPS)),
    "clamp_sum": (sp.Ge(EPS, 0), sp.Ne(S, EPS)),
    "none": (sp.Gt(S, 0),),
}
"""Where each denominator is differentiable: what is asked of eps, and of every slice of x."""


def l2norm_statements(derivation: Derivation, over: Axes, mode: str) -> tuple[Program, list[Statement]]:
    """The Program of one mode, and what is claimed of it: gradients, and what dx is along x."""
    x, dx = _symbols("x dx")
    along = Total(Tensor("x_dx", derivation.forward.tensors["s"].axes), x * dx, over)
    invariant = mode in ("add_inside", "none")
    program = together(derivation.forward, derivation.closed_form, [along] if invariant else [])
    claims = [gradient(program, "x", CONDITIONS[mode])]
    if "dgamma" in program.tensors:
        claims.append(gradient(program, "gamma"))
    x_dx = along.out.symbol
    if mode == "add_inside":
        without_eps = (sp.Eq(EPS, 0, evaluate=False), sp.Gt(S, 0))
        claims.append(identity(program, "along_x", x_dx, EPS * P / D**3, CONDITIONS[mode]))
        claims.append(identity(program, "orthogonal_to_x", x_dx, ZERO, without_eps))
    if mode == "none":
        claims.append(identity(program, "orthogonal_to_x", x_dx, ZERO, CONDITIONS[mode]))
    return program, claims


def l2norm_modules(mode: str) -> list[Module]:
    """L2Norm with one denominator: one norm for each position or sample, with three kinds of scale."""
    modules: list[Module] = []
    for over, (slices, norms) in OVER.items():
        for gamma_axes, (scaled, scales) in SCALES.items():
            derivation = derive_l2norm(over, gamma_axes, mode)
            program, claims = l2norm_statements(derivation, frozenset(over), mode)
            modules.append(Module(f"{slices}_{scaled}", f"{norms}, {scales}", program, claims))
    return modules


def batch_norm_statements() -> tuple[Program, list[Statement]]:
    """The Program of BatchNorm, and what is claimed of it: the gradient, and two invariants."""
    plain = derive_batch_norm()
    channel, over = plain.forward.tensors["sigma"].axes, frozenset("ns")
    dx, xhat, dy = _symbols("dx xhat dy")
    sums = [
        Total(Tensor("dx_sum", channel), dx, over),
        Total(Tensor("xhat_dx", channel), xhat * dx, over),
        Total(Tensor("xhat_dy", channel), xhat * dy, over),
    ]
    program = together(plain.forward, plain.closed_form, sums)
    dx_sum, along, across = (total.out.symbol for total in sums)
    return program, [
        gradient(program, "x", POSITIVE),
        identity(program, "no_mean", dx_sum, ZERO, POSITIVE),
        identity(program, "along_xhat", along, EPS * across / SIGMA**3, POSITIVE),
    ]


def batch_norm_modules() -> list[Module]:
    """BatchNorm, BatchNorm followed by Scale, and RMSNorm."""
    scaled, rms = derive_batch_norm_scale(), derive_rms_norm()
    program, claims = batch_norm_statements()
    both = together(scaled.forward, scaled.closed_form)
    of_both = [gradient(both, "x", POSITIVE), gradient(both, "gamma"), gradient(both, "beta")]
    root = together(rms.forward, rms.closed_form)
    return [
        Module("batch_norm", "mean and variance of each channel", program, claims),
        Module("batch_norm_scale", "BatchNorm followed by Scale", both, of_both),
        Module("rms_norm", "RMSNorm, without its scale", root, [gradient(root, "x", POSITIVE)]),
    ]


def scale_modules() -> list[Module]:
    """The Scale layer; its gradients need no condition."""
    derivation = derive_scale()
    program = together(derivation.forward, derivation.closed_form)
    claims = [gradient(program, name) for name in ("x", "gamma", "beta")]
    return [Module("scale", "y = gamma * x + beta", program, claims)]
