"""Read the files of the site: every link leads somewhere, and nothing is fetched from another host."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup

HERE = "http://site.invalid/"
FETCHED = "script[src], img[src], iframe, source, video, audio, embed, object, image, use, link[rel]"
FETCHED_RELATIONS = {"stylesheet", "preload", "prefetch", "icon", "modulepreload", "preconnect", "manifest"}


@cache
def parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def file_of(site: Path, page: str) -> Path:
    return site / page / "index.html" if page == "" or page.endswith("/") else site / page


def anchors(path: Path) -> set[str]:
    soup = parsed(path)
    return {str(tag["id"]) for tag in soup.select("[id]")} | {str(tag["name"]) for tag in soup.select("a[name]")}


def test_links_and_their_fragments_exist(site: Path, page: str) -> None:
    path = file_of(site, page)
    broken = []
    for tag in parsed(path).select("[href], [src]"):
        address = str(tag.get("href") or tag.get("src"))
        target = urlsplit(urljoin(HERE + page, address))
        if address.startswith("data:") or target.netloc != urlsplit(HERE).netloc:
            continue
        file = file_of(site, unquote(target.path).removeprefix("/"))
        fragment = unquote(target.fragment)
        if not file.is_file():
            broken.append(f"{address}: no such file")
        elif fragment and file.suffix == ".html" and not fragment.startswith("__") and fragment not in anchors(file):
            broken.append(f"{address}: no such place in the page")
    assert broken == []


def test_ids_are_unique(site: Path, page: str) -> None:
    ids = [str(tag["id"]) for tag in parsed(file_of(site, page)).select("[id]")]
    assert sorted({name for name in ids if ids.count(name) > 1}) == []


def test_nothing_is_fetched_from_another_host(site: Path, page: str) -> None:
    foreign = []
    for tag in parsed(file_of(site, page)).select(FETCHED):
        if tag.name == "link" and not FETCHED_RELATIONS & set(tag.get_attribute_list("rel")):
            continue
        address = str(tag.get("src") or tag.get("href") or tag.get("data") or "")
        if urlsplit(urljoin(HERE + page, address)).netloc not in ("", urlsplit(HERE).netloc):
            foreign.append(address)
    assert foreign == []


def test_style_sheets_fetch_nothing_from_another_host(site: Path) -> None:
    assert [path.name for path in site.rglob("*.css") if "url(http" in path.read_text("utf-8").replace('"', "")] == []


def test_pictures_have_words(site: Path, page: str) -> None:
    soup = parsed(file_of(site, page))
    assert [str(image)[:100] for image in soup.select("img") if not image.get("alt")] == []
    assert [str(figure)[:100] for figure in soup.select(".nb-figure > svg") if not figure.get("aria-label")] == []


def test_the_page_has_one_title_and_its_headings_skip_no_level(site: Path, page: str) -> None:
    content = parsed(file_of(site, page)).select_one(".md-content")
    assert content is not None
    levels = [int(tag.name[1]) for tag in content.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
