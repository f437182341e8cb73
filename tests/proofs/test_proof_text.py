"""What can be said of the proofs without Coq: nothing is assumed, every claim has a theorem, records are current."""

import json
import os
import subprocess
import sys
from pathlib import Path

import compile as check  # beside this file
import pytest
from proof_text import FOLDER, digest, forbidden, statements, theorems

from l2norm_ref.emit.coq.__main__ import main

ROOT = Path(__file__).parents[2]


def test_the_emitted_statements_are_what_the_definitions_say(capsys):
    assert main(["--check"]) == 0, capsys.readouterr().out


def test_no_word_assumes_anything(tmp_path):
    assert forbidden(FOLDER) == []
    (tmp_path / "statements").mkdir()
    (tmp_path / "a.v").write_text("Lemma easy : False.\nProof. admit. Admitted.\n(* Axioms *)\n", "utf-8")
    assert forbidden(tmp_path) == ["a.v:2: the word admit", "a.v:2: the word Admitted", "a.v:3: the word Axioms"]


def test_every_statement_has_a_theorem():
    claimed, proved = statements(FOLDER), [theorem.statement for theorem in theorems(FOLDER)]
    assert len(claimed) == len(set(claimed)) >= 84
    assert sorted(claimed) == sorted(proved)


def test_the_issue_is_covered():
    proved = {theorem.statement for theorem in theorems(FOLDER)}
    for mode in ("add_inside", "add_outside", "clamp_norm", "clamp_sum", "none"):
        for slices in ("position", "sample"):
            for scale in ("per_channel", "shared", "unscaled"):
                assert f"l2norm_{mode}.{slices}_{scale}.dx_is_the_gradient" in proved
                assert (f"l2norm_{mode}.{slices}_{scale}.dgamma_is_the_gradient" in proved) == (scale != "unscaled")
    for slices in ("position", "sample"):
        for scale in ("per_channel", "shared", "unscaled"):
            assert f"l2norm_add_inside.{slices}_{scale}.along_x" in proved
            for mode in ("add_inside", "none"):
                assert f"l2norm_{mode}.{slices}_{scale}.orthogonal_to_x" in proved
    assert {"batch_norm.batch_norm.no_mean", "batch_norm.batch_norm.along_xhat"} <= proved
    assert {f"scale.scale.d{name}_is_the_gradient" for name in ("x", "gamma", "beta")} <= proved
    for slices in ("position", "sample"):
        assert f"caffe.{slices}_per_channel.caffe_dx_is_not_the_gradient" in proved
        assert f"caffe.{slices}_per_channel.caffe_dx_is_the_gradient_where_gamma_is_uniform" in proved
        assert f"caffe.{slices}_shared.caffe_dx_is_the_gradient" in proved


def test_the_record_is_of_these_files():
    data = json.loads(check.DATA.read_text("utf-8"))
    command = "python tests/proofs/compile.py --record"
    assert data["command"] == command
    assert data["sources"] == digest(FOLDER), f"the Coq files changed since they were last checked: {command}"
    assert [t["statement"] for t in data["theorems"]] == [t.statement for t in theorems(FOLDER)]
    assert set(data["axioms"]) <= set(check.AXIOMS)


def test_other_axioms_are_seen():
    (first, *_) = proved = theorems(FOLDER)[:1]
    script = first.name.split(".")[0]
    output = f"== {script}\nAxioms:\nsig : forall P,\n  P\nmine.False : False\nsomething else\n"
    assert check.read_axioms(output, proved) == {script: ["sig", "mine.False", "something else"]}
    assert check.read_axioms(f"== {script}\nClosed under the global context\n", proved) == {script: []}
    with pytest.raises(check.ProofError, match="did not answer"):
        check.read_axioms("", proved)


def test_missing_packages_are_named(monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert check.main([]) == 2
    assert capsys.readouterr().err == "missing: Debian packages coq and libcoq-coquelicot\n"


def test_no_compiled_file_is_left():
    assert not [path for path in FOLDER.rglob("*") if path.suffix in (".vo", ".vok", ".vos", ".glob", ".aux")]


def test_emission_depends_on_no_hash_seed():
    code = "from l2norm_ref.emit.coq._files import caffe_text, scale_text; print(caffe_text(), scale_text())"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert "caffe_dx_is_not_the_gradient" in texts.pop()
