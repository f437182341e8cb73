"""The statements that are proved, as Coq propositions: what a derivation claims, for every size and every number.

A statement is a closed proposition: it quantifies over all that it speaks of. It is emitted; its proof is written by
hand, in `tests/proofs/`, and can only prove what is said here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from ...symbolic.program import Map, Program, Tensor, Total
from ._printer import (
    DIRECTION,
    KEEP,
    STEP,
    CoqPrinter,
    binder,
    filled,
    index_names,
    quantified,
    size_names,
    tensor_type,
)

Condition = sp.Rel | str
"""A relation between tensors, claimed for each of their elements; or the text of a condition."""


@dataclass(frozen=True)
class Statement:
    """A proposition about a Program.

    Attributes:
        name: of the definition in Coq.
        text: without the name.
        before: a definition that the text needs.
        equation: the two sides, if it is an identity.
        conditions: under which it is claimed.
    """

    name: str
    text: str
    before: str = ""
    equation: tuple[sp.Expr, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Module:
    """A Coq module: the definitions of a Program and what is claimed of it.

    Attributes:
        name: of the module.
        comment: what it is about, in words.
        program: of `together`.
        statements: about the program.
    """

    name: str
    comment: str
    program: Program
    statements: Sequence[Statement] = ()

    def text(self) -> str:
        """The module in Coq, with a tactic that opens all its definitions."""
        printer = CoqPrinter(self.program)
        names = ", ".join(stage.out.name for stage in reversed(self.program.stages))
        lines = [f"(* {self.comment} *)", f"Module {self.name}."]
        lines += [printer.definition(stage) for stage in self.program.stages]
        for statement in self.statements:
            lines += [f"\n{statement.before}"] if statement.before else []
            lines += [f"\n  Definition {statement.name} : Prop :=\n{statement.text}."]
        lines += [f"\n{filled(f'Ltac open_definitions := unfold {names} in *.', 2)}"]
        return "\n".join([*lines, f"End {self.name}.", ""])


def together(forward: Program, backward: Program, extra: Sequence[Total | Map] = ()) -> Program:
    """A forward definition, its loss <dy, y>, its backward pass and stages more, as one Program.

    Raises:
        ValueError: the backward pass uses a name of the forward pass for something else.
    """
    y = forward.tensors["y"]
    loss = Total(Tensor("loss"), Tensor("dy", y.axes).symbol * y.symbol, y.axes)
    stages = list(forward.stages)
    for stage in (loss, *backward.stages, *extra):
        known = next((s for s in stages if s.out.name == stage.out.name), None)
        if known is None:
            stages.append(stage)
        elif known != stage:
            raise ValueError(f"{stage.out.name!r} is one thing in the forward pass and another in the backward pass")
    return Program(backward.inputs, tuple(stages), ("loss", *backward.outputs))


def gradient(program: Program, wrt: str, conditions: Sequence[Condition] = (), slope: str = "") -> Statement:
    """`slope` is the gradient of the loss by `wrt`: the derivative at 0 along every direction is <slope, direction>.

    Args:
        program: of `together`.
        wrt: an input.
        conditions: under which it is claimed; of a tensor, for each of its elements.
        slope: the stage that is claimed to be the gradient; "d" + wrt unless given.
    """
    slope, tensor = slope or f"d{wrt}", program.tensors[wrt]
    direction = Tensor(DIRECTION, tensor.axes)
    claim = derivative(program, tensor, slope, direction)
    text = closed(program, [direction], conditions, claim)
    return Statement(f"{slope}_is_the_gradient", text, conditions=tuple(conditions))


def derivative(program: Program, tensor: Tensor, slope: str, direction: Tensor) -> str:
    """The loss, moved along a direction, has the derivative <slope, direction> at 0; in lines."""
    printer = CoqPrinter(Program((*program.inputs, direction), program.stages, program.outputs))
    printer.place[DIRECTION] = len(printer.place) + len(program.tensors)  # after what it is multiplied by
    indices = KEEP.join(index_names(tensor.axes))
    place = f"{KEEP}{indices}" if indices else ""
    moved = f"{tensor.name}{place} + {STEP} * {DIRECTION}{place}"
    moved = f"(fun{KEEP}{indices} => {moved})" if indices else f"({moved})"
    product = printer.total(program.tensors[slope].symbol * direction.symbol, tensor.axes)
    moving = f"(fun {STEP} => {printer.applied('loss', tensor.name, moved)})"
    return "\n".join([filled("is_derive", 4), filled(moving, 6), filled("0", 6), filled(f"({product})", 6)])


def identity(
    program: Program, name: str, left: sp.Expr, right: sp.Expr, conditions: Sequence[Condition] = ()
) -> Statement:
    """Two expressions in the tensors of a Program are equal, at every index of what they carry."""
    printer = CoqPrinter(program)
    axes = program.carried(left) | program.carried(right)
    equation = f"{printer.expression(left)} = {printer.expression(right)}"
    text = closed(program, [], conditions, filled(quantified(axes) + equation, 4))
    return Statement(name, text, equation=(left, right), conditions=tuple(conditions))


def closed(program: Program, more: Sequence[Tensor], conditions: Sequence[Condition], claim: str) -> str:
    """A claim (in lines) under conditions, for all sizes and all inputs; a mean is over at least one number."""
    sizes = frozenset[str]().union(*(tensor.axes for tensor in program.inputs))
    counted = frozenset[str]().union(*(tensor.counts for tensor in program.inputs))
    inputs = [tensor for tensor in (*program.inputs, *more) if not tensor.counts]
    printer = CoqPrinter(program)
    bound = " ".join([binder(size_names(sizes), "nat"), *(binder([t.name], tensor_type(t)) for t in inputs)])
    lines = [f"forall {bound},"]
    lines += [f"(0 < {size})%nat ->" for size in size_names(counted)]
    for condition in conditions:
        text = condition if isinstance(condition, str) else printer.relation(condition)
        lines.append(f"({text}) ->" if text.startswith("forall") else f"{text} ->")
    return "\n".join([*(filled(line, 4) for line in lines), claim])
