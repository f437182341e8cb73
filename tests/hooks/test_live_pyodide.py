from __future__ import annotations

import base64
import hashlib
import io
import os
import stat
import sys
import tarfile
from pathlib import Path

import live_pyodide
import pytest

NPM = """#!{python}
import pathlib, shutil, sys
pathlib.Path({log!r}).open("a").write(" ".join(sys.argv[1:]) + "\\n")
{body}
"""
COPY = "shutil.copy({package!r}, sys.argv[sys.argv.index('--pack-destination') + 1])"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package with the right names in it, whose digest is the pinned one."""
    path = tmp_path / "registry" / f"pyodide-{live_pyodide.VERSION}.tgz"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as archive:
        for name in (*live_pyodide.FILES, "README.md"):
            about = tarfile.TarInfo(f"package/{name}")
            about.size = len(name)
            archive.addfile(about, io.BytesIO(name.encode()))
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    monkeypatch.setattr(live_pyodide, "INTEGRITY", f"sha512-{digest}")
    return path


def install_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    """An npm that writes down how it was called and then does `body`."""
    programs, log = folder / "bin", folder / "npm.log"
    programs.mkdir()
    npm = programs / "npm"
    npm.write_text(NPM.format(python=sys.executable, log=str(log), body=body), "utf-8")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    return log


def test_the_files_are_unpacked_once(tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = install_npm(tmp_path, monkeypatch, COPY.format(package=str(package)))
    folder = live_pyodide.fetch(tmp_path / "cache")
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == {n: n for n in live_pyodide.FILES}
    assert live_pyodide.fetch(tmp_path / "cache") == folder
    (call,) = log.read_text("utf-8").splitlines()
    assert call.startswith(f"pack pyodide@{live_pyodide.VERSION} ")
    assert "--ignore-scripts" in call
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [folder.name]


def test_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(live_pyodide.Unavailable, match="npm is not installed"):
        live_pyodide.fetch(tmp_path / "cache")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit('npm error network\\nmore')", "npm pack failed: npm error network$"),
        ("sys.exit(3)", "npm pack failed: exit status 3"),
        ("pass", r"npm pack left no file pyodide-.*\.tgz"),
    ],
)
def test_a_failure_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    install_npm(tmp_path, monkeypatch, body)
    with pytest.raises(live_pyodide.Unavailable, match=message):
        live_pyodide.fetch(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_other_bytes_are_refused(tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_npm(tmp_path, monkeypatch, COPY.format(package=str(package)))
    package.write_bytes(package.read_bytes() + b"\0")
    with pytest.raises(live_pyodide.Unavailable, match="has other bytes than expected: sha512-"):
        live_pyodide.fetch(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_npm_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_npm(tmp_path, monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(live_pyodide, "SECONDS", 0.5)
    with pytest.raises(live_pyodide.Unavailable, match=r"npm did not run: .*timed out"):
        live_pyodide.fetch(tmp_path / "cache")
