"""Write test vectors for one variant of L2Norm, for a kernel in any language: inputs and right results as .npy files,
and a manifest that lists them. The kernel writes y.npy, dx.npy and dscale.npy beside the inputs of each case;
`l2norm-ref check --results FOLDER` judges them.

for example:
  l2norm-ref vectors --preset SSD_CAFFE --out vectors
  l2norm-ref vectors --preset TORCH_NORMALIZE --dtype float32 --out vectors

exit status: 0, or 2 if the arguments make no variant or the folder cannot be written
"""

from __future__ import annotations

import argparse
import json

from l2norm_ref.cli import Refused, _mode


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--out", required=True, metavar="FOLDER", help="a folder that does not exist yet")
    _mode.add_dtypes(parser)
    _mode.configure(parser)


def run(options: argparse.Namespace) -> int:
    """Write, and say what was written."""
    from l2norm_ref.check import write_vectors

    mode, has_scale = _mode.chosen(options)
    try:
        manifest = write_vectors(options.out, dtypes=options.dtype or _mode.DTYPES, has_scale=has_scale, **mode)
    except FileExistsError as error:
        raise Refused(f"--out {error}") from error
    except (TypeError, ValueError) as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"--out {options.out}: {error.strerror or error}") from error
    cases = json.loads(manifest.read_text("utf-8"))["cases"]
    print(f"{len(cases)} cases in {options.out}, listed in {manifest.name}; every case is a folder with")
    print("  x.npy, dy.npy" + (", scale.npy" if has_scale else "") + "    the inputs")
    print("  expected_*.npy    the right results, for you to look at")
    wanted = "y.npy, dx.npy" + (", dscale.npy" if has_scale else "")
    print(f"  {wanted}    to be written by your kernel, of the shape and dtype of the expected ones")
    print(f"then: l2norm-ref check --results {options.out}")
    return 0
