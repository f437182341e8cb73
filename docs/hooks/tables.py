"""Wrap tables when the site is built, in what Material for MkDocs 9.8.1 wraps them when the page is read.

Material's script puts every table without a class into two elements, so that a wide one scrolls: it takes the table out
of the page, so that the browser styles and lays out all cells once more, and what follows the table moves.  Here the
page comes with the two elements, and the table with a class, so that the script leaves it alone.  The theme's style for
tables is lost with that; docs/stylesheets/extra.css has one for ``table.data``.

Contract: ``wrap(html)`` returns the page with every table that has no class wrapped, once.  Tables inside tables raise.
"""

from __future__ import annotations

import re

BEFORE = '<div class="md-typeset__scrollwrap"><div class="md-typeset__table">'
AFTER = "</div></div>"
CLASS = ' class="data"'
TABLE = re.compile(r"(?P<before><div class=\"md-typeset__table\">)?(?P<table><table\b[^>]*>.*?</table>)", re.DOTALL)


class TableError(Exception):
    """A table that cannot be wrapped."""


def wrap(html: str) -> str:
    """Wrap the tables of a page.

    >>> wrap("<table></table>")
    '<div class="md-typeset__scrollwrap"><div class="md-typeset__table"><table class="data"></table></div></div>'
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
    return f"{BEFORE}{opening}{CLASS}{table[len(opening) :]}{AFTER}"
