"""Anchors and the table of contents of a notebook page.

Contract: ``anchor(soup)`` gives every heading an id made the way Markdown pages make theirs (Chinese included) and a
permalink, and returns them as Markdown's toc extension does: what ``mkdocs.structure.toc.get_toc`` reads.
"""

from __future__ import annotations

import html
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag
from pymdownx.slugs import slugify

_slugify = slugify(case="lower")


def slug(text: str) -> str:
    """The anchor of a heading: ``The picture`` -> ``the-picture``."""
    return _slugify(text, "-") or "section"


def anchor(soup: BeautifulSoup) -> list[dict[str, Any]]:
    """Set ids and permalinks on all headings, in place; headings inside a derivation step get the level that fits."""
    seen: dict[str, int] = {}
    roots: list[dict[str, Any]] = []
    open_tokens: list[dict[str, Any]] = []
    level = 1
    for heading in soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]):
        for old in heading.select("a.anchor-link"):
            old.decompose()
        in_step = heading.find_parent(class_="step") is not None
        if not in_step:
            level = int(heading.name[1])
        else:  # a step cannot know under which heading it is shown
            heading.name = f"h{min(level + 1, 6)}"
        text = heading.get_text().strip()
        name = _unique(slug(text), seen)
        heading["id"] = name
        heading.append(_permalink(soup, name))
        if in_step:
            continue
        token = {"level": level, "id": name, "name": text, "html": html.escape(text), "children": []}
        while open_tokens and open_tokens[-1]["level"] >= level:
            open_tokens.pop()
        (open_tokens[-1]["children"] if open_tokens else roots).append(token)
        open_tokens.append(token)
    return roots


def _unique(name: str, seen: dict[str, int]) -> str:
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}_{seen[name] - 1}"  # as Markdown's own toc extension counts


def _permalink(soup: BeautifulSoup, name: str) -> Tag:
    link = soup.new_tag("a", attrs={"class": "headerlink", "href": f"#{name}", "title": "Permanent link"})
    link.string = "¶"
    return link
