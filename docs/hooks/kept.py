"""Keep what was computed until something that it depends on changes, so that a second build is quick.

Contract: ``kept(root, what, make)`` returns ``make()``, or the text that it returned before, from
``.cache/pages/<digest>``.  The digest is that of ``what`` and of everything that a computation on a page can read: the
package, the files of ``docs/``, the versions of all that is installed, and the tools that the commands on a page need.
Nothing is kept when ``make`` raises.  ``forget`` removes what no build of the last day has asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

OPTIONAL = ("torch", "numba")
PROGRAMS = ("cc",)
FOLDERS = ("l2norm_ref", "docs", "tests/proofs")
READ = {".py", ".c", ".json", ".console", ".prototxt", ".svg", ".v"}
HOOKS = "hooks"  # the folder of this file, of which everything counts
DAY = 24 * 60 * 60


def installed() -> list[str]:
    """Each installed distribution as its metadata's folder is called: ``numpy-2.3.4.dist-info``."""
    return sorted({path.name for folder in sys.path for path in Path(folder).glob("*.dist-info")})


def surroundings(root: Path, folders: Sequence[str] = FOLDERS) -> str:
    """A digest of all that a computation can depend on besides its own text; ``folders`` are those that it reads."""
    digest = hashlib.sha256()
    paths = (path for name in folders for path in (root / name).rglob("*") if path.is_file())
    for path in sorted(path for path in paths if path.suffix in READ or path.parent.name == HOOKS):
        digest.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    there = {name: importlib.util.find_spec(name) is not None for name in OPTIONAL}
    there |= {name: shutil.which(name) is not None for name in PROGRAMS}
    digest.update(repr((there, installed(), platform.python_version(), os.environ.get("CI"))).encode())
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
    with contextlib.suppress(FileNotFoundError):
        text = path.read_text("utf-8")
        os.utime(path)  # it is in use
        return text
    text = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(text, "utf-8")
    partial.replace(path)  # so that nobody ever reads half a page
    return text


def forget(root: Path) -> None:
    """Remove what has not been in use for a day: after a build, what this build has used is younger than that."""
    for path in (root / ".cache" / "pages").glob("*"):
        with contextlib.suppress(FileNotFoundError):  # another build was faster
            if path.stat().st_mtime < time.time() - DAY:
                path.unlink()
