"""What a page costs its reader: bytes, shifts of the layout, and JavaScript that it cannot do without."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser
from reading import MODES, Reader
from test_static import HERE, file_of, parsed

pytestmark = pytest.mark.thorough

PAGE, HOME = 150_000, 100_000
"""Compressed bytes of a page with its style sheets and scripts, without raster images and the live part."""

PICTURES = 150_000
RASTER = {".png", ".jpg", ".jpeg", ".webp", ".gif"}
SEARCH = "search"  # its index is fetched when the reader searches


def fetched(site: Path, page: str) -> set[Path]:
    """The files that the page refers to and a browser loads at once."""
    found = set()
    for tag in parsed(file_of(site, page)).select("script[src], link[rel~=stylesheet], img[src]"):
        target = urlsplit(urljoin(HERE + page, str(tag.get("src") or tag.get("href"))))
        path = site / unquote(target.path).removeprefix("/")
        if target.netloc == urlsplit(HERE).netloc and path.is_file():
            found.add(path)
    return found


def test_a_page_is_light(site: Path, page: str) -> None:
    files = {path for path in fetched(site, page) if path.suffix not in RASTER}
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 6)) for path in (file_of(site, page), *files)}
    total = sum(sizes.values())
    assert total <= (PAGE if page else HOME), f"{total} bytes compressed: {sizes}"


def test_its_pictures_are_light_and_wait(site: Path, page: str) -> None:
    pictures = [path for path in fetched(site, page) if path.suffix in RASTER]
    assert sum(path.stat().st_size for path in pictures) <= PICTURES
    for image in parsed(file_of(site, page)).select(".md-content img[src]"):
        if not str(image["src"]).startswith("data:"):
            assert image.get("loading") == "lazy", image


SHIFT = """() => new Promise(resolve => {
  let total = 0;
  const add = entry => { if (!entry.hadRecentInput) total += entry.value; };
  new PerformanceObserver(list => list.getEntries().forEach(add)).observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(total), 100);
})"""


def test_nothing_moves_while_it_loads(reader: Reader, page: str) -> None:
    reader.open(page)
    assert reader.window.evaluate(SHIFT) == 0


def test_everything_is_readable_without_javascript(chromium: Browser, address: str, site: Path, page: str) -> None:
    """The words of the page are all there, visible or behind a click that needs no script."""
    context = chromium.new_context(**MODES["light"], java_script_enabled=False)
    window = context.new_page()
    window.goto(address + page)
    shown = window.locator(".md-content").inner_text()
    context.close()
    content = parsed(file_of(site, page)).select_one(".md-content")
    assert content is not None
    for hidden in content.select("script, style, template, svg, mjx-assistive-mml, details, .md-clipboard, [hidden]"):
        hidden.extract()
    words = " ".join(content.get_text(" ").split())
    missing = [word for word in words.split() if word not in shown]
    assert len(missing) <= 0.01 * len(words.split()), missing[:20]
