"""Let the search find symbols by their letters and by their names: γ and gamma, dγ and dgamma.

The search of Material for MkDocs 9.8.1 reads, with more than one language, each word through a filter that cuts off
what is no letter of these languages: γ becomes nothing, and dγ becomes d.  With one language (``lang: en`` in
mkdocs.yml) nothing is cut off; Chinese does not need the filter: its words are separated when the site is built.

Contract: ``add_symbols(entries)`` gives each entry of the index the other spellings of what it contains, in fields of
their own that the reader does not see; ``FIELDS`` are these fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

FIELDS = {"title_symbols": {"boost": 1e3}, "text_symbols": {"boost": 1.0}}
"""The fields, which count as much as the title and the text."""

_GREEK = [chr(code) for code in range(ord("α"), ord("ω") + 1) if chr(code) != "ς"]
NAMES = {letter: unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda") for letter in _GREEK}
"""Each Greek letter's name: γ is gamma."""

_LETTERS = {name: letter for letter, name in NAMES.items() if len(name) > 3}  # xi, pi, mu, nu are found in words
_WORD = re.compile(r"[^\W_]+")
_SPELLED = re.compile(rf"(d?)({'|'.join(_LETTERS)})")
_OTHER_FORMS = str.maketrans({"ε": "ϵ", "φ": "ϕ", "θ": "ϑ"})  # as formulas write them
_VARIANTS = str.maketrans({"ϵ": "ε", "ϕ": "φ", "ϑ": "θ", "ϱ": "ρ", "ς": "σ", "µ": "μ"})


def other_spellings(text: str) -> list[str]:
    """The names of the symbols in a text, and the symbols of the names in it, each once.

    >>> other_spellings("dγ = Σ xhat·dy, with <code>gamma</code> and ε = ϵ")
    ['dgamma', 'sigma', 'γ', 'epsilon', 'ϵ', 'ε']
    >>> other_spellings("spin, etalon, alphabet")
    []
    """
    found: dict[str, None] = {}
    for word in _WORD.findall(text):
        plain = unicodedata.normalize("NFKC", word.translate(_VARIANTS)).lower().translate(_VARIANTS)
        spelled = "".join(NAMES.get(letter, letter) for letter in plain)
        name = _SPELLED.fullmatch(plain)
        symbol = name[1] + _LETTERS[name[2]] if name else plain
        for other in (spelled, symbol, symbol.translate(_OTHER_FORMS)):
            if other != word.lower() and other != word:
                found[other] = None
    return list(found)


def add_symbols(entries: Iterable[dict[str, Any]]) -> None:
    """Write the other spellings into the entries of a search index."""
    for entry in entries:
        for field in ("title", "text"):
            if words := other_spellings(re.sub(r"<[^>]+>", " ", entry[field])):
                entry[f"{field}_symbols"] = " ".join(words)
