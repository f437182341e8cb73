from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import execute
import nbformat
import pytest


def write(root: Path, *sources: str) -> Path:
    (root / "notebooks").mkdir(exist_ok=True)
    node = nbformat.v4.new_notebook()
    node.cells = [nbformat.v4.new_code_cell(text, id=f"cell-{i}") for i, text in enumerate(sources)]
    path = root / "notebooks" / "one.ipynb"
    nbformat.write(node, path)
    return path


def test_the_package_is_importable_and_the_result_is_reused(project: Path, executed: Path) -> None:
    cells = {cell.id: cell for cell in nbformat.read(executed, as_version=4).cells}
    assert cells["numbers"].outputs[0].text == "42 <b>\n"
    seconds: dict[str, float] = {}
    assert execute.execute_all(project, seconds.__setitem__) == [executed]
    assert seconds == {"fixture.ipynb": 0.0}


def test_figures_are_svg(executed: Path) -> None:
    cells = {cell.id: cell for cell in nbformat.read(executed, as_version=4).cells}
    assert set(cells["figure"].outputs[0].data) == {"image/svg+xml", "text/plain"}


def test_the_key_depends_on_the_notebook_and_on_the_package(tmp_path: Path) -> None:
    notebook = write(tmp_path, "1")
    keys = [execute.key(notebook, tmp_path)]
    package = tmp_path / "l2norm_ref" / "emit"
    package.mkdir(parents=True)
    for text in ("a = 1", "a = 2"):
        (package / "numpy.py").write_text(text, "utf-8")
        keys.append(execute.key(notebook, tmp_path))
    write(tmp_path, "2")
    keys.append(execute.key(notebook, tmp_path))
    assert len(set(keys)) == 4
    assert execute.key(notebook, tmp_path) == keys[-1]


def test_the_key_depends_on_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = write(tmp_path, "1")
    before = execute.key(notebook, tmp_path)
    monkeypatch.setattr("kept.installed", lambda: ["scikit_learn-99.dist-info"])
    assert execute.key(notebook, tmp_path) != before


def test_the_key_depends_on_the_data_that_the_notebook_reads(tmp_path: Path) -> None:
    notebook = write(tmp_path, 'open("../docs/data/fusion.json").read()')
    data = tmp_path / "docs" / "data"
    data.mkdir(parents=True)
    keys = []
    for name, text in (("fusion.json", "[1]"), ("other.json", "[1]"), ("fusion.json", "[2]")):
        (data / name).write_text(text, "utf-8")
        keys.append(execute.key(notebook, tmp_path))
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import warnings\nwarnings.warn('look out')", "cell-0.* wrote to stderr(.|\n)*look out"),
    ],
)
def test_an_error_and_a_warning_fail_with_the_name_of_the_notebook(tmp_path: Path, source: str, message: str) -> None:
    write(tmp_path, source)
    with pytest.raises(execute.NotebookError, match=f"one.ipynb(.|\n)*{message}"):
        execute.execute_all(tmp_path)
    assert list((tmp_path / ".cache").rglob("*.ipynb")) == []  # a failure is never reused


def test_the_kernel_is_this_python_without_its_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    source = "import os, sys, json\nprint(json.dumps([sys.executable, sorted(os.environ)]))"
    node = asyncio.run(execute.run(write(tmp_path, source), tmp_path))
    executable, names = json.loads(node.cells[0].outputs[0].text)
    assert executable == sys.executable
    assert {"PYTHONWARNINGS", "JUPYTER_PATH"}.isdisjoint(names)
