"""What importing l2norm_ref costs beyond NumPy: fresh interpreters, the two kinds taking turns."""

import subprocess
import sys
from statistics import median

from harness import ROOT, Result

ROUNDS = 25
TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
NUMPY = TIMED.format("import numpy")
PACKAGE = TIMED.format("import l2norm_ref; l2norm_ref.l2norm_forward, l2norm_ref.l2norm_backward")


def _milliseconds(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout) * 1e3


def run() -> list[Result]:
    for code in (NUMPY, PACKAGE):  # fill the file cache and write the bytecode
        _milliseconds(code)
    pairs = [(_milliseconds(NUMPY), _milliseconds(PACKAGE)) for _ in range(ROUNDS)]
    numpy, package = (median(column) for column in zip(*pairs, strict=True))
    return [
        Result("import numpy", numpy, "ms", note=f"median of {ROUNDS}"),
        Result("import l2norm_ref and its functions", package, "ms", note=f"median of {ROUNDS}"),
        Result("the difference", package - numpy, "ms", budget=20),
    ]
