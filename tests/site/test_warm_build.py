"""Build the site again with everything kept: the same bytes, in the time that is promised, and as strict as at first.

`make check-site` comes after `make site`, whose cache is used here, by a copy of the project.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 15
"""Of processor time: what else runs counts less than in the time that passes, but it counts; hence several attempts."""

ATTEMPTS = 3

NOT_SOURCE = (".*", "site", "build", "dist", "__pycache__", "*.egg-info")
MADE_ELSEWHERE = {"sitemap.xml", "sitemap.xml.gz"}  # with SITE_URL they carry the date of the build
STALE = "is the site older than its sources? Run `make site`"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with the cache of the last build; what a build writes there anew stays in the copy."""
    root = tmp_path / "project"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    shutil.copytree(ROOT / "tests" / "site", root / "tests" / "site", ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".cache").mkdir()
    for folder in (ROOT / ".cache").iterdir():
        if folder.name != "site" and not folder.name.startswith("lighthouse"):
            (root / ".cache" / folder.name).symlink_to(folder)
    return root


def build(root: Path, into: Path) -> tuple[int, str, float]:
    """MkDocs' exit status, what it said, and the processor time that it took."""
    said = into.with_suffix(".txt")
    environment = os.environ | {"PYTHONPATH": str(root), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(into)]
    with said.open("w") as file:
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=file, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, said.read_text(), usage.ru_utime + usage.ru_stime


def contents(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file() and path.name not in MADE_ELSEWHERE)
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


needs_wait4 = pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not say what a process took")


@needs_wait4
def test_the_site_is_built_again_with_the_same_bytes_in_time(site: Path, copy: Path, tmp_path: Path) -> None:
    times = []
    while len(times) < ATTEMPTS and min(times, default=SECONDS) >= SECONDS:
        status, said, seconds = build(copy, tmp_path / "again")
        assert status == 0, said
        times.append(seconds)
    first, again = contents(site), contents(tmp_path / "again")
    assert sorted(first) == sorted(again), STALE
    assert [name for name in first if first[name] != again[name]] == [], STALE
    assert min(times) < SECONDS, times


BROKEN = {"notebooks/01-forward.ipynb#gone", "api.md#gone", "glossary.md#gone", "gone.md"}
RENAMED = ("why.md", "## What SSD does", "what-ssd-does")


@needs_wait4
def test_broken_links_fail_a_build_in_which_the_other_pages_are_kept(copy: Path, tmp_path: Path) -> None:
    docs = copy / "docs"
    with (docs / "glossary.md").open("a", encoding="utf-8") as glossary:
        glossary.write("".join(f"\n[link]({target})\n" for target in sorted(BROKEN)))
    name, heading, anchor = RENAMED
    text = (docs / name).read_text("utf-8")
    assert heading in text
    (docs / name).write_text(text.replace(heading, "## Renamed"), "utf-8")
    lost = {(page.name, f"{name}#{anchor}") for page in docs.glob("*.md") if f"({name}#{anchor})" in page.read_text()}
    assert {page for page, _ in lost} - {"glossary.md", name}  # pages that are as they were
    status, said, _ = build(copy, tmp_path / "broken")
    assert status != 0, said
    warned = re.findall(r"^WARNING .*Doc file '([^']+)' contains a link '([^']+)'", said, re.MULTILINE)
    assert sorted(warned) == sorted({("glossary.md", target) for target in BROKEN} | lost), said
