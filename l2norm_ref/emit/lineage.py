"""Where the stages of a step end up: which lines of the emitted code come from what a step of a derivation changed.

Read off the recorded steps, so a renamed stage or another rule changes the answer. From one Program to the next a stage
keeps its name, gets another one, or is written into the stages that read it; and what is taken out of it becomes a
stage of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..symbolic.derivation import Derivation, Step
from ..symbolic.program import Program, Stage


def changed(step: Step) -> tuple[str, ...]:
    """The stages that a step changed or made; those that it dropped, if it did nothing else.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> [changed(step) for step in derive_l2norm().steps[1:4]]
        [('y',), ('h', 'd_bar', 'dx'), ('s_bar',)]
    """
    before, after = step.before.definitions, step.after.definitions
    new = tuple(name for name, stage in after.items() if before.get(name) != stage)
    return new or tuple(name for name in before if name not in after)


def heirs(step: Step, name: str) -> tuple[str, ...]:
    """The stages of `step.after` that a stage of `step.before` became; none, if nothing needed it.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> steps = {step.rule: step for step in derive_l2norm().steps}
        >>> heirs(steps["name the scaled gradient"], "xhat_bar")
        ('h',)
        >>> heirs(steps["take constants out of sums"], "d_bar")
        ('p', 'd_bar')
        >>> heirs(steps["substitute adjoints"], "s_bar")
        ('dx',)
    """
    before, after = step.before, step.after
    if name in after.definitions:
        found = {name} | _made_for(step, name)
    elif renamed := _renamed(step, before.definitions[name]):
        found = {renamed}
    else:
        readers = [s.out.name for s in before.stages if before.tensors[name].symbol in s.expr.free_symbols]
        found = {heir for reader in readers for heir in heirs(step, reader)}
    return _in_order(after, found)


def ends(derivation: Derivation, name: str, step: int) -> tuple[str, ...]:
    """The stages of the emitted code that hold what the stage `name` held after a step, counted from 0.

    A stage of the definition is computed by the forward function, whatever becomes of it in the backward Program.

    Raises:
        ValueError: the Programs before and after the step have no such stage.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> ends(derive_l2norm(), "xhat_bar", 0), ends(derive_l2norm(), "d_bar", 0)
        (('h',), ('p', 'dx'))
    """
    if name in derivation.forward.definitions:
        return (name,)
    if name not in derivation.steps[step].after.definitions:
        raise ValueError(f"name={name!r}: expected a stage of the program after step {step}")
    names = {name}
    for later in derivation.steps[step + 1 :]:
        names = {heir for earlier in names for heir in heirs(later, earlier)}
    return _in_order(derivation.backward, names)


def lines_of_step(derivation: Derivation, step: int) -> tuple[str, ...]:
    """The stages of the emitted code in which what a step changed ends up, in the order of the code.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> [lines_of_step(derive_l2norm(), k) for k in (0, 1, 3)]
        [('h', 'p', 'dx', 'dgamma'), ('y',), ('dx',)]
    """
    names = {end for name in changed(derivation.steps[step]) for end in ends(derivation, name, step)}
    return _in_order(derivation.forward, names) + _in_order(
        derivation.backward, names - set(derivation.forward.definitions)
    )


def steps_of_line(derivation: Derivation, name: str) -> tuple[int, ...]:
    """The steps, counted from 0, that made the line of a stage of the emitted code what it is.

    Example:
        >>> from l2norm_ref.symbolic import derive_l2norm
        >>> steps_of_line(derive_l2norm(), "h"), steps_of_line(derive_l2norm(), "d")
        ((0, 2), ())
    """
    return tuple(k for k in range(len(derivation.steps)) if name in lines_of_step(derivation, k))


def _renamed(step: Step, stage: Stage) -> str:
    """The new stage that is the old one under another name; empty if there is none."""
    for new in step.after.stages:
        same = new.over == stage.over and new.out.axes == stage.out.axes and new.expr == stage.expr
        if same and new.out.name not in step.before.tensors:
            return new.out.name
    return ""


def _made_for(step: Step, name: str) -> set[str]:
    """The stages that did not exist before the step and that this one now reads."""
    made: set[str] = set()
    operands = step.after.operands(step.after.definitions[name])
    for tensor in operands:
        if tensor.name not in step.before.tensors and not _was_renamed(step, tensor.name):
            made |= {tensor.name} | _made_for(step, tensor.name)
    return made


def _was_renamed(step: Step, new: str) -> bool:
    gone = [stage for stage in step.before.stages if stage.out.name not in step.after.tensors]
    return any(_renamed(step, stage) == new for stage in gone)


def _in_order(program: Program, names: Iterable[str]) -> tuple[str, ...]:
    wanted = set(names)
    return tuple(name for name in program.definitions if name in wanted)
