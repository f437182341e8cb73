"""Let the browser draw a page early: one style sheet of ours instead of four, and scripts that do not hold it up.

Contract: ``style_sheet(*parts)`` joins style sheets.  ``early(html)`` lets every script of the page wait for its text,
in their order, and leaves off the style sheet of the API where no API is described.
"""

from __future__ import annotations

import re

SCRIPT = re.compile(r'<script src="([^"]+)"></script>')
API_STYLE = re.compile(r'\s*<link rel="stylesheet" href="[^"]*assets/_mkdocstrings\.css">')


def style_sheet(*parts: str) -> str:
    r"""Join style sheets in this order.

    >>> style_sheet("a {}\n", "b {}")
    'a {}\nb {}\n'
    """
    return "".join(part.rstrip("\n") + "\n" for part in parts)


def early(html: str) -> str:
    """Change the tags of a page.

    >>> early('<link rel="stylesheet" href="../assets/_mkdocstrings.css"><script src="a.js"></script>')
    '<script src="a.js" defer></script>'
    """
    if 'class="doc ' not in html:
        html = API_STYLE.sub("", html)
    return SCRIPT.sub(r'<script src="\1" defer></script>', html)
