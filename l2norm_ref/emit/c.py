"""Programs printed as C99: one function, a loop nest for each sweep of `schedule.py`.

Arrays are `real` (float, or double with -DREAL=double); everything between reading and writing is double, so that sums
of many floats keep their last digits. Index arithmetic is size_t; nothing is allocated.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from ..symbolic.functions import AtLeast, Root
from ..symbolic.program import Axes, Program, Stage, Tensor
from .printer import PRODUCT, SUM, Printer, Term
from .schedule import Sweep, schedule

LOOPS = {"n": "sample", "c": "channel", "s": "position"}
"""The name of the loop over an axis; its size is the plural."""

ORDERS = {"channels first": "ncs", "channels last": "nsc"}
"""The order of the axes in memory."""


class CPrinter(Printer):
    """Expressions of doubles. An element of an array has been read into a local variable of its name."""

    def _symbol(self, name: str) -> str:
        return f"{name}_i" if self.program.tensors[name] in self.program.inputs and name != "eps" else name

    def _root(self, radicand: sp.Expr) -> str:
        return f"sqrt({self.expression(radicand)})"

    def _power(self, base: sp.Expr, exponent: int) -> str:
        return " * ".join([self._wrapped(base, PRODUCT)] * exponent)

    def _wrapped(self, expr: sp.Expr, above: int) -> str:
        text = super()._wrapped(expr, above)
        return self._parentheses(text) if expr.is_Pow and expr.exp.is_Integer and above >= PRODUCT else text

    def _product(self, term: Term) -> str:
        above = [self._wrapped(f, SUM) for f in term.above] or ["1"]
        below = [self._wrapped(f, PRODUCT) for f in (*term.below, *term.nonzero)]
        text = " * ".join(above)
        if below:
            text += " / " + (below[0] if len(below) == 1 else f"({' * '.join(below)})")
        for n in term.nonzero:
            text = f"(0 >= {self.expression(n)} ? 0 : {text})"
        for condition in term.active:
            q, e = map(self.expression, condition.args)
            text = f"({q} >= {e} ? {text} : 0)"
        return text

    def _function(self, expr: sp.Expr) -> str:
        if isinstance(expr, Root):
            return self._root(expr.args[0])
        if isinstance(expr, AtLeast):
            q, e = map(self.expression, expr.args)
            return f"({q} < {e} ? {e} : {q})"  # NaN stays NaN, which fmax would hide
        raise TypeError(f"{type(expr).__name__} is not in the vocabulary")


def function(name: str, program: Program, order: str, eps: float) -> str:
    """The text of a C function that computes the outputs of a Program.

    Args:
        name: of the function.
        program: what it computes, over the axes n, c and s.
        order: of the axes in memory, a value of `ORDERS`.
        eps: the constant.
    """
    printer, plan = CPrinter(program), schedule(program)
    eps_symbol = program.tensors["eps"].symbol
    used = any(eps_symbol in stage.expr.free_symbols for stage in _all(plan.sweeps))
    gradients = [stage.out for stage in plan.sweeps[-1].gradients]
    arrays = [f"const real *{tensor.name}" for tensor in _arrays(program)]
    for output in program.outputs:
        arrays.append(f"{'double' if program.tensors[output] in gradients else 'real'} *{output}")
    sizes = "size_t samples, size_t channels, size_t positions"
    body = [f"const double eps = {eps!r};"] if used else []
    for tensor in gradients:
        body += _loop(tensor.axes, [f"{_element(tensor)} = 0;"])
    inside: list[str] = []
    for sweep in plan.sweeps:
        inside += _sweep(printer, sweep, plan.reduced, order)
    body += _loop(plan.outer, inside, order)
    head = f"void {name}({sizes},"
    lines = [head, f"{' ' * (len(name) + 6)}{', '.join(arrays)})", "{", *_indented(body), "}"]
    return "\n".join(lines) + "\n"


def _sweep(printer: CPrinter, sweep: Sweep, reduced: Axes, order: str) -> list[str]:
    """The statements of one sweep at one place of the outer loop."""
    program, lines = printer.program, [f"double {stage.out.name} = 0;" for stage in sweep.totals]
    stages: list[Stage] = [*sweep.local, *sweep.totals, *sweep.writes, *sweep.gradients]
    read = {symbol.name for stage in stages for symbol in stage.expr.free_symbols}
    inner = [f"const size_t i = {_index(order)};"]
    inner += [f"const double {t.name}_i = {_element(t)};" for t in _arrays(program) if t.name in read]
    inner += [f"const double {stage.out.name} = {printer.expression(stage.expr)};" for stage in sweep.local]
    inner += [f"{stage.out.name} += {printer.expression(stage.expr)};" for stage in sweep.totals]
    inner += [f"{stage.out.name}[i] = (real)({printer.expression(stage.expr)});" for stage in sweep.writes]
    inner += [f"{_element(stage.out)} += {printer.expression(stage.expr)};" for stage in sweep.gradients]
    lines += _loop(reduced, inner, order)
    return lines + [f"const double {stage.out.name} = {printer.expression(stage.expr)};" for stage in sweep.after]


def _index(order: str) -> str:
    first, second, third = (LOOPS[axis] for axis in order)
    return f"({first} * {second}s + {second}) * {third}s + {third}"


def _element(tensor: Tensor) -> str:
    """An element of an array: of x by the index, of gamma by the channel, of a number by nothing."""
    if len(tensor.axes) > 1:
        return f"{tensor.name}[i]"
    return f"{tensor.name}[{LOOPS[next(iter(tensor.axes))] if tensor.axes else 0}]"


def _arrays(program: Program) -> list[Tensor]:
    return sorted((t for t in program.inputs if t.name != "eps"), key=lambda tensor: tensor.name not in ("x", "dy"))


def _all(sweeps: Iterable[Sweep]) -> list[Stage]:
    return [s for w in sweeps for s in (*w.local, *w.totals, *w.writes, *w.gradients, *w.after)]


def _loop(axes: Axes, body: list[str], order: str = "ncs") -> list[str]:
    """The body inside a loop for each axis, the outermost first; without axes, the body as a block or as it is."""
    for axis in reversed([axis for axis in order if axis in axes]):
        name = LOOPS[axis]
        body = [f"for (size_t {name} = 0; {name} < {name}s; ++{name}) {{", *_indented(body), "}"]
    return body


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
