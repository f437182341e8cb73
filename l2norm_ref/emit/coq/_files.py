"""The files of `tests/proofs/statements`: a header that says what made them, and modules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from ...symbolic.definitions import DENOMINATORS
from ._caffe import caffe_modules
from ._layers import CONDITIONS, batch_norm_modules, l2norm_modules, scale_modules
from ._statements import Module

COMMAND = "python -m l2norm_ref.emit.coq --write"

HEADER = """(* {title}. Generated text, do not edit.

   made by    {command}
   from       l2norm_ref/symbolic/, programs {fingerprint}

   Each module holds a forward definition (up to y), the loss <dy, y>, the backward pass, and what is claimed of them.
   The words are those of vocabulary.v. *)

From Coq Require Import Reals.
From Coquelicot Require Import Coquelicot.
From Proofs Require Import vocabulary.
Open Scope R_scope.
"""


def statement_files() -> dict[str, str]:
    """Every emitted file: its name in `tests/proofs/statements` and its text. Caffe's needs NumPy."""
    files = {f"l2norm_{mode}.v": l2norm_text(mode) for mode in DENOMINATORS}
    makers: dict[str, Callable[[], str]] = {
        "batch_norm.v": batch_norm_text,
        "scale.v": scale_text,
        "caffe.v": caffe_text,
    }
    return files | {name: make() for name, make in makers.items()}


def l2norm_text(mode: str) -> str:
    """The statements about L2Norm with one denominator, in six modes."""
    return statement_text(f"L2Norm, eps_mode {mode}", l2norm_modules(mode))


def batch_norm_text() -> str:
    """The statements about BatchNorm, BatchNorm followed by Scale, and RMSNorm."""
    return statement_text("BatchNorm with the statistics of the batch, and its relatives", batch_norm_modules())


def scale_text() -> str:
    """The statements about the Scale layer."""
    return statement_text("Scale", scale_modules())


def caffe_text() -> str:
    """The statements about the bottom gradient of Caffe's Normalize."""
    return statement_text("The bottom gradient of Caffe's Normalize", caffe_modules(CONDITIONS["add_inside"]))


def statement_text(title: str, modules: Sequence[Module]) -> str:
    """One emitted file.

    Example:
        >>> print(statement_text("Scale", scale_modules()).splitlines()[2])
           made by    python -m l2norm_ref.emit.coq --write
    """
    prints = "".join(module.program.fingerprint() for module in modules)
    fingerprint = hashlib.sha256(prints.encode()).hexdigest()[:16]
    header = HEADER.format(title=title, command=COMMAND, fingerprint=fingerprint)
    return "\n".join([header, *(module.text() for module in modules)])
