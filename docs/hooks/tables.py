"""Wrap tables when the site is built, in what Material for MkDocs 9.8.1 wraps them when the page is read.

Material's script puts every table without a class into two elements, so that a wide one scrolls.  That gives the table
other margins and another size, and what follows it moves while the page loads.  Here the page comes with the two
elements.  The script adds its own pair inside; the style sheet gives those no box (``display: contents``), so that
nothing moves, and with scripts off a wide table scrolls too.

Contract: ``wrap(html)`` returns the page with every table that has no class wrapped, once.  Tables inside tables raise.
"""

from __future__ import annotations

import re

BEFORE = '<div class="md-typeset__scrollwrap"><div class="md-typeset__table">'
AFTER = "</div></div>"
TABLE = re.compile(r"(?P<before><div class=\"md-typeset__table\">)?(?P<table><table\b[^>]*>.*?</table>)", re.DOTALL)


class TableError(Exception):
    """A table that cannot be wrapped."""


def wrap(html: str) -> str:
    """Wrap the tables of a page.

    >>> wrap("<p>a</p><table><tr></tr></table>")
    '<p>a</p><div class="md-typeset__scrollwrap"><div class="md-typeset__table"><table><tr></tr></table></div></div>'
    >>> wrap(wrap("<table></table>")) == wrap("<table></table>")
    True
    >>> wrap('<table class="highlighttable"></table>')
    '<table class="highlighttable"></table>'
    """
    return TABLE.sub(_wrapped, html)


def _wrapped(found: re.Match[str]) -> str:
    table = found["table"]
    if table.count("<table") > 1:
        raise TableError(f"a table inside a table: {table[:80]!r}; see docs/hooks/tables.py")
    opening = table[: table.index(">")]
    if found["before"] or re.search(r"\sclass=", opening):
        return found[0]
    return f"{BEFORE}{table}{AFTER}"
