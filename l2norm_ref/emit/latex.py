r"""Programs printed as LaTeX: the same stages, rules and order as the emitted code, for pages and notebooks.

A sum over a product of two tensors is written as an inner product, <x, h>, and a sum divided by the number of its
terms as a mean, both without a line of their own.
"""

from __future__ import annotations

import re

import sympy as sp

from ..symbolic.functions import AtLeast, Root
from ..symbolic.names import adjoint_name
from ..symbolic.program import Axes, Program, Stage, Total, axis_order
from .inline import Mean, inner_product, one_inner_product, plain_sum, with_means, without_a_line
from .printer import POWER, SUM, Printer, Term

AXIS_WORDS = {"n": "sample", "c": "channel", "s": "position"}

THIN = r" \, "
"""The space between factors."""

MEAN = r"\operatorname{mean}"

GLYPHS = {"eps": r"\varepsilon", "xhat": r"\hat{x}", "var": r"\mathrm{var}", "ms": r"\mathrm{ms}"} | {
    name: rf"\{name}" for name in ("alpha", "beta", "gamma", "delta", "mu", "sigma")
}


def symbol_latex(name: str) -> str:
    r"""A name as mathematics.

    Example:
        >>> symbol_latex("xhat"), symbol_latex("dgamma"), symbol_latex("d_bar")
        ('\\hat{x}', '\\mathrm{d}\\gamma', '\\bar{d}')
    """
    if name in GLYPHS or len(name) == 1:
        return GLYPHS.get(name, name)
    if part := re.fullmatch(r"(.+)_part(\d*)", name):
        return f"{symbol_latex(part[1])}^{{({part[2] or 1})}}"
    base, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # pyright: ignore[reportOptionalMemberAccess]
    suffix = f"_{{{number}}}" if number else ""
    for ending, accent in (("_bar", r"\bar"), ("_dot", r"\dot"), ("_tilde", r"\tilde")):
        if base.endswith(ending):
            return f"{accent}{{{symbol_latex(base.removesuffix(ending))}}}{suffix}"
    if base[0] in "dg" and len(base) > 1 and base != "gamma":
        return rf"\mathrm{{{base[0]}}}{symbol_latex(base[1:])}{suffix}"
    return GLYPHS.get(base, rf"\mathit{{{base}}}".replace("_", r"\_")) + suffix


class LatexPrinter(Printer):
    """Expressions and stages as LaTeX."""

    def equation(self, stage: Stage) -> str:
        """`left &= right`, for an aligned environment."""
        right = self.expression(stage.expr)
        if isinstance(stage, Total):
            terms = self.terms(stage.expr)
            body = right if len(terms) == 1 and not terms[0].negative else self._parentheses(right)
            right = rf"{sum_latex(stage.over)} {body}"
        elif isinstance(with_means(self.program, stage.expr), Mean):  # a definition says which axes
            total = next(s for s in self.program.stages if s.out.symbol in stage.expr.free_symbols)
            right = right.replace(MEAN, rf"{MEAN}_{{{axes_latex(total.over)}}}", 1)
        return f"{symbol_latex(stage.out.name)} &= {right}"

    def _terms(self, expr: sp.Expr) -> list[sp.Expr]:
        return [with_means(self.program, term) for term in super()._terms(expr)]

    def _symbol(self, name: str) -> str:
        factors = inner_product(self.program, name)
        if factors:
            over = "" if one_inner_product(self.program) else rf"_{{{axes_latex(self.program.definitions[name].over)}}}"
            return rf"\langle {', '.join(map(symbol_latex, factors))} \rangle{over}"
        if term := plain_sum(self.program, name):
            return rf"({{\textstyle\sum {symbol_latex(term)}}})"
        return symbol_latex(name)

    def _root(self, radicand: sp.Expr) -> str:
        return rf"\sqrt{{{self.expression(radicand)}}}"

    def _power(self, base: sp.Expr, exponent: int) -> str:
        return f"{self._wrapped(base, POWER)}^{{{exponent}}}"

    def _half_power(self, base: sp.Expr, halves: int) -> str:
        return f"{self._wrapped(base, POWER)}^{{{halves}/2}}"

    def _parentheses(self, text: str) -> str:
        return rf"\left({text}\right)"

    def _product(self, term: Term) -> str:
        below = (*term.below, *term.nonzero)
        inside = SUM if len(term.above) > 1 or not below else -1
        text = THIN.join(self._wrapped(f, inside) for f in term.above) or "1"
        if below:
            under = SUM if len(below) > 1 else -1
            text = rf"\frac{{{text}}}{{{THIN.join(self._wrapped(f, under) for f in below)}}}"
        conditions = [rf"{self.expression(c.args[0])} \ge {self.expression(c.args[1])}" for c in term.active]
        conditions += [f"{self.expression(n)} > 0" for n in term.nonzero]
        return text + "".join(rf" \, [{condition}]" for condition in conditions)

    def _function(self, expr: sp.Expr) -> str:
        if isinstance(expr, Root):
            return self._root(expr.args[0])
        if isinstance(expr, AtLeast):
            return rf"\max\left({', '.join(map(self.expression, expr.args))}\right)"
        if isinstance(expr, Mean):
            inside = self.expression(expr.args[0])
            return MEAN + (self._parentheses(inside) if r"\frac" in inside else f"({inside})")
        raise TypeError(f"{type(expr).__name__} has no notation")


