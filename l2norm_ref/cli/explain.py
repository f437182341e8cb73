"""Say, for every BatchNorm, Scale and Normalize layer of a Caffe net, what it computes in each phase,
which statistics it uses, which blobs are learned, and what is wrong or risky, with the line and the fix.

Examples:
  l2norm-ref explain train_val.prototxt
  l2norm-ref explain deploy.prototxt --phase TEST
  l2norm-ref explain - --json < net.prototxt

exit status: 0 without findings, 1 with findings, 2 if the file cannot be used
"""

from __future__ import annotations

import argparse
import json
import sys

from l2norm_ref.cli import Refused


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("file", metavar="FILE", help="the prototxt of a net; - reads stdin")
    parser.add_argument(
        "--phase",
        choices=("TRAIN", "TEST"),
        help="explain this phase only (default: both, but for one in which the net cannot run as it stands)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help='print one JSON object: {"version": 1, "file", "net", "phases", "notes", "layers": [{"name", "type", '
        '"line", "bottoms", "tops", "in_place", "phases": {"TRAIN": {"formula", "gradient", "statistics", "updates"}}, '
        '"blobs", "parameter"}], "findings": [{"code", "severity", "line", "layer", "phases", "message", "fix"}]}',
    )


def run(options: argparse.Namespace) -> int:
    """Read the net, explain it, print."""
    from l2norm_ref.caffe.explain import explain
    from l2norm_ref.caffe.explain._json import as_json
    from l2norm_ref.caffe.prototxt import MAX_BYTES, PrototxtError, parse_prototxt, read_prototxt

    try:
        if options.file != "-":
            net = read_prototxt(options.file)
        elif sys.stdin is None:
            raise Refused("stdin is closed")
        else:
            net = parse_prototxt(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    except PrototxtError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{options.file}: {error.strerror or error}") from error
    report = explain(net, options.phase and [options.phase])
    if options.json:
        print(json.dumps(as_json(report), indent=2))
    else:
        print(report)
    return 1 if report.findings else 0
