from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from live_imports import Imports

ROOT = Path(__file__).resolve().parents[2]

# Imports each argument, "module" or "module:name", without the packages that the browser lacks; prints those that fail.
TRY = """
import importlib, sys
for name in ("numpy", "matplotlib", "google"):
    sys.modules[name] = None
for argument in sys.argv[1:]:
    module, _, name = argument.partition(":")
    try:
        loaded = importlib.import_module(module)
        if name and not hasattr(loaded, name):
            importlib.import_module(f"{module}.{name}")
    except ImportError:
        print(argument)
"""
OURS = [
    "l2norm_ref",
    "l2norm_ref:l2norm_forward",
    "l2norm_ref:BatchNormSaved",
    "l2norm_ref:presets",
    "l2norm_ref:audit",
    "l2norm_ref:emit",
    "l2norm_ref:caffe",
    "l2norm_ref.caffe:tables",
    "l2norm_ref.check:check_l2norm",
    "l2norm_ref.cli:main",
    "l2norm_ref.emit.__main__:main",
    "l2norm_ref.emit.generate:generate",
    "l2norm_ref.emit.latex:equations",
    "l2norm_ref.exhibits",
    "l2norm_ref.reference:l2norm",
    "l2norm_ref.symbolic:derive_l2norm",
    "l2norm_ref._double_double",
]


def test_it_says_of_our_modules_what_python_says() -> None:
    command = [sys.executable, "-c", TRY, *OURS]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    imports = Imports(ROOT)
    lacking = [name for name in OURS if imports.lacks(name.partition(":")[0], name.partition(":")[2] or None)]
    assert lacking == done.stdout.split()
    assert 3 < len(lacking) < len(OURS) - 3


@pytest.mark.parametrize(
    ("module", "name", "lack"),
    [
        ("math", None, None),
        ("importlib.util", None, None),
        ("sympy", "Symbol", None),
        ("mpmath", None, None),
        ("numpy", None, "numpy"),
        ("matplotlib.pyplot", None, "matplotlib"),
        ("IPython.display", "Latex", None),
        ("IPython.display", "Image", "IPython"),
        ("IPython", None, "IPython"),
        ("l2norm_ref", "no_such_name", None),
    ],
)
def test_one_import(module: str, name: str | None, lack: str | None) -> None:
    assert Imports(ROOT).lacks(module, name) == lack


def write(root: Path, **modules: str) -> Imports:
    for name, text in modules.items():
        path = (root / "l2norm_ref").joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.relative_to(root).parents:
            if folder.parts:
                (root / folder / "__init__.py").touch()
        path.write_text(text, "utf-8")
    return Imports(root)


def test_imports_are_followed_but_not_into_functions(tmp_path: Path) -> None:
    imports = write(
        tmp_path,
        far="import numpy as np",
        near="from . import far",
        sub__deep="from ..near import something",
        lazy="def f():\n    import numpy\n",
        guarded="try:\n    import torch\nexcept ImportError:\n    pass\nclass C:\n    import json\n",
        typed="import typing\nif typing.TYPE_CHECKING:\n    import numpy\nelse:\n    import math\n",
        one="from l2norm_ref import other",
        other="from l2norm_ref import one",
    )
    names = ("far", "near", "sub.deep", "sub", "lazy", "guarded", "typed", "one", "other")
    lacks = {name: imports.lacks(f"l2norm_ref.{name}") for name in names}
    needs_numpy = dict.fromkeys(("far", "near", "sub.deep"), "numpy")
    assert lacks == dict.fromkeys(names) | needs_numpy | {"guarded": "torch"}


def test_a_lazy_export_is_where_the_type_checker_finds_it(tmp_path: Path) -> None:
    imports = write(tmp_path, _heavy="import numpy", _light="import math")
    text = "if TYPE_CHECKING:\n    from l2norm_ref._heavy import a\n    from l2norm_ref._light import b\n"
    (tmp_path / "l2norm_ref" / "__init__.py").write_text(text, "utf-8")
    assert [imports.lacks("l2norm_ref", name) for name in ("a", "b", None)] == ["numpy", None, None]
