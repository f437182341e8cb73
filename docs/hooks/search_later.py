"""Fetch the search's index when the reader turns to the search, not with each page.

Material for MkDocs 9.8.1 fetches it as soon as a page is there: more than 100 KB, compressed, on every first visit.

Contract: ``wait(html)`` puts a short script before the theme's own, which holds that one request back until the search
field has the focus, or the address asks for a search or for marked words.  If the theme's script is not there, it
raises.
"""

from __future__ import annotations

import re

BUNDLE = re.compile(r'<script src="[^"]*assets/javascripts/bundle\.[0-9a-f]+\.min\.js"></script>')

SCRIPT = """<script>(() => {
  const {open, send} = XMLHttpRequest.prototype, held = [];
  let asked = /[?&][qh]=/.test(location.search);
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.isIndex = /\\/search\\/search_index\\.json$/.test(url);
    return open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (body) {
    if (this.isIndex && !asked) held.push(() => send.call(this, body));
    else send.call(this, body);
  };
  addEventListener("focusin", ({target}) => {
    if (asked || !target.matches("[data-md-component=search-query]")) return;
    asked = true;
    held.forEach(request => request());
  });
})();</script>"""


class NoBundle(Exception):
    """The theme's script is not where it was: look whether its search still needs this."""


def wait(html: str) -> str:
    """Put the script into a page.

    >>> page = '<p>a</p><script src="../assets/javascripts/bundle.0a1b.min.js"></script>'
    >>> wait(page).replace(SCRIPT, "(script)")
    '<p>a</p>(script)<script src="../assets/javascripts/bundle.0a1b.min.js"></script>'
    """
    parts = BUNDLE.split(html)
    found = BUNDLE.search(html)
    if found is None or len(parts) != 2:
        raise NoBundle("the theme's script is not in the page, or not once; see docs/hooks/search_later.py")
    return html[: found.start()] + SCRIPT + html[found.start() :]
