"""What is computed for a page is kept, and made again when anything changes that it can read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from kept import DAY, forget, kept, surroundings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "l2norm_ref").mkdir()
    (tmp_path / "docs" / "data").mkdir(parents=True)
    (tmp_path / "docs" / "hooks").mkdir()
    (tmp_path / "l2norm_ref" / "module.py").write_text("one = 1\n")
    (tmp_path / "docs" / "data" / "numbers.json").write_text("[1]\n")
    return tmp_path


def count(root: Path, what: str = "page") -> list[str]:
    """Ask twice; how often was it made?"""
    made: list[str] = []

    def make() -> str:
        made.append("text")
        return f"ünïcode {len(made)}\n"

    assert kept(root, what, make) == kept(root, what, make)
    return made


def test_the_second_time_it_is_found(root: Path) -> None:
    assert count(root) == ["text"]
    assert count(root) == []
    assert count(root, "another page") == ["text"]


@pytest.mark.parametrize(
    "name", ["l2norm_ref/module.py", "docs/data/numbers.json", "l2norm_ref/new.py", "docs/hooks/a.js"]
)
def test_it_is_made_again_when_a_file_changes(root: Path, name: str) -> None:
    count(root)
    (root / name).write_text("changed\n")
    assert count(root) == ["text"]


def test_it_is_made_again_when_a_tool_appears(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    before = surroundings(root)
    monkeypatch.setattr("kept.shutil.which", lambda name: f"/bin/{name}")
    assert surroundings(root) != before


def test_it_is_made_again_when_something_else_is_installed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = root / "site-packages"
    (folder / "markdown-3.10.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(folder)
    assert count(root) == ["text"]
    (folder / "markdown-3.10.dist-info").rename(folder / "markdown-3.11.dist-info")
    assert count(root) == ["text"]
    assert count(root) == []


def test_a_computation_depends_on_the_folders_that_it_reads(root: Path) -> None:
    before = surroundings(root, ["l2norm_ref"]), surroundings(root)
    (root / "docs" / "data" / "numbers.json").write_text("[2]\n")
    assert surroundings(root, ["l2norm_ref"]) == before[0]
    assert surroundings(root) != before[1]


def test_what_is_in_use_is_not_forgotten(root: Path) -> None:
    def age(path: Path, days: float) -> None:
        os.utime(path, (time.time() - days * DAY,) * 2)

    for page in ("used", "unused", "fresh"):
        before = set((root / ".cache").rglob("*"))
        count(root, page)
        (path,) = set((root / ".cache" / "pages").iterdir()) - before
        age(path, 0.5 if page == "fresh" else 30)
    assert count(root, "used") == []
    forget(root)
    assert [page for page in ("used", "unused", "fresh") if count(root, page)] == ["unused"]


def test_an_error_is_not_kept(root: Path) -> None:
    def fail() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept(root, "page", fail)
    assert count(root) == ["text"]
    assert not [path for path in (root / ".cache").rglob("*") if path.suffix]
