"""The Python side of the live part, run here: docs/javascripts/live/session.py."""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from l2norm_ref.cli import main
from l2norm_ref.symbolic import derive_l2norm

SOURCE = Path(__file__).resolve().parents[2] / "docs" / "javascripts" / "live" / "session.py"
Ask = Callable[[str, object], Any]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    for name in ("IPython", "IPython.display"):
        monkeypatch.setitem(sys.modules, name, None)  # the session brings its own, and both are put back afterwards
    session = runpy.run_path(str(SOURCE), run_name="session")
    session["start"]()
    return lambda call, argument: json.loads(session[call](json.dumps(argument)))


def outputs(ask: Ask, source: str) -> list[tuple[str, str]]:
    return [(output["kind"], output["data"]) for output in ask("cell", source)["outputs"]]


def test_what_is_printed_and_shown_comes_in_order(ask: Ask) -> None:
    source = "from IPython.display import Latex, display\nprint(1)\nprint(2)\ndisplay(Latex('$a$'), 3)\nprint(4)\n'a'"
    assert outputs(ask, source) == [
        ("text", "1\n2\n"),
        ("latex", "$a$"),
        ("text", "3"),
        ("text", "4\n"),
        ("text", "'a'"),
    ]


@pytest.mark.parametrize("source", ["", "x = 1", "None", "1;", "# nothing"])
def test_no_output(ask: Ask, source: str) -> None:
    assert ask("cell", source) == {"ok": True, "outputs": []}


def test_cells_share_their_names_and_an_error_is_an_output(ask: Ask) -> None:
    assert outputs(ask, "def f(x):\n    return g(x)\n") == []
    assert ask("cell", "print('before')\nf(1)") == {
        "ok": False,
        "outputs": [
            {"kind": "text", "data": "before\n"},
            {"kind": "error", "data": "NameError: name 'g' is not defined\n"},
        ],
    }
    assert outputs(ask, "g = str\nf(1)") == [("text", "'1'")]
    assert outputs(ask, "1 +")[0][0] == "error"


def test_a_derivation_is_shown_as_in_a_notebook(ask: Ask) -> None:
    source = "from l2norm_ref.symbolic import derive_l2norm\nd = derive_l2norm()\nd.steps[0]"
    assert outputs(ask, source) == [("html", derive_l2norm().steps[0]._repr_html_())]
    assert outputs(ask, "d.forward") == [("latex", derive_l2norm().forward._repr_latex_())]


@pytest.mark.parametrize("command", ["derive --steps --format html", "generate --target c --eps x", "no-such-command"])
def test_a_command_gives_what_the_command_line_gives(ask: Ask, command: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as error:
        status = main(command.split())
    assert ask("command", command.split()) == {"status": status, "out": out.getvalue(), "error": error.getvalue()}
