from __future__ import annotations

from pathlib import Path

import console
import macros
import pytest

ROOT = Path(__file__).parents[2]


def written(folder: Path, text: str) -> Path:
    path = folder / "a.console"
    path.write_text(text, "utf-8")
    return path


def test_commands_are_shown_with_their_output(tmp_path: Path) -> None:
    (tmp_path / "beside.txt").write_text("beside\n", "utf-8")
    path = written(tmp_path, "A comment.\n$ cat beside.txt; echo made > new.txt\nstatus 3\n$ cat new.txt; exit 3\n")
    assert console.run(path, ROOT) == [
        ("cat beside.txt; echo made > new.txt", "beside"),
        ("cat new.txt; exit 3", "made"),
    ]
    assert not (tmp_path / "new.txt").exists()
    block = macros.expand('{{ console("a.console") }}', docs=tmp_path, where="page.md", formulas=dict)
    assert "```console\n$ cat beside.txt; echo made > new.txt\nbeside\n$ cat new.txt; exit 3\nmade\n```" in block


def test_a_command_may_go_on_in_the_next_line(tmp_path: Path) -> None:
    path = written(tmp_path, "$ echo one \\\n    two\n$ echo three\n")
    assert console.run(path, ROOT) == [("echo one \\\n    two", "one two"), ("echo three", "three")]


def test_our_command_is_found(tmp_path: Path) -> None:
    ((_, output),) = console.run(written(tmp_path, "$ l2norm-ref --version"), ROOT)
    assert output.startswith("l2norm-ref ")


@pytest.mark.parametrize(
    ("text", "message"),
    [("$ exit 2", "exit status 2 instead of 0: exit 2"), ("status 1\n$ true", "exit status 0 instead of 1: true")],
)
def test_another_exit_status_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(macros.MacroError, match=f"page.md: a.console: {message}"):
        written(tmp_path, text)
        macros.expand('{{ console("a.console") }}', docs=tmp_path, where="page.md", formulas=dict)


def test_what_is_missing_is_said_and_in_ci_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "needs nosuchpackage\n$ echo ran")
    monkeypatch.delenv("CI", raising=False)
    assert "$ echo ran" in console.markdown(path, ROOT)
    assert "nosuchpackage is not installed" in console.markdown(path, ROOT)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(console.ConsoleError, match="needs nosuchpackage"):
        console.markdown(path, ROOT)


def test_files_are_shown_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "k.c").write_text("int k;\n", "utf-8")
    block = macros.expand('{{ show("k.c") }}', docs=tmp_path, where="page.md", formulas=dict)
    assert '```c title="k.c"\nint k;\n```' in block
    with pytest.raises(macros.MacroError, match="no file"):
        macros.expand('{{ show("gone.c") }}', docs=tmp_path, where="page.md", formulas=dict)
