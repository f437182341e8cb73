"""Printing what was derived: NumPy code, LaTeX and HTML, and the read-back that checks the code.

Needs SymPy, and never NumPy, so that it also runs where there is none.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ..symbolic.derivation import (
    derive_batch_norm,
    derive_batch_norm_scale,
    derive_global_batch_norm,
    derive_l2norm,
    derive_rms_norm,
    derive_scale,
)
from ..symbolic.folding import fold_convolution
from .latex import formula, program_latex
from .module import batch_norm_module, l2norm_module
from .readback import ReadBackError, read_back

__all__ = [
    "ReadBackError",
    "batch_norm_module",
    "formulas",
    "generated_files",
    "l2norm_module",
    "program_latex",
    "read_back",
    "write_text",
]


def generated_files() -> dict[str, str]:
    """Every generated file of the package: its path in the package and its text."""
    return {"reference/l2norm.py": l2norm_module(), "reference/batch_norm.py": batch_norm_module()}


def formulas() -> dict[str, str]:
    r"""The equations that pages show, as LaTeX by name; emitted from the derivation, never typed.

    Example:
        >>> formulas()["l2norm.dx"]
        '\\mathrm{d}x = \\frac{h}{d} - \\frac{x \\, \\langle x, h \\rangle}{d^{3}}'
    """
    derivation = derive_l2norm("c", "c", "add_inside")
    forward, closed, last = derivation.forward, derivation.closed_form, derivation.backward
    batch, given, affine, scaled = (
        derive_batch_norm(),
        derive_global_batch_norm(),
        derive_batch_norm_scale(),
        derive_scale(),
    )
    folded = fold_convolution()[-1].after
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
        **{f"batch_norm.{name}": formula(batch.forward, name) for name in ("mu", "u", "var", "sigma", "xhat")},
        "batch_norm.forward": program_latex(batch.forward).strip("$\n"),
        "batch_norm.dx.closed": formula(batch.closed_form, "dx"),
        "batch_norm.dx": formula(batch.backward, "dx"),
        "global_batch_norm.forward": program_latex(given.forward).strip("$\n"),
        "global_batch_norm.dx": formula(given.backward, "dx"),
        **{f"scale.{name}": formula(scaled.backward, name) for name in ("dx", "dgamma", "dbeta")},
        "scale.y": formula(scaled.forward, "y"),
        **{f"batch_norm_scale.{name}": formula(affine.backward, name) for name in ("h", "dx", "dgamma", "dbeta")},
        "batch_norm_scale.y": formula(affine.forward, "y"),
        "rms_norm.dx": formula(derive_rms_norm().backward, "dx"),
        **{f"folded.{name}": formula(folded, name) for name in ("w_tilde", "b_tilde")},
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
