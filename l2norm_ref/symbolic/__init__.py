"""The derivation: forward definitions, the two-rule adjoint, named rules, exact evidence, and the second road.

Needs SymPy, and never NumPy, so that it also runs where there is none.
"""

from .adjoint import adjoint, jvp
from .batch_norm import batch_norm, convolution, folded_batch_norm, global_batch_norm, rms_norm, scale
from .compose import compose
from .definitions import DENOMINATORS, l2norm
from .derivation import (
    Derivation,
    Step,
    derive,
    derive_batch_norm,
    derive_batch_norm_scale,
    derive_global_batch_norm,
    derive_l2norm,
    derive_rms_norm,
    derive_scale,
)
from .evidence import Evidence, EvidenceError, same_derivative, same_outputs
from .exact import Dual, Point, evaluate
from .folding import fold_convolution
from .index_calculus import IndexDerivation, agrees, differentiate, same_formula
from .points import l2norm_points
from .program import Map, Program, Tensor, Total
from .rules import merge_aliases
from .variance_points import variance_points

__all__ = [
    "DENOMINATORS",
    "Derivation",
    "Dual",
    "Evidence",
    "EvidenceError",
    "IndexDerivation",
    "Map",
    "Point",
    "Program",
    "Step",
    "Tensor",
    "Total",
    "adjoint",
    "agrees",
    "batch_norm",
    "compose",
    "convolution",
    "derive",
    "derive_batch_norm",
    "derive_batch_norm_scale",
    "derive_global_batch_norm",
    "derive_l2norm",
    "derive_rms_norm",
    "derive_scale",
    "differentiate",
    "evaluate",
    "fold_convolution",
    "folded_batch_norm",
    "global_batch_norm",
    "jvp",
    "l2norm",
    "l2norm_points",
    "merge_aliases",
    "rms_norm",
    "same_derivative",
    "same_formula",
    "same_outputs",
    "scale",
    "variance_points",
]
