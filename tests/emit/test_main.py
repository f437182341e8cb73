"""The command `python -m l2norm_ref.emit`."""

import pytest

from l2norm_ref.emit import write_text
from l2norm_ref.emit.__main__ import COMMAND, main

NAME = "reference/l2norm.py"


def test_write_then_check(tmp_path, capsys):
    assert main(["--write"], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    assert {p.name for p in (tmp_path / "reference").iterdir()} == {"batch_norm.py", "l2norm.py"}
    assert "is what the definitions say" in capsys.readouterr().out


def test_check_shows_the_difference_and_the_cure(tmp_path, capsys):
    main(["--write"], tmp_path)
    path = tmp_path / NAME
    path.write_text(path.read_text().replace("(h - xhat * p) / d", "(h + xhat * p) / d", 1))
    assert main(["--check"], tmp_path) == 1
    out = capsys.readouterr().out
    assert "-    dx = (h + xhat * p) / d" in out
    assert "+    dx = (h - xhat * p) / d" in out
    assert COMMAND in out
    assert "h + xhat" in path.read_text(), "--check must not repair"


@pytest.mark.parametrize("change", [lambda t: t.rstrip("\n"), lambda t: t.replace("\n", "\r\n")])
def test_line_ends_count(tmp_path, capsys, change):
    main(["--write"], tmp_path)
    path = tmp_path / NAME
    path.write_bytes(change(path.read_text()).encode())
    assert main(["--check"], tmp_path) == 1
    assert "(derived)" in capsys.readouterr().out


def test_check_without_a_file(tmp_path, capsys):
    assert main(["--check"], tmp_path) == 1
    assert COMMAND in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--write", "--check"], ["--wrong"]])
def test_wrong_usage_is_exit_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "--check" in capsys.readouterr().err


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file.py"
    write_text(path, "old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
