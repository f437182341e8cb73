"""What the files of this folder claim and prove, read from their text without Coq; `compile.py` lets Coq confirm it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent

FORBIDDEN = re.compile(r"\w*(admit|axiom|parameter|conjecture)\w*", re.IGNORECASE)
"""Words with which something would be assumed. They are not in comments, either, so that a search finds nothing."""

OPEN = re.compile(r"^\s*(Module|Section) (\w+)\.$")
CLOSE = re.compile(r"^\s*End (\w+)\.$")
IMPORT = re.compile(r"^\s*Import (\w+\.\w+)\.$")
CLAIM = re.compile(r"^\s*Definition (\w+) : Prop :=$")
THEOREM = re.compile(r"^\s*Theorem (\w+) : (\w+)\.$")


@dataclass(frozen=True)
class Theorem:
    """A theorem: its name, file and modules included, and the emitted statement that it proves, likewise."""

    name: str
    statement: str


def sources(folder: Path) -> list[Path]:
    """Every Coq file: hand-written ones, then emitted ones."""
    return [*sorted(folder.glob("*.v")), *sorted((folder / "statements").glob("*.v"))]


def digest(folder: Path) -> str:
    """A hash of all Coq files with their names."""
    whole = hashlib.sha256()
    for path in sources(folder):
        whole.update(f"{path.relative_to(folder).as_posix()}\n".encode() + path.read_bytes())
    return whole.hexdigest()


def forbidden(folder: Path) -> list[str]:
    """Where a word occurs that must not."""
    return [
        f"{path.relative_to(folder)}:{number}: the word {match[0]}"
        for path in sources(folder)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for match in FORBIDDEN.finditer(line)
    ]


def statements(folder: Path) -> list[str]:
    """Every emitted statement, as file.module.name."""
    found = []
    for path in sorted((folder / "statements").glob("*.v")):
        for modules, line in _lines(path):
            if claim := CLAIM.match(line):
                found.append(".".join([path.stem, *modules, claim[1]]))
    return found


def theorems(folder: Path) -> list[Theorem]:
    """The theorems whose statement is emitted, in the order of the files."""
    known, found = set(statements(folder)), []
    for path in sorted(folder.glob("*.v")):
        imported = ""
        for modules, line in _lines(path):
            if match := IMPORT.match(line):
                imported = match[1]
            elif (match := THEOREM.match(line)) and f"{imported}.{match[2]}" in known:
                found.append(Theorem(".".join([path.stem, *modules, match[1]]), f"{imported}.{match[2]}"))
    return found


def _lines(path: Path) -> list[tuple[tuple[str, ...], str]]:
    """The lines, each with the modules around it."""
    modules: list[str] = []
    result = []
    for line in path.read_text("utf-8").splitlines():
        if match := OPEN.match(line):
            modules.append(match[2])
        elif CLOSE.match(line) and modules:
            modules.pop()
        result.append((tuple(modules), line))
    return result
