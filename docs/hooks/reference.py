"""Before a site is built: the committed reference is what the definitions say, derived again unless this is known.

Contract: ``python docs/hooks/reference.py`` is ``python -m l2norm_ref.emit --check``.  When that has succeeded, its
words are kept, and said again without deriving until the package or anything that is installed changes.  ``make test``
and ``make check-reference`` derive always.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import kept

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ("-m", "l2norm_ref.emit", "--check")


class ReferenceDiffers(Exception):
    """The check failed, with what it said."""


def check(root: Path = ROOT) -> str:
    """What the check says, now or before; ReferenceDiffers if it fails."""
    return kept.kept(root, " ".join(COMMAND), lambda: _check(root), kept.surroundings(root, ["l2norm_ref"]))


def _check(root: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, *COMMAND], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReferenceDiffers(f"{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    try:
        print(check(), end="")
    except ReferenceDiffers as problem:
        sys.exit(str(problem))
