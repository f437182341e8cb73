from __future__ import annotations

import io
import os
import stat
import sys
import zipfile
from pathlib import Path

import live_compile
import pytest
from live_pyodide import Unavailable
from live_wheels import Wheel, pack

FILES = {
    "thing/__init__.py": b"answer = 42\n",
    "thing/data.txt": b"data",
    "thing-1.0.dist-info/METADATA": b"Name: thing\n",
}
WHEEL = Wheel("thing", "1.0", (), pack(FILES, "thing-1.0.dist-info"))

# A node that "compiles" by adding a byte in front, and counts how often it is called.
NODE = """#!{python}
import pathlib, sys, zipfile
pathlib.Path({log!r}).open("a").write("called\\n")
{body}
script, pyodide, wheel, out = sys.argv[1:]
assert pathlib.Path(script).suffix == ".mjs" and pathlib.Path(pyodide).is_absolute()
with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(out, "w") as target:
    for name in source.namelist():
        if name.endswith(".py"):
            target.writestr(name + "c", b"!" + source.read(name))
"""


def install_node(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str = "") -> Path:
    programs, log = folder / "bin", folder / "node.log"
    programs.mkdir()
    node = programs / "node"
    node.write_text(NODE.format(python=sys.executable, log=str(log), body=body), "utf-8")
    node.chmod(node.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    return log


def test_modules_are_replaced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = install_node(tmp_path, monkeypatch)
    cache = tmp_path / "cache"
    made = live_compile.compiled(WHEEL, tmp_path, cache)
    assert live_compile.compiled(WHEEL, tmp_path, cache) == made
    assert log.read_text("utf-8") == "called\n"
    assert (made.name, made.version, made.file_name) == (WHEEL.name, WHEEL.version, WHEEL.file_name)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    record = files.pop("thing-1.0.dist-info/RECORD").decode()
    source = FILES["thing/__init__.py"]
    assert files == {**{k: v for k, v in FILES.items() if v != source}, "thing/__init__.pyc": b"!" + source}
    assert [line.split(",")[0] for line in record.splitlines()] == [*sorted(files), "thing-1.0.dist-info/RECORD"]
    other = Wheel("thing", "1.0", (), pack(FILES | {"thing/more.py": b""}, "thing-1.0.dist-info"))
    assert live_compile.compiled(other, tmp_path, cache).data != made.data
    assert log.read_text("utf-8") == "called\n" * 2


def test_without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="node is not installed"):
        live_compile.compiled(WHEEL, tmp_path, tmp_path / "cache")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit('first\\nSyntaxError: last')", "thing could not be compiled: SyntaxError: last"),
        ("sys.exit(7)", "thing could not be compiled: status 7"),
        ("import time; time.sleep(60)", r"node did not run: .*timed out"),
    ],
)
def test_a_failure_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    install_node(tmp_path, monkeypatch, body)
    monkeypatch.setattr(live_compile, "SECONDS", 2.0)
    with pytest.raises(Unavailable, match=message):
        live_compile.compiled(WHEEL, tmp_path, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
