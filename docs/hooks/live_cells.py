"""Which cells of a notebook can run in the reader's browser, where there is no NumPy and no matplotlib.

Contract: ``runnable(sources, lacks)`` reads the code cells in order and returns a ``Cell`` for each.  The rule:

- An import that the browser lacks cannot run, and spoils its name.
- A statement that reads a spoiled name, or has a function that reads one, cannot run either. It spoils the names that
  it binds, and the variables that it reads, because it might have changed what they hold. Imports, functions and plain
  numbers and texts do not count as variables, and the functions of this project do not change what they are given.
- A statement that runs makes the names that it binds good again.
- A cell gets a Run button when all of its statements can run. Of the other cells those statements still run which can,
  so that later cells find their names: ``from l2norm_ref import emit, l2norm_forward`` gives them ``emit``.

A function reads its global names when it is called, so whoever uses it reads them too.
"""

from __future__ import annotations

import ast
import symtable
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from live_wheels import OWN

Lacks = Callable[[str, str | None], str | None]


@dataclass(frozen=True)
class Cell:
    """A code cell: what of it runs in the browser, and for want of which package the rest does not."""

    code: str
    lacks: str | None

    @property
    def runs(self) -> bool:
        """Whether all of it runs, and there is something to run."""
        return self.lacks is None and bool(self.code.strip())


def runnable(sources: Sequence[str], lacks: Lacks) -> list[Cell]:
    """Read the code cells of one notebook.

    Args:
        sources: The cells, in order.
        lacks: What the browser lacks for an import, see ``live_imports.Imports.lacks``.

    Raises:
        SyntaxError: A cell is not plain Python.
    """
    names = _Names()
    return [_cell(source, names, lacks) for source in sources]


class _Names:
    """The names of the notebook so far: which are spoiled, which hold a variable, what their functions read."""

    def __init__(self) -> None:
        self.spoiled: dict[str, str] = {}  # by which package
        self.variables: set[str] = set()
        self.reads_later: dict[str, set[str]] = {}
        self.ours: set[str] = set()

    def spoiler(self, names: set[str]) -> str | None:
        """The package for want of which one of these names, or one that its functions read, is spoiled."""
        seen: set[str] = set()
        open_names = sorted(names)
        while open_names:
            name = open_names.pop()
            if name in self.spoiled:
                return self.spoiled[name]
            if name not in seen:
                seen.add(name)
                open_names += sorted(self.reads_later.get(name, ()))
        return None


def _cell(source: str, names: _Names, lacks: Lacks) -> Cell:
    kept: list[ast.stmt] = []
    missing: list[str] = []
    for statement in _single_imports(ast.parse(source)):
        bound, reads, later = _scopes(statement)
        imports = isinstance(statement, ast.Import | ast.ImportFrom)
        names.ours = names.ours | bound if _is_ours(statement) else names.ours - bound
        spoiler = _lack_of_import(statement, lacks) if imports else names.spoiler(reads | later)
        if spoiler is not None:
            missing.append(spoiler)
            touched = (reads | later) - _only_passed(statement, names.ours)
            names.spoiled |= dict.fromkeys(bound | (names.variables & touched), spoiler)
            continue
        kept.append(statement)
        constant = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        fixed = constant or isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)
        names.variables = names.variables - bound if fixed else names.variables | bound
        for name in bound:
            names.spoiled.pop(name, None)
            names.reads_later[name] = later
    if not missing:
        return Cell(source, None)  # as it was written: a last ";" means something
    return Cell("\n".join(map(ast.unparse, kept)), missing[0])


def _single_imports(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements, an import of several names as several imports."""
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (ast.Import([alias]) for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield from (ast.ImportFrom(statement.module, [alias], statement.level) for alias in statement.names)
        else:
            yield statement


def _lack_of_import(statement: ast.stmt, lacks: Lacks) -> str | None:
    if isinstance(statement, ast.ImportFrom):
        return lacks(statement.module or "", statement.names[0].name)
    assert isinstance(statement, ast.Import)
    return lacks(statement.names[0].name, None)


def _is_ours(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] == OWN


def _only_passed(statement: ast.stmt, ours: set[str]) -> set[str]:
    """The names that a statement only hands to functions of this project."""
    left = Counter(node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
    for call in ast.walk(statement):
        if isinstance(call, ast.Call) and _root(call.func) in ours:
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            left.subtract(argument.id for argument in arguments if isinstance(argument, ast.Name))
    return {name for name, count in left.items() if count == 0}


def _root(function: ast.expr) -> str | None:
    while isinstance(function, ast.Attribute):
        function = function.value
    return function.id if isinstance(function, ast.Name) else None


def _scopes(statement: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """The names that a statement binds, those that it reads, and those that its functions read when they are called."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    bound = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    reads = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    for node in ast.walk(statement):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            reads.add(node.target.id)  # `x += 1` reads x, which symtable does not count
    later = {name for child in table.get_children() for name in _global_reads(child)}
    return bound, reads, later


def _global_reads(table: symtable.SymbolTable) -> Iterator[str]:
    yield from (symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced())
    for child in table.get_children():
        yield from _global_reads(child)
