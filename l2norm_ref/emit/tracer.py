"""Arrays of named axes that record what is done to them: what the read-back runs the emitted text on.

They know Python and four NumPy functions, and nothing of the printer. They have axes but no sizes. SymPy cancels as it
builds an expression: `d**200 / d**200` is 1 to it, and an overflow to a computer. So beside the expression the
operands, roots and powers are counted, and must be those that are left in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import sympy as sp

from ..symbolic.functions import Active, AtLeast, Reciprocal
from ..symbolic.program import Axes

LAYOUT = ("n", "c", "s")
"""Which axis a number in `axis=` means: the traced arrays are (n, c, s), as a caller's are (N, C, ...)."""


class ReadBackError(AssertionError):
    """The emitted text does not say what the Program says, or leaves the vocabulary."""


Recorder = list[tuple[sp.Expr, Axes]]


class Traced:
    """An array with named axes that records what is done to it: an expression, the work in it, the sums so far."""

    def __init__(self, expr: sp.Expr, axes: Axes, sums: Recorder, work: Counter[str]) -> None:
        self.expr, self.axes, self.sums, self.work = expr, axes, sums, work

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Traced:
        expr, axes, work = _operand(other)
        return Traced(operation(self.expr, expr), self.axes | axes, self.sums, self.work + work)

    def __add__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: a + b)

    def __radd__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: b + a)

    def __sub__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: a * b)

    def __rmul__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: b * a)

    def __truediv__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: b / a)

    def __neg__(self) -> Traced:
        return self._with(-1, lambda a, b: a * b)

    def __pow__(self, exponent: int) -> Traced:
        if not isinstance(exponent, int):
            raise ReadBackError(f"power {exponent!r} is not an integer")
        return Traced(self.expr**exponent, self.axes, self.sums, self.work + Counter({f"**{exponent}": 1}))

    def __ge__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: Active(a, b))

    def __le__(self, other: Any) -> Traced:  # how Python evaluates `0 >= n`
        return self._with(other, lambda a, b: Active(b, a))

    def __bool__(self) -> bool:
        raise ReadBackError("the emitted text branches on a value: it must be straight-line code")


class _NonZero(sp.Function):
    """np.where(0 >= n, 1, n): n, made harmless where it is 0. Only its reciprocal under that guard has a meaning."""

    is_real = True


def _operand(value: Any) -> tuple[sp.Expr, Axes, Counter[str]]:
    if isinstance(value, Traced):
        return value.expr, value.axes, value.work
    if isinstance(value, int):
        return sp.Integer(value), frozenset(), Counter()
    raise ReadBackError(f"{value!r} is neither an array nor an integer")


def _sum(array: Traced, *, axis: tuple[int, ...], keepdims: bool) -> Traced:
    over = frozenset(LAYOUT[k] for k in axis)
    if keepdims is not True:
        raise ReadBackError("np.sum without keepdims=True changes the axes that later operands meet")
    if not over <= array.axes:
        raise ReadBackError(f"np.sum over {sorted(over - array.axes)}, which the operand only broadcasts")
    check_work("the summand", array.work, array.expr)
    array.sums.append((array.expr, over))
    symbol = sum_symbol(len(array.sums))
    return Traced(symbol, array.axes - over, array.sums, Counter({symbol.name: 1}))


def _where(condition: Traced, yes: Any, no: Any) -> Traced:
    """The guards of the vocabulary: [q >= e] * value, and the reciprocal that is 0 at 0."""
    if not isinstance(condition.expr, Active):
        raise ReadBackError(f"np.where on {condition.expr}, which is no comparison")
    (a, axes_yes, work_yes), (b, axes_no, work_no) = _operand(yes), _operand(no)
    q, e = condition.expr.args
    axes = condition.axes | axes_yes | axes_no
    if b == 0:
        return Traced(condition.expr * a, axes, condition.sums, condition.work + work_yes)
    if q == 0 and a == 1 and b == e:
        return Traced(_NonZero(e), axes, condition.sums, work_no)
    if q == 0 and a == 0 and b.as_powers_dict().get(_NonZero(e)) == -1:
        return Traced(b * _NonZero(e) * Reciprocal(e), axes, condition.sums, work_no)
    raise ReadBackError(f"np.where({condition.expr}, {a}, {b}) is not in the vocabulary")


def _maximum(a: Traced, b: Traced) -> Traced:
    return a._with(b, lambda p, q: AtLeast(p, q))


def _sqrt(a: Traced) -> Traced:
    return Traced(sp.sqrt(a.expr), a.axes, a.sums, a.work + Counter({"sqrt": 1}))


def check_work(name: str, work: Counter[str], expr: sp.Expr) -> None:
    """The text may not do what cancels: as many operands, roots and powers as there are in the expression."""
    expected = _work(expr)
    if work != expected:
        raise ReadBackError(f"{name}: the text computes with {dict(work)}, the formula with {dict(expected)}")


def _work(expr: sp.Expr) -> Counter[str]:
    if expr.is_Symbol:
        return Counter({expr.name: 1})
    work = sum((_work(arg) for arg in expr.args if not (expr.is_Pow and arg is expr.exp)), Counter[str]())
    if expr.is_Pow and abs(expr.exp) != 1:
        halves = int(abs(2 * expr.exp))
        odd = halves % 2
        power = halves if odd else halves // 2
        work += Counter({"sqrt": odd, f"**{power}": int(power > 1)})
    return +work


VOCABULARY = SimpleNamespace(sum=_sum, where=_where, maximum=_maximum, sqrt=_sqrt)
"""What the emitted text finds under the name `np`."""


def sum_symbol(k: int) -> sp.Symbol:
    """The k-th sum, under a name that no Program and no text could have."""
    return sp.Symbol(f"sum#{k}", real=True)
