"""`python -m l2norm_ref.emit.coq --write | --check`: the statements that Coq proves, from the definitions."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import write_text
from . import COMMAND, statement_files

FOLDER = Path(__file__).parents[3] / "tests" / "proofs" / "statements"


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER) -> int:
    """Write or check the emitted statements.

    Args:
        arguments: the command line, `sys.argv[1:]` unless given.
        folder: where they are.

    Returns:
        0 if all is well; 1 if `--check` found a difference.
    """
    parser = argparse.ArgumentParser(prog="python -m l2norm_ref.emit.coq", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write the statements")
    what.add_argument("--check", action="store_true", help="compare them; exit status 1 on a difference")
    options = parser.parse_args(arguments)
    if options.write and not folder.is_dir():
        parser.error(f"there is no {folder}: the statements live in a clone of the repository, not in a package")
    status, files = 0, statement_files()
    for name, text in files.items():
        if options.write:
            write_text(folder / name, text)
            print(f"wrote {name}")
        elif not _is_current(folder / name, text):
            status = 1
    for path in sorted(folder.glob("*.v")):
        if path.name not in files:
            status = 1
            print(f"{path.name} is not an emitted file, no definition says it: remove it")
    return status


def _is_current(path: Path, text: str) -> bool:
    found = path.read_bytes().decode() if path.exists() else ""
    if found == text:
        print(f"{path.name} is what the definitions say")
        return True
    before, after = (content.splitlines() for content in (found, text))
    diff = difflib.unified_diff(before, after, f"{path.name} (found)", f"{path.name} (derived)", lineterm="")
    print("\n".join(diff))
    print(f"{path.name} is not what the definitions say. To regenerate it: {COMMAND}")
    return False


if __name__ == "__main__":
    sys.exit(main())
