"""Print the straight-line forward and backward functions of one variant of L2Norm, derived now.

for example:
  l2norm-ref generate --preset SSD_CAFFE --target c > l2norm.c
  l2norm-ref generate --preset TORCHVISION_SSD --target torch --name conv4_3_norm
  l2norm-ref generate --no-across-spatial --eps-mode clamp_norm --eps 1e-12 --no-scale

exit status: 0, or 2 if the arguments make no variant that can be printed
"""

from __future__ import annotations

import argparse
from pathlib import Path

from l2norm_ref.cli import Refused, _mode

TARGETS = ("numpy", "torch", "c")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--target", choices=TARGETS, default="numpy", help="the language (default: numpy)")
    parser.add_argument("--name", default="l2norm", help="what the names of the functions begin with")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write to a file instead of stdout")
    _mode.configure(parser)


def run(options: argparse.Namespace) -> int:
    """Derive and print."""
    from l2norm_ref.emit import write_text
    from l2norm_ref.emit.generate import generate

    mode, has_scale = _mode.chosen(options)
    try:
        text = generate(mode, options.target, scale=has_scale, name=options.name)
    except ValueError as error:
        raise Refused(str(error)) from error
    if options.out is None:
        print(text, end="")
    else:
        try:
            write_text(options.out, text)
        except OSError as error:
            raise Refused(f"--out {options.out}: {error.strerror or error}") from error
    return 0
