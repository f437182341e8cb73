"""What a buffer holds and what a stage of the derivation stands for, in one common form, so that they can be compared.

The form is an expression in x, dy, gamma, eps, d and sums. A sum has a name of its own; factors that do not vary
along the summed axes stand before it, so equal sums are one symbol; s + eps is d squared.
"""

from __future__ import annotations

import sympy as sp

from l2norm_ref.emit.latex import LatexPrinter, axes_latex, sum_latex
from l2norm_ref.emit.tracer import Recorder, Traced, sum_symbol
from l2norm_ref.symbolic.program import Axes, Program, Stage, Tensor, Total, axis_order

D = sp.Symbol("d", positive=True)
GAMMA = Tensor("gamma").symbol
DIFF = Tensor("diff").symbol
EVERYTHING: Axes = frozenset("ncs")


class Values:
    """The common form for one mode: `over` are the axes of the sum of squares, `gamma_axes` those of the scale."""

    def __init__(self, over: str, gamma_axes: str) -> None:
        self.axes: dict[str, Axes] = {
            "gamma": frozenset(gamma_axes),
            "x": EVERYTHING,
            "dy": EVERYTHING,
            "d": EVERYTHING - frozenset(over),
            "diff": frozenset(gamma_axes),
            "eps": frozenset(),
        }
        self.sums: dict[sp.Symbol, tuple[sp.Expr, Axes]] = {}
        x, eps = Tensor("x").symbol, Tensor("eps").symbol
        self.s = self.total(x**2, frozenset(over))
        self._square_of_d = {self.s + eps: D**2}

    def carried(self, expr: sp.Expr) -> Axes:
        """The axes along which an expression varies."""
        return frozenset[str]().union(*(self.axes[symbol.name] for symbol in expr.free_symbols))

    def recognise(self, expr: sp.Expr) -> sp.Expr:
        """S + eps is the square of d."""
        return expr.xreplace(self._square_of_d)

    def total(self, expr: sp.Expr, over: Axes) -> sp.Expr:
        """The sum, with what does not vary along it in front."""
        result = sp.Integer(0)
        for term in sp.Add.make_args(sp.expand(expr)):
            inside, outside = sp.Integer(1), sp.Integer(1)
            for factor in sp.Mul.make_args(term):
                if self.carried(factor) & over:
                    inside *= factor
                else:
                    outside *= factor
            result += outside * self._name(inside, over)
        return result

    def _name(self, inside: sp.Expr, over: Axes) -> sp.Symbol:
        letters = "".join(axis_order(over)).upper()
        pair = all(factor.is_Symbol for factor in inside.args) and len(inside.args) == 2
        names = sorted((f.name for f in inside.args), reverse=True) if pair else []
        name = f"<{','.join(names)}>_{letters}" if pair else f"sum_{letters}({inside})"
        symbol = sp.Symbol("s" if inside == Tensor("x").symbol ** 2 else name, real=True)
        self.sums[symbol] = inside, over
        self.axes[symbol.name] = self.carried(inside) - over
        return symbol

    def recorded(self, value: Traced, sums: Recorder, *, raw: bool = False) -> sp.Expr:
        """What a duck array holds; `raw` leaves s + eps as it is."""
        known: dict[sp.Basic, sp.Expr] = {}
        for k, (expr, over) in enumerate(sums, 1):
            known[sum_symbol(k)] = self.total(self.recognise(expr.xreplace(known)), over)
        expr = value.expr.xreplace(known)
        return expr if raw else self.recognise(expr)

    def program(self, program: Program) -> dict[str, tuple[sp.Expr, sp.Expr | None]]:
        """What each stage of a Program stands for; and, for a sum, its summand.

        A sum over samples is the sum within one sample where the scale has channels, as Caffe adds up sample by sample.
        """
        known: dict[sp.Basic, sp.Expr] = {Tensor("d").symbol: D}
        values: dict[str, tuple[sp.Expr, sp.Expr | None]] = {}
        for stage in program.stages:
            inside = self.recognise(stage.expr.xreplace(known))
            value = self.total(inside, self._within(stage)) if isinstance(stage, Total) else inside
            known[stage.out.symbol] = value
            values[stage.out.name] = value, inside if isinstance(stage, Total) else None
        return values

    def _within(self, stage: Stage) -> Axes:
        return stage.over - {"n"} if self.axes["gamma"] else stage.over

    def latex(self, expr: sp.Expr) -> str:
        """An expression of the common form as LaTeX."""
        inputs = tuple(Tensor(name, axes) for name, axes in self.axes.items())
        text = _Printer(Program(inputs, (), ()), self).expression(expr)
        whole = expr in self.sums and text.startswith(r"\left(")
        return text.removeprefix(r"\left(").removesuffix(r"\right)") if whole else text


class _Printer(LatexPrinter):
    """Sums are written where they stand."""

    def __init__(self, program: Program, values: Values) -> None:
        super().__init__(program)
        self.values = values

    def _symbol(self, name: str) -> str:
        symbol = sp.Symbol(name, real=True)
        if name == "diff":
            return r"\text{(before)}"
        if symbol not in self.values.sums or name == "s":
            return super()._symbol(name)
        inside, over = self.values.sums[symbol]
        if name[0] == "<":
            return rf"\langle {', '.join(map(super()._symbol, name[1:].split('>')[0].split(',')))} \rangle" + (
                rf"_{{{axes_latex(over)}}}"
            )
        return rf"\left({sum_latex(over)} {self.expression(inside)}\right)"
