from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from importlib.metadata import distribution, version
from pathlib import Path

import live_wheels
import pytest

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import sympy, sys
print(*(module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)), sep="\\n")
"""
FROM_THE_WHEEL = """
import sys
sys.path.insert(0, sys.argv[1])
sys.modules["numpy"] = None
import l2norm_ref.cli
assert sys.argv[1] in l2norm_ref.__file__, l2norm_ref.__file__
sys.exit(l2norm_ref.cli.main(["generate", "--no-channel-shared"]))
"""


@pytest.fixture(scope="module")
def wheels() -> list[live_wheels.Wheel]:
    return [*map(live_wheels.library, live_wheels.LIBRARIES), live_wheels.own(ROOT)]


def opened(wheel: live_wheels.Wheel) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(wheel.data))


def test_they_are_what_is_installed_without_tests(wheels: list[live_wheels.Wheel]) -> None:
    for wheel in wheels[:-1]:
        assert wheel.version == version(wheel.name)
        names = opened(wheel).namelist()
        assert any(name.upper().endswith("LICENSE") for name in names)
        assert not [name for name in names if "/tests/" in name or "__pycache__" in name or name.startswith("..")]


def test_the_record_lists_every_file(wheels: list[live_wheels.Wheel]) -> None:
    for wheel in wheels:
        archive = opened(wheel)
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = {name: (digest, size) for name, digest, size in csv.reader(io.StringIO(archive.read(record).decode()))}
        assert set(rows) == set(archive.namelist())
        for name in archive.namelist():
            data = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert name == record or rows[name] == (f"sha256={digest}", str(len(data)))


def test_the_same_input_gives_the_same_bytes(wheels: list[live_wheels.Wheel], tmp_path: Path) -> None:
    assert live_wheels.library("mpmath") == wheels[0]
    first = live_wheels.own(ROOT)
    package = tmp_path / "l2norm_ref"
    for name in opened(first).namelist():
        if name.startswith("l2norm_ref/"):
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    (tmp_path / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes())
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"0")
    assert live_wheels.own(tmp_path).data == first.data
    (package / "emit" / "numpy.py").write_text("changed = True\n", "utf-8")
    assert live_wheels.own(tmp_path).data != first.data


def test_what_is_left_out_is_not_needed(wheels: list[live_wheels.Wheel]) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = [Path(line) for line in done.stdout.splitlines()]
    for wheel in wheels[:-1]:
        folder = Path(str(distribution(wheel.name).locate_file("")))
        mine = {path.relative_to(folder) for path in loaded if folder in path.parents}
        needed = {path.as_posix() for path in mine if path.parts[0] == wheel.name and path.suffix == ".py"}
        assert len(needed) > 30
        assert needed <= set(opened(wheel).namelist())


def test_the_package_runs_from_its_wheel_without_numpy(wheels: list[live_wheels.Wheel], tmp_path: Path) -> None:
    path = tmp_path / wheels[-1].file_name
    path.write_bytes(wheels[-1].data)
    command = [sys.executable, "-P", "-c", FROM_THE_WHEEL, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "def l2norm_backward(dy, x, gamma):" in done.stdout


def test_the_lock_has_our_packages_and_no_others(wheels: list[live_wheels.Wheel]) -> None:
    original = json.dumps({"info": {"python": "3.14.2"}, "packages": {"numpy": {"file_name": "numpy.whl"}}})
    text = live_wheels.lock(original, wheels)
    assert text == live_wheels.lock(original, wheels[::-1])
    lock = json.loads(text)
    assert lock["info"] == {"python": "3.14.2"}
    assert sorted(lock["packages"]) == ["l2norm-ref", "mpmath", "sympy"]
    for wheel in wheels:
        entry = lock["packages"][wheel.key]
        assert entry["sha256"] == hashlib.sha256(wheel.data).hexdigest()
        assert entry["file_name"] == wheel.file_name
        assert entry["imports"] == [wheel.name]
    assert lock["packages"]["l2norm-ref"]["depends"] == ["mpmath", "sympy"]
    assert lock["packages"]["sympy"]["depends"] == ["mpmath"]


def test_canonical_names() -> None:
    assert [live_wheels.canonical(name) for name in ("l2norm_ref", "SymPy", "a.-_b")] == ["l2norm-ref", "sympy", "a-b"]
