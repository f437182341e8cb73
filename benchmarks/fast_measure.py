"""Measures the fast kernels and writes docs/data/performance.json; `bench_fast.py` runs it with one thread for BLAS.

Times are medians over rounds in which every contender takes its turn, so that noise hits all alike; a ratio is the
median of the ratios within a round. A call that is too short for the clock is repeated within its turn.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from fast_choices import choices
from fast_contenders import CONTENDERS, Contender, Problem, Run, copy, ours, problems
from harness import ROOT
from run import processor

TARGET = ROOT / "docs" / "data" / "performance.json"
PACKAGES = ("numpy", "numba", "llvmlite", "torch", "jax")
FACTORS = (1, 2, 4, 8, 16, 32, 64)
BASE = {"N": 4, "C": 64, "S": 1024}
SHORT = 2e-3

Times = dict[str, list[float]]


def turns(runs: Mapping[str, Run], rounds: int) -> Times:
    """The seconds of each call in each round, after two calls that are not counted."""
    repeats, times = {}, {name: [] for name in runs}
    for name, run in runs.items():
        run()
        start = time.perf_counter()
        run()
        repeats[name] = max(1, int(SHORT / (time.perf_counter() - start)))
    for k in range(rounds):
        names = list(runs)
        for name in names[k % len(names) :] + names[: k % len(names)]:
            start = time.perf_counter()
            for _ in range(repeats[name]):
                runs[name]()
            times[name].append((time.perf_counter() - start) / repeats[name])
    return times


def ratio(times: Times, name: str, to: str) -> float:
    """The median of the ratios within a round."""
    return median(a / b for a, b in zip(times[name], times[to], strict=True))


def extra_memory(contender: Contender, run: Run, problem: Problem) -> int | None:
    """Bytes beyond the inputs and the results at the peak of a call; None where the system does not tell.

    NumPy tells Python what it allocates. The frameworks do not; for them it is the growth of the process at its peak.
    """
    results = 2 * problem.x.nbytes if contender.fresh else 0
    if contender.needs in ("numpy", "numba"):
        tracemalloc.start()
        run()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return max(0, peak - results)
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not (status.exists() and reset.exists()):
        return None
    gc.collect()
    reset.write_text("5")  # the peak begins anew
    before = _resident("VmRSS")
    run()
    return max(0, _resident("VmHWM") - before - results)


def _resident(field: str) -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def table(problem: Problem, rounds: int, left_out: set[str]) -> dict[str, Any]:
    """All contenders on one problem."""
    chosen = {c.name: c for c in CONTENDERS if c.installed and c.name not in left_out}
    runs = {name: contender.build(problem) for name, contender in chosen.items()}
    times = turns(runs, rounds)
    rows = []
    for name, contender in chosen.items():
        row = {"name": name, "milliseconds": median(times[name]) * 1e3, "ratio": ratio(times, name, "copy")}
        row |= {"best": min(times[name]) * 1e3, "ours": contender.ours, "threads": contender.threads}
        if contender.fresh:
            row["ratio_to_fresh"] = ratio(times, name, "copy, new arrays")
        row["memory"] = extra_memory(contender, runs[name], problem)
        rows.append(row)
    settings = {"name": problem.name, "shape": problem.shape, "dtype": problem.dtype, "sample": problem.x[0].nbytes}
    return settings | {"across_spatial": problem.across_spatial, "channel_axis": problem.channel_axis, "rows": rows}


def growth(rounds: int) -> dict[str, Any]:
    """Times against N, C and S, each from 1 to 64 times its size in BASE, in milliseconds; those of the copy, too.

    The best time counts here: a median has the other programs of the machine in it, more at some sizes than at others.
    """
    grown: dict[str, Any] = {"base": BASE, "factors": FACTORS, "axes": {}}
    for axis in BASE:
        times: dict[str, list[float]] = {"copy": [], "Numba": [], "NumPy": []}
        for factor in FACTORS:
            sizes = BASE | {axis: BASE[axis] * factor}
            problem = Problem(axis, (sizes["N"], sizes["C"], sizes["S"]))
            found = turns(
                {name: copy(problem) if name == "copy" else ours(name.lower())(problem) for name in times}, rounds
            )
            for name in times:
                times[name].append(min(found[name]) * 1e3)
        grown["axes"][axis] = times
    return grown


FIRST = """
import sys, time, numpy as np
from l2norm_ref import fast
x, scale, mode = np.ones((2, 8, 4, 4), np.float32), np.ones(8), {"across_spatial": False, "channel_shared": False}
call = lambda: fast.l2norm_forward_backward(x, scale, x, engine="numba", **mode)
start = time.perf_counter(); call(); first = time.perf_counter() - start
start = time.perf_counter(); call(); print(first, time.perf_counter() - start)
"""


def compile_time() -> dict[str, float]:
    """Seconds of the first call with nothing kept, of the first call of another process after that, of the next one."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", FIRST]
        texts = [subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(2)]
    (cold, _), (kept, warm) = ([float(word) for word in done.stdout.split()] for done in texts)
    return {"first": cold, "kept": kept, "next": warm}


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def apart() -> list[str]:
    """The packages that are not those of this environment, but were put on Python's path for the measurement."""
    found = {package: find_spec(package) for package in PACKAGES}
    return [name for name, spec in found.items() if spec and not str(spec.origin).startswith(sys.prefix)]


def load() -> float | None:
    """How many programs want to run, this one included: the average of a minute."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--without", action="append", default=[], help="the name of a contender to leave out")
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    report: dict[str, Any] = {
        "command": "make bench",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"system": platform.system(), "processor": processor(), "cores": os.cpu_count()},
        "versions": versions(),
        "apart": apart(),
        "missing": [c.name for c in CONTENDERS if not c.installed or c.name in options.without],
        "load": [load()],
        "rounds": options.rounds,
        "problems": [],
    }
    for problem in problems():
        report["problems"].append(table(problem, options.rounds, set(options.without)))
        print(f"{problem.name} {problem.dtype}", flush=True)
        for row in report["problems"][-1]["rows"]:
            print(f"  {row['name']:<36}{row['milliseconds']:>10.3f} ms {row['ratio']:>8.2f}", flush=True)
    report["growth"] = growth(options.rounds)
    report["compile"] = compile_time()
    report["choices"] = choices(turns, options.rounds)
    report["load"].append(load())
    text = json.dumps(report, indent=1) + "\n"
    with tempfile.NamedTemporaryFile("w", dir=options.output.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, options.output)


if __name__ == "__main__":
    main(sys.argv[1:])
