"""The fast kernels against the copy limit and against their peers: `python benchmarks/bench_fast.py`, or `make bench`.

Everything is measured in one process with one thread for BLAS (`fast_measure.py`), by contenders that take turns
(`fast_contenders.py`); `fast_choices.py` measures what each constant of the kernels was chosen over, and is their
profile. The figures go to docs/data/performance.json, from which the page "Performance" is made.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness import ROOT, Result

DATA = ROOT / "docs" / "data" / "performance.json"
LIBRARIES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
TARGETS = {"fast, Numba": 1.5, "fast, NumPy": 4.0}
BUDGETS = {name: 2 * target for name, target in TARGETS.items()}
"""Twice what is aimed at: noise moves ratios, and a benchmark that fails by chance is not believed when it matters."""


def measure(arguments: list[str]) -> None:
    """Run the measurement in a process of its own.

    Raises:
        SystemExit: it failed.
    """
    program = Path(__file__).with_name("fast_measure.py")
    environment = (
        os.environ
        | dict.fromkeys(LIBRARIES, "1")
        | {"XLA_FLAGS": XLA, "PYTHONPATH": os.pathsep.join([str(ROOT), *_given()])}
    )
    done = subprocess.run([sys.executable, str(program), *arguments], cwd=ROOT, env=environment)
    if done.returncode:
        sys.exit(f"{program.name} failed")


def _given() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def results(data: dict[str, Any]) -> list[Result]:
    """Ratios to the copy at the first shape, ours with their budgets."""
    rows = {row["name"]: row for row in data["problems"][0]["rows"]}
    notes = {name: f"aimed at {target:g}" for name, target in TARGETS.items()}
    return [
        Result(name, row["ratio"], "x", BUDGETS.get(name), notes.get(name, "times the copy"))
        for name, row in rows.items()
        if "copy" not in name
    ]


def run() -> list[Result]:
    measure([])
    return results(json.loads(DATA.read_text()))


if __name__ == "__main__":
    measure(sys.argv[1:])
