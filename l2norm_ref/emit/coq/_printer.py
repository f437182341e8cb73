"""Programs printed as Coq definitions: functions from sizes, tensors and indices to real numbers.

A tensor with the axes n, c, s is a function of a sample, a channel and a position; a stage is a function of the sizes
that it sums along, of the inputs that it depends on, and of its own indices. Sums are `total` of
`tests/proofs/vocabulary.v`, where every word is defined that Coq's real numbers do not have.
"""

from __future__ import annotations

import textwrap

import sympy as sp

from ...symbolic.functions import AtLeast, Root
from ...symbolic.program import Axes, Program, Stage, Tensor, axis_order
from ..printer import PRODUCT, SUM, Printer, Term

INDEX = {"n": "sample", "c": "channel", "s": "position"}
"""The name of the index of an axis; its size is the plural."""

KEEP = "\u00a0"
"""A space at which no line is broken, until `filled` has broken them."""

RELATIONS = {
    ">": (True, "<"),
    ">=": (True, "<="),
    "<": (False, "<"),
    "<=": (False, "<="),
    "!=": (False, "<>"),
    "==": (False, "="),
}
"""How a relation is written, and whether its sides change places: Coq's readers expect `0 < eps`."""


DIRECTION, STEP = "direction", "t"
"""Along `x + t * direction` an input moves."""

TAKEN = {"total", "sqrt", "at_least", "active", "reciprocal", "INR", "R", "nat", "tensor1", "tensor2", "tensor3"}
TAKEN |= {"fun", "forall", "match", "with", "end"}
"""Words of the statements: a tensor with such a name would hide what the word means."""


class CoqPrinter(Printer):
    """Expressions, stages and conditions of one Program as Coq.

    Raises:
        ValueError: a tensor has a name that means something else in the statements.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        bound = {STEP, *INDEX.values(), *(f"{index}s" for index in INDEX.values())}
        inputs = {tensor.name for tensor in program.inputs}
        if hidden := sorted(TAKEN & set(program.tensors) | bound & inputs):
            raise ValueError(f"the statements use {', '.join(map(repr, hidden))} for something else: rename the tensor")
        self.needs: dict[str, tuple[Axes, tuple[Tensor, ...]]] = {}
        for tensor in program.inputs:
            self.needs[tensor.name] = (tensor.counts, () if tensor.counts else (tensor,))
        for stage in program.stages:
            self.needs[stage.out.name] = self.needed(stage.expr, stage.over)

    def needed(self, expr: sp.Basic, over: Axes = frozenset()) -> tuple[Axes, tuple[Tensor, ...]]:
        """The axes of which an expression, summed over some, needs the sizes; and the inputs that it depends on."""
        parts = [self.needs[symbol.name] for symbol in expr.free_symbols if isinstance(symbol, sp.Symbol)]
        inputs = {tensor for part in parts for tensor in part[1]}
        return over.union(*(part[0] for part in parts)), tuple(t for t in self.program.inputs if t in inputs)

    def definition(self, stage: Stage) -> str:
        """A stage as a `Definition`."""
        sizes, inputs = self.needs[stage.out.name]
        bound = [binder(size_names(sizes), "nat")] if sizes else []
        bound += [binder([tensor.name], tensor_type(tensor)) for tensor in inputs]
        bound += [binder(index_names(stage.out.axes), "nat")] if stage.out.axes else []
        head = filled(f"Definition {stage.out.name} {' '.join(bound)}{KEEP}:{KEEP}R{KEEP}:=", 2)
        return f"{head}\n{filled(self.total(stage.expr, stage.over) + '.', 4)}"

    def total(self, expr: sp.Expr, over: Axes) -> str:
        """The sum of an expression over named axes, as nested totals; the expression itself without axes."""
        text = self.expression(expr)
        for axis in reversed(axis_order(over)):
            text = f"total {INDEX[axis]}s (fun {INDEX[axis]} => {text})".replace(" ", KEEP, 4)
        return text

    def relation(self, condition: sp.Rel) -> str:
        """A condition, for every index of the axes that it carries."""
        swapped, sign = RELATIONS[condition.rel_op]
        left, right = (condition.rhs, condition.lhs) if swapped else (condition.lhs, condition.rhs)
        axes = self.program.carried(condition)
        return quantified(axes) + f"{self.expression(left)} {sign} {self.expression(right)}"

    def applied(self, name: str, changed: str = "", by: str = "") -> str:
        """A stage applied to its sizes and inputs, one of the inputs replaced by another text; not to its indices."""
        sizes, inputs = self.needs[name]
        given = [by if tensor.name == changed else tensor.name for tensor in inputs]
        return KEEP.join([name, *size_names(sizes), *given])

    def _symbol(self, name: str) -> str:
        tensor = self.program.tensors[name]
        if tensor.counts:
            return f"INR ({' * '.join(size_names(tensor.counts))})"
        own = name if tensor in self.program.inputs else self.applied(name)
        return KEEP.join([own, *index_names(tensor.axes)])

    def _root(self, radicand: sp.Expr) -> str:
        return f"sqrt ({self.expression(radicand)})"

    def _power(self, base: sp.Expr, exponent: int) -> str:
        return f"{self._wrapped(base, PRODUCT)} ^ {exponent}"

    def _product(self, term: Term) -> str:
        factors = [self._wrapped(f, SUM) for f in term.above] or ([] if term.nonzero or term.active else ["1"])
        factors += [f"reciprocal ({self.expression(n)})" for n in term.nonzero]
        factors += [f"active ({self.expression(c.args[0])}) ({self.expression(c.args[1])})" for c in term.active]
        text = " * ".join(factors)
        if not term.below:
            return text
        below = " * ".join(self._wrapped(f, PRODUCT if len(term.below) == 1 else SUM) for f in term.below)
        return f"{text} / {below if len(term.below) == 1 else f'({below})'}"

    def _function(self, expr: sp.Expr) -> str:
        if isinstance(expr, Root):
            return self._root(expr.args[0])
        if isinstance(expr, AtLeast):
            return f"at_least {' '.join(f'({self.expression(a)})' for a in expr.args)}"
        raise TypeError(f"{type(expr).__name__} is not in the vocabulary")


def index_names(axes: Axes) -> list[str]:
    """The indices of a tensor, in the order of its axes."""
    return [INDEX[axis] for axis in axis_order(axes)]


def size_names(axes: Axes) -> list[str]:
    """The sizes of axes, in order."""
    return [f"{INDEX[axis]}s" for axis in axis_order(axes)]


def tensor_type(tensor: Tensor) -> str:
    """The type of a tensor.

    Example:
        >>> tensor_type(Tensor("gamma", frozenset("c")))
        'tensor1'
    """
    return f"tensor{len(tensor.axes)}" if tensor.axes else "R"


def binder(names: list[str], kind: str) -> str:
    """Names with their type, in parentheses."""
    return f"({' '.join(names)} : {kind})".replace(" ", KEEP)


def quantified(axes: Axes) -> str:
    """`forall` the indices of some axes, below their sizes; nothing without axes."""
    if not axes:
        return ""
    below = " -> ".join(f"({INDEX[axis]} < {INDEX[axis]}s)%nat" for axis in axis_order(axes))
    return f"forall {' '.join(index_names(axes))}, {below} -> "


def filled(text: str, indent: int) -> str:
    """A sentence of Coq in lines of at most 110 columns, the second and further ones indented more."""
    begin, more = " " * indent, " " * (indent + 2)
    lines = textwrap.wrap(text, 110, initial_indent=begin, subsequent_indent=more, break_long_words=False)
    return "\n".join(lines).replace(KEEP, " ")
