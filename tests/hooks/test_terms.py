from __future__ import annotations

import pytest
import terms
from bs4 import BeautifulSoup


def coloured(html: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    terms.colour(soup)
    return str(soup)


@pytest.mark.parametrize("term", ["x", "h", "xhat", "d", "dx"])
def test_a_term_alone_has_its_colour(term: str) -> None:
    assert coloured(f"<p><code>{term}</code></p>") == f'<p><code><span class="tm-{term}">{term}</span></code></p>'


@pytest.mark.parametrize(
    "html",
    [
        "<p><code>dy</code></p>",
        "<p><code>tar -x</code></p>",
        "<p>x</p>",
        "<pre><code>x</code></pre>",
        '<code><span class="tm-x">x</span></code>',
        "<code></code>",
    ],
)
def test_everything_else_stays(html: str) -> None:
    assert coloured(html) == html
