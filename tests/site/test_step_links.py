"""Formulas and lines of code light each other and lead to each other: by mouse, by keyboard, without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from reading import MODES, Reader

PAGE = "notebooks/02-backward/"
ROWS = """() => [...document.querySelectorAll('.stages .stage[id^="formula-"]')].map(row => row.id.slice(8))"""
LIT = """() => [...document.querySelectorAll('.lit')].map(row => row.dataset.stage)"""
PAPER = "element => getComputedStyle(element).backgroundColor"


@pytest.fixture(params=MODES)
def reader(request: pytest.FixtureRequest, readers: dict[str, Reader]) -> Reader:
    return readers[request.param]


def in_view(window: Page, name: str) -> bool:
    box = window.locator(f"#{name}").bounding_box()
    size = window.viewport_size
    assert box is not None and size is not None
    return 0 <= box["y"] <= size["height"]


def test_a_click_on_a_formula_leads_to_its_line_and_back(reader: Reader) -> None:
    reader.open(PAGE)
    window = reader.window
    stages = window.evaluate(ROWS)
    assert len(stages) == window.locator(".listing-line[data-stage]").count() >= 8
    for stage in (stages[0], stages[-2]):
        window.locator(f"#formula-{stage}").click(position={"x": 30, "y": 20})  # on the formula, not on a link
        line = window.locator(f'.listing-line[data-stage="{stage}"]')
        assert window.url.endswith("#" + str(line.get_attribute("id")))
        assert in_view(window, str(line.get_attribute("id")))
        assert line.evaluate(PAPER) != window.locator(".listing-line").first.evaluate(PAPER)
        line.locator("a").first.click()
        assert window.url.endswith(f"#formula-{stage}")
        assert in_view(window, f"formula-{stage}")
    assert reader.problems == []


def test_what_has_the_focus_lights_its_partners(reader: Reader) -> None:
    reader.open(PAGE)
    window = reader.window
    for stage in window.evaluate(ROWS):
        link = window.locator(f"#formula-{stage} a").first
        link.focus()
        assert "generated code" in str(link.get_attribute("aria-label"))
        lit = window.evaluate(LIT)
        assert stage in lit
        assert all(stage in places.split(" ") for places in lit)
    window.locator("#formula-s a").first.focus()
    window.keyboard.press("Enter")
    expect(window.locator("#code-forward-s")).to_be_in_viewport()
    window.evaluate("document.activeElement.blur()")


def test_the_focus_is_visible(reader: Reader) -> None:
    reader.open(PAGE)
    window = reader.window
    window.locator("#formula-dx a").first.focus()
    window.keyboard.press("Tab")
    window.keyboard.press("Shift+Tab")
    style = window.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert style == "solid"


@pytest.mark.parametrize("name", ["formula-dx", "code-backward-dx"])
def test_links_work_without_javascript(chromium: Browser, address: str, name: str) -> None:
    context = chromium.new_context(**MODES["light"], java_script_enabled=False)
    window = context.new_page()
    window.goto(address + PAGE)
    link = window.locator(f"#{name} a").first
    target = str(link.get_attribute("href"))
    link.click()
    expect(window.locator(target)).to_be_in_viewport()
    assert window.url.endswith(target)
    context.close()


def test_the_walkthrough_leads_to_the_derivation_and_the_derivation_to_the_walkthrough(reader: Reader) -> None:
    reader.open(PAGE)
    window = reader.window
    window.locator("#formula-xhat a[href*=caffe]").first.click()
    window.wait_for_url("**/05-caffe-walkthrough/#caffe-*")
    row = window.locator("tr:target")
    expect(row).to_be_in_viewport()
    assert "github.com/weiliu89/caffe/blob/" in str(row.locator("a").first.get_attribute("href"))
    row.locator("a[href*=code-]").click()
    window.wait_for_url("**/02-backward/#code-forward-xhat")
    expect(window.locator("#code-forward-xhat")).to_be_in_viewport()
