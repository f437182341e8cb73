"""`python -m l2norm_ref.experiments fusion`: run the grid and write its results.

Exit status: 0, or 2, with one line on stderr, for arguments that cannot be used or a file that cannot be written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

# Before NumPy is loaded here and in the processes that this one starts: they share the cores, one thread each.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

PROGRAM = "python -m l2norm_ref.experiments"
SCIKIT_LEARN = ("sklearn", "scipy", "joblib", "threadpoolctl")  # it and what it needs


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, `sys.argv[1:]` unless given, and return the exit status."""
    parser = _Parser(prog=PROGRAM, description="The experiment on fused features.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    fusion = commands.add_parser("fusion", help="run the grid and write its results as JSON")
    fusion.add_argument("--reduced", action="store_true", help="a few cells with two seeds: seconds")
    fusion.add_argument("--jobs", type=_positive, default=2, help="processes (default: 2)")
    fusion.add_argument("--out", type=Path, metavar="FILE", help="the file to write (default: print)")
    options = parser.parse_args(arguments)
    try:
        text = _text(_report(options.reduced, options.jobs))
        if options.out:
            _write(options.out, text)
        else:
            print(text, end="")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in SCIKIT_LEARN:
            raise
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"--out {options.out}: {error.strerror or error}")
    except KeyboardInterrupt:
        return 130
    return 0


def _report(reduced: bool, jobs: int) -> dict:
    from l2norm_ref.experiments import digits, fusion

    digits.load(0)  # before the processes start, so that the absence of scikit-learn is said once
    cells = fusion.reduced_grid() if reduced else fusion.grid()
    seeds = (lambda cell: fusion.SEEDS[:2]) if reduced else fusion.seeds_of
    start = time.perf_counter()
    results = fusion.run_all(cells, seeds, jobs=jobs, progress=_bar(sys.stderr))
    options = " --reduced" if reduced else ""
    return {
        "command": f"{PROGRAM} fusion{options} --jobs {jobs}",
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {name: version(name) for name in ("numpy", "scikit-learn")},
        "machine": fusion.machine(),
        "minutes": round((time.perf_counter() - start) / 60, 1),
        "processor_minutes": round(sum(os.times()[:4]) / 60, 1),
        "epochs": fusion.EPOCHS,
        "cells": results,
    }


def _text(report: dict) -> str:
    """As JSON, with a line for each cell."""
    return json.dumps(report, separators=(",", ":"), allow_nan=False).replace('{"method"', '\n{"method"') + "\n"


def _bar(stream) -> Callable[[int, int], None]:
    """A bar that a terminal redraws, or a line for every 5 % in a file."""
    shown = -1
    start = time.perf_counter()

    def progress(done: int, of: int) -> None:
        nonlocal shown
        step = 1 if stream.isatty() else 5
        percent = 100 * done // of // step * step
        if percent == shown:
            return
        shown = percent
        left = (time.perf_counter() - start) * (of - done) / done
        text = f"[{'#' * (percent // 5):20s}] {percent:3d} %  {done} of {of} runs, {left / 60:.1f} min left"
        print(f"\r{text}" if step == 1 else text, end="\n" if step > 1 or done == of else "", file=stream, flush=True)

    return progress


def _write(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=path.suffix, delete=False, encoding="utf-8") as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _refuse(reason: str) -> int:
    print(f"{PROGRAM}: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
