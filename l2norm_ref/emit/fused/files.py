"""The generated files of `l2norm_ref/fast/`: the sweeps in two printings, and the numbers between the sweeps.

Which part of the work is printed from which stages: `schedule.py` groups a kernel (`kernels.py`) into two sweeps; the
sweeps, the same for all denominators, go to `_loops.py` (`loops.py`) and `_blocked.py` (`blocked.py`), and what lies
between them, one function for each denominator, to `_numbers.py`.
"""

from __future__ import annotations

import hashlib

from ...symbolic.definitions import DENOMINATORS
from ...symbolic.program import Program
from ..numpy import NumpyPrinter, TextPrinter
from ..schedule import schedule
from . import blocked, loops
from .kernels import WHATS, kernel
from .sweeps import OVER, print_all

MADE = """Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, kernels {fingerprint}
"""

LOOPS = '''"""The sweeps of L2Norm as loops over elements. {made}
Plain Python: `l2norm_ref.fast` has Numba compile it. x, dy, y and dx are arrays of three axes, (samples, channels,
positions) where the name begins with `ncs`, (samples, positions, channels) where it begins with `nsc`; gamma and dgamma
have one number for each channel, in float64 like everything in between. A call works on a tile: the samples `first` to
`last` and, where each position has a norm, the positions `start` to `stop`. s, p2, r and q have a number for each place
of the tile; what is added to (`+=`) begins at 0 or goes on from the tile before.
"""

import numpy as np
'''

BLOCKED = '''"""The sweeps of L2Norm in NumPy, a few rows at a time. {made}
x, dy, y and dx are one sample: a matrix of channels and positions where the name begins with `ncs`, of positions and
channels where it begins with `nsc`; gamma and dgamma have one number for each channel. s, p2, r and q have a number for
each position, or are one number. `work` holds two arrays of as many rows as a block may have. What is added to (`+=`)
begins at 0 or goes on from the sample before.
"""

import numpy as np
'''

NUMBERS = '''# ruff: noqa: SIM300 - comparisons are printed the way round that the mathematics has them
"""What lies between the two sweeps of L2Norm, for each denominator. {made}
For the places of a tile: from the sum of squares s, and from p2, the sum of x * gamma * dy, the factors r and q of
y = gamma * r * x and dx = gamma * r * dy - q * x. Where d is 0 its reciprocal counts as 0.
"""

import numpy as np
'''

FUNCTION = '''

def {name}({arguments}, eps):
    """{formula}."""
    {body}
    return {returned}
'''


def fused_files() -> dict[str, str]:
    """Every generated file of `l2norm_ref.fast`: its path in the package and its text.

    Raises:
        EvidenceError: a rewrite changed a value.
        ValueError: the denominators do not print the same sweeps.
    """
    prints = [kernel(over, mode).fingerprint() for over in OVER for mode in DENOMINATORS]
    made = MADE.format(fingerprint=hashlib.sha256("".join(prints).encode()).hexdigest()[:16])
    return {
        "fast/_loops.py": LOOPS.format(made=made) + print_all(loops.function),
        "fast/_blocked.py": BLOCKED.format(made=made) + print_all(blocked.function),
        "fast/_numbers.py": NUMBERS.format(made=made) + "".join(map(_numbers, DENOMINATORS)),
    }


def _numbers(eps_mode: str) -> str:
    """The functions of one denominator, forward and backward."""
    return "".join(_between(eps_mode, what) for what in WHATS if what != "both")


def _between(eps_mode: str, what: str) -> str:
    """One function, which must be the same for every kind of sum.

    Raises:
        ValueError: it is not.
    """
    texts = {_printed(f"{eps_mode}_{what}", kernel(over, eps_mode, what)) for over in OVER}
    if len(texts) != 1:
        raise ValueError(f"{eps_mode}: other numbers for other sums:\n" + "\n".join(texts))
    return texts.pop()


def _printed(name: str, program: Program) -> str:
    first, second = schedule(program).sweeps
    stages = (*second.local, *second.writes, *second.gradients)
    read = {symbol.name for stage in stages for symbol in stage.expr.free_symbols}
    printer, words = NumpyPrinter(program), TextPrinter(program)
    return FUNCTION.format(
        name=name,
        arguments=", ".join(stage.out.name for stage in first.totals),
        formula=", ".join(words.statement(stage) for stage in reversed(first.after)),
        body="\n    ".join(printer.statement(stage) for stage in first.after),
        returned=", ".join(stage.out.name for stage in first.after if stage.out.name in read),
    )
