"""What the printers of fast kernels share: the cases, and for each case its sweeps with what they read and make.

A case is a kind of sum in an order of memory: x of shape (N, C, S), summed over the channels, is `ncs_over_c`. It has
two sweeps, `sums` and `writes`, for the forward pass, the backward pass and both at once. Every denominator must print
the same sweeps; that they do is checked when the text is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from ...symbolic.definitions import DENOMINATORS, EVERYTHING
from ...symbolic.program import Program, Stage, Tensor, Total
from ..numpy import TextPrinter
from ..printer import SUM, Printer, Term
from ..schedule import Schedule, Sweep, schedule
from .kernels import WHATS, kernel

ORDERS = ("ncs", "nsc")
OVER = ("c", "cs")


@dataclass(frozen=True)
class Case:
    """One sweep to print.

    Attributes:
        order: of the axes in memory, one of `ORDERS`.
        plan: the schedule that the sweep is part of.
        sweep: which of its sweeps.
        what: the kernel, a key of `WHATS`.
    """

    order: str
    plan: Schedule
    sweep: Sweep
    what: str

    @property
    def name(self) -> str:
        """What the function is called. The sums of the backward pass are those of both at once."""
        over = "".join(axis for axis in self.order if axis in self.plan.reduced)
        last = self.sweep is self.plan.sweeps[-1]
        what = self.what if last or self.what == "forward" else "backward"
        return f"{self.order}_over_{over}_{'writes' if last else 'sums'}_{what}"

    @property
    def program(self) -> Program:
        """Where the names are declared."""
        return self.plan.program

    @property
    def sums(self) -> tuple[Total, ...]:
        """What is accumulated: the sums of the places, and the gradients of parameters."""
        return (*self.sweep.totals, *self.sweep.gradients)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Everything that the sweep computes."""
        return (*self.sweep.local, *self.sweep.writes, *self.sums)

    @property
    def reads(self) -> list[Tensor]:
        """The arrays that are read: elements first, then gamma, then numbers of the places."""
        symbols = frozenset[sp.Basic]().union(*(stage.expr.free_symbols for stage in self.stages))
        own = {stage.out for stage in self.stages}
        found = [tensor for tensor in self.program.tensors.values() if tensor.symbol in symbols and tensor not in own]
        return sorted(found, key=lambda tensor: (tensor.axes != EVERYTHING, tensor not in self.program.inputs))

    @property
    def makes(self) -> list[Tensor]:
        """The arrays that are written or added to."""
        return [stage.out for stage in (*self.sweep.writes, *self.sums)]

    @property
    def arguments(self) -> list[str]:
        """The names of the arrays in the order in which the functions take them."""
        return [tensor.name for tensor in (*self.reads, *self.makes)]

    @property
    def formula(self) -> str:
        """What is computed, in words, for a docstring."""
        words = TextPrinter(self.program)
        written = [words.statement(stage) for stage in (*self.sweep.writes, *self.sweep.local)]
        return ", ".join([*written, *(f"{stage.out.name} += {words.expression(stage.expr)}" for stage in self.sums)])


class ElementPrinter(Printer):
    """Expressions of one element: sums of products, which is all that the rewrites leave."""

    def _power(self, base: sp.Expr, exponent: int) -> str:
        return " * ".join([self.expression(base)] * exponent)

    def _product(self, term: Term) -> str:
        if term.below or term.nonzero or term.active:
            raise ValueError("a division or a condition is left for an element: it belongs to the place")
        return " * ".join(self._wrapped(factor, SUM) for factor in term.above)


def cases(order: str, over: str, eps_mode: str) -> list[Case]:
    """The sweeps of one denominator."""
    plans = {what: schedule(kernel(over, eps_mode, what)) for what in WHATS}
    return [Case(order, plan, sweep, what) for what, plan in plans.items() for sweep in plan.sweeps]


def print_all(function: Callable[[Case], str]) -> str:
    """The functions of all cases.

    Args:
        function: prints one.

    Raises:
        ValueError: two denominators print different sweeps.
    """
    texts: dict[str, str] = {}
    for order in ORDERS:
        for over in OVER:
            for mode in DENOMINATORS:
                for case in cases(order, over, mode):
                    text = function(case)
                    if texts.setdefault(case.name, text) != text:
                        raise ValueError(f"{case.name}: {mode} prints another sweep:\n{texts[case.name]}\n{text}")
    return "".join(texts.values())
