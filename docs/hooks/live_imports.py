"""What the browser's Python cannot import, found by reading the sources, without importing anything.

Contract: ``Imports(root).lacks(module, name)`` follows the imports that run when a module of ``root/l2norm_ref`` is
imported, and returns the first package on the way that the browser does not have, such as ``"numpy"``, or ``None``.
Imports within functions do not count: they happen later, or never.  A name that a package exports lazily is looked up
where its ``if TYPE_CHECKING:`` block says that it lives.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from live_wheels import LIBRARIES, OWN

PROVIDED = {("IPython.display", "Latex"), ("IPython.display", "display")}
"""Names that docs/javascripts/live/session.py provides in the browser."""


class Imports:
    """The imports of this project's package."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str | None] = {}
        self._trees: dict[str, ast.Module] = {}

    def lacks(self, module: str, name: str | None = None) -> str | None:
        """The package for want of which ``import module``, or ``from module import name``, fails in the browser."""
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names or top in LIBRARIES or (module, name) in PROVIDED:
            return None
        if top != OWN:
            return top
        parts = module.split(".")
        chain = [".".join(parts[: i + 1]) for i in range(len(parts))]  # a module's packages are imported first
        if name is not None:
            chain += self._home(module, name)
        return next(filter(None, map(self._module, chain)), None)

    def _home(self, module: str, name: str) -> list[str]:
        """The modules that are imported for a name of a module, besides the module itself."""
        if self._path(f"{module}.{name}") is not None:
            return [f"{module}.{name}"]
        lazy = [found for found, exported in _imports(self._tree(module), lazy=True) if exported == name]
        return lazy[:1]

    def _module(self, module: str) -> str | None:
        if module not in self._known:
            self._known[module] = None  # while it is looked at: modules may import each other
            found = _imports(self._tree(module), package=self._package(module))
            self._known[module] = next(filter(None, (self.lacks(*one) for one in found)), None)
        return self._known[module]

    def _path(self, module: str) -> Path | None:
        path = self._root.joinpath(*module.split("."))
        return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)

    def _package(self, module: str) -> str:
        path = self._path(module)
        return module if path is not None and path.name == "__init__.py" else module.rpartition(".")[0]

    def _tree(self, module: str) -> ast.Module:
        if module not in self._trees:
            path = self._path(module)
            self._trees[module] = ast.parse(path.read_text("utf-8") if path is not None else "")
        return self._trees[module]


def _imports(tree: ast.AST, *, package: str = "", lazy: bool = False) -> Iterator[tuple[str, str | None]]:
    """(module, name or None) for each import outside functions; with ``lazy``, those for type checkers instead."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*up, *filter(None, [node.module])])
            for alias in node.names:
                yield module, alias.name
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for statement in node.body if lazy else node.orelse:
                yield from _imports(ast.Module([statement], []), package=package)
        elif not lazy and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(node, package=package)
