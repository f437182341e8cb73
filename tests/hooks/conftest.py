"""A project of one notebook, executed once for all tests of the hooks."""

from __future__ import annotations

import shutil
from pathlib import Path

import execute
import mathjax
import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "notebooks").mkdir()
    (root / "l2norm_ref").mkdir()
    (root / "l2norm_ref" / "__init__.py").write_text("ANSWER = 42\n", "utf-8")
    shutil.copy(HERE / "fixture.ipynb", root / "notebooks")
    # Matplotlib takes seconds to list the fonts of a machine that it does not know yet.
    known = HERE.parents[1] / ".cache" / "matplotlib"
    if known.exists():
        shutil.copytree(known, root / ".cache" / "matplotlib")
    return root


@pytest.fixture(scope="session")
def executed(project: Path) -> Path:
    return execute.execute_all(project)[0]


@pytest.fixture(scope="session")
def typesetter() -> mathjax.Typesetter:
    maker = mathjax.load()
    if maker is None:
        pytest.skip("no MathJax here; mathjax.load() has said why")
    return maker
