"""Read the files of the site: every link leads somewhere, and nothing is fetched from another host.

Each check is a function that returns what is wrong, so that `test_the_checks_see_a_planted_defect` can ask it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from markup import HERE, Tag, anchors, file_of, is_here, parsed

FETCHED = {"iframe", "source", "video", "audio", "embed", "object", "image", "use"}
FETCHED_RELATIONS = {"stylesheet", "preload", "prefetch", "icon", "modulepreload", "preconnect", "manifest"}


def broken_links(site: Path, page: str) -> list[str]:
    broken = []
    addresses = {tag.get("href") or tag.get("src") for tag in parsed(file_of(site, page)).tags} - {""}
    for address in sorted(addresses):
        target = urlsplit(urljoin(HERE + page, address))
        if address.startswith("data:") or target.netloc != urlsplit(HERE).netloc:
            continue
        file = file_of(site, unquote(target.path).removeprefix("/"))
        fragment = unquote(target.fragment)
        if not file.is_file():
            broken.append(f"{address}: no such file")
        elif fragment and file.suffix == ".html" and not fragment.startswith("__") and fragment not in anchors(file):
            broken.append(f"{address}: no such place in the page")
    return broken


def repeated_ids(site: Path, page: str) -> list[str]:
    counts = Counter(tag.get("id") for tag in parsed(file_of(site, page)).tags if "id" in tag.attributes)
    return sorted(name for name, count in counts.items() if count > 1)


def is_fetched(tag: Tag) -> bool:
    if tag.name == "link":
        return bool(FETCHED_RELATIONS & set(tag.get("rel").split()))
    return tag.name in FETCHED or (tag.name in ("script", "img") and "src" in tag.attributes)


def foreign_files(site: Path, page: str) -> list[str]:
    fetched = filter(is_fetched, parsed(file_of(site, page)).tags)
    addresses = [
        tag.get(name) for tag in fetched for name in ("src", "href", "xlink:href", "data") if name in tag.attributes
    ]
    return [address for address in addresses if not is_here(page, address)]


def silent_pictures(site: Path, page: str) -> list[str]:
    def has_words(tag: Tag) -> bool:
        if tag.name == "svg" and tag.parent is not None and "nb-figure" in tag.parent.classes:
            return bool(tag.get("aria-label"))
        return tag.name != "img" or bool(tag.get("alt"))

    return [f"{tag.name}: {tag.attributes}" for tag in parsed(file_of(site, page)).tags if not has_words(tag)]


def skipped_headings(site: Path, page: str) -> list[str]:
    tags = parsed(file_of(site, page)).tags
    found = [tag for tag in tags if tag.content and tag.name in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    levels = [int(tag.name[1]) for tag in found]
    titles = [] if levels.count(1) == 1 and levels[0] == 1 else [f"not one title, which comes first: {levels}"]
    return titles + [
        f"h{b} {found[i + 1].get('id')} after h{a}" for i, (a, b) in enumerate(pairwise(levels)) if b > a + 1
    ]


def nameless(site: Path, page: str) -> list[str]:
    """What a page lacks that search engines and shared links show."""
    tags = parsed(file_of(site, page)).tags
    given = {tag.get("name"): tag.get("content") for tag in tags if tag.name == "meta"}
    return [name for name in ("description", "viewport") if not given.get(name)]


CHECKS: dict[Callable[[Path, str], list[str]], list[str]] = {
    broken_links: [
        '<a href="nowhere/">',
        '<a href="#nowhere">',
        '<a href="other/#nowhere">',
        '<img src="none.png" alt="x">',
        '<svg><use href="#none"/></svg>',
    ],
    repeated_ids: ['<p id="a"><svg><path id="a"/></svg>'],
    foreign_files: [
        '<script src="https://example.org/a.js"></script>',
        '<img src="//example.org/a.png" alt="x">',
        '<link rel="icon stylesheet" href="https://example.org/a.css">',
        '<svg><use xlink:href="https://example.org/a.svg#b"/></svg>',
        '<object data="https://example.org/a">',
    ],
    silent_pictures: ['<img src="a.png">', '<img alt="" src="a.png">', '<div class="nb-figure x"><svg></svg></div>'],
    skipped_headings: [
        '<div class="md-content"><h1>a</h1><h3>b</h3></div>',
        '<div class="md-content"><h2>a</h2><h1>b</h1></div>',
        '<div class="md-content"><h1>a</h1><br><img alt="x"><h1>b</h1></div>',
        "<h1>outside</h1>",
    ],
    nameless: ['<meta name="description" content=""><meta name="viewport" content="x">'],
}
"""Each check, with pages in which it must find something."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_wrong(site: Path, page: str, check: Callable[[Path, str], list[str]]) -> None:
    assert check(site, page) == []


@pytest.mark.parametrize(("check", "planted"), [(check, page) for check, pages in CHECKS.items() for page in pages])
def test_the_checks_see_a_planted_defect(tmp_path: Path, check: Callable[[Path, str], list[str]], planted: str) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/index.html").write_text('<p id="a"><a name="b">')
    sound = '<meta name="description" content="x"><meta name="viewport" content="x"><a href="other/#b">'
    (tmp_path / "sound.html").write_text(sound + '<div class="md-content"><p><h1>a</h1><h2>b</h2></div>')
    (tmp_path / "index.html").write_text(planted)
    assert check(tmp_path, "sound.html") == []
    assert check(tmp_path, "") != []


def test_style_sheets_fetch_nothing_from_another_host(site: Path) -> None:
    sheets = {path: path.read_text("utf-8").replace('"', "").replace("'", "") for path in site.rglob("*.css")}
    assert [path.name for path, text in sheets.items() if "url(http" in text or "url(//" in text] == []
