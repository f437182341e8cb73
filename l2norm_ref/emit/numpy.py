"""Programs printed as NumPy statements, from a closed vocabulary.

The vocabulary: + - * /, integer powers, np.sqrt, np.sum(..., axis=, keepdims=True), >=, np.where, np.maximum, and
non-negative integers. So the same text runs on float64, on complex numbers (the complex step), on double-double arrays
and on the tracer of `readback.py`. One statement a stage, in the order of the Program, with the names of the Program.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from ..symbolic.functions import AtLeast, Root
from ..symbolic.program import Program, Stage, Total
from .arguments import axis_name
from .inline import Mean, inner_product, one_inner_product, plain_sum, with_means
from .printer import POWER, PRODUCT, SUM, Printer, Term


class NumpyPrinter(Printer):
    """Expressions and stages as NumPy text.

    Args:
        program: where the names are declared.
    """

    prefix = "np."

    def statement(self, stage: Stage) -> str:
        """`out = expr`, or `out = np.sum(expr, axis=..., keepdims=True)`.

        Raises:
            ValueError: the stage broadcasts without an operand that carries the axis; no expression in the vocabulary
                has that shape, and a later sum over the axis would count it once instead of `size` times.
        """
        lacking = stage.out.axes - self.program.carried(stage.expr)
        if lacking:
            raise ValueError(f"stage {stage.out.name!r} has no operand that carries {sorted(lacking)}")
        text = self.expression(stage.expr)
        if isinstance(stage, Total):
            text = f"{self.prefix}sum({text}, axis={axis_name(self.program, stage)}, keepdims=True)"
        return f"{stage.out.name} = {text}"

    def _root(self, radicand: sp.Expr) -> str:
        return f"{self.prefix}sqrt({self.expression(radicand)})"

    def _power(self, base: sp.Expr, exponent: int) -> str:
        return f"{self._wrapped(base, POWER)}**{exponent}"

    def _half_power(self, base: sp.Expr, halves: int) -> str:
        return f"{self._root(base)}**{halves}"

    def _product(self, term: Term) -> str:
        guarded = [f"{self.prefix}where(0 >= {n}, 1, {n})" for n in map(self.expression, term.nonzero)]
        above = [self._wrapped(f, SUM) for f in term.above] or ["1"]
        below = [self._wrapped(f, PRODUCT) for f in term.below] + guarded
        text = " * ".join(above)
        if below:
            text += " / " + (below[0] if len(below) == 1 else f"({' * '.join(below)})")
        for n in term.nonzero:
            text = f"{self.prefix}where(0 >= {self.expression(n)}, 0, {text})"
        for condition in term.active:
            q, e = map(self.expression, condition.args)
            text = f"{self.prefix}where({q} >= {e}, {text}, 0)"
        return text

    def _function(self, expr: sp.Expr) -> str:
        if isinstance(expr, Root):
            return self._root(expr.args[0])
        if isinstance(expr, AtLeast):
            return f"{self.prefix}maximum({', '.join(map(self.expression, expr.args))})"
        raise TypeError(f"{type(expr).__name__} is not in the vocabulary")


class TextPrinter(NumpyPrinter):
    """The same in plain words for docstrings: no `np.`, <a, b> and mean(a) for sums, guards as [condition]."""

    prefix = ""

    def _terms(self, expr: sp.Expr) -> list[sp.Expr]:
        return [with_means(self.program, term) for term in super()._terms(expr)]

    def _function(self, expr: sp.Expr) -> str:
        return f"mean({self.expression(expr.args[0])})" if isinstance(expr, Mean) else super()._function(expr)

    def _symbol(self, name: str) -> str:
        factors = inner_product(self.program, name)
        if factors and one_inner_product(self.program):
            return f"<{', '.join(factors)}>"
        return f"sum({term})" if (term := plain_sum(self.program, name)) else name

    def _product(self, term: Term) -> str:
        text = " * ".join(self._wrapped(f, SUM) for f in term.above) or "1"
        below = [self._wrapped(f, PRODUCT) for f in (*term.below, *term.nonzero)]
        if below:
            text += " / " + (below[0] if len(below) == 1 else f"({' * '.join(below)})")
        conditions = [f"{self.expression(c.args[0])} >= {self.expression(c.args[1])}" for c in term.active]
        conditions += [f"{self.expression(n)} > 0" for n in term.nonzero]
        return text + "".join(f" [{condition}]" for condition in conditions)


@dataclass(frozen=True)
class Line:
    """A line of emitted text, and the name of the stage that it computes; empty where it computes none."""

    text: str
    stage: str = ""


def statements(program: Program, names: Iterable[str]) -> list[Line]:
    """The statements of the named stages, in the order of the Program.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> statements(derive_l2norm().backward, ["dx", "h"])
        [Line(text='h = gamma * dy', stage='h'), Line(text='dx = (h - xhat * p) / d', stage='dx')]
    """
    printer, wanted = NumpyPrinter(program), set(names)
    found = [stage for stage in program.stages if stage.out.name in wanted]
    return [Line(printer.statement(stage), stage.out.name) for stage in found]
