"""`python -m l2norm_ref.emit --write | --check`: regenerate the generated modules, or say how they differ."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from . import generated_files, write_text
from .fused import fused_files

COMMAND = "python -m l2norm_ref.emit --write"


def main(arguments: Sequence[str] | None = None, package: Path | None = None) -> int:
    """Write or check every generated file.

    Args:
        arguments: the command line, `sys.argv[1:]` unless given.
        package: the package folder that holds the generated files; that of l2norm_ref unless given.

    Returns:
        0 if all is well; 1 if `--check` found a difference.
    """
    parser = argparse.ArgumentParser(prog="python -m l2norm_ref.emit", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="derive everything and write the generated files")
    what.add_argument(
        "--check", action="store_true", help="derive everything and compare; exit status 1 on a difference"
    )
    options = parser.parse_args(arguments)
    package = package or Path(__file__).parent.parent
    status = 0
    for name, text in (generated_files() | fused_files()).items():
        path = package / name
        if options.write:
            write_text(path, text)
            print(f"wrote {name}")
        elif not _is_current(path, name, text):
            status = 1
        else:
            print(f"{name} is what the definitions say")
    return status


def _is_current(path: Path, name: str, text: str) -> bool:
    found = path.read_bytes().decode() if path.exists() else ""
    if found == text:
        return True
    before, after = (content.splitlines(keepends=True) for content in (found, text))
    diff = difflib.unified_diff(before, after, f"{name} (found)", f"{name} (derived)")
    print("".join(line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in diff))
    print(f"{name} is not what the definitions say. To regenerate it: {COMMAND}")
    return False


if __name__ == "__main__":
    sys.exit(main())
