"""Measures what the functions promise, writes docs/data/accuracy.json for the site: `make accuracy`.

The errors are those of tests/test_accuracy.py, against mpmath at 1600 bits, over more inputs than the tests take; the
cost is the time of `precision="oracle"` against "plain", in this process and in turn, so that noise hits both alike.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import test_accuracy  # noqa: E402 - the tests' own judge

from l2norm_ref import l2norm_backward, l2norm_forward  # noqa: E402

TRIALS = 300
SHAPE = (2, 64, 19, 19)
REPEATS = 15


def worst_errors(dtype: str, eps_mode: str) -> dict[str, float]:
    """The largest errors of y, dx and dscale in ulp over random and adversarial inputs of every magnitude."""
    worst = {"y": 0.0, "dx": 0.0, "dscale": 0.0}
    for trial in range(TRIALS):
        rng = np.random.default_rng([trial, 2026])
        count = (1, 2, 3, 5, 8, 33)[trial % 6]
        with np.errstate(all="ignore"):
            found = test_accuracy.errors(*test_accuracy.sample(rng, dtype, count, trial), eps_mode, rows=6, rng=rng)
        worst = {name: max(worst[name], found[name]) for name in worst}
    return {name: round(value, 3) for name, value in worst.items()}


def cost(dtype: str) -> dict[str, float]:
    """How many times as long the oracle takes, forward and backward, as medians of interleaved runs."""
    rng = np.random.default_rng(0)
    x, dy = (rng.normal(size=SHAPE).astype(dtype) for _ in range(2))
    scale = rng.normal(size=SHAPE[1])
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(REPEATS):
        for precision in ("plain", "oracle"):
            start = time.perf_counter()
            _, saved = l2norm_forward(x, scale, across_spatial=False, channel_shared=False, precision=precision)
            between = time.perf_counter()
            l2norm_backward(dy, saved)
            end = time.perf_counter()
            seconds.setdefault((precision, "forward"), []).append(between - start)
            seconds.setdefault((precision, "backward"), []).append(end - between)
    median = {key: statistics.median(times) for key, times in seconds.items()}
    return {way: round(median["oracle", way] / median["plain", way], 1) for way in ("forward", "backward")}


def main() -> None:
    """Measure everything and replace the file, whole."""
    dtypes = ("float16", "float32", "float64")
    errors = {dtype: {mode: worst_errors(dtype, mode) for mode in test_accuracy.EPS_MODES} for dtype in dtypes}
    report = {
        "command": "make accuracy",
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {name: version(name) for name in ("numpy", "mpmath")},
        "inputs": {"trials": TRIALS, "bits": test_accuracy.MP.prec},
        "errors": errors,
        "cost": {"shape": SHAPE, "repeats": REPEATS, "ratio": {dtype: cost(dtype) for dtype in dtypes}},
    }
    target = ROOT / "docs" / "data" / "accuracy.json"
    with tempfile.NamedTemporaryFile("w", dir=target.parent, suffix=".json", delete=False, encoding="utf-8") as file:
        file.write(json.dumps(report, indent=2) + "\n")
    os.chmod(file.name, 0o644)
    os.replace(file.name, target)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
