"""A Program as loops: which sums are found in which sweep over the elements, and what is computed between the sweeps.

All inner sums of a normalization run over the same axes. The outer loop runs over the other axes; at each of its
places a tensor without reduced axes is one number, and every sweep runs over the reduced axes. A sum can be
accumulated in the first sweep in which everything it reads is known. The last sweep writes the outputs. What is
pointwise is computed again in each sweep that needs it: arithmetic is cheap, memory is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..symbolic.program import Axes, Map, Program, Stage, Total


@dataclass(frozen=True)
class Sweep:
    """One pass over the reduced axes, and what follows it.

    Attributes:
        local: pointwise stages, computed for each element, in order.
        totals: sums that are accumulated, into one number for each place of the outer loop.
        writes: outputs with all axes, written element by element.
        gradients: outputs that are summed over the outer axes, too, and are added to.
        after: pointwise stages that are one number for each place, computed when the sweep is done.
    """

    local: tuple[Map, ...]
    totals: tuple[Total, ...]
    writes: tuple[Map, ...]
    gradients: tuple[Total, ...]
    after: tuple[Map, ...]


@dataclass(frozen=True)
class Schedule:
    """The loops of a Program.

    Attributes:
        program: what is computed.
        outer: the axes of the outer loop.
        reduced: the axes of the sweeps.
        before: stages that need no sweep.
        sweeps: the sweeps in order; the last one writes.
    """

    program: Program
    outer: Axes
    reduced: Axes
    before: tuple[Map, ...]
    sweeps: tuple[Sweep, ...]


def schedule(program: Program) -> Schedule:
    """Group the stages of a Program into sweeps.

    Raises:
        ValueError: the inner sums do not all run over the same axes, or there is none.
    """
    inner = [stage for stage in program.stages if isinstance(stage, Total) and stage.out.name not in program.outputs]
    sets = {stage.over for stage in inner}
    if len(sets) != 1:
        raise ValueError(f"the inner sums run over {[sorted(over) for over in sets]}: expected one set of axes")
    (reduced,) = sets
    outer = frozenset[str]().union(*(tensor.axes for tensor in program.inputs)) - reduced
    level = _levels(program, inner)
    last = 1 + max(level[stage.out.name] for stage in inner)

    def numbers(k: int) -> tuple[Map, ...]:
        stages = (stage for stage in program.stages if isinstance(stage, Map) and not stage.out.axes & reduced)
        return tuple(stage for stage in stages if level[stage.out.name] == k and _is_one_number(stage, outer, program))

    sweeps = []
    for k in range(1, last + 1):
        totals = tuple(stage for stage in inner if level[stage.out.name] == k)
        outputs = [program.definitions[name] for name in program.outputs] if k == last else []
        writes = tuple(stage for stage in outputs if isinstance(stage, Map))
        gradients = tuple(stage for stage in outputs if isinstance(stage, Total))
        local = _needed(program, (*totals, *outputs), known=numbers, upto=k)
        sweeps.append(Sweep(local, totals, writes, gradients, numbers(k) if k < last else ()))
    return Schedule(program, outer, reduced, numbers(0), tuple(sweeps))


def _levels(program: Program, inner: list[Total]) -> dict[str, int]:
    """After how many sweeps each tensor can be known."""
    level = {tensor.name: 0 for tensor in program.inputs}
    for stage in program.stages:
        reads = max((level[operand.name] for operand in program.operands(stage)), default=0)
        level[stage.out.name] = reads + 1 if stage in inner else reads
    return level


def _is_one_number(stage: Map, outer: Axes, program: Program) -> bool:
    return stage.out.axes <= outer and stage.out.name not in program.outputs


def _needed(program: Program, targets: tuple[Stage, ...], known, upto: int) -> tuple[Map, ...]:
    """The pointwise stages with reduced axes that these stages read, directly or through one another, in order."""
    numbers = {stage.out.name for k in range(upto) for stage in known(k)}
    wanted: set[str] = set()
    for stage in reversed(program.stages):
        if stage in targets or stage.out.name in wanted:
            wanted |= {operand.name for operand in program.operands(stage)}
    return tuple(
        stage
        for stage in program.stages
        if isinstance(stage, Map)
        and stage.out.name in wanted - numbers
        and stage not in targets
        and stage.out.name not in program.outputs
    )
