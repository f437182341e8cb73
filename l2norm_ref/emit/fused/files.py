"""The generated files of `l2norm_ref/fast/`: the sweeps in two printings, and the numbers between the sweeps.

Which part of the work is printed from which stages: `schedule.py` groups a kernel (`kernels.py`) into two sweeps; the
sweeps, the same for all denominators, go to `_loops.py` (`loops.py`) and `_blocked.py` (`blocked.py`). What lies
between them, one function for each denominator (`between.py`), goes to `_numbers.py` for arrays and to `_loops.py` for
numbers. There the loop over tiles is printed, too (`calls.py`): Python calls both sweeps over many tiles at once.
"""

from __future__ import annotations

import hashlib

from ...symbolic.definitions import DENOMINATORS
from ..numpy import NumpyPrinter
from . import between, blocked, calls, loops
from .kernels import kernel
from .sweeps import OVER, Case, print_all

MADE = """Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, kernels {fingerprint}
"""

LOOPS = '''# ruff: noqa: SIM300 - comparisons are printed the way round that the mathematics has them
"""L2Norm as loops over elements, in two sweeps over each tile. {made}
Plain Python: `l2norm_ref.fast` has Numba compile it. x, dy, y and dx are arrays of three axes, (samples, channels,
positions) where the name begins with `ncs`, (samples, positions, channels) where it begins with `nsc`; gamma and dgamma
have one number for each channel, in float64 like everything in between. A tile is the samples `first` to `last` and,
where each position has a norm, the positions `start` to `stop`; a row of `tiles` has these numbers after that of its
row of dgamma. s, p2, r and q have a number for each place of a tile, and are rows of `work`; what is added to (`+=`)
begins at 0 or goes on from the tile before.

First come the numbers between the sweeps, for one place: from the sum of squares s, and from p2, the sum of
x * gamma * dy, the factors r and q of y = gamma * r * x and dx = gamma * r * dy - q * x.
"""

import numpy as np

EPS_MODES = ({modes})
'''

BLOCKED = '''"""The sweeps of L2Norm in NumPy, a few rows at a time. {made}
x, dy, y and dx are one sample: a matrix of channels and positions where the name begins with `ncs`, of positions and
channels where it begins with `nsc`; gamma and dgamma have one number for each channel. s, p2, r and q have a number for
each position, or are one number. `work` holds two arrays of as many rows as a block may have: one for a product, one
for a vector that is the same in all rows. What is added to (`+=`) begins at 0 or goes on from the sample before.
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


def fused_files() -> dict[str, str]:
    """Every generated file of `l2norm_ref.fast`: its path in the package and its text.

    Raises:
        EvidenceError: a rewrite changed a value.
        ValueError: the denominators do not print the same sweeps.
    """
    prints = [kernel(over, mode).fingerprint() for over in OVER for mode in DENOMINATORS]
    made = MADE.format(fingerprint=hashlib.sha256("".join(prints).encode()).hexdigest()[:16])
    modes = ", ".join(f'"{mode}"' for mode in DENOMINATORS)
    numbers = between.functions(between.NumberPrinter) + calls.choice("forward") + calls.choice("backward")
    return {
        "fast/_loops.py": LOOPS.format(made=made, modes=modes) + numbers + print_all(_loops),
        "fast/_blocked.py": BLOCKED.format(made=made) + print_all(blocked.function),
        "fast/_numbers.py": NUMBERS.format(made=made) + between.functions(NumpyPrinter),
    }


def _loops(case: Case) -> str:
    """A sweep, and after the last one of a kernel the function that runs them all."""
    return loops.function(case) + (calls.function(case) if case.sweep is case.plan.sweeps[-1] else "")
