"""Say in the first line of a page that it has scripts, so that it is laid out once.

Material for MkDocs 9.8.1 starts every page as one without scripts; its own script, which comes last, says otherwise.
Until then the list of pages at the side has its full length, and on a short page the footer moves when it is cut.  The
class that says that the focus is watched comes with it: set later, it makes the browser style the page once more.

Contract: ``steady(html)`` puts a script of one line at the beginning of the page's head.  If the theme's page no longer
begins as it did, it raises.
"""

from __future__ import annotations

CLASS = '<html lang="en" class="no-js">'
FIRST = '<meta charset="utf-8">'
SCRIPT = '<script>document.documentElement.className = "js js-focus-visible"</script>'


class PageChanged(Exception):
    """The theme's page begins otherwise: look whether the script is still needed."""


def steady(html: str) -> str:
    """Put the script into a page.

    >>> steady('<html lang="en" class="no-js"><head><meta charset="utf-8"><title>a</title></head></html>')
    ... # doctest: +ELLIPSIS
    '<html lang="en" class="no-js"><head><meta charset="utf-8"><script>...</script><title>a</title></head></html>'
    """
    if CLASS not in html or html.count(FIRST) != 1:
        raise PageChanged("the theme's page does not begin as it did; see docs/hooks/steady.py")
    return html.replace(FIRST, FIRST + SCRIPT)
