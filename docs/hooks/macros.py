"""What a Markdown page shows but does not type: formulas that the project emits, and programs that have run.

Contract, in any page of ``docs/``:

    {{ formula("l2norm.dx") }}          a displayed formula of ``l2norm_ref.emit.formulas()``
    {{ inline("l2norm.dx") }}           the same within a line
    {{ run("snippets/home.py") }}       a program of docs/, and below it what it printed while the site was built
    {{ show("snippets/check/kernel.c") }}  a file of docs/ as it is
    {{ console("snippets/check/wrong.console") }}  commands, run, with their output: see console.py
    {{ table("kill-matrix") }}          a table (or the words that sum it up) computed by a module of this folder

An unknown name, or a program that fails or warns, raises ``MacroError``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import accuracy_table
import audit_table
import console
import figure_data
import home_picture
import kill_matrix
import lighthouse_table
import performance
import preset_tables
import proofs

MACRO = re.compile(r"""\{\{\s*(?P<name>\w+)\(\s*["'](?P<argument>[^"']*)["']\s*\)\s*\}\}""")

Formulas = Callable[[], Mapping[str, str]]

# What computes each table, as Markdown.
TABLES: dict[str, Callable[[], str]] = {
    **accuracy_table.TABLES,
    **audit_table.TABLES,
    **figure_data.TABLES,
    **home_picture.TABLES,
    **kill_matrix.TABLES,
    **lighthouse_table.TABLES,
    **performance.TABLES,
    **preset_tables.TABLES,
    **proofs.TABLES,
}


class MacroError(Exception):
    """A placeholder that cannot be filled."""


@cache
def emitted_formulas() -> Mapping[str, str]:
    """All formulas by name.  Imported late: the pages without formulas need no SymPy."""
    from l2norm_ref import emit

    return emit.formulas()


def expand(markdown: str, *, docs: Path, where: str, formulas: Formulas = emitted_formulas) -> str:
    """Fill the placeholders of a page.

    Args:
        markdown: The page's source.
        docs: The folder in which programs are looked for.
        where: The page's name, for error messages.
        formulas: Gives the LaTeX by name; asked only when the page needs it.
    """

    def fill(match: re.Match[str]) -> str:
        name, argument = match["name"], match["argument"]
        if name == "formula":
            return f"\n$$\n{_formula(argument, formulas, where)}\n$$\n"
        if name == "inline":
            return f"${_formula(argument, formulas, where)}$"
        if name == "run":
            return _run(docs / argument, docs, where)
        if name == "show":
            return _show(docs / argument, where)
        if name == "console":
            try:
                return console.markdown(docs / argument, docs.parent)
            except console.ConsoleError as error:
                raise MacroError(f"{where}: {error}") from error
        if name == "table":
            if argument not in TABLES:
                raise MacroError(f"{where}: no table {argument!r}; there are {', '.join(sorted(TABLES))}")
            return TABLES[argument]()
        raise MacroError(
            f"{where}: unknown placeholder {match[0]}; there are formula, inline, run, show, console and table"
        )

    return MACRO.sub(fill, markdown)


def _formula(name: str, formulas: Formulas, where: str) -> str:
    known = formulas()
    if name not in known:
        raise MacroError(f"{where}: no formula {name!r}; l2norm_ref.emit has {', '.join(sorted(known))}")
    return known[name].strip()


def _show(path: Path, where: str) -> str:
    if not path.is_file():
        raise MacroError(f"{where}: no file {path}")
    return f'\n```{path.suffix.removeprefix(".")} title="{path.name}"\n{path.read_text("utf-8").strip()}\n```\n'


def _run(program: Path, docs: Path, where: str) -> str:
    if not program.is_file():
        raise MacroError(f"{where}: no program {program}")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": str(docs.parent), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
    )
    if done.returncode or done.stderr:
        raise MacroError(f"{where}: {program.name} did not run cleanly:\n{done.stdout}{done.stderr}")
    source = program.read_text("utf-8").strip()
    output = f'\n\n<div class="nb-output no-copy" markdown>\n\n```text\n{done.stdout.rstrip()}\n```\n\n</div>\n'
    return f"\n```python\n{source}\n```" + (output if done.stdout.strip() else "\n")
