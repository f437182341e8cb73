"""The printed files: current, refused if edited, moved by a change of a definition, and of a closed vocabulary."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sympy as sp
from test_import import fresh

import l2norm_ref
from l2norm_ref.emit.__main__ import main
from l2norm_ref.emit.fused import blocked, fused_files, kernels, loops, sweeps
from l2norm_ref.symbolic import Map, Tensor, definitions, derivation

PACKAGE = Path(l2norm_ref.__file__).parent
FILES = fused_files()


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_committed_file_is_current(name):
    assert (PACKAGE / name).read_text() == FILES[name], "run: python -m l2norm_ref.emit --write"
    assert "made by    python -m l2norm_ref.emit --write\nfrom       l2norm_ref/symbolic/definitions.py" in FILES[name]


def test_emission_does_not_depend_on_the_hash_seed():
    program = "import sys; from l2norm_ref.emit.fused import *; sys.stdout.write(''.join(fused_files().values()))"
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert done.stdout == "".join(FILES.values()).encode()


@pytest.mark.parametrize("name", sorted(FILES))
def test_an_edited_file_is_refused(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("l2norm_ref.emit.__main__.generated_files", dict)
    assert main(["--write"], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    path = tmp_path / name
    path.write_text(path.read_text().replace(" * ", " / ", 1))
    assert main(["--check"], tmp_path) == 1
    assert f"{name} is not what the definitions say" in capsys.readouterr().out


def clear():
    for function in (derivation.derive_l2norm, kernels.kernel_steps, kernels.kernel):
        function.cache_clear()


@pytest.fixture
def changed_definition(monkeypatch):
    """The denominator of add_inside counts twice, then the cached derivations are forgotten."""

    def twice(kept):
        s, eps = Tensor("s").symbol, Tensor("eps").symbol
        return (Map(Tensor("d", kept), 2 * sp.sqrt(s + eps)),)

    monkeypatch.setitem(definitions.DENOMINATORS, "add_inside", twice)
    clear()
    yield
    monkeypatch.undo()
    clear()


def test_a_changed_definition_changes_the_files(changed_definition):
    after = fused_files()
    numbers = ("fast/_numbers.py", "fast/_loops.py")
    assert all("d = 2 * np.sqrt(s + eps)" in after[name] for name in numbers)
    for name, text in FILES.items():
        before, now = text.splitlines(), after[name].splitlines()
        moved = [k for k, (a, b) in enumerate(zip(before, now, strict=True)) if a != b]
        assert "kernels" in before[moved[0]]  # the hash in the header of every file
        assert (len(moved) > 1) == (name in numbers)  # a denominator is not in the sweeps
    sweeps = [files["fast/_loops.py"].partition("def numbers_forward")[2] for files in (FILES, after)]
    assert sweeps[0] == sweeps[1] != ""


def test_a_changed_layer_changes_the_sweeps(monkeypatch):
    genuine = definitions.l2norm

    def thrice(*mode):
        program = genuine(*mode)
        return program.with_stages([Map(s.out, 3 * s.expr) if s.out.name == "y" else s for s in program.stages])

    monkeypatch.setattr(derivation, "l2norm", thrice)
    clear()
    try:
        assert str(kernels.kernel("c", "add_inside", "forward").definitions["q"].expr) == "3*r"
        assert "y_row[position] = x_i * gamma_i * q_i" in sweeps.print_all(loops.function)
        with pytest.raises(ValueError, match="expected a product of tensors"):  # 3 * gamma * dy * x in a sum
            sweeps.print_all(blocked.function)
    finally:
        monkeypatch.undo()
        clear()


def names(file):
    return {node.name for node in ast.parse(FILES[file]).body if isinstance(node, ast.FunctionDef)}


def test_every_case_is_printed():
    kinds = [f"{order}_over_{over}" for order, both in (("ncs", "cs"), ("nsc", "sc")) for over in ("c", both)]
    parts = ("sums_forward", "sums_backward", "writes_forward", "writes_backward", "writes_both")
    sweeps = {f"{kind}_{part}" for kind in kinds for part in parts}
    numbers = {f"{mode}_{what}" for mode in (*definitions.DENOMINATORS, "numbers") for what in ("forward", "backward")}
    calls = {f"{kind}_{what}" for kind in kinds for what in kernels.WHATS}
    assert names("fast/_blocked.py") == sweeps
    assert names("fast/_loops.py") == sweeps | numbers | calls
    assert names("fast/_numbers.py") | {"numbers_forward", "numbers_backward"} == numbers


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_the_vocabulary_is_closed(text):
    """No name beside these is used, and only the innermost loops touch elements."""
    attributes = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    known = {"sqrt", "where", "maximum", "multiply", "subtract", "copyto", "ones", "shape", "dtype"}
    known |= {"float64", "reshape"}
    assert attributes <= known


def test_numpy_is_not_needed():
    code = "from l2norm_ref.emit.fused import fused_files\nprint(len(fused_files()), 'numpy' in sys.modules)"
    assert fresh(code, ("numpy",)) == "3 False"
