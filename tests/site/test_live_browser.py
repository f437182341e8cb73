"""The live part: the Playground and Run below cells, by keyboard and by mouse, against what Python gives here."""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route
from reading import MODES, Reader

from l2norm_ref.cli import main

STARTED = 90_000  # ms, for Python to start on a busy machine


@pytest.fixture(scope="module", autouse=True)
def live_part(site: Path) -> None:
    if not (site / "live" / "pyodide.mjs").exists():
        message = "the site was built without its live part: there was no npm, or L2NORM_REF_LIVE=0"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)


@pytest.fixture
def requests() -> list[str]:
    return []


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def below(site: Path) -> Iterator[str]:
    """The site's address where it is not at the top of its host."""
    handler = functools.partial(Quiet, directory=str(site.resolve().parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{site.resolve().name}/"
        server.shutdown()


@pytest.fixture
def visitor(chromium: Browser, below: str, requests: list[str]) -> Iterator[Reader]:
    context = chromium.new_context(**MODES["light"])
    visitor = Reader(context, below)
    visitor.window.on("request", lambda request: requests.append(request.url.removeprefix(below)))
    yield visitor
    context.close()
    assert visitor.foreign == []


def printed(command: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(command.split()) == 0
    return out.getvalue()


def wait_until_done(element: Locator, timeout: int = 20_000) -> str:
    element.page.wait_for_function(
        "element => !element.hasAttribute('data-busy') && element.querySelector('.live-out').childNodes.length",
        arg=element.element_handle(),
        timeout=timeout,
    )
    return element.locator(".live-status").inner_text()


def not_found(route: Route) -> None:
    route.fulfill(status=404, body="not here")


def check_playground(playground: Locator) -> str:
    """The text and the steps are those of the command that the Playground names; returns the command."""
    command = playground.locator("p > code").first.inner_text()
    program, arguments = command.split(" ", 1)
    assert program == "l2norm-ref"
    assert playground.locator(".live-code code").text_content() == printed(arguments)
    variant = arguments.split(" ", 3)[3]  # after `generate --target numpy` or `derive --format latex`
    steps = printed(f"derive --steps --format html {variant}")
    rules = re.findall(r'class="step-rule"><strong>(.*?)</strong>', steps)
    assert playground.locator(".step-rule").all_inner_texts() == rules
    formulas = steps.count("$$") // 2
    shown = playground.locator(".live-steps .math-block mjx-assistive-mml math")
    assert shown.count() == formulas > len(rules) > 4
    assert "$" not in (playground.locator(".live-steps").text_content() or "$")
    status = playground.locator(".live-status").inner_text()
    assert re.fullmatch(rf"{len(rules)} steps, each checked exactly, in [\d.]+ s", status)
    return command


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).select_option(label=option)


def test_the_playground(visitor: Reader, requests: list[str]) -> None:
    visitor.open("playground/")
    page = visitor.window
    page.wait_for_load_state("networkidle")
    playground = page.locator("l2-playground")
    button = playground.get_by_role("button", name="Derive")
    assert re.search(r"loads \d+\.\d MB", button.get_attribute("aria-label") or "")
    choose(page, "Denominator (eps_mode)", "clamp_norm")  # nothing runs before the button is pressed
    assert [name for name in requests if name.startswith("live/") or "/live/worker" in name] == []
    errors = page.locator(".live-error")

    # By keyboard: from the last field to the button.  While it is busy it keeps the focus, and does nothing twice.
    page.get_by_role("combobox", name="Written as").focus()
    page.keyboard.press("Tab")
    assert button.evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-disabled") == "true"
    assert button.evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")
    wait_until_done(playground, STARTED)
    assert errors.count() == 0, errors.all_inner_texts()
    assert len([name for name in requests if name.endswith("worker.js")]) == 1
    assert "--eps-mode clamp_norm" in check_playground(playground)
    assert "Open clamp is the identity" in playground.locator(".step-rule").all_inner_texts()

    # The next ones answer at once, and fetch nothing.
    before = len(requests)
    for label, option in (
        ("Written as", "C99"),
        ("One length for each", "sample, over channels and positions"),
        ("Scale γ", "none"),
        ("Written as", "LaTeX"),
        ("Denominator (eps_mode)", "none"),
        ("Written as", "PyTorch"),
    ):
        choose(page, label, option)
        status = wait_until_done(playground)
        check_playground(playground)
        assert float(status.split()[-2]) < 10, f"{label}: {option}: {status}"
    assert len(requests) == before

    # Wrong input is what the command line says, and goes away with the next choice.
    for wrong, message in (("abc", "invalid float value: 'abc'"), ("-1", "eps: expected a finite number >= 0")):
        page.get_by_label("ε", exact=True).fill(wrong)
        wait_until_done(playground)
        assert message in errors.inner_text()
        assert errors.get_attribute("role") == "alert"
        assert playground.locator(".step").count() == 0
    page.get_by_label("ε", exact=True).fill("0")
    wait_until_done(playground)
    assert "--eps=0" in check_playground(playground)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))
    assert visitor.problems == []


