from __future__ import annotations

from types import SimpleNamespace
from typing import Any

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


def index(**entry: str) -> Any:
    fields = {"title": {"boost": 1000.0}, "text": {"boost": 1.0}}
    return SimpleNamespace(entries=[entry], config={"fields": fields})


def test_the_index_is_extended_and_what_is_shown_stays() -> None:
    made = index(location="a/", title="Epsilon", text="<p>with γ&lt;1</p>")
    search_symbols.extend({"material/search": SimpleNamespace(search_index=made)})
    assert set(made.config["fields"]) == {"title", "text", "title_symbols", "text_symbols"}
    (entry,) = made.entries
    assert (entry["title"], entry["text"]) == ("Epsilon", "<p>with γ&lt;1</p>")
    assert (entry["title_symbols"], entry["text_symbols"]) == ("ε ϵ", "gamma")


def test_an_entry_without_symbols_has_no_more_than_before() -> None:
    made = index(title="Forward", text="one two")
    search_symbols.add_symbols(made.entries)
    assert made.entries == [{"title": "Forward", "text": "one two"}]


OTHERS: list[dict[str, Any]] = [
    {},
    {"material/search": object()},
    {"search": SimpleNamespace(search_index=index(title="", text=""))},
]


@pytest.mark.parametrize("plugins", OTHERS)
def test_another_search_fails_the_build(plugins: dict[str, Any]) -> None:
    with pytest.raises(search_symbols.SearchChanged, match=r"docs/hooks/search_symbols\.py"):
        search_symbols.extend(plugins)
