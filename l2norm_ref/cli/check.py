"""Check an implementation of L2Norm against the reference, and say what it computes if it is wrong.

FORWARD and BACKWARD are functions as module:name, imported from the current folder:
  forward(x, scale) -> y            backward(dy, x, scale) -> (dx, dscale)
They get NumPy arrays, or what --convert makes of them, and may return anything that NumPy can read. scale is None where
the variant has none. They run in a process of their own, which may crash or hang: that is a failure of the fixture, and
the others are still run. After three calls in a row that hang, no more are made.

for example:
  l2norm-ref check kernel:forward --backward kernel:backward --preset SSD_CAFFE
  l2norm-ref check kernel:forward --preset TORCH_NORMALIZE --convert torch:from_numpy --dtype float32
  l2norm-ref check --results vectors

exit status: 0 if it conforms, 1 if it does not, 2 if it could not be checked
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from l2norm_ref.cli import Refused, _mode

if TYPE_CHECKING:
    from l2norm_ref.check import Report

DAY = 24 * 60 * 60


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("forward", nargs="?", metavar="FORWARD", help="the forward function, module:name")
    parser.add_argument("--backward", metavar="BACKWARD", help="the backward function, module:name")
    parser.add_argument(
        "--results", metavar="FOLDER", help="judge what a kernel wrote into a folder of vectors instead"
    )
    parser.add_argument("--convert", default="", metavar="FUNCTION", help="applied to each array, as torch:from_numpy")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="S", help="seconds that one call may take (30)")
    parser.add_argument(
        "--strict", action="store_true", help="let fixtures at the ends of the dtype's range decide too"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    _mode.add_dtypes(parser)
    _mode.configure(parser)


def run(options: argparse.Namespace) -> int:
    """Check, and print the report."""
    if (options.forward is None) == (options.results is None):
        raise Refused("expected a forward function, module:name, or --results FOLDER, and not both")
    report = _functions(options) if options.results is None else _results(options)
    print(report.to_json() if options.json else report)
    return 0 if report.passed else 1


def _results(options: argparse.Namespace) -> Report:
    from l2norm_ref.check import VectorsError, check_vectors

    mode, _ = _mode.chosen(options)
    if mode or options.scale is not None or options.backward or options.convert or options.dtype:
        raise Refused("--results: the manifest in the folder says which variant and dtypes are meant; leave them out")
    if not options.results:
        raise Refused("--results: expected a folder, got ''")
    try:
        return check_vectors(options.results, strict=options.strict)
    except VectorsError as error:
        raise Refused(f"--results {error}") from error


def _functions(options: argparse.Namespace) -> Report:
    from l2norm_ref.check import check_l2norm
    from l2norm_ref.cli._worker import ImportFailed, Worker

    if not 0 < options.timeout <= DAY:
        raise Refused(f"--timeout: expected a number of seconds above 0, up to a day ({DAY}), got {options.timeout:g}")
    mode, has_scale = _mode.chosen(options)
    targets = {"forward": options.forward} | ({"backward": options.backward} if options.backward else {})
    worker = Worker(targets, options.timeout, options.convert, progress=_progress if sys.stderr.isatty() else None)
    try:
        worker.start()
        return check_l2norm(
            worker,
            worker if options.backward else None,
            dtypes=options.dtype or _mode.DTYPES,
            strict=options.strict,
            has_scale=has_scale,
            **mode,
        )
    except (ImportFailed, TypeError, ValueError) as error:
        raise Refused(str(error)) from error
    finally:
        worker.stop()
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)


def _progress(calls: int, role: str) -> None:
    """One line on a terminal, written over."""
    print(f"\rcall {calls}: {role} ... ", end="", file=sys.stderr, flush=True)
