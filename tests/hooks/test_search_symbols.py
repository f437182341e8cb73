from __future__ import annotations

import pytest
import search_symbols
from search_symbols import NAMES, other_spellings


@pytest.mark.parametrize("name", ["alpha", "gamma", "lambda", "sigma", "omega"])
def test_names_and_letters_lead_to_each_other(name: str) -> None:
    letter = next(letter for letter, spelled in NAMES.items() if spelled == name)
    assert other_spellings(f"the {letter} here") == [name]
    assert other_spellings(f"the {name} here") == [letter]
    assert other_spellings(f"d{letter} and D{name.upper()}") == [f"d{name}", f"d{letter}"]


def test_there_are_24_letters_and_their_variants_are_the_same() -> None:
    assert len(NAMES) == 24
    assert other_spellings("ϵ") == ["epsilon", "ε"]
    assert other_spellings("ε") == ["epsilon", "ϵ"]
    assert other_spellings("epsilon") == ["ε", "ϵ"]
    assert other_spellings("𝜖") == ["epsilon", "ε", "ϵ"]
    assert other_spellings("Γ") == ["gamma"]
    assert other_spellings("µ") == ["mu", "μ"]  # the micro sign


def test_words_that_contain_a_name_stay_words() -> None:
    assert other_spellings("gammas meta betatron alphabet dx add_inside L2 投影") == []


def test_an_entry_is_extended_and_what_is_shown_stays() -> None:
    entry = {"location": "a/", "title": "Epsilon", "text": "<p>with γ&lt;1</p>"}
    search_symbols.add_symbols([entry])
    assert (entry["title"], entry["text"]) == ("Epsilon", "<p>with γ&lt;1</p>")
    assert (entry["title_symbols"], entry["text_symbols"]) == ("ε ϵ", "gamma")
    assert set(entry) == {"location", "title", "text", *search_symbols.FIELDS}


def test_an_entry_without_symbols_has_no_more_than_before() -> None:
    entry = {"title": "Forward", "text": "one two"}
    search_symbols.add_symbols([entry])
    assert entry == {"title": "Forward", "text": "one two"}
