"""What needs Coq: a changed definition, and a wrong formula, are rejected. Run by `make proofs`, after compile.py."""

import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import compile as check
import coq_build
import pytest
import sympy as sp
from proof_text import FOLDER, Theorem, theorems

from l2norm_ref.emit import coq
from l2norm_ref.symbolic import derive_l2norm
from l2norm_ref.symbolic.definitions import DENOMINATORS, l2norm
from l2norm_ref.symbolic.derivation import Derivation, derive
from l2norm_ref.symbolic.points import l2norm_points
from l2norm_ref.symbolic.program import Map, Stage, Tensor

MISSING = coq_build.missing_packages()
if MISSING and not os.environ.get("CI"):
    pytest.skip(f"Debian packages are missing: {', '.join(MISSING)}", allow_module_level=True)

STATEMENTS = "statements/l2norm_add_inside.v"
MODE = ("c", "c", "position_per_channel")
"""One norm for each position, one scale for each channel."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The compiled files, in a copy that may be spoilt, and the committed proofs of one mode of add_inside."""
    coq_build.build(check.texts() | {"audit.v": check.audit(theorems(FOLDER))})
    copy = tmp_path_factory.mktemp("proofs") / "proofs"
    shutil.copytree(coq_build.BUILD, copy)
    text = (FOLDER / "l2norm.v").read_text("utf-8")
    denominator, module = (re.escape(name) for name in ("add_inside", MODE[2]))
    head, tactic, proofs = re.findall(
        rf"(\A.*?)^Module {denominator}\.\n(.*?\n)\n(Module {module}\.\n.*?^End {module}\.\n)",
        text,
        re.DOTALL | re.MULTILINE,
    )[0]
    others = re.compile(r" l2norm_(?!add_inside)\w+")  # they require nothing that changes, but take time
    (copy / "one.v").write_text(others.sub("", head) + tactic + proofs, "utf-8")
    return copy


def compile_with(folder: Path, derivation: Derivation) -> None:
    """The proofs of the mode, with statements made from another derivation."""
    program, claims = coq.l2norm_statements(derivation, frozenset(MODE[0]), "add_inside")
    text = coq.statement_text("for a test", [coq.Module(MODE[2], "", program, claims)])
    (folder / STATEMENTS).write_text(text, "utf-8")
    coq_build.coqc(folder, STATEMENTS)  # the statements themselves are well formed, whatever they claim
    coq_build.coqc(folder, "one.v")


def rejects(folder: Path, derivation: Derivation) -> None:
    """Coq rejects the proof that dx is the gradient, and does so at that proof."""
    with pytest.raises(coq_build.ProofError) as error:
        compile_with(folder, derivation)
    found = re.search(r'File "\./one\.v", line (\d+)', str(error.value))
    assert found, error.value
    lines = (folder / "one.v").read_text("utf-8").splitlines()
    assert lines[int(found[1]) - 2] == "Theorem dx_proved : dx_is_the_gradient."


def with_dx(change: Callable[[sp.Expr], sp.Expr], before: Sequence[Stage] = ()) -> Derivation:
    """The closed form of add_inside with another dx, and with stages that it needs."""
    derivation = derive_l2norm(*MODE[:2], "add_inside")
    closed = derivation.closed_form
    changed = [Map(stage.out, change(stage.expr)) if stage.out.name == "dx" else stage for stage in closed.stages]
    return replace(derivation, closed_form=closed.with_stages([*before, *changed]))


def test_the_definition_as_it_is_is_accepted(folder):
    compile_with(folder, derive_l2norm(*MODE[:2], "add_inside"))


def test_another_definition_is_rejected(folder, monkeypatch):
    """Its gradient is derived, and right; but it is not what the proof is about."""
    s, eps = Tensor("s").symbol, Tensor("eps").symbol
    monkeypatch.setitem(DENOMINATORS, "add_inside", lambda kept: (Map(Tensor("d", kept), s + eps),))
    changed = derive("another denominator", l2norm(*MODE[:2]), ("x", "gamma"), l2norm_points)
    rejects(folder, changed)
    assert "s channels x sample position + eps." in (folder / STATEMENTS).read_text("utf-8")


D = Tensor("d").symbol


@pytest.mark.parametrize(
    "change",
    [
        lambda dx: sp.expand(dx * D),  # a missing factor
        lambda dx: dx.subs(D**-3, D**-2),  # a wrong power
        lambda dx: dx.coeff(D, -1) / D,  # without the projection
        lambda dx: 2 * dx.coeff(D, -1) / D - dx,  # the sign of the projection
    ],
    ids=["factor", "power", "projection", "sign"],
)
def test_a_wrong_formula_is_rejected(folder, change):
    right = derive_l2norm(*MODE[:2], "add_inside").closed_form.definitions["dx"].expr
    assert sp.expand(change(right) - right) != 0
    rejects(folder, with_dx(change))


def test_caffes_formula_is_rejected(folder):
    program = coq.caffe_backward(across_spatial=False, channel_shared=False)
    rejects(folder, with_dx(lambda _: program.definitions["caffe_dx"].expr, [program.definitions["x_dy"]]))


def test_a_foreign_assumption_is_seen(folder):
    """`assumed` is a word of the language that the search for words does not know; the list of axioms shows it."""
    script = folder / "foreign.v"
    script.write_text("Variable assumed : False.\nTheorem all : 0 = 1.\nProof. destruct assumed. Qed.\n", "utf-8")
    audit = folder / "audit_foreign.v"
    audit.write_text(
        'Goal True. idtac "== foreign". exact I. Qed.\nFrom Proofs Require foreign.\nPrint Assumptions foreign.all.\n'
    )
    coq_build.coqc(folder, "foreign.v")
    theorem = Theorem("foreign.all", "none")
    assert check.read_axioms(coq_build.coqc(folder, audit.name), [theorem]) == {"foreign": ["foreign.assumed"]}
