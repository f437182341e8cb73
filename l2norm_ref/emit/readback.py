"""Read-back: run the emitted text on arrays of named axes, rebuild the Program, compare it with the one printed.

The tracer knows Python and five NumPy functions; it knows nothing of the printer. Its arrays have axes but no sizes, so
agreement holds for every size. The text is executed with an `np` that has only the closed vocabulary: anything else is
an error here, before a reader meets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import sympy as sp

from ..symbolic.functions import Active, AtLeast, Reciprocal, Root
from ..symbolic.program import Axes, Map, Program, Tensor, Total, axis_order

LAYOUT = ("n", "c", "s")
"""Which axis a number in `axis=` means: the traced arrays are (n, c, s), as a caller's are (N, C, ...)."""


class ReadBackError(AssertionError):
    """The emitted text does not say what the Program says, or leaves the vocabulary."""


Recorder = list[tuple[sp.Expr, Axes]]


class Traced:
    """An array with named axes that records what is done to it: an expression, and the sums taken so far."""

    def __init__(self, expr: sp.Expr, axes: Axes, sums: Recorder) -> None:
        self.expr, self.axes, self.sums = expr, axes, sums

    def _with(self, other: Any, operation: Callable[[Any, Any], Any]) -> Traced:
        expr, axes = _operand(other)
        return Traced(operation(self.expr, expr), self.axes | axes, self.sums)

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
        return Traced(-self.expr, self.axes, self.sums)

    def __pow__(self, exponent: int) -> Traced:
        if not isinstance(exponent, int):
            raise ReadBackError(f"power {exponent!r} is not an integer")
        return Traced(self.expr**exponent, self.axes, self.sums)

    def __ge__(self, other: Any) -> Traced:
        return self._with(other, lambda a, b: Active(a, b))

    def __le__(self, other: Any) -> Traced:  # how Python evaluates `0 >= n`
        return self._with(other, lambda a, b: Active(b, a))

    def __bool__(self) -> bool:
        raise ReadBackError("the emitted text branches on a value: it must be straight-line code")


class _NonZero(sp.Function):
    """np.where(0 >= n, 1, n): n, made harmless where it is 0. Only its reciprocal under that guard has a meaning."""

    is_real = True


def _operand(value: Any) -> tuple[sp.Expr, Axes]:
    if isinstance(value, Traced):
        return value.expr, value.axes
    if isinstance(value, int):
        return sp.Integer(value), frozenset()
    raise ReadBackError(f"{value!r} is neither an array nor an integer")


def _sum(array: Traced, *, axis: tuple[int, ...], keepdims: bool) -> Traced:
    over = frozenset(LAYOUT[k] for k in axis)
    if keepdims is not True:
        raise ReadBackError("np.sum without keepdims=True changes the axes that later operands meet")
    if not over <= array.axes:
        raise ReadBackError(f"np.sum over {sorted(over - array.axes)}, which the operand only broadcasts")
    array.sums.append((array.expr, over))
    return Traced(_sum_symbol(len(array.sums)), array.axes - over, array.sums)


def _where(condition: Traced, yes: Any, no: Any) -> Traced:
    """The guards of the vocabulary: [q >= e] * value, and the reciprocal that is 0 at 0."""
    (a, axes_yes), (b, axes_no) = _operand(yes), _operand(no)
    q, e = condition.expr.args
    axes = condition.axes | axes_yes | axes_no
    if b == 0:
        return Traced(condition.expr * a, axes, condition.sums)
    if q == 0 and a == 1 and b == e:
        return Traced(_NonZero(e), axes, condition.sums)
    if q == 0 and a == 0 and b.as_powers_dict().get(_NonZero(e)) == -1:
        return Traced(b * _NonZero(e) * Reciprocal(e), axes, condition.sums)
    raise ReadBackError(f"np.where({condition.expr}, {a}, {b}) is not in the vocabulary")


def _maximum(a: Traced, b: Traced) -> Traced:
    return a._with(b, lambda p, q: AtLeast(p, q))


def _sqrt(a: Traced) -> Traced:
    return Traced(sp.sqrt(a.expr), a.axes, a.sums)


VOCABULARY = SimpleNamespace(sum=_sum, where=_where, maximum=_maximum, sqrt=_sqrt)
"""What the emitted text finds under the name `np`."""


def load(text: str, np: Any = VOCABULARY) -> dict[str, Any]:
    """Execute emitted text with a given `np` and nothing else, not even Python's builtins.

    Raises:
        ReadBackError: the text imports something else.
    """

    def only_numpy(name: str, *_: Any) -> Any:
        if name != "numpy":
            raise ReadBackError(f"the emitted text imports {name}")
        return np

    namespace: dict[str, Any] = {"__builtins__": {"__import__": only_numpy}, "__name__": "emitted"}
    exec(compile(text, "<emitted>", "exec"), namespace)  # our own text, in a namespace without builtins
    return namespace


