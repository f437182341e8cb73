"""The kit needs NumPy only, until data are loaded; then it says what to install."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sklearn", "scipy", "threadpoolctl", "sympy", "torch", "matplotlib"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
sys.meta_path.insert(0, Blocker())
"""


def fresh(code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", BLOCKED + code], capture_output=True, text=True, check=False, env=environment
    )


def test_every_module_imports_with_numpy_only():
    names = sorted(path.stem for path in (ROOT / "l2norm_ref" / "experiments").glob("*.py") if path.stem[0] != "_")
    done = fresh(f"import importlib\nfor n in {names!r}: importlib.import_module('l2norm_ref.experiments.' + n)")
    assert done.returncode == 0, done.stderr


def test_the_package_does_not_import_the_experiments():
    done = fresh("import l2norm_ref\nl2norm_ref.l2norm_forward\nassert 'l2norm_ref.experiments' not in sys.modules")
    assert done.returncode == 0, done.stderr


def test_without_scikit_learn_the_data_say_what_to_install():
    code = """
from l2norm_ref.experiments import digits
try:
    digits.load(0)
except ModuleNotFoundError as error:
    print(error, error.name)
"""
    done = fresh(code)
    assert done.stdout == "the digits need the package scikit-learn: pip install 'l2norm_ref[experiments]' sklearn\n"


def test_without_scikit_learn_the_command_says_what_to_install():
    done = fresh("from l2norm_ref.experiments.__main__ import main\nsys.exit(main(['fusion', '--reduced']))")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "scikit-learn: pip install 'l2norm_ref[experiments]'" in done.stderr
