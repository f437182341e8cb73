from __future__ import annotations

import contextlib
import io

import pytest
from live_cells import runnable


def lacks(module: str, name: str | None) -> str | None:
    return "numpy" if module.startswith("numpy") or name == "forward" else None


def runs(*sources: str) -> list[bool]:
    return [cell.runs for cell in runnable(sources, lacks)]


SETUP = "import math\nimport numpy as np\nfrom package import emit, forward\nemit2 = emit"


def test_of_a_cell_that_cannot_run_the_rest_still_does() -> None:
    setup, with_it, without = runnable([SETUP, "emit", "forward(math.pi)"], lacks)
    assert (setup.runs, setup.lacks) == (False, "numpy")
    assert setup.code.splitlines() == ["import math", "from package import emit", "emit2 = emit"]
    assert (with_it.runs, with_it.code) == (True, "emit")
    assert (without.runs, without.code, without.lacks) == (False, "", "numpy")


def test_a_cell_that_runs_is_left_as_it_was_written() -> None:
    source = "print(  1 )  # a comment\nemit;"
    assert runnable([SETUP, source], lacks)[1].code == source


@pytest.mark.parametrize(
    ("cell", "good"),
    [
        ("x = np.zeros(3)", False),
        ("[np for _ in range(3)]", False),
        ("def f():\n    return np", False),
        ("f = lambda: np\nf()", False),
        ("def f():\n    return np\n\n\nf()", False),
        ("class C:\n    a = np", False),
        ("@np.vectorize\ndef f(): ...", False),
        ("def f(np):\n    return np\n\n\nf(1)", True),  # its own np
        ("np = 3\nnp", True),  # bound again
        ("with open(np) as file:\n    pass", False),
        ("np += 1", False),
        ("import numpy.linalg", False),
        ("from numpy import pi", False),
        ("from math import pi\npi", True),
        ("", False),
        ("# only a comment", True),
    ],
)
def test_what_reads_a_missing_name_cannot_run(cell: str, good: bool) -> None:
    assert runs(SETUP, cell)[1] is good


def test_names_are_spoiled_and_become_good_again() -> None:
    assert runs(SETUP, "x = np.ones(2)", "x", "x = 3", "x", "del x") == [False, False, False, True, True, True]


def test_a_variable_that_a_missing_statement_read_may_have_been_changed() -> None:
    assert runs(SETUP, "rows = []", "rows.append(np.pi)", "rows") == [False, True, False, False]
    assert runs(SETUP, "rows = []", "print(np.pi, emit)", "rows, emit") == [False, True, False, True]


def test_our_own_functions_change_nothing() -> None:
    setup = "import numpy as np\nfrom l2norm_ref import emit, forward\nfrom json import dumps"
    for use, good in (
        ("y = forward(rows)", True),
        ("y = forward(emit.latex(rows), other=rows)", True),
        ("y = forward(dumps(rows))", False),
        ("y = forward(rows[0])", False),
        ("y = forward(rows), rows", False),
    ):
        assert runs(setup, "rows = [1]", use, "rows") == [False, True, False, good]
    assert runs(setup, "rows = [1]", "def emit(x): ...", "emit(rows, np)", "rows") == [False, True, True, False, False]


def test_functions_read_their_names_when_they_are_called() -> None:
    define = "scale = 2\n\n\ndef f(x):\n    return g(x)\n\n\ndef g(x):\n    return scale * x"
    assert runs(SETUP, define, "f(1)") == [False, True, True]
    assert runs(SETUP, define, "scale = np.pi", "f(1)", "g") == [False, True, False, False, False]
    assert runs(SETUP, define, "scale = np.pi", "scale = 3", "f(1)") == [False, True, False, True, True]
    assert runs(SETUP, define, "table = {'f': f}", "scale = np.pi", "table") == [False, True, True, False, True]


def test_what_is_not_python_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        runnable(["%matplotlib inline"], lacks)


def test_what_is_said_to_run_does_run_and_prints_the_same() -> None:
    """The whole notebook with NumPy, against its runnable part without."""
    sources = [
        "import math\nimport fractions, numpy as np\nlimit = 3",
        "def powers(n):\n    return [base**k for k in range(n)]\n\n\nbase = 2",
        "print(powers(limit))",
        "base = int(np.float64(3)); total = 0",
        "print(powers(limit))",
        "base = 5\nfor k in range(limit):\n    total = k",
        "print(powers(limit), total)",
    ]
    cells = runnable(sources, lacks)
    assert [cell.runs for cell in cells] == [False, True, True, False, False, True, True]
    printed = []
    for codes in (sources, [cell.code for cell in cells]):
        namespace: dict[str, object] = {}
        printed.append([])
        for code in codes:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(code, namespace)
            printed[-1].append(out.getvalue())
    assert [text for text, cell in zip(printed[0], cells, strict=True) if cell.runs] == [
        text for text, cell in zip(printed[1], cells, strict=True) if cell.runs
    ]
