"""Programs printed as statements of PyTorch, for the body of a `torch.autograd.Function`."""

from __future__ import annotations

import sympy as sp

from ..symbolic.functions import AtLeast
from ..symbolic.program import Stage
from .numpy import NumpyPrinter


class ConstantPrinter(NumpyPrinter):
    """NumPy text in which eps is a constant of the module, EPS."""

    def _symbol(self, name: str) -> str:
        return "EPS" if name == "eps" else name


class TorchPrinter(ConstantPrinter):
    """The same for torch: other names for a sum's arguments and for a clamp."""

    prefix = "torch."

    def statement(self, stage: Stage) -> str:
        """`out = expr`, or `out = torch.sum(expr, dim=..., keepdim=True)`."""
        return super().statement(stage).replace("axis=", "dim=").replace("keepdims=", "keepdim=")

    def _function(self, expr: sp.Expr) -> str:
        if isinstance(expr, AtLeast):
            q, e = map(self.expression, expr.args)
            return f"torch.clamp({q}, min={e})"
        return super()._function(expr)
