"""Read-back: run the emitted text on arrays of named axes, rebuild the Program, compare it with the one printed.

The arrays (`tracer.py`) have axes but no sizes, so agreement holds for every size. Before the text runs it is parsed:
syntax outside the closed vocabulary is an error. The comparison is algebraic; work that would cancel is an error, too.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy as sp

from ..symbolic.functions import Root
from ..symbolic.program import Axes, Map, Program, Tensor, Total, axis_order
from .arguments import axis_arguments, signature
from .tracer import LAYOUT, VOCABULARY, ReadBackError, Recorder, Traced, check_work, sum_symbol

ALLOWED = (
    *(ast.Module, ast.Expr, ast.Import, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign),
    *(ast.Name, ast.Load, ast.Store, ast.Tuple, ast.Constant, ast.Attribute, ast.Call, ast.keyword, ast.Compare),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UnaryOp, ast.USub, ast.GtE),
)
"""The syntax of the vocabulary. No branch, no loop, no assignment into an array."""


def load(text: str, np: Any = VOCABULARY) -> dict[str, Any]:
    """Execute emitted text with a given `np` and nothing else, not even Python's builtins.

    Raises:
        ReadBackError: the text imports something else, or its syntax leaves the vocabulary.
    """
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ALLOWED):
            raise ReadBackError(
                f"{type(node).__name__} in line {getattr(node, 'lineno', '?')} is not in the vocabulary"
            )

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
    for name in (f"{variant}_forward", f"{variant}_backward"):
        if name not in functions:
            raise ReadBackError(f"the text has no function {name}")
    inputs = {t.name: Traced(t.symbol, t.axes, sums, Counter({t.name: 1})) for t in backward.inputs}
    given = [inputs[t.name] for t in signature(forward)]
    axes = [_numbers(over) for over in axis_arguments(forward, forward.stages).values()]
    y, saved = _several(trace(functions[f"{variant}_forward"], [*given, *axes]), 2)
    rebuilt_forward = _program(forward.inputs, sums, {"y": y})
    own = [stage for stage in backward.stages if stage.out.name not in forward.tensors]
    axes = [_numbers(over) for over in axis_arguments(backward, own).values()]
    results = _several(trace(functions[f"{variant}_backward"], [inputs["dy"], saved, *axes]), len(backward.outputs))
    rebuilt_backward = _program(backward.inputs, sums, dict(zip(backward.outputs, results, strict=True)))
    for rebuilt, printed in ((rebuilt_forward, forward), (rebuilt_backward, backward)):
        expected = flatten(printed)
        if rebuilt != expected:
            both = zip(str(rebuilt).splitlines(), str(expected).splitlines(), strict=False)
            said, meant = next(((a, b) for a, b in both if a != b), (rebuilt, expected))
            raise ReadBackError(f"{variant}: the text says {said}, but it was printed from {meant}")
    return rebuilt_forward, rebuilt_backward


def flatten(program: Program) -> Program:
    """The same Program with pointwise stages substituted and sums numbered: what a tracer can see of it."""
    known: dict[sp.Basic, sp.Expr] = {}
    sums: Recorder = []
    for stage in program.stages:
        expr = _plain(stage.expr).xreplace(known)
        if isinstance(stage, Total):
            sums.append((expr, stage.over))
            expr = sum_symbol(len(sums))
        known[stage.out.symbol] = expr
    values = {name: (known[program.tensors[name].symbol], program.tensors[name].axes) for name in program.outputs}
    return _assemble(program.inputs, sums, values)


def _several(result: Any, count: int) -> tuple[Any, ...]:
    if count == 1:
        return (result,)
    if not (isinstance(result, tuple) and len(result) == count):
        raise ReadBackError(f"an emitted function returns {result!r} instead of {count} values")
    return result


def _program(inputs: tuple[Tensor, ...], sums: Recorder, outputs: Mapping[str, Any]) -> Program:
    for name, value in outputs.items():
        if not isinstance(value, Traced):
            raise ReadBackError(f"{name} is {value!r}, not an array")
        check_work(name, value.work, value.expr)
    return _assemble(inputs, sums, {name: (value.expr, value.axes) for name, value in outputs.items()})


def _assemble(inputs: tuple[Tensor, ...], sums: Recorder, values: Mapping[str, tuple[sp.Expr, Axes]]) -> Program:
    axes = {t.symbol: t.axes for t in inputs}
    stages: list[Map | Total] = []
    for k, (expr, over) in enumerate(sums, start=1):
        symbol = sum_symbol(k)
        axes[symbol] = frozenset[str]().union(*(axes[s] for s in expr.free_symbols)) - over
        stages.append(Total(Tensor(symbol.name, axes[symbol]), expr, over))
    stages += [Map(Tensor(name, carried), expr) for name, (expr, carried) in values.items()]
    return Program(inputs, tuple(stages), tuple(values))


def _plain(expr: sp.Expr) -> sp.Expr:
    """The value of an expression: how a root is differentiated at 0 is no part of it."""
    return expr.replace(Root, lambda radicand: sp.sqrt(radicand))


def _numbers(axes: Axes) -> tuple[int, ...]:
    return tuple(LAYOUT.index(axis) for axis in axis_order(axes))
