"""What the worker asks of Python in the browser: run a cell of a notebook, or a command of `l2norm-ref`.

Contract: `start()` once; after that every function takes one argument and returns one answer, both as JSON, because
they cross from JavaScript to Python and back. The cells of a page share one namespace, as in Jupyter.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
import traceback
from types import ModuleType
from typing import Any

NAMESPACE: dict[str, Any] = {"__name__": "__main__"}
outputs: list[dict[str, str]] = []
printed = io.StringIO()


class Latex:
    """As in `IPython.display`: text that is shown as mathematics."""

    def __init__(self, data: str) -> None:
        self.data = data

    def _repr_latex_(self) -> str:
        return self.data


def display(*values: object) -> None:
    """As in `IPython.display`: show values, each in the richest form that it offers."""
    for value in values:
        _flush()
        for kind in ("html", "latex"):
            if (make := getattr(value, f"_repr_{kind}_", None)) is not None:
                outputs.append({"kind": kind, "data": make()})
                break
        else:
            outputs.append({"kind": "text", "data": repr(value)})


def start() -> None:
    """Provide what notebooks import from IPython, and import what takes long."""
    package, module = ModuleType("IPython"), ModuleType("IPython.display")
    vars(module).update(Latex=Latex, display=display)
    vars(package).update(display=module)
    sys.modules.update({"IPython": package, "IPython.display": module})
    import l2norm_ref.emit
    import l2norm_ref.symbolic  # noqa: F401


def cell(source: str) -> str:
    """Run a cell: `{ok, outputs: [{kind, data}]}`, where a kind is text, html, latex or error."""
    outputs.clear()
    ok = True
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            _run(json.loads(source))
        except Exception as error:  # whatever a cell raises is shown, as Jupyter does
            ok = False
            _flush()
            outputs.append({"kind": "error", "data": "".join(traceback.format_exception_only(error))})
    _flush()
    return json.dumps({"ok": ok, "outputs": outputs})


def _run(source: str) -> None:
    """Execute; the value of a last expression is shown, unless a semicolon ends it."""
    tree = ast.parse(source, "<cell>")
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), NAMESPACE)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), NAMESPACE)
        if value is not None and not source.rstrip().endswith(";"):
            display(value)


def _flush() -> None:
    """What was printed since the last output becomes one."""
    if text := printed.getvalue():
        outputs.append({"kind": "text", "data": text})
        printed.seek(0)
        printed.truncate()


def command(arguments: str) -> str:
    """Run `l2norm-ref` with these arguments: `{status, out, error}`."""
    from l2norm_ref.cli import main

    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        status = main(json.loads(arguments))
    return json.dumps({"status": status, "out": out.getvalue(), "error": error.getvalue()})
