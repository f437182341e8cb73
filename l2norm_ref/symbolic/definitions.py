"""The forward definition of L2Norm, with its five denominators; those of BatchNorm and Scale are in `batch_norm.py`.

These two files are the only mathematics that a person types in this project. L2Norm (ParseNet, arXiv:1506.04579; the
`Normalize` layer of SSD's Caffe), for x with axes n (sample), c (channel) and s (spatial position), is

    s = sum of x**2 over the reduced axes
    d = sqrt(s + eps)            the denominator; `eps_mode` names this one stage, five conventions are in use
    xhat = x / d
    y = gamma * xhat

`across_spatial` and `channel_shared` are sets of axes, not branches: the sum runs over {c} or {c, s}, and gamma
carries {c} or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sympy as sp

from .functions import AtLeast, Root
from .program import Axes, Map, Program, Stage, Tensor, Total

EVERYTHING: Axes = frozenset("ncs")


def _symbols(names: str) -> list[sp.Symbol]:
    return [Tensor(name).symbol for name in names.split()]


def _add_inside(kept: Axes) -> tuple[Stage, ...]:
    s, eps = _symbols("s eps")
    return (Map(Tensor("d", kept), sp.sqrt(s + eps)),)


def _add_outside(kept: Axes) -> tuple[Stage, ...]:
    s, n, eps = _symbols("s n eps")
    return Map(Tensor("n", kept), Root(s)), Map(Tensor("d", kept), n + eps)


def _clamp_norm(kept: Axes) -> tuple[Stage, ...]:
    s, n, eps = _symbols("s n eps")
    return Map(Tensor("n", kept), Root(s)), Map(Tensor("d", kept), AtLeast(n, eps))


def _clamp_sum(kept: Axes) -> tuple[Stage, ...]:
    s, eps = _symbols("s eps")
    return (Map(Tensor("d", kept), sp.sqrt(AtLeast(s, eps))),)


def _none(kept: Axes) -> tuple[Stage, ...]:
    (s,) = _symbols("s")
    return (Map(Tensor("d", kept), sp.sqrt(s)),)


DENOMINATORS: dict[str, Callable[[Axes], tuple[Stage, ...]]] = {
    "add_inside": _add_inside,
    "add_outside": _add_outside,
    "clamp_norm": _clamp_norm,
    "clamp_sum": _clamp_sum,
    "none": _none,
}
"""The stage(s) from the sum of squares s to the denominator d, by `eps_mode`."""


def l2norm(over: Iterable[str] = "c", gamma_axes: Iterable[str] | None = "c", eps_mode: str = "add_inside") -> Program:
    """The L2Norm layer, `y = gamma * x / d`, as a Program.

    Args:
        over: the axes that the sum of squares runs over, {c} (one norm for each position) or {c, s} (one for each
            sample); any non-empty subset of {n, c, s} is a definition.
        gamma_axes: the axes that the scale carries, {c} (one for each channel) or nothing (one for all); None for a
            layer without scale, y = xhat.
        eps_mode: which denominator, a key of `DENOMINATORS`.

    Returns:
        The Program with inputs x, gamma (unless there is none) and eps, and output y.

    Raises:
        ValueError: an unknown axis or eps_mode, or an empty `over`.

    Example:
        >>> print(l2norm(over="c", gamma_axes="c"))
        s[n,s] = sum over c of x**2
        d[n,s] = sqrt(eps + s)
        xhat[n,c,s] = x/d
        y[n,c,s] = gamma*xhat
    """
    reduced, scaled = frozenset(over), frozenset(gamma_axes or "")
    if not (reduced <= EVERYTHING and scaled <= EVERYTHING):
        raise ValueError(f"unknown axis in over={sorted(reduced)} or gamma_axes={sorted(scaled)}: expected n, c, s")
    if eps_mode not in DENOMINATORS:
        raise ValueError(f"eps_mode={eps_mode!r}: expected one of {sorted(DENOMINATORS)}")
    kept = EVERYTHING - reduced
    x, gamma, eps = Tensor("x", EVERYTHING), Tensor("gamma", scaled), Tensor("eps")
    d, xhat = _symbols("d xhat")
    return Program(
        inputs=(x, eps) if gamma_axes is None else (x, gamma, eps),
        stages=(
            Total(Tensor("s", kept), x.symbol**2, reduced),
            *DENOMINATORS[eps_mode](kept),
            Map(Tensor("xhat", EVERYTHING), x.symbol / d),
            Map(Tensor("y", EVERYTHING), xhat if gamma_axes is None else gamma.symbol * xhat),
        ),
        outputs=("y",),
    )
