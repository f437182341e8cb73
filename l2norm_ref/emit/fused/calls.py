"""The loop over tiles, printed for a compiler: both sweeps of a kernel, and in between the numbers of each place.

So the work does not return to Python between two sweeps. There it costs more than its own time: the sweeps have filled
the caches with elements, and Python would run without them.
"""

from __future__ import annotations

from dataclasses import replace

from ...symbolic.definitions import DENOMINATORS
from .loops import indented, is_tiled, tile
from .sweeps import Case

CHOICE = '''

def numbers_{what}(eps_mode, {sums}, eps):
    """What lies between the sweeps at one place, by the place of the denominator in `EPS_MODES`."""
{branches}
    return {last}_{what}({sums}, eps)
'''

KERNEL = '''

def {name}({arguments}, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        {row} = tiles[k]
        places = (last - first) * (stop - start)
{body}
'''


def choice(what: str) -> str:
    """The function that goes to one of those of the denominators, for `forward` or `backward`."""
    sums = {"forward": "s", "backward": "s, p2"}[what]
    *modes, last = DENOMINATORS
    branches = []
    for k, mode in enumerate(modes):
        branches += [f"    if eps_mode == {k}:", f"        return {mode}_{what}({sums}, eps)"]
    return CHOICE.format(what=what, sums=sums, branches="\n".join(branches), last=last)


def function(writes: Case) -> str:
    """The text of the function that runs the sweep before `writes`, and then this.

    Args:
        writes: the last sweep of a kernel.
    """
    sums = replace(writes, sweep=writes.plan.sweeps[0])
    found = [stage.out.name for stage in sums.sweep.totals]
    factors = [tensor.name for tensor in writes.reads if tensor.axes == writes.plan.outer]
    of_places = [*found, *factors]
    shape = "last - first, stop - start" if is_tiled(writes) else "last - first"
    what = "forward" if writes.what == "forward" else "backward"
    left, right = (", ".join(f"work[{of_places.index(name)}, place]" for name in names) for names in (factors, found))
    arrays = [name for name in dict.fromkeys((*sums.arguments, *writes.arguments)) if name not in of_places]
    lines = [f"work[:{len(found)}, :places] = 0.0"]
    lines += [f"{name} = work[{k}, :places].reshape({shape})" for k, name in enumerate(of_places)]
    lines += [_call(sums), "for place in range(places):"]
    lines += [f"    {left} = numbers_{what}(eps_mode, {right}, eps)", _call(writes)]
    return KERNEL.format(
        name=writes.name.replace("writes_", ""),
        row="chunk, first, last, start, stop" if writes.sweep.gradients else "_, first, last, start, stop",
        arguments=", ".join(arrays),
        body="\n".join(indented(indented(lines))),
    )


def _call(case: Case) -> str:
    chunked = [stage.out.name for stage in case.sweep.gradients]
    arguments = [f"{name}[chunk]" if name in chunked else name for name in case.arguments]
    return f"{case.name}({', '.join([*arguments, *tile(case)])})"
