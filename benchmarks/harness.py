"""What the benchmarks share: one result type, and a timed subprocess."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """One measured number, and the budget that it should stay under (None: reported only)."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    note: str = ""

    @property
    def within_budget(self) -> bool:
        """Whether the number stays under its budget."""
        return self.budget is None or self.value <= self.budget


def timed(command: Sequence[str], one_core: bool = False) -> tuple[float, float | None]:
    """Runs a command in the project's root.

    Args:
        command: the program and its arguments.
        one_core: keep it on a single core, where the system can do that.

    Returns:
        The seconds that passed, and the peak memory of its largest process in MiB (None on Windows).

    Raises:
        SystemExit: the command failed; its output is the message.
    """
    cores = os.sched_getaffinity(0) if one_core and hasattr(os, "sched_getaffinity") else None
    if cores:
        os.sched_setaffinity(0, {min(cores)})  # children inherit it
    try:
        start = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        seconds = time.perf_counter() - start
    finally:
        if cores:
            os.sched_setaffinity(0, cores)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return seconds, _peak_memory()


def _peak_memory() -> float | None:
    """Peak memory of the largest child process so far, in MiB."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 2**20
