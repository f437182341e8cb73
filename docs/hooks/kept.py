"""Keep what was computed for a page until something that it depends on changes, so that a second build is quick.

Contract: ``kept(root, what, make)`` returns ``make()``, or the text that it returned before, from
``.cache/pages/<digest>``.  The digest is that of ``what`` and of everything that a computation on a page can read: the
package, the files of ``docs/``, the versions of the libraries, and the tools that the commands on a page need.
Nothing is kept when ``make`` raises.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("numpy", "sympy", "protobuf", "matplotlib")
OPTIONAL = ("torch", "numba")
PROGRAMS = ("cc",)
READ = {".py", ".c", ".json", ".console", ".prototxt", ".svg", ".v"}


def surroundings(root: Path) -> str:
    """A digest of all that a page can depend on besides its own text."""
    digest = hashlib.sha256()
    folders = (root / "l2norm_ref", root / "docs", root / "tests" / "proofs")
    files = (path for folder in folders for path in folder.rglob("*") if path.suffix in READ and path.is_file())
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    there = {name: importlib.util.find_spec(name) is not None for name in OPTIONAL}
    there |= {name: shutil.which(name) is not None for name in PROGRAMS}
    versions = {name: version(name) for name in LIBRARIES}
    digest.update(repr((there, versions, platform.python_version(), os.environ.get("CI"))).encode())
    return digest.hexdigest()


def kept(root: Path, what: str, make: Callable[[], str], around: str | None = None) -> str:
    """The text that ``make`` returns, computed or found.

    Args:
        root: The project's folder.
        what: Names the computation: a page with its text.
        make: The computation.
        around: ``surroundings(root)``, if the caller has it already.
    """
    digest = hashlib.sha256(f"{around or surroundings(root)}\0{what}".encode()).hexdigest()[:32]
    path = root / ".cache" / "pages" / digest
    if path.exists():
        return path.read_text("utf-8")
    text = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(text, "utf-8")
    partial.replace(path)  # so that nobody ever reads half a page
    return text
