"""Runs the benchmarks, prints a table and writes results.json beside this file: `make bench`.

Exits with 1 when a number is over its budget. Arguments choose among the benchmarks: `run.py derive import`.
"""

import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import bench_derive
import bench_fast
import bench_import
import bench_site
from harness import Result

BENCHMARKS = {"derive": bench_derive, "fast": bench_fast, "import": bench_import, "site": bench_site}
PACKAGES = ("l2norm_ref", "numpy", "sympy", "mkdocs", "mkdocs-material", "mkdocs-jupyter")


def processor() -> str:
    """The processor's name: Linux keeps it in /proc/cpuinfo only."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in _lines(info) if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.is_file() else []


def row(result: Result) -> str:
    budget = "" if result.budget is None else f"budget {result.budget:g} {result.unit}"
    verdict = "" if result.budget is None else "ok" if result.within_budget else "OVER"
    return f"{result.name:<38}{result.value:>10.2f} {result.unit:<4} {budget:<15}{verdict:<5} {result.note}".rstrip()


def main(arguments: list[str]) -> int:
    unknown = set(arguments) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(BENCHMARKS)}")
    results: list[Result] = []
    for name in arguments or BENCHMARKS:
        for result in BENCHMARKS[name].run():
            print(row(result), flush=True)
            results.append(result)
    report = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["python", "benchmarks/run.py", *arguments]),
        "machine": {"system": platform.system(), "processor": processor(), "cores": os.cpu_count()},
        "versions": {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
        "results": [asdict(result) | {"within_budget": result.within_budget} for result in results],
    }
    if not arguments:  # a part of the table does not replace the whole
        (Path(__file__).parent / "results.json").write_text(json.dumps(report, indent=2) + "\n")
    return 0 if all(result.within_budget for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
