"""The colours of the terms in the prose of a page: ``dx`` in backticks has the colour that it has in formulas.

Contract: ``colour(soup)`` gives each inline ``<code>`` that is one of the terms, alone, the class of the style sheet.
Names within longer code stay as they are: a `d` in a command is no denominator.
"""

from __future__ import annotations

from bs4 import BeautifulSoup
from bs4.element import Tag


def colour(soup: BeautifulSoup) -> None:
    """Mark the terms, in place; code of several lines, and what is marked already, is left alone."""
    from l2norm_ref.emit.html import TERMS  # the package is on the path once MkDocs has found the files

    for code in soup.select("code"):
        if code.string in TERMS and code.find_parent("pre") is None and code.find(True) is None:
            marked = Tag(name="span", attrs={"class": f"tm-{code.string}"})
            marked.string = str(code.string)
            code.clear()
            code.append(marked)
