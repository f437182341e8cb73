from __future__ import annotations

from pathlib import Path

import accessible
import docstrings
import macros
import pytest


def expand(text: str, docs: Path = Path("docs")) -> str:
    return macros.expand(text, docs=docs, where="page.md", formulas=lambda: {"l2norm.dx": "dx = 1\n"})


def test_formulas() -> None:
    assert expand('a {{ formula("l2norm.dx") }} b') == "a \n$$\ndx = 1\n$$\n b"
    assert expand("a {{inline('l2norm.dx')}} b") == "a $dx = 1$ b"


def test_formulas_are_asked_for_only_where_they_are_shown() -> None:
    def formulas() -> dict[str, str]:
        raise AssertionError

    assert macros.expand("text { x }", docs=Path(), where="page.md", formulas=formulas) == "text { x }"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{{ formula("l2norm.dz") }}', r"page.md: no formula 'l2norm.dz'; .* has l2norm.dx"),
        ('{{ frmula("l2norm.dx") }}', r"page.md: unknown placeholder .*frmula"),
        ('{{ run("gone.py") }}', r"page.md: no program .*gone.py"),
    ],
)
def test_unknown_names_fail(text: str, message: str) -> None:
    with pytest.raises(macros.MacroError, match=message):
        expand(text)


def test_programs_are_shown_with_what_they_print(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "beside.py").write_text("ANSWER = 42", "utf-8")
    (tmp_path / "docs" / "a.py").write_text("import beside\n\nprint('ε', beside.ANSWER)\n", "utf-8")
    shown = expand('{{ run("a.py") }}', tmp_path / "docs")
    assert "```python\nimport beside\n\nprint('ε', beside.ANSWER)\n```" in shown
    assert "```text\nε 42\n```" in shown


@pytest.mark.parametrize(
    ("source", "message"),
    [("1 / 0", "ZeroDivisionError"), ("import warnings; warnings.warn('look out')", "look out")],
)
def test_a_failing_or_warning_program_fails(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "a.py").write_text(source, "utf-8")
    with pytest.raises(macros.MacroError, match=f"page.md: a.py did not run cleanly(.|\n)*{message}"):
        expand('{{ run("a.py") }}', tmp_path)


def test_repairs_are_made_or_missed_aloud() -> None:
    for found, wanted in accessible.REPAIRS.items():
        assert wanted in accessible.repair("<p>" + "".join(accessible.REPAIRS) + "</p>")
        with pytest.raises(accessible.ThemeChanged, match=r"accessible\.py"):
            accessible.repair("<p></p>")
        assert found != wanted


def test_example_sections_are_code_on_the_api_page() -> None:
    text = "Title.\n\nExample:\n    >>> 1\n    1\n\nNo Example: here."
    assert docstrings.SINGULAR.sub(r"\1Examples:", text) == text.replace("\nExample:\n", "\nExamples:\n")
