"""The arguments of emitted functions: inputs, and axes, of which a sum is told by what it is a sum for.

A gradient of a parameter (an output of the backward pass) is summed along the axes along which the parameter was
broadcast, `gamma_axes`; every other sum runs over the reduced axes, `axes`. The two may be one and the same set, as for
BatchNorm followed by Scale; the names do not depend on that, so neither does the text.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..symbolic.program import Axes, Program, Stage, Tensor, Total


def axis_name(program: Program, stage: Stage) -> str:
    """The name of the argument that holds the axes of a sum."""
    return "gamma_axes" if stage.out.name in program.outputs else "axes"


def axis_arguments(program: Program, stages: Iterable[Stage]) -> dict[str, Axes]:
    """The axis arguments that a function needs to compute these stages of a Program, by name.

    Raises:
        ValueError: one name would have to mean two sets of axes.
    """
    arguments: dict[str, Axes] = {}
    for stage in stages:
        if isinstance(stage, Total):
            name = axis_name(program, stage)
            known = arguments.setdefault(name, stage.over)
            if known != stage.over:
                raise ValueError(f"{name} would be both {sorted(known)} and {sorted(stage.over)}")
    return dict(sorted(arguments.items()))


def signature(forward: Program) -> list[Tensor]:
    """The inputs in the order of the arguments: x first, then as the definition declares them, numbers last."""
    return sorted(forward.inputs, key=lambda tensor: (tensor.name != "x", tensor.name in ("eps", "m")))
