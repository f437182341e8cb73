"""The derivation: forward definitions, the two-rule adjoint, named rules, exact evidence, and the second road.

Needs SymPy, and never NumPy, so that it also runs where there is none.
"""

from .adjoint import adjoint, jvp
from .definitions import DENOMINATORS, l2norm
from .derivation import Derivation, Step, derive_l2norm
from .evidence import Evidence, EvidenceError, same_derivative, same_outputs
from .exact import Dual, Point, evaluate
from .index_calculus import IndexDerivation, agrees, differentiate
from .points import l2norm_points
from .program import Map, Program, Tensor, Total

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
    "derive_l2norm",
    "differentiate",
    "evaluate",
    "jvp",
    "l2norm",
    "l2norm_points",
    "same_derivative",
    "same_outputs",
]