BUILT_AND_LIVE = """cell => {
  const built = [], words = blocks => blocks.map(block => block.textContent).join(" ").replace(/\\s+/g, " ").trim();
  for (let above = cell.previousElementSibling; above?.matches(".nb-output"); above = above.previousElementSibling)
    built.unshift(above);
  return [words(built), words([...cell.querySelectorAll(".nb-output")])];
}"""


def test_run_below_cells_gives_what_the_page_shows(visitor: Reader, requests: list[str], site: Path) -> None:
    pages = {path: path.read_text("utf-8").count("<live-cell ") for path in site.glob("notebooks/*/index.html")}
    most = max(pages, key=pages.__getitem__)
    visitor.open(most.relative_to(site).as_posix())
    page = visitor.window
    page.wait_for_load_state("networkidle")
    cells = page.locator("live-cell")
    code = json.loads(page.locator("script.live-cells").text_content() or "")["cells"]
    assert 5 < cells.count() < len(code)
    assert [name for name in requests if name.startswith("live/") or "/live/worker" in name] == []
    last = cells.nth(cells.count() - 1)  # by mouse, and out of order: what it needs is run first
    page.route("**/tex-svg.js", not_found)
    last.get_by_role("button").click()
    wait_until_done(last, STARTED)
    assert last.locator(".live-error").inner_text() == "tex-svg.js could not be loaded"
    page.unroute("**/tex-svg.js")
    visitor.problems.clear()
    last.get_by_role("button").click()
    wait_until_done(last)
    for cell in [last, *cells.all()[:-1]]:
        if cell != last:
            cell.get_by_role("button").focus()
            page.keyboard.press("Space")
            wait_until_done(cell)
        assert cell.locator(".live-error").count() == 0, cell.inner_text()
        built, live = cell.evaluate(BUILT_AND_LIVE)
        assert live == built != ""
        assert cell.locator(".live-status").inner_text().endswith("the same as above.")
        assert cell.locator(".live-title").is_visible()
    assert visitor.problems == []


def test_what_cannot_be_loaded_is_said_and_can_be_tried_again(chromium: Browser, address: str) -> None:
    context = chromium.new_context(**MODES["phone"])
    page = context.new_page()
    page.goto(address + "playground/", wait_until="networkidle")
    playground = page.locator("l2-playground")
    button = playground.get_by_role("button", name="Derive")
    for missing in ("worker.js", "session.py", "pyodide.mjs", "pyodide-lock.json"):
        page.route(f"**/live/{missing}", not_found)
        button.tap()
        wait_until_done(playground, STARTED)
        assert playground.locator(".live-error").inner_text().startswith("Python could not be started: "), missing
        assert button.get_attribute("aria-disabled") == "false"
        assert not playground.locator(".live-progress").is_visible()
        page.unroute(f"**/live/{missing}")
    context.close()


def test_the_licences_are_there(site: Path) -> None:
    names = {path.name for path in (site / "live" / "licences").iterdir()}
    assert names >= {"NOTICE.txt", "MPL-2.0.txt", "Python.txt"}
    notice = (site / "live" / "licences" / "NOTICE.txt").read_text("utf-8")
    shipped = {path.relative_to(site / "live") for path in (site / "live").rglob("*") if path.is_file()}
    for path in shipped - {path for path in shipped if path.parts[0] == "licences"}:
        assert re.sub(r"-[\d.]+-py3-none-any", "-*", path.as_posix()) in notice
