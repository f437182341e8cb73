"""Close the gaps that Material for MkDocs 9.8.1 leaves for readers who do not see or do not use a mouse.

Contract: ``repair(html)`` returns the finished page with names on the landmarks and dialogs that lack one.  If the
theme has changed so that a repair finds nothing to repair, it raises, instead of silently doing nothing.
"""

from __future__ import annotations

import re

REPAIRS = {
    # axe: aria-dialog-name
    'data-md-component="search" role="dialog"': 'data-md-component="search" role="dialog" aria-label="Search"',
}

# axe: landmark-unique.  The list under an entry of the table of contents has the entry's name, which may be the name of
# a part of the site too: "caffe", a module, and "Caffe".
SECTIONS = re.compile(r'(<nav class="md-nav" aria-label=")(?!Sections of )([^"]*")')


class ThemeChanged(Exception):
    """The theme no longer contains what is repaired here: look whether the repair is still needed."""


def repair(page: str) -> str:
    """Apply every repair to a page."""
    for found, wanted in REPAIRS.items():
        if found not in page:
            raise ThemeChanged(f"the theme's pages no longer contain {found!r}; see docs/hooks/accessible.py")
        page = page.replace(found, wanted)
    return SECTIONS.sub(r"\1Sections of \2", page)
