"""How long it takes to derive and emit everything, start of Python and import of SymPy included."""

import sys

from harness import Result, timed


def run() -> list[Result]:
    seconds, memory = timed([sys.executable, "-m", "l2norm_ref.emit", "--check"], one_core=True)
    results = [Result("derive and emit everything", seconds, "s", budget=10, note="one core")]
    if memory is not None:
        results.append(Result("its peak memory", memory, "MiB"))
    return results
