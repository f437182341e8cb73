"""Sweeps printed as NumPy over a few rows of one sample at a time, into arrays that are there already.

A sample is a matrix, of channels and positions in the order of memory, and a sweep goes over its rows in blocks that
stay in cache. Products of elements are made with `out=`; a sum of products is a product with a vector, from the left
where rows are added, from the right where columns are: with what the summands share, or with ones.
"""

from __future__ import annotations

import sympy as sp

from ...symbolic.program import Map, Tensor, Total
from .sweeps import Case

FUNCTION = '''

def {name}({arguments}, work):
    """{formula}."""
{body}
'''


def function(case: Case) -> str:
    """The text of one sweep over a sample; `work` holds two arrays of as many rows as a block may have."""
    printer = BlockPrinter(case)
    body = printer.block()
    head = ["ones = np.ones(max(x.shape), work.dtype)"] if any("ones[" in line for line in body) else []
    head += ["for start in range(0, x.shape[0], work.shape[1]):"]
    lines = [*head, *(f"    {line}" for line in body)]
    return FUNCTION.format(
        name=case.name,
        arguments=", ".join(case.arguments),
        formula=case.formula,
        body="\n".join(f"    {line}" for line in lines),
    )


class BlockPrinter:
    """The statements for one block of rows.

    Args:
        case: the sweep.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rows, self.columns = case.order[1:]
        self.matrices = [stage.out for stage in case.sweep.local if self._is_matrix(stage.out)]

    def block(self) -> list[str]:
        """Cuts, what is computed for the elements, then the sums."""
        case = self.case
        cut = [tensor.name for tensor in (*case.reads, *case.makes) if self.rows in tensor.axes]
        head = ["rows = slice(start, start + work.shape[1])", *(f"{name}_k = {name}[rows]" for name in cut)]
        body = [line for stage in case.sweep.local for line in self._local(stage)]
        body += [line for stage in case.sweep.writes for line in self._write(stage)]
        body += [line for stage in case.sums for line in self._sum(stage)]
        for k, name in enumerate(["w", *(tensor.name for tensor in self.matrices)]):
            if any(f"{name}_k" in line for line in body):
                head.append(f"{name}_k = work[{k}, : len(x_k)]")
        return head + body

    def _is_matrix(self, tensor: Tensor) -> bool:
        return {self.rows, self.columns} <= tensor.axes

    def _name(self, tensor: Tensor) -> str:
        return f"{tensor.name}_k" if self.rows in tensor.axes else tensor.name

    def _operand(self, tensor: Tensor) -> str:
        """In a product of matrices: what has a number for each row becomes a column."""
        column = self.rows in tensor.axes and self.columns not in tensor.axes
        return f"{self._name(tensor)}[:, None]" if column else self._name(tensor)

    def _product(self, factors: list[Tensor], out: str) -> list[str]:
        """Statements that leave the product of at least two factors in `out`."""
        first, second, *others = map(self._operand, factors)
        lines = [f"np.multiply({first}, {second}, out={out})"]
        return lines + [f"np.multiply({out}, {factor}, out={out})" for factor in others]

    def _local(self, stage: Map) -> list[str]:
        ((_, factors),) = self._terms(stage.expr)
        if stage.out in self.matrices:
            return self._product(factors, self._name(stage.out))
        return [f"{self._name(stage.out)} = {' * '.join(map(self._name, factors))}"]

    def _write(self, stage: Map) -> list[str]:
        """The terms one after another: the first into the output, the others beside it and then added."""
        (_, first), *others = self._terms(stage.expr)
        out = self._name(stage.out)
        lines = self._product(first, out)
        for negative, factors in others:
            lines += self._product(factors, "w_k")
            lines.append(f"np.{'subtract' if negative else 'add'}({out}, w_k, out={out})")
        return lines

    def _sum(self, stage: Total) -> list[str]:
        """The product of the matrices, then vectors from the right and from the left, then numbers."""
        ((_, factors),) = self._terms(stage.expr)
        matrices = [factor for factor in factors if self._is_matrix(factor)]
        others = [factor for factor in factors if factor not in matrices]
        result = "w_k"
        for axis, size in ((self.columns, "x_k.shape[1]"), (self.rows, "len(x_k)")):
            if axis not in stage.over:
                continue
            along = [self._name(factor) for factor in others if axis in factor.axes]
            others = [factor for factor in others if axis not in factor.axes]
            vector = " * ".join(along) or f"ones[: {size}]"
            result = f"{result} @ {vector}" if axis == self.columns else f"{vector} @ {_grouped(result)}"
        result = " * ".join([*map(self._name, others), _grouped(result) if others else result])
        return [*self._product(matrices, "w_k"), f"{self._name(stage.out)} += {result}"]

    def _terms(self, expr: sp.Expr) -> list[tuple[bool, list[Tensor]]]:
        """The terms of an expression, positive ones first: the sign, and the factors in order of declaration."""
        terms = []
        for term in sp.Add.make_args(expr):
            sign, product = term.as_coeff_Mul()
            powers = {str(base): power for base, power in product.as_powers_dict().items()}
            if abs(sign) != 1 or not all(power.is_Integer and power > 0 for power in powers.values()):
                raise ValueError(f"{term}: expected a product of tensors")
            tensors = [tensor for name, tensor in self.case.program.tensors.items() for _ in range(powers.get(name, 0))]
            terms.append((bool(sign < 0), tensors))
        return sorted(terms, key=lambda term: term[0])


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text
