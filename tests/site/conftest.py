"""The built site, served on a free port, and Chromium to read it with.

`make check-site` runs these tests.  CHROMIUM=/path names the browser; SITE_DIR=/path another built site.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from reading import MODES, Reader

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def site_folder() -> Path:
    return Path(os.environ.get("SITE_DIR", ROOT / "site"))


def pages() -> list[str]:
    """Every page's address below the site's root: "", "api/", "404.html"."""
    files = (path.relative_to(site_folder()).as_posix() for path in site_folder().rglob("*.html"))
    return sorted(name.removesuffix("index.html") for name in files)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each page, or for each page and each kind of reader.

    What is opened has the scope of the session, so that pytest puts all tests of one opened page in a row.
    """
    if "opened" in metafunc.fixturenames:
        views = [(mode, page) for mode in MODES for page in pages()]
        names = [f"{mode}-{page or 'home'}" for mode, page in views]
        metafunc.parametrize("opened", views, ids=names, indirect=True, scope="session")
    elif "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages() or [None], ids=lambda page: page or "home")


@pytest.fixture(scope="session", autouse=True)
def site() -> Path:
    folder = site_folder()
    if not (folder / "index.html").exists():
        pytest.exit(f"there is no site in {folder}: run `make site` first", returncode=1)
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None or not Path(path).exists():
        message = f"no Chromium ({path or 'not found'}): install the Debian package `chromium`, or set CHROMIUM=/path"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def readers(chromium: Browser, address: str) -> Iterator[dict[str, Reader]]:
    """A window for each kind of reader, used for all pages: style sheets and scripts are cached."""
    contexts: dict[str, BrowserContext] = {mode: chromium.new_context(**MODES[mode]) for mode in MODES}
    yield {mode: Reader(context, address) for mode, context in contexts.items()}
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="session")
def opened(request: pytest.FixtureRequest, readers: dict[str, Reader]) -> Reader:
    """A page as a reader has it, with everything folded opened: loaded once for all tests that look at it."""
    mode, page = request.param
    reader = readers[mode]
    reader.open(page)
    reader.unfold()
    reader.scroll()
    return reader
