"""Compile Coq files in a folder of their own: what is current stays, the rest runs on all cores, in order of need.

Beside each compiled file lies a stamp: a hash of the text, of what it requires, and of Coq, and what Coq printed. It is
written when Coq has accepted the file, whole or not at all, so nothing that was stopped half-way counts as compiled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from pathlib import Path

from proof_text import FOLDER

from l2norm_ref.emit import write_text

BUILD = FOLDER.parents[1] / "build" / "proofs"
OPTIONS = ["-Q", ".", "Proofs"]
WARNINGS = "-ambiguous-paths"  # Coquelicot's own


class ProofError(Exception):
    """What is to be proved is not proved."""


def missing_packages() -> list[str]:
    """The Debian packages that are not there."""
    if not shutil.which("coqc"):
        return ["coq", "libcoq-coquelicot"]
    return [] if _coquelicot().is_file() else ["libcoq-coquelicot"]


def build(texts: Mapping[str, str], folder: Path = BUILD) -> dict[str, str]:
    """Compile Coq files, after those that they require.

    Args:
        texts: every file's name, relative to the folder, and its text.
        folder: where; what else is there and was made here is removed.

    Returns:
        What Coq prints, by file.

    Raises:
        ProofError: Coq rejects a file.
    """
    for path in [p for p in folder.rglob("*.v") if p.relative_to(folder).as_posix() not in texts]:
        _forget(path)
    for name, text in texts.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            write_text(path, text)
    needs = requirements(folder, texts)
    sorter, keys, printed = TopologicalSorter(needs), _keys(texts, needs), dict[str, str]()
    sorter.prepare()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running: dict[Future[str], str] = {}
        while sorter.is_active():
            running |= {pool.submit(_current, folder / name, keys[name]): name for name in sorter.get_ready()}
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(done)
                printed[name] = done.result()
                sorter.done(name)
    return printed


def requirements(folder: Path, names: Mapping[str, str]) -> dict[str, list[str]]:
    """The files that each file requires, as Coq's own tool reads them."""
    rules = output(["coqdep", *OPTIONS, *names], folder).splitlines()
    needs: dict[str, list[str]] = {}
    for rule in rules:
        made, _, required = rule.partition(": ")
        target = made.split()[0]
        if target.endswith(".vo"):
            needs[f"{target[:-1]}"] = [f"{word[:-1]}" for word in required.split() if word.endswith(".vo")]
    return {name: [need for need in needs[name] if need in names] for name in names}


def coqc(folder: Path, name: str) -> str:
    """Compile one file and return what it prints.

    Raises:
        ProofError: Coq rejects it.
    """
    return output(["coqc", "-q", "-w", WARNINGS, *OPTIONS, name], folder)


def output(command: list[str], folder: Path | None = None) -> str:
    """What a command prints.

    Raises:
        ProofError: it fails; with what it said.
    """
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise ProofError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _current(path: Path, key: str) -> str:
    """What Coq printed when it compiled this file; compiled now unless its stamp is current."""
    stamp = path.with_suffix(".stamp")
    if stamp.is_file() and path.with_suffix(".vo").is_file():
        known = json.loads(stamp.read_text("utf-8"))
        if known["key"] == key:
            return known["printed"]
    stamp.unlink(missing_ok=True)
    folder = next(parent for parent in path.parents if parent.name != "statements")
    printed = coqc(folder, path.relative_to(folder).as_posix())
    write_text(stamp, json.dumps({"key": key, "printed": printed}))
    return printed


def _keys(texts: Mapping[str, str], needs: Mapping[str, list[str]]) -> dict[str, str]:
    coq = output(["coqc", "--version"]) + str(_coquelicot().stat().st_mtime_ns) + WARNINGS
    keys: dict[str, str] = {}
    for name in TopologicalSorter(needs).static_order():
        parts = [coq, name, texts[name], *(keys[need] for need in needs[name])]
        keys[name] = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return keys


def _coquelicot() -> Path:
    return Path(output(["coqc", "-where"]).strip()) / "user-contrib" / "Coquelicot" / "Coquelicot.vo"


def _forget(path: Path) -> None:
    for suffix in (".v", ".vo", ".vok", ".vos", ".glob", ".stamp"):
        path.with_suffix(suffix).unlink(missing_ok=True)
    path.with_name(f".{path.stem}.aux").unlink(missing_ok=True)
