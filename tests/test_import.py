"""What importing loads, seen from a fresh interpreter."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

import l2norm_ref

ROOT = Path(l2norm_ref.__file__).parent

# An importer that refuses the packages named in BLOCKED, as if they were not installed.
BLOCKER = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def fresh(code: str, blocked: tuple[str, ...] = ()) -> str:
    """What a new interpreter prints."""
    code = f"BLOCKED = {blocked!r}\n{BLOCKER}\nsys.path.insert(0, {str(ROOT.parent)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_loads_nothing():
    code = """
before = set(sys.modules)
import l2norm_ref
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    assert set(ast.literal_eval(fresh(code))) <= {"l2norm_ref", "importlib", "warnings"}


def test_the_functions_need_numpy_and_nothing_else():
    code = """
before = set(sys.modules)
import l2norm_ref
y, saved = l2norm_ref.l2norm_forward([[3.0, 4.0]], eps=0)
print(y.tolist(), l2norm_ref.l2norm_backward([[1.0, 0.0]], saved)[0].tolist())
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(new - {"numpy", "l2norm_ref"} - sys.stdlib_module_names))
"""
    blocked = ("sympy", "mpmath", "torch", "scipy", "matplotlib", "numba", "google")
    assert fresh(code, blocked).splitlines() == ["[[0.6, 0.8]] [[0.128, -0.096]]", "[]"]


@pytest.mark.parametrize("name", ["symbolic", "emit"])
def test_derivation_works_without_numpy(name):
    if not any((ROOT / name).glob("*.py")):
        pytest.skip(f"l2norm_ref.{name} is not there yet")
    pytest.importorskip("sympy")
    modules = [f"l2norm_ref.{name}.{path.stem}" for path in (ROOT / name).glob("*.py") if path.stem[0] != "_"]
    code = f"""
import importlib, l2norm_ref
for module in {["l2norm_ref." + name, *sorted(modules)]!r}:
    importlib.import_module(module)
print(l2norm_ref.{name}.__name__, "numpy" in sys.modules)
"""
    assert fresh(code, ("numpy",)) == f"l2norm_ref.{name} False"


def test_missing_numpy_is_named():
    code = """
import l2norm_ref
try:
    l2norm_ref.l2norm_forward
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert fresh(code, ("numpy",)) == "numpy"


def test_names():
    assert set(l2norm_ref.__all__) <= set(dir(l2norm_ref))
    for name in l2norm_ref.__all__:
        assert getattr(l2norm_ref, name).__name__ == name
    assert cast(Any, l2norm_ref.reference).__name__ == "l2norm_ref.reference"
    assert l2norm_ref.__version__.count(".") == 2
    assert (ROOT / "py.typed").exists()
    for name in ("no_such_name", "_private", "__wrapped__"):
        assert not hasattr(l2norm_ref, name)
    with pytest.raises(ImportError):
        exec("from l2norm_ref import no_such_name")


def test_star_import():
    code = "from l2norm_ref import *\nprint(l2norm_forward.__name__, L2NormSaved.__name__)"
    assert fresh(code) == "l2norm_forward L2NormSaved"
