"""The generated file: current, deterministic, in the closed vocabulary, and moved by every change of a definition."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sympy as sp

import l2norm_ref
from l2norm_ref.emit import batch_norm_module, generated_files, l2norm_module, module
from l2norm_ref.symbolic import DENOMINATORS, Map, Tensor, definitions, derivation

PACKAGE = Path(l2norm_ref.__file__).parent


@pytest.mark.parametrize("name", sorted(generated_files()))
def test_the_committed_file_is_current(name):
    assert (PACKAGE / name).read_text() == generated_files()[name], "run: python -m l2norm_ref.emit --write"


def test_emission_does_not_depend_on_the_hash_seed():
    program = "import sys; from l2norm_ref.emit import *; sys.stdout.write(''.join(generated_files().values()))"
    command = [sys.executable, "-c", program]
    runs = [
        subprocess.Popen(command, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE)
        for seed in ("1", "2")
    ]
    texts = {run.communicate()[0] for run in runs}
    assert texts == {"".join(generated_files().values()).encode()}


@pytest.mark.parametrize("name", sorted(generated_files()))
def test_the_vocabulary_is_closed(name):
    tree = ast.parse(generated_files()[name])
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr in {"sqrt", "sum", "where", "maximum"}
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int | str)


def test_every_denominator_has_both_functions():
    names = {node.name for node in ast.parse(l2norm_module()).body if isinstance(node, ast.FunctionDef)}
    assert names == {f"{mode}_{direction}" for mode in DENOMINATORS for direction in ("forward", "backward")}


def test_the_words_move_with_the_definition(monkeypatch):
    """Docstrings are printed from the program, too: a scale that counts three times shows in them."""
    genuine = derivation.l2norm

    def three_times(*mode):
        program = genuine(*mode)
        stages = [Map(s.out, 3 * s.expr) if s.out.name == "y" else s for s in program.stages]
        return program.with_stages(stages)

    monkeypatch.setattr(derivation, "l2norm", three_times)
    derivation.derive_l2norm.cache_clear()
    try:
        text = l2norm_module()
    finally:
        derivation.derive_l2norm.cache_clear()
    assert '"""y = 3 * gamma * xhat, xhat = x / d' in text
    assert "where h = 3 * gamma * dy." in text
    assert "h = gamma * dy" not in text


def test_every_layer_has_both_functions():
    names = {node.name for node in ast.parse(batch_norm_module()).body if isinstance(node, ast.FunctionDef)}
    layers = ("batch_norm", "global_batch_norm", "rms_norm", "scale", "scale_bias", "batch_norm_scale")
    assert names == {f"{layer}_{direction}" for layer in layers for direction in ("forward", "backward")}


def test_a_changed_definition_of_batch_norm_changes_the_code(monkeypatch):
    """Forward, backward, examples and header of every function that is made from it move, and of no other."""
    genuine, before = derivation.batch_norm, batch_norm_module()

    def multiplied(*mode):
        program = genuine(*mode)
        u, sigma = program.tensors["u"].symbol, program.tensors["sigma"].symbol
        stages = [Map(s.out, u * sigma) if s.out.name == "xhat" else s for s in program.stages]
        return program.with_stages(stages)

    cached = (derivation.derive_batch_norm, derivation.derive_batch_norm_scale)
    monkeypatch.setattr(derivation, "batch_norm", multiplied)
    for function in cached:
        function.cache_clear()
    try:
        after = batch_norm_module()
    finally:
        for function in cached:
            function.cache_clear()
    changed = {
        function.split("(")[0]
        for one, function in zip(before.split("\n\n\ndef "), after.split("\n\n\ndef "), strict=True)
        if one != function and not function.startswith('"""')
    }
    layers = ("batch_norm", "batch_norm_scale")
    assert changed == {f"{layer}_{direction}" for layer in layers for direction in ("forward", "backward")}
    assert "xhat = u * sigma" in after
    assert before.splitlines()[3] != after.splitlines()[3]  # the fingerprint in the header


def _eps_counts_twice(kept):
    s, eps = Tensor("s").symbol, Tensor("eps").symbol
    return (Map(Tensor("d", kept), sp.sqrt(s + 2 * eps)),)


def test_a_changed_definition_changes_the_code(monkeypatch):
    """Forward, backward example and header all move; a definition that cannot be derived exactly does not pass."""
    before = l2norm_module()
    monkeypatch.setitem(definitions.DENOMINATORS, "add_inside", definitions.DENOMINATORS["clamp_sum"])
    monkeypatch.setitem(module.EXAMPLE_EPS, "add_inside", 100)
    derivation.derive_l2norm.cache_clear()
    try:
        after = l2norm_module()
    finally:
        derivation.derive_l2norm.cache_clear()
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert any("definitions " in line for line in changed)
    function = after[after.index("def add_inside_forward") : after.index("def add_outside_forward")]
    assert "d = np.sqrt(np.maximum(s, eps))" in function
    assert "dx = (h - np.where(s >= eps, xhat * p, 0)) / d" in function


def test_a_definition_outside_the_evidence_points_is_refused(monkeypatch):
    """sqrt(s + 2 eps) is irrational at the points chosen for sqrt(s + eps): no exact evidence, so no code."""
    monkeypatch.setitem(definitions.DENOMINATORS, "add_inside", _eps_counts_twice)
    derivation.derive_l2norm.cache_clear()
    try:
        with pytest.raises(ValueError, match="not rational"):
            l2norm_module()
    finally:
        derivation.derive_l2norm.cache_clear()
