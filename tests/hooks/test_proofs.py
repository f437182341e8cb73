"""The page "Proofs" shows what was proved, from the record and the emitted text."""

import re

import proofs
import pytest


def test_every_recorded_statement_is_in_the_emitted_text() -> None:
    for theorem in proofs.recorded()["theorems"]:
        file, module, name = theorem["statement"].split(".")
        assert proofs.coq(file, module, name).startswith(f"```coq\nDefinition {name} : Prop :=\n")


def test_the_tables_show_the_theorems() -> None:
    data = proofs.recorded()
    text = "\n".join(table() for table in proofs.TABLES.values())
    assert len(re.findall(r"\| proved(?= \|)", text)) == len(data["theorems"])
    for theorem in data["theorems"]:
        _, module, name = theorem["statement"].split(".")
        assert f"| `{module}` |" in text
        assert f"| `{name}` |" in text
    assert all(f"| `{name}` |" in text for name in data["axioms"])
    assert data["date"] in proofs.measured()
    assert proofs.TABLES["proofs-count"]() == str(len(data["theorems"]))


def test_conditions_and_identities_are_those_of_the_statements() -> None:
    text = proofs.l2norm()
    assert r"\varepsilon \ge 0, \; n \ne \varepsilon \text{ in every slice}" in text
    assert r"$$\langle x, \mathrm{d}x \rangle = \frac{\varepsilon \, \langle x, h \rangle}{d^{3}}$$" in text
    assert text.count(r"$$\langle x, \mathrm{d}x \rangle = 0$$") == 2


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(ValueError, match=r"scale\.scale has no dz"):
        proofs.coq("scale", "scale", "dz")
    with pytest.raises(ValueError, match="no theorem about nothing"):
        proofs.names_list("nothing")
