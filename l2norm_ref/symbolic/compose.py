"""One layer after another: the output of the first Program is the input of the second."""

from __future__ import annotations

from dataclasses import replace

from .program import Program, Stage, Tensor


def compose(first: Program, second: Program, via: str = "z", at: str = "x") -> Program:
    """The Program that runs `first` and hands its output to `second`.

    Args:
        first: a Program with one output.
        second: a Program with the input `at`, of the axes of that output.
        via: the name of the value that is handed on; the output of `first` is renamed to it.
        at: the input of `second` that it becomes.

    Returns:
        A Program with the inputs of both. An input that both have under one name is one input.

    Raises:
        ValueError: the axes do not fit, or a name means two things.

    Example:
        >>> from .batch_norm import batch_norm, scale
        >>> print(compose(batch_norm(), scale()).definitions["y"])
        y[n,c,s] = beta + gamma*z
    """
    (out,) = first.outputs
    handed = Tensor(via, first.tensors[out].axes)
    if second.tensors[at].axes != handed.axes:
        raise ValueError(f"{out!r} carries {sorted(handed.axes)}, but {at!r} carries {sorted(second.tensors[at].axes)}")
    stages = [*_renamed(first, out, handed), *_renamed(second, at, handed)]
    inputs = dict.fromkeys([*first.inputs, *(t for t in second.inputs if t.name != at)])
    return Program(tuple(inputs), tuple(stages), second.outputs)


def _renamed(program: Program, old: str, new: Tensor) -> list[Stage]:
    names = {program.tensors[old].symbol: new.symbol}
    return [
        replace(stage, expr=stage.expr.xreplace(names), out=new if stage.out.name == old else stage.out)
        for stage in program.stages
    ]