def sum_latex(over: Axes) -> str:
    """The sum sign over named axes."""
    return rf"\sum_{{{axes_latex(over)}}}"


def axes_latex(over: Axes) -> str:
    """Named axes in words: as letters, n and s would also be a length and a sum of squares."""
    return rf"\text{{{', '.join(AXIS_WORDS.get(axis, axis) for axis in axis_order(over))}}}"


def equations(program: Program, stages: list[Stage], origins: bool = False) -> str:
    """Stages as one aligned environment; with `origins`, a note on the adjoint rule that wrote each line.

    A sum that has no line is displayed where it is used, save where its own adjoint is: then it is needed by name.
    """
    printer = LatexPrinter(program)
    lines = []
    for stage in stages:
        if not without_a_line(program, stage) or adjoint_name(stage.out.name) in program.tensors:
            note = origin_latex(program, stage) if origins else ""
            lines.append(printer.equation(stage) + (f" && {note}" if note else ""))
    return "\\begin{aligned}\n" + " \\\\[3pt]\n".join(lines) + "\n\\end{aligned}"


def origin_latex(program: Program, stage: Stage) -> str:
    """Which local slopes an adjoint stage was made from, as partial derivatives."""
    slopes = [rf"\partial {symbol_latex(out)} / \partial {symbol_latex(by)}" for out, by in stage.origin]
    return rf"\text{{from }} {', '.join(slopes)}" if slopes else ""


def program_latex(program: Program) -> str:
    """A whole Program as a displayed equation."""
    return f"$$\n{equations(program, list(program.stages))}\n$$"


def changes_latex(before: Program, after: Program) -> str:
    """What a step changed, as a displayed equation: the lines that are new, or what is no longer needed."""
    new = [stage for stage in after.stages if before.definitions.get(stage.out.name) != stage]
    if any(not without_a_line(after, stage) for stage in new):
        differentiated = not any(stage.origin for stage in before.stages)
        if differentiated:
            inside = [stage for stage in before.stages if without_a_line(before, stage)]
            new = [stage for stage in inside if adjoint_name(stage.out.name) in after.tensors] + new
        return f"$$\n{equations(after, new, origins=differentiated)}\n$$"
    gone = [stage for stage in before.stages if stage.out.name not in after.tensors]
    printer = LatexPrinter(before)
    lines = [rf"\text{{no longer needed:}}\quad {printer.equation(stage).replace('&=', '=')}" for stage in gone]
    return "$$\n\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}\n$$"


def formula(program: Program, name: str) -> str:
    """The equation of one stage, without a display environment."""
    return LatexPrinter(program).equation(program.definitions[name]).replace("&=", "=")


def displayed(program: Program, name: str, origins: bool = False) -> str:
    r"""The equation of one stage, under the name that other equations display: an inner product says what it is.

    Args:
        program: where the stage is defined.
        name: the stage.
        origins: whether a note says which slopes an adjoint stage was made from.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> displayed(derive_l2norm().closed_form, "p")
        '\\langle x, h \\rangle = \\sum_{\\text{channel}} x \\, h'
    """
    printer, stage = LatexPrinter(program), program.definitions[name]
    right = printer.equation(stage).partition("&=")[2]
    left = printer.expression(stage.out.symbol) if inner_product(program, name) else symbol_latex(name)
    note = origin_latex(program, stage) if origins else ""
    return f"{left} ={right}" + (rf" \qquad {note}" if note else "")
