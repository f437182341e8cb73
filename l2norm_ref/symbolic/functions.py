"""Scalar functions whose derivative at the exceptional point is our decision, stated here, not SymPy's.

SymPy's `Max` differentiates to a Heaviside step (1/2 at the tie) and its `sqrt` has a pole at 0. A layer takes one
branch at the tie (the unclamped one, as PyTorch and TensorFlow do) and gives the root the slope 0 at 0. So a Map may
use

    AtLeast(q, e)   max(q, e);     slope in q: Active(q, e), in e: 1 - Active(q, e)
    Active(q, e)    1 where q >= e, else 0; slope 0
    Root(s)         sqrt(s);       slope: Reciprocal(Root(s)) / 2
    Reciprocal(n)   1 / n for n > 0, else 0 (n is a norm); slope: -Reciprocal(n)**2
"""

from __future__ import annotations

import sympy as sp


class _Real(sp.Function):
    """A real-valued function without automatic evaluation: what is written is what is printed."""

    is_real = True


class AtLeast(_Real):
    """max(q, e), from below: the clamp of a denominator."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The branch at the tie is the unclamped one."""
        active = Active(*self.args)
        return {1: active, 2: 1 - active}[argindex]


class Active(_Real):
    """1 where q >= e, else 0. Its own derivative is 0 everywhere, the tie included."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """A step is flat on both sides; nothing is said at the jump."""
        return sp.Integer(0)


class Root(_Real):
    """sqrt(s) with slope 0 at s = 0, so that a zero vector gets a finite gradient."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """d sqrt(s) / ds = 1 / (2 sqrt(s)), and 0 at 0."""
        return Reciprocal(self) / 2


class Reciprocal(_Real):
    """1 / n for n > 0, else 0. Its argument is a norm, so "else" means at 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """d (1/n) / dn = -1 / n**2, and 0 at 0."""
        return -(self**2)
