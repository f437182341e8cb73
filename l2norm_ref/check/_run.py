"""Both passes of a kernel on one fixture, and the same calls twice where that is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from l2norm_ref.check._call import Called, Function, Inputs, call
from l2norm_ref.check._fixtures import Fixture
from l2norm_ref.check._read import Problem, Shapes

Pass = tuple[str, Function, Inputs, Shapes]  # the role, the function, its inputs and its outputs


@dataclass
class Outcome(Called):
    """What came of a fixture. `first`: the arrays of the first of two runs."""

    first: dict[str, np.ndarray] = field(default_factory=dict)

    def runs(self, output: str) -> list[np.ndarray]:
        """What came as that output: nothing, one array or two."""
        return [arrays[output] for arrays in (self.first, self.arrays) if output in arrays]


def run(fixture: Fixture, forward: Function, backward: Function | None, convert: Function | None) -> Outcome:
    """Both passes on copies of the fixture's arrays."""
    inputs = {"x": fixture.x, "scale": fixture.scale}
    passes: list[Pass] = [("forward", forward, inputs, {"y": fixture.x.shape})]
    if backward is not None:
        learned = {} if fixture.scale is None else {"dscale": fixture.scale.shape}
        passes.append(("backward", backward, {"dy": fixture.dy, **inputs}, {"dx": fixture.x.shape, **learned}))
    return run_passes(passes, convert, strided=fixture.strided, repeat=fixture.repeat)


def run_passes(passes: Sequence[Pass], convert: Function | None, *, strided: bool, repeat: bool) -> Outcome:
    """The calls in their order; with `repeat` all of them twice, and then the problems are those of both runs."""

    def once() -> Called:
        whole = Called()
        for role, function, inputs, wanted in passes:
            one = call(role, function, inputs, wanted, convert, strided=strided)
            whole.arrays |= one.arrays
            whole.problems += one.problems
            whole.warnings += one.warnings
        return whole

    return _twice(once) if repeat else Outcome(**vars(once()))


def _twice(once: Callable[[], Called]) -> Outcome:
    first, second = once(), once()
    problems = [p for p in first.problems if p in second.problems]
    for number, one, other in (("first", first, second), ("second", second, first)):
        said = f", in the {number} of two identical calls"
        problems += [Problem(p.output, p.kind, p.message + said) for p in one.problems if p not in other.problems]
    return Outcome(second.arrays, problems, first.warnings + second.warnings, first.arrays)
