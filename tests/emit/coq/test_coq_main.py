"""The command `python -m l2norm_ref.emit.coq`, and the emitted files as a whole."""

import pytest

from l2norm_ref.emit.coq import COMMAND, caffe_backward
from l2norm_ref.emit.coq.__main__ import main
from l2norm_ref.emit.coq._files import scale_text


def test_caffes_formula_is_not_typed():
    program = caffe_backward(across_spatial=True, channel_shared=False)
    assert program.outputs == ("caffe_dx",)
    assert program.definitions["x_dy"].over == frozenset("cs")


def test_what_is_checked_is_compared_and_said(tmp_path, monkeypatch, capsys):
    files = {"scale.v": scale_text()}
    monkeypatch.setattr("l2norm_ref.emit.coq.__main__.statement_files", lambda: files)
    assert main(["--check"], tmp_path) == 1
    assert main(["--write"], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    (tmp_path / "scale.v").write_text(files["scale.v"].replace("0", "1", 1), "utf-8")
    (tmp_path / "other.v").write_text("", "utf-8")
    capsys.readouterr()
    assert main(["--check"], tmp_path) == 1
    said = capsys.readouterr().out
    assert COMMAND in said
    assert "other.v is not an emitted file" in said


def test_there_is_nothing_to_write_without_the_repository(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--write"], tmp_path / "nowhere")
    assert stop.value.code == 2
    assert "a clone of the repository" in capsys.readouterr().err


def test_the_header_says_what_made_it():
    assert f"made by    {COMMAND}\n" in scale_text()
