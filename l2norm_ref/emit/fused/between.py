"""What lies between the sweeps, one function for each denominator: from the sums of a place to the factors r and q.

Printed twice: for arrays of places, as NumPy, and for one place, as numbers, for a compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...symbolic.definitions import DENOMINATORS
from ...symbolic.program import Program
from ..numpy import NumpyPrinter, TextPrinter
from ..printer import Term
from ..schedule import schedule
from .kernels import WHATS, kernel
from .sweeps import OVER

FUNCTION = '''

def {name}({arguments}, eps):
    """{formula}."""
    {body}
    return {returned}
'''


class NumberPrinter(NumpyPrinter):
    """The same expressions of single numbers: a condition chooses between two of them, and only that one is computed.

    NaN is neither 0 nor less than anything, so that it stays NaN, as it does in arrays.
    """

    def _product(self, term: Term) -> str:
        text = super()._product(replace(term, below=(*term.below, *term.nonzero), nonzero=(), active=()))
        for n in term.nonzero:
            text = f"0.0 if 0 >= {self.expression(n)} else {text}"
        for condition in term.active:
            q, e = map(self.expression, condition.args)
            text = f"{text} if {q} >= {e} else 0.0"
        return text

    def _sum(self, terms: list[Term]) -> str:
        if any(term.nonzero or term.active for term in terms):
            raise ValueError("a term of a sum has a condition: expected one on the whole")
        return super()._sum(terms)


def functions(printer: Callable[[Program], NumpyPrinter]) -> str:
    """The functions of all denominators, forward and backward.

    Args:
        printer: of the expressions.
    """
    return "".join(_function(mode, what, printer) for mode in DENOMINATORS for what in WHATS if what != "both")


def _function(eps_mode: str, what: str, printer: Callable[[Program], NumpyPrinter]) -> str:
    """One function, which must be the same for every kind of sum.

    Raises:
        ValueError: it is not.
    """
    texts = {_printed(f"{eps_mode}_{what}", kernel(over, eps_mode, what), printer) for over in OVER}
    if len(texts) != 1:
        raise ValueError(f"{eps_mode}: other numbers for other sums:\n" + "\n".join(texts))
    return texts.pop()


def _printed(name: str, program: Program, printer: Callable[[Program], NumpyPrinter]) -> str:
    first, second = schedule(program).sweeps
    stages = (*second.local, *second.writes, *second.gradients)
    read = {symbol.name for stage in stages for symbol in stage.expr.free_symbols}
    words, expressions = TextPrinter(program), printer(program)
    return FUNCTION.format(
        name=name,
        arguments=", ".join(stage.out.name for stage in first.totals),
        formula=", ".join(words.statement(stage) for stage in reversed(first.after)),
        body="\n    ".join(expressions.statement(stage) for stage in first.after),
        returned=", ".join(stage.out.name for stage in first.after if stage.out.name in read),
    )
