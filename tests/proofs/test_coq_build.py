"""The order of compilation and what is compiled again; a stand-in takes the place of Coq, which may not be there."""

import pytest
from coq_build import BUILD, ProofError, build

TEXTS = {"a.v": "one", "b.v": "needs a", "statements/c.v": "two"}
RULES = """a.vo a.glob a.required_vo: a.v
b.vo b.glob: b.v a.vo /coq/Reals.vo
statements/c.vo: statements/c.v
a.vio: a.v
"""


@pytest.fixture
def coq(monkeypatch):
    """What the stand-in compiled."""
    compiled = []

    def output(command, folder=None):
        if command[0] == "coqdep":
            return RULES
        if command[-1] == "--version":
            return "8.16"
        text = (folder / command[-1]).read_text("utf-8")
        if text == "wrong":
            raise ProofError(f"{command[-1]} is wrong")
        (folder / command[-1]).with_suffix(".vo").write_text("compiled", "utf-8")
        compiled.append(command[-1])
        return f"printed by {command[-1]}"

    monkeypatch.setattr("coq_build.output", output)
    monkeypatch.setattr("coq_build._coquelicot", lambda: BUILD.parents[1] / "pyproject.toml")
    return compiled


def test_everything_once_and_in_order(coq, tmp_path):
    printed = build(TEXTS, tmp_path)
    assert printed == {name: f"printed by {name}" for name in TEXTS}
    assert sorted(coq) == sorted(TEXTS)
    assert coq.index("a.v") < coq.index("b.v")
    assert build(TEXTS, tmp_path) == printed
    assert len(coq) == 3, "what is current is not compiled again"


def test_a_change_reaches_what_requires_it_and_nothing_else(coq, tmp_path):
    build(TEXTS, tmp_path)
    coq.clear()
    build(TEXTS | {"a.v": "changed"}, tmp_path)
    assert coq == ["a.v", "b.v"]


def test_what_was_rejected_or_stopped_is_compiled_again(coq, tmp_path):
    build(TEXTS, tmp_path)
    with pytest.raises(ProofError, match=r"a\.v is wrong"):
        build(TEXTS | {"a.v": "wrong"}, tmp_path)
    (tmp_path / "statements" / "c.stamp").unlink()  # stopped before Coq was done
    coq.clear()
    build(TEXTS, tmp_path)
    assert sorted(coq) == ["a.v", "statements/c.v"], "b.v is as it was"


def test_what_is_no_longer_a_source_is_removed(coq, tmp_path):
    (tmp_path / "old.v").write_text("old", "utf-8")
    (tmp_path / "old.vo").write_text("old", "utf-8")
    build(TEXTS, tmp_path)
    assert not list(tmp_path.glob("old*"))
