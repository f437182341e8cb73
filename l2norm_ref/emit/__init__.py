"""Printing what was derived: NumPy code, LaTeX and HTML, and the read-back that checks the code.

Needs SymPy, and never NumPy, so that it also runs where there is none.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..symbolic.derivation import derive_l2norm
from .latex import formula, program_latex
from .module import l2norm_module
from .readback import ReadBackError, read_back

__all__ = ["ReadBackError", "formulas", "generated_files", "l2norm_module", "program_latex", "read_back", "write_text"]


def generated_files() -> dict[str, str]:
    """Every generated file of the package: its path in the package and its text."""
    return {"reference/l2norm.py": l2norm_module()}


def formulas() -> dict[str, str]:
    r"""The equations that pages show, as LaTeX by name; emitted from the derivation, never typed.

    Example:
        >>> formulas()["l2norm.dx"]
        '\\mathrm{d}x = \\frac{h}{d} - \\frac{x \\, \\langle x, h \\rangle}{d^{3}}'
    """
    derivation = derive_l2norm("c", "c", "add_inside")
    forward, closed, last = derivation.forward, derivation.closed_form, derivation.backward
    return {
        "l2norm.s": formula(forward, "s"),
        "l2norm.d": formula(forward, "d"),
        "l2norm.xhat": formula(forward, "xhat"),
        "l2norm.y": formula(forward, "y"),
        "l2norm.h": formula(closed, "h"),
        "l2norm.dx": formula(closed, "dx"),
        "l2norm.dx.computed": formula(last, "dx"),
        "l2norm.dgamma": formula(closed, "dgamma"),
        "l2norm.forward": program_latex(forward).strip("$\n"),
        "l2norm.backward": program_latex(last).strip("$\n"),
    }


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: to a temporary file beside it, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
