"""`python tests/proofs/compile.py`: compile every proof, and list the axioms that the theorems rest on.

Nothing is installed: if Coq or Coquelicot is missing, it says which Debian package, and exits with 2. It exits with 1
if an emitted statement is not what the definitions say, is not proved, or is proved from other axioms than those of
Coq's classical reals; or if a word occurs that would let a proof be assumed. What Coq makes goes to build/proofs, and
is made again only after a change. `--record` makes all of it anew and writes docs/data/proofs.json.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from coq_build import BUILD, ProofError, build, missing_packages, output
from proof_text import FOLDER, Theorem, digest, forbidden, sources, statements, theorems

DATA = FOLDER.parents[1] / "docs" / "data" / "proofs.json"
COMMAND = "python tests/proofs/compile.py --record"

AXIOMS = {
    "ClassicalDedekindReals.sig_not_dec": "it is decided whether a negated proposition holds",
    "ClassicalDedekindReals.sig_forall_dec": "it is decided whether a decidable property holds for all of 0, 1, 2, ...",
    "FunctionalExtensionality.functional_extensionality_dep": "functions that agree everywhere are equal",
    "Classical_Prop.classic": "every proposition is true or false",
}
"""The axioms of Coq's classical real numbers, each in words. Nothing else may be assumed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check drift, words and proofs; print the theorems and their axioms."""
    parser = argparse.ArgumentParser(prog="python tests/proofs/compile.py", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write docs/data/proofs.json")
    options = parser.parse_args(arguments)
    if missing := missing_packages():
        print(f"missing: Debian package{'s' * (len(missing) > 1)} {' and '.join(missing)}", file=sys.stderr)
        return 2
    try:
        check_text()
        start = time.perf_counter()
        if options.record:
            with tempfile.TemporaryDirectory(prefix="l2norm_ref_proofs_") as empty:
                axioms = prove(Path(empty))
        else:
            axioms = prove(BUILD)
        seconds = time.perf_counter() - start
    except ProofError as error:
        print(error, file=sys.stderr)
        return 1
    proved = theorems(FOLDER)
    for script, together in by_script(proved).items():
        print("\n".join(f"{theorem.statement}: proved by {theorem.name}" for theorem in together))
        print(f"axioms of {script}.v: {', '.join(sorted(axioms[script])) or 'none'}")
    print(f"{len(proved)} theorems proved, from the axioms of Coq's classical reals alone")
    print(f"Coq took {seconds:.0f} s for {'all of it' if options.record else 'what had changed'}")
    if options.record:
        record(axioms, seconds)
    return 0


def check_text() -> None:
    """The emitted files are current, no file assumes anything, and every statement has a theorem.

    Raises:
        ProofError: one of these is not so.
    """
    from l2norm_ref.emit.coq.__main__ import main as emit

    if emit(["--check"]):
        raise ProofError("the emitted statements are not what the definitions say")
    if found := forbidden(FOLDER):
        raise ProofError("\n".join(found))
    if open_ones := set(statements(FOLDER)) - {theorem.statement for theorem in theorems(FOLDER)}:
        raise ProofError(f"not proved: {', '.join(sorted(open_ones))}")


def prove(target: Path, folder: Path = FOLDER) -> dict[str, list[str]]:
    """Compile everything, and ask Coq for the axioms that the theorems rest on.

    Returns:
        The axioms by hand-written file.

    Raises:
        ProofError: Coq rejects a file, or a theorem rests on another axiom.
    """
    proved = theorems(folder)
    printed = build(texts(folder) | {"audit.v": audit(proved)}, target)
    axioms = read_axioms(printed["audit.v"], proved)
    for name, used in axioms.items():
        if foreign := sorted(set(used) - set(AXIOMS)):
            raise ProofError(f"{name} rests on {', '.join(foreign)}: only the axioms of Coq's reals are allowed")
    return axioms


def texts(folder: Path = FOLDER) -> dict[str, str]:
    """Every Coq file: its name in the folder and its text."""
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sources(folder)}


def audit(proved: Sequence[Theorem]) -> str:
    """A Coq file in which each theorem is taken for a proof of its statement, and each script says what it rests on.

    Together, because Coq walks through all of its library to answer.
    """
    files = sorted({theorem.statement.split(".")[0] for theorem in proved})
    scripts = by_script(proved)
    lines = [f"From Proofs.statements Require {' '.join(files)}.", f"From Proofs Require {' '.join(scripts)}."]
    for script, theorems_of in scripts.items():
        pairs = [f"(Proofs.{theorem.name} : Proofs.statements.{theorem.statement})" for theorem in theorems_of]
        lines.append(f"Definition all_of_{script} := (" + ",\n  ".join([*pairs, "I"]) + ").")
        lines.append(f'Goal True. idtac "== {script}". exact I. Qed.')
        lines.append(f"Print Assumptions all_of_{script}.")
    return "\n".join([*lines, ""])


def by_script(proved: Sequence[Theorem]) -> dict[str, list[Theorem]]:
    """The theorems of each hand-written file."""
    scripts: dict[str, list[Theorem]] = {}
    for theorem in proved:
        scripts.setdefault(theorem.name.split(".")[0], []).append(theorem)
    return scripts


def read_axioms(output: str, proved: Sequence[Theorem]) -> dict[str, list[str]]:
    """The axioms by script, from what Coq printed; whatever is not understood counts as an axiom."""
    axioms: dict[str, list[str]] = {}
    used: list[str] = []
    for line in output.splitlines():
        if line.startswith("== "):
            used = axioms.setdefault(line[3:], [])
        elif line and not line[0].isspace() and line not in ("Axioms:", "Closed under the global context"):
            used.append(line.split(" :")[0].strip())
    if list(axioms) != list(by_script(proved)):
        raise ProofError("Coq did not answer for every file")
    return axioms


def record(axioms: dict[str, list[str]], seconds: float) -> None:
    """Write what the page shows."""
    from l2norm_ref.emit import write_text

    version = re.search(r"version (\S+)", output(["coqc", "--version"]))
    package = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "libcoq-coquelicot"], capture_output=True, text=True, check=False
    )
    data = {
        "command": COMMAND,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": {"Coq": version[1] if version else "unknown", "Coquelicot": package.stdout or "unknown"},
        "seconds": round(seconds),
        "sources": digest(FOLDER),
        "axioms_of": {f"{script}.v": sorted(used) for script, used in axioms.items()},
        "axioms": {name: AXIOMS[name] for name in sorted({a for used in axioms.values() for a in used})},
        "theorems": [{"statement": theorem.statement, "theorem": theorem.name} for theorem in theorems(FOLDER)],
    }
    write_text(DATA, json.dumps(data, indent=1) + "\n")
    print(f"wrote {DATA.relative_to(FOLDER.parents[1])}")


if __name__ == "__main__":
    sys.exit(main())