def trace(function: Callable[..., Any], arguments: Iterable[Any]) -> Any:
    """Call an emitted function; what it does outside the vocabulary becomes a ReadBackError."""
    try:
        return function(*arguments)
    except (AttributeError, TypeError, NameError, ValueError) as error:
        raise ReadBackError(f"{function.__name__} leaves the vocabulary: {error}") from error


def read_back(text: str, variant: str, forward: Program, backward: Program) -> tuple[Program, Program]:
    """Trace `<variant>_forward` and `<variant>_backward` and compare them with the Programs they were printed from.

    Args:
        text: the emitted module.
        variant: the prefix of the two functions.
        forward: the definition.
        backward: the derived backward pass; its inputs are those of `forward` and dy.

    Returns:
        The rebuilt Programs, in which only sums have names.

    Raises:
        ReadBackError: they differ, or the text leaves the vocabulary.
    """
    functions, sums = load(text), Recorder()
    inputs = {t.name: Traced(t.symbol, t.axes, sums) for t in backward.inputs}
    axes = _numbers(forward.definitions["s"].over)
    gamma_axes = _numbers(frozenset(LAYOUT) - forward.tensors["gamma"].axes)
    arguments = [inputs[t.name] for t in forward.inputs]
    y, saved = _pair(trace(functions[f"{variant}_forward"], [*arguments, axes]))
    rebuilt_forward = _program(forward.inputs, sums, {"y": y})
    dx, dgamma = _pair(trace(functions[f"{variant}_backward"], [inputs["dy"], saved, axes, gamma_axes]))
    rebuilt_backward = _program(backward.inputs, sums, {"dx": dx, "dgamma": dgamma})
    for rebuilt, printed in ((rebuilt_forward, forward), (rebuilt_backward, backward)):
        expected = flatten(printed)
        if rebuilt != expected:
            raise ReadBackError(f"{variant}: the text says\n{rebuilt}\nbut it was printed from\n{expected}")
    return rebuilt_forward, rebuilt_backward


def flatten(program: Program) -> Program:
    """The same Program with pointwise stages substituted and sums numbered: what a tracer can see of it."""
    known: dict[sp.Basic, sp.Expr] = {}
    sums: Recorder = []
    for stage in program.stages:
        expr = _plain(stage.expr).xreplace(known)
        if isinstance(stage, Total):
            sums.append((expr, stage.over))
            expr = _sum_symbol(len(sums))
        known[stage.out.symbol] = expr
    values = {name: (known[program.tensors[name].symbol], program.tensors[name].axes) for name in program.outputs}
    return _assemble(program.inputs, sums, values)


def _pair(result: Any) -> tuple[Any, Any]:
    if not (isinstance(result, tuple) and len(result) == 2):
        raise ReadBackError(f"an emitted function returns {result!r} instead of a pair")
    return result


def _program(inputs: tuple[Tensor, ...], sums: Recorder, outputs: Mapping[str, Any]) -> Program:
    for name, value in outputs.items():
        if not isinstance(value, Traced):
            raise ReadBackError(f"{name} is {value!r}, not an array")
    return _assemble(inputs, sums, {name: (value.expr, value.axes) for name, value in outputs.items()})


def _assemble(inputs: tuple[Tensor, ...], sums: Recorder, values: Mapping[str, tuple[sp.Expr, Axes]]) -> Program:
    axes = {t.symbol: t.axes for t in inputs}
    stages: list[Map | Total] = []
    for k, (expr, over) in enumerate(sums, start=1):
        symbol = _sum_symbol(k)
        axes[symbol] = frozenset[str]().union(*(axes[s] for s in expr.free_symbols)) - over
        stages.append(Total(Tensor(symbol.name, axes[symbol]), expr, over))
    stages += [Map(Tensor(name, carried), expr) for name, (expr, carried) in values.items()]
    return Program(inputs, tuple(stages), tuple(values))


def _plain(expr: sp.Expr) -> sp.Expr:
    """The value of an expression: how a root is differentiated at 0 is no part of it."""
    return expr.replace(Root, lambda radicand: sp.sqrt(radicand))


def _sum_symbol(k: int) -> sp.Symbol:
    return sp.Symbol(f"sum{k}", real=True)


def _numbers(axes: Axes) -> tuple[int, ...]:
    return tuple(LAYOUT.index(axis) for axis in axis_order(axes))
