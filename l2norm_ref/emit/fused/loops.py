"""Sweeps printed as loops over single elements, for a compiler such as Numba: plain Python, run as it is, too.

The loops go through memory in its order, so the innermost one is contiguous. A value is read or computed in the
outermost loop in which all its indices are known. A sum that belongs to one place while the innermost loop runs is
gathered in a local number; one that belongs to another place at each step, in a row of numbers. Where such rows are
read or written again and again, a few rows of elements are done at once (`together.py`). Whatever the dtype of the
elements, numbers in between are float64.
"""

from __future__ import annotations

from ...symbolic.definitions import EVERYTHING
from ...symbolic.program import Tensor
from . import together
from .sweeps import Case, ElementPrinter

LOOPS = {"n": "sample", "c": "channel", "s": "position"}
"""The name of the loop over an axis."""

FUNCTION = '''

def {name}({arguments}):
    """{formula}."""
{body}
'''


class LoopPrinter(ElementPrinter):
    """Expressions of local numbers: `x_i` is the element of x at which the loops are."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.program)
        self.computed = {stage.out.name for stage in case.sweep.local}

    def _symbol(self, name: str) -> str:
        return name if name in self.computed else f"{name}_i"


def function(case: Case) -> str:
    """The text of one sweep over a tile: samples `first` to `last`, and of the places in each, `start` to `stop`."""
    return FUNCTION.format(
        name=case.name,
        arguments=", ".join([*case.arguments, *tile(case)]),
        formula=case.formula,
        body="\n".join(indented(_nest(case, 0))),
    )


def tile(case: Case) -> list[str]:
    """The arguments that say which tile."""
    return ["first", "last", "start", "stop"][: 4 if is_tiled(case) else 2]


def _nest(case: Case, depth: int) -> list[str]:
    """The statements inside the first loops, of which there are `depth`."""
    printer = LoopPrinter(case)
    inside = [stage for stage in case.sums if not _in_rows(case, stage.out) and _depth(case, stage.out) == depth]
    rows = [tensor for tensor in (*case.reads, *case.makes) if _row_at(case, tensor) == depth]
    lines = [f"{t.name}_row = {_row(case, t)}" for t in rows]
    lines += [f"{t.name}_i = {_read(case, t)}" for t in case.reads if _depth(case, t) == depth]
    lines += [f"{s.out.name} = {printer.expression(s.expr)}" for s in case.sweep.local if _depth(case, s.out) == depth]
    lines += [f"{stage.out.name}_sum = 0.0" for stage in inside]
    if depth < len(case.order):
        name, (begin, end), body = LOOPS[case.order[depth]], _range(case, depth), _nest(case, depth + 1)
        if depth == len(case.order) - 2 and _reads_again(case):
            count = together.TOGETHER["writes" if case.sweep.writes else "adds"]
            lines += together.loops(name, begin, end, body, 4 * (depth + 2), count)
        else:
            lines += [f"for {name} in range({f'{begin}, ' if begin else ''}{end}):", *indented(body)]
    else:
        for stage in case.sweep.writes:
            lines.append(f"{_element(case, stage.out)} = {printer.expression(stage.expr)}")
        for stage in case.sums:
            target = _element(case, stage.out) if _in_rows(case, stage.out) else f"{stage.out.name}_sum"
            lines.append(f"{target} += {printer.expression(stage.expr)}")
    return [*lines, *(f"{_element(case, stage.out)} += {stage.out.name}_sum" for stage in inside)]


def _reads_again(case: Case) -> bool:
    """Whether rows of elements go with a row of numbers of the places, which is the same for all of them."""
    return case.order[-1] in case.plan.outer


def _range(case: Case, depth: int) -> tuple[str, str]:
    """Where a loop begins, if not at 0, and where it ends."""
    axis, last = case.order[depth], depth == len(case.order) - 1
    if axis == "n":
        return "first", "last"
    if axis in case.plan.reduced or not is_tiled(case):
        return "", f"x.shape[{depth}]"
    return ("", "stop - start") if last else ("start", "stop")


def is_tiled(case: Case) -> bool:
    """Whether a sample has more than one place."""
    return case.plan.outer != frozenset("n")


def _depth(case: Case, tensor: Tensor) -> int:
    """The number of loops in which all indices of a tensor are known."""
    return max((case.order.index(axis) + 1 for axis in tensor.axes), default=0)


def _in_rows(case: Case, tensor: Tensor) -> bool:
    return case.order[-1] in tensor.axes


def _row_at(case: Case, tensor: Tensor) -> int:
    """The number of loops after which a row along the last axis can be taken; -1 if the tensor has no rows."""
    others = tensor.axes - {case.order[-1]}
    return max(case.order.index(axis) + 1 for axis in others) if _in_rows(case, tensor) and others else -1


def _row(case: Case, tensor: Tensor) -> str:
    indices = [_index(case, tensor, axis) for axis in case.order[:-1] if axis in tensor.axes]
    cut = tensor.axes == EVERYTHING and is_tiled(case) and case.order[-1] in case.plan.outer
    return f"{tensor.name}[{', '.join([*indices, 'start:stop'] if cut else indices)}]"


def _read(case: Case, tensor: Tensor) -> str:
    element = _element(case, tensor)
    return f"np.float64({element})" if tensor.axes == EVERYTHING else element


def _element(case: Case, tensor: Tensor) -> str:
    if _row_at(case, tensor) >= 0:
        return f"{tensor.name}_row[{LOOPS[case.order[-1]]}]"
    return f"{tensor.name}[{', '.join(_index(case, tensor, axis) for axis in case.order if axis in tensor.axes)}]"


def _index(case: Case, tensor: Tensor, axis: str) -> str:
    """The index along an axis: numbers of the places are those of the tile, all other arrays are whole."""
    whole = tensor.axes == EVERYTHING or "n" not in tensor.axes
    if whole or (axis != "n" and axis == case.order[-1]):
        return LOOPS[axis]
    return f"{LOOPS[axis]} - {'first' if axis == 'n' else 'start'}"


def indented(lines: list[str]) -> list[str]:
    """The lines one level deeper."""
    return [f"    {line}" for line in lines]
