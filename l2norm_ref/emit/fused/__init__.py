"""The generated files of `l2norm_ref.fast`: kernels in two sweeps, printed from the derivation.

A reader follows the modules in this order: `kernels` turns a derivation into a Program with all divisions where they
are few; `..schedule` groups its stages into two sweeps; `sweeps` lists what there is to print; `loops` prints it as
loops over elements, `blocked` as NumPy on blocks of rows; `files` puts the texts into modules.
"""

from __future__ import annotations

from .files import fused_files

__all__ = ["fused_files"]
