"""What a page costs its reader: bytes, and scripts that it cannot do without."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from markup import HERE, Tag, file_of, is_here, parsed
from playwright.sync_api import Browser
from reading import MODES, Reader

PAGE, HOME = 150_000, 100_000
"""Compressed bytes of a page with its style sheets and scripts, without raster images and the live part."""

PICTURES = 150_000
RASTER = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif"}


def addresses(tags: list[Tag]) -> Iterator[str]:
    """What a browser loads at once with a page, or, of the pictures, when they come into sight."""
    for tag in tags:
        if tag.name in ("script", "img") and "src" in tag.attributes:
            yield tag.get("src")
        elif tag.name == "link" and {"stylesheet", "icon", "modulepreload", "preload"} & set(tag.get("rel").split()):
            yield tag.get("href")


def fetched(site: Path, page: str) -> set[Path]:
    """The files that the page refers to and a browser loads."""
    found = set()
    for address in addresses(parsed(file_of(site, page)).tags):
        path = site / unquote(urlsplit(urljoin(HERE + page, address)).path).removeprefix("/")
        if is_here(page, address) and path.is_file():
            found.add(path)
    return found


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def test_a_page_is_light(site: Path, page: str) -> None:
    files = {path for path in fetched(site, page) if path.suffix not in RASTER}
    sizes = {path.name: compressed(path) for path in (file_of(site, page), *files)}
    total = sum(sizes.values())
    assert total <= (PAGE if page else HOME), f"{total} bytes compressed: {sizes}"


def test_its_pictures_are_light_and_wait(site: Path, page: str) -> None:
    pictures = [path for path in fetched(site, page) if path.suffix in RASTER]
    assert sum(path.stat().st_size for path in pictures) <= PICTURES
    images = [tag for tag in parsed(file_of(site, page)).tags if tag.name == "img" and tag.content]
    inline = [tag.get("src")[:60] for tag in images if tag.get("src").startswith("data:image/")]
    assert [source for source in inline if not source.startswith("data:image/svg")] == []
    assert [
        tag.get("src")[:60] for tag in images if tag.get("loading") != "lazy" and tag.get("src")[:5] != "data:"
    ] == []


def test_the_budget_counts_what_the_browser_loads(site: Path, opened: Reader) -> None:
    """What the page's scripts import or fetch is in no tag.

    The search's worker is not counted: it is no part of the page.  The search's index is not fetched before the reader
    searches (docs/hooks/search_later.py).
    """
    loaded = opened.window.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    paths = {site / unquote(urlsplit(name).path).removeprefix("/") for name in loaded if name.startswith("http")}
    paths = {path for path in paths if path.parent.name != "workers"}
    page = opened.window.url.removeprefix(opened.address)
    total = sum(compressed(path) for path in paths | {file_of(site, page)} if path.suffix not in RASTER)
    sizes = {path.name: compressed(path) for path in paths}
    assert total <= (PAGE if page else HOME), sizes


# ---------------------------------------------------------------- without JavaScript

# What has no size although it should be seen: formulas, pictures, tables and what programs printed.
UNSEEN = """() => {
  const shown = ".md-content :is(mjx-container > svg, .nb-figure > svg, img, table, .nb-output, pre > code)";
  const small = element => {
    const {width, height} = element.getBoundingClientRect();
    return width < 2 || height < 2 || !element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  };
  return [...document.querySelectorAll(shown)].filter(small).map(element => element.outerHTML.slice(0, 120));
}"""

# What cannot be read aloud: formulas without MathML, drawings without words.
WORDLESS = """() => {
  const silent = [...document.querySelectorAll(".md-content mjx-container")]
    .filter(formula => !formula.querySelector("mjx-assistive-mml math")?.textContent.trim());
  const pictures = [...document.querySelectorAll(".md-content :is(.nb-figure > svg, img)")]
    .filter(picture => !(picture.getAttribute("aria-label") ?? picture.getAttribute("alt"))?.trim());
  return [...silent, ...pictures].map(element => element.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def unscripted(chromium: Browser, address: str) -> Iterator[Reader]:
    context = chromium.new_context(**MODES["light"], java_script_enabled=False)
    yield Reader(context, address)
    context.close()


def test_everything_is_readable_without_javascript(unscripted: Reader, site: Path, page: str) -> None:
    """The words of the page are all there, visible or behind a click that needs no script, and so are its pictures."""
    unscripted.window.goto(unscripted.address + page)
    unscripted.unfold()
    shown = "".join(unscripted.window.locator(".md-content").inner_text().split()).casefold()
    assert [text for text in parsed(file_of(site, page)).texts if text.casefold() not in shown] == []
    assert unscripted.window.evaluate(UNSEEN) == []
    assert unscripted.window.evaluate(WORDLESS) == []
