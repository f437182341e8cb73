"""The notebooks run, and are committed without what running them leaves behind.

The executed copies are shared with the site (docs/hooks/execute.py): whichever comes first runs them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import execute
import nbformat
import notebook_pages
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
READABLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]+)?")

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="session")
def executed() -> dict[str, Path]:
    return {path.name: path for path in execute.execute_all(ROOT)}


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS][:1] == ["01-forward.ipynb"]


@each_notebook
def test_every_cell_runs_and_every_figure_is_described(notebook: Path, executed: dict[str, Path]) -> None:
    copy = executed[notebook.name]
    cells = [cell for cell in nbformat.read(copy, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.id for cell in cells if cell.source.strip() and cell.execution_count is None] == []
    notebook_pages.prepare(copy)  # raises where a figure has no words


@each_notebook
def test_committed_without_outputs(notebook: Path) -> None:
    command = [sys.executable, "-m", "nbstripout", "--verify", "--keep-id", str(notebook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{notebook.name} has outputs or the like; `make format` removes them\n{done.stdout}"
    for cell in nbformat.read(notebook, as_version=4).cells:
        assert not cell.get("outputs"), cell.id
        assert cell.get("execution_count") is None, cell.id


@each_notebook
def test_cell_ids_are_names(notebook: Path) -> None:
    node = nbformat.read(notebook, as_version=4)
    nbformat.validate(node)
    ids = [cell.id for cell in node.cells]
    assert len(set(ids)) == len(ids)
    unreadable = [name for name in ids if not READABLE.fullmatch(name) or RANDOM.fullmatch(name)]
    assert unreadable == [], "name the cell after what it does, such as `complex-step`"


@each_notebook
def test_any_python_may_open_it(notebook: Path) -> None:
    metadata = nbformat.read(notebook, as_version=4).metadata
    assert metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}
    # More, such as the version of whoever saved it last, would change with every editor.
    assert metadata.get("language_info", {"name": "python"}) == {"name": "python"}
