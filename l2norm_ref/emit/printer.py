"""Expressions in reading order, shared by every printer: what a careful person would write first comes first.

SymPy keeps the terms of a sum and the factors of a product in an order of its own. Here, positive terms come before
negative ones; among the positive ones tensors with many axes come before scalars (`s + eps`, `gamma * x + beta`), among
the negative ones the plainer first; factors come in the order in which the Program declares them (`gamma * dy`,
`xhat * h`). The order depends on nothing else, so emission is deterministic.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from ..symbolic.functions import Active, Reciprocal
from ..symbolic.program import Program
from .inline import Mean

SUM, PRODUCT, POWER, ATOM = range(4)


@dataclass(frozen=True)
class Term:
    """One term of a sum: sign, factors above and below the line, and the guards that can switch the term off."""

    negative: bool
    above: tuple[sp.Expr, ...]
    below: tuple[sp.Expr, ...]
    nonzero: tuple[sp.Expr, ...]
    """Divisors n of which 1/n counts as 0 at n = 0."""
    active: tuple[sp.Expr, ...]
    """Conditions q >= e under which the term counts."""


class Printer:
    """The walk over an expression; a subclass says how each node is written.

    Each `_..._` method returns text, and `_show` the text with its precedence.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.place = {name: k for k, name in enumerate(program.tensors)}

    def expression(self, expr: sp.Expr) -> str:
        """The text of an expression."""
        return self._show(expr)[0]

    def terms(self, expr: sp.Expr) -> list[Term]:
        """The terms of a sum in reading order."""
        return sorted(map(self._term, self._terms(expr)), key=self._term_key)

    def _terms(self, expr: sp.Expr) -> list[sp.Expr]:
        return list(sp.Add.make_args(expr))

    def _term(self, expr: sp.Expr) -> Term:
        above, below, nonzero, active = [], [], [], []
        coefficient, factors = expr.as_coeff_mul()
        if not isinstance(coefficient, sp.Rational):
            raise TypeError(f"{coefficient} is not a rational number: the vocabulary has no literals but integers")
        for factor in factors:
            base, exponent = factor.as_base_exp()
            if isinstance(factor, Active):
                active.append(factor)
            elif isinstance(factor, Reciprocal):
                nonzero.append(factor.args[0])
            elif exponent.is_negative:
                below.append(base**-exponent)
            else:
                above.append(factor)
        above.sort(key=self._key)
        below.sort(key=self._key)
        if abs(coefficient.p) != 1:
            above.insert(0, sp.Integer(abs(coefficient.p)))
        if coefficient.q != 1:
            below.insert(0, sp.Integer(coefficient.q))
        return Term(bool(coefficient < 0), tuple(above), tuple(below), tuple(nonzero), tuple(active))

    def _key(self, expr: sp.Expr) -> tuple[int, str]:
        if isinstance(expr, Mean):
            return len(self.place), str(expr)  # after every name, as in `xhat * mean(dy * xhat)`
        return min((self.place[s.name] for s in expr.free_symbols), default=-1), str(expr)

    def _term_key(self, term: Term) -> tuple[bool, int, list[tuple[int, str]]]:
        factors = [f for f in (*term.above, *term.below) if not isinstance(f, Mean)]
        rank = max((len(self.program.carried(f)) for f in factors), default=0)
        return term.negative, rank if term.negative else -rank, [self._key(f) for f in (*term.above, *term.below)]

    def _show(self, expr: sp.Expr) -> tuple[str, int]:
        if expr.is_Symbol:
            return self._symbol(expr.name), ATOM
        if expr.is_Integer and expr >= 0:
            return str(expr), ATOM
        if expr.is_Pow and expr.exp == sp.Rational(1, 2):
            return self._root(expr.base), ATOM
        if expr.is_Pow and expr.exp.is_Integer and expr.exp > 1:
            return self._power(expr.base, int(expr.exp)), POWER
        if expr.is_Pow and expr.exp.is_positive and (2 * expr.exp).is_Integer:
            return self._half_power(expr.base, int(2 * expr.exp)), POWER
        if expr.is_Add:
            return self._sum(self.terms(expr)), SUM
        if expr.is_Mul or (expr.is_Pow and expr.exp.is_negative) or isinstance(expr, Active | Reciprocal):
            (term,) = self.terms(expr)
            return ("-" if term.negative else "") + self._product(term), SUM if term.negative else PRODUCT
        return self._function(expr), ATOM

    def _wrapped(self, expr: sp.Expr, above: int) -> str:
        text, precedence = self._show(expr)
        return text if precedence > above else self._parentheses(text)

    def _sum(self, terms: list[Term]) -> str:
        text = ("-" if terms[0].negative else "") + self._product(terms[0])
        for term in terms[1:]:
            text += (" - " if term.negative else " + ") + self._product(term)
        return text

    def _parentheses(self, text: str) -> str:
        return f"({text})"

    def _symbol(self, name: str) -> str:
        return name

    def _root(self, radicand: sp.Expr) -> str:
        raise NotImplementedError

    def _power(self, base: sp.Expr, exponent: int) -> str:
        raise NotImplementedError

    def _half_power(self, base: sp.Expr, halves: int) -> str:
        raise NotImplementedError

    def _product(self, term: Term) -> str:
        raise NotImplementedError

    def _function(self, expr: sp.Expr) -> str:
        raise NotImplementedError
