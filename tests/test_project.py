"""What the project promises about its own files: what it ships, what it locks, what it names."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import l2norm_ref

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][^\s;@/]*)$")
# Folders of one machine, and the hosts that packages come from: neither means anything to a reader.
FOREIGN = re.compile(
    r"(?<![\w.:/])/(?:work|farm|root|Users|home/\w+)/\w"
    r"|[b]ash_jobs"
    r"|\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org)\b"
    r"|--(?:extra-)?index-url"
)


def canonical(name: str) -> str:
    """The form in which package names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """The packages of constraints.txt and their versions; every line that is no comment must be a lock."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    matches = {line: LOCKED.match(line) for line in lines if line and not line.startswith("#")}
    assert [line for line, match in matches.items() if not match] == []
    return {canonical(match[1]): match[2] for match in matches.values() if match}


def test_wheel_holds_the_package_and_nothing_else(tmp_path: Path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {name for name in names if name.startswith("l2norm_ref/")}
    assert {name.split("/")[0] for name in names - package} == {f"l2norm_ref-{l2norm_ref.__version__}.dist-info"}
    assert {"l2norm_ref/__init__.py", "l2norm_ref/reference/l2norm.py"} <= package
    assert not [name for name in package if "__pycache__" in name]


NOT_LOCKED = ("torch", "peers")
"""Extras that `make lock` leaves out: what they bring depends on the machine, or is needed by one command only."""


def extras():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def test_every_requirement_of_the_extras_is_locked():
    names = {
        canonical(re.split(r"[\[=<>;]", requirement)[0].strip())
        for extra, requirements in extras().items()
        for requirement in requirements
        if extra not in NOT_LOCKED
    }
    assert names - set(locked()) == set()


def test_exact_pins_are_the_locked_versions():
    pins = re.findall(r"\b([\w.-]+)(?:\[\w+\])?==([\d.]+)(?![\d.*])", (ROOT / "pyproject.toml").read_text())
    pins += re.findall(r"\b([\w.-]+)==([\d.]+)", (ROOT / "Makefile").read_text())
    free = {requirement.split("==")[0] for extra in NOT_LOCKED for requirement in extras()[extra]}
    different = {name: pin for name, pin in pins if name not in free and locked()[canonical(name)] != pin}
    assert different == {}


def test_changelog_has_an_unreleased_section_and_the_citation_this_version():
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()
    assert f"\nversion: {l2norm_ref.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_generated_files_say_what_made_them():
    generated = [path for path in (ROOT / "l2norm_ref" / "reference").glob("*.py") if path.name != "__init__.py"]
    assert generated
    for path in generated:
        assert "python -m l2norm_ref.emit --write" in path.read_text()[:1000], path.name


def test_no_file_names_a_machine_or_a_package_host():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files belong to the project is not known")
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    found = []
    for name in filter(None, listing.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
            found += [f"{name}:{number}: {match[0]}" for match in FOREIGN.finditer(line)]
    assert found == []


def test_the_commands_that_the_pages_name_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    pages = "\n".join((ROOT / page).read_text() for page in ("README.md", "CONTRIBUTING.md", ".pre-commit-config.yaml"))
    named = set(re.findall(r"(?:^|`|\(|entry: )make ([a-z-]+)", pages, re.M))
    assert {"site", "test"} <= named
    assert named - targets == set()
