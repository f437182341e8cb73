"""The statements that Coq proves, printed from the definitions and their derived closed forms.

The files are `tests/proofs/statements/*.v`: one for each denominator of L2Norm, in every mode, and those of BatchNorm,
Scale and Caffe's gradient. The proofs around them are written by hand, in `tests/proofs/`. All of that lives in the
repository, not in the installed package. `python -m l2norm_ref.emit.coq --write | --check` makes or compares the files.

Needs SymPy only; what Caffe's layer computes needs NumPy too.
"""

from __future__ import annotations

from ._caffe import INSTANCE, caffe_backward, caffe_modules
from ._files import COMMAND, statement_files, statement_text
from ._layers import (
    CONDITIONS,
    OVER,
    SCALES,
    batch_norm_modules,
    batch_norm_statements,
    l2norm_modules,
    l2norm_statements,
    scale_modules,
)
from ._printer import CoqPrinter
from ._statements import Module, Statement, gradient, identity, together

__all__ = [
    "COMMAND",
    "CONDITIONS",
    "INSTANCE",
    "OVER",
    "SCALES",
    "CoqPrinter",
    "Module",
    "Statement",
    "batch_norm_modules",
    "batch_norm_statements",
    "caffe_backward",
    "caffe_modules",
    "gradient",
    "identity",
    "l2norm_modules",
    "l2norm_statements",
    "scale_modules",
    "statement_files",
    "statement_text",
    "together",
]
