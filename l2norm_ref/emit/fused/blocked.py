"""Sweeps printed as NumPy over a few rows of one sample at a time, into arrays that are there already.

A sample is a matrix, of channels and positions in the order of memory, and a sweep goes over its rows in blocks that
stay in cache. A product is made in the array that it is for: NumPy multiplies two matrices in place twice as fast as it
multiplies by a vector or writes to a third array, so a vector is first copied to all rows or columns. What two outputs
share is computed in the memory of the first of them, which is written last. A sum of products is a product with a
vector, from the left where rows are added, from the right where columns are: with what the summands share, or with
ones.
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
    head += [f"np.copyto(work[1], {name})" for name in printer.spread]
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
        self.shared = [stage.out for stage in case.sweep.local if self._is_matrix(stage.out)]
        self.spread: dict[str, None] = {}

    def block(self) -> list[str]:
        """Cuts, what is computed for the elements, then the sums.

        Raises:
            ValueError: there is more to compute than there is memory for, or something else than products.
        """
        case = self.case
        cut = [tensor.name for tensor in (*case.reads, *case.makes) if self.rows in tensor.axes]
        head = ["rows = slice(start, start + work.shape[1])", *(f"{name}_k = {name}[rows]" for name in cut)]
        body = [line for stage in case.sweep.local for line in self._local(stage)]
        body += [line for stage in reversed(case.sweep.writes) for line in self._write(stage)]
        body += [line for stage in case.sums for line in self._sum(stage)]
        if len(self.shared) > 1 or len(self.spread) > 1:
            raise ValueError(f"{case.name}: expected one matrix and one vector that outputs share")
        for k, name in enumerate(["w", *self.spread]):
            if any(f"{name}_k" in line for line in body):
                head.append(f"{name}_k = work[{k}, : len(x_k)]")
        return head + body

    def _is_matrix(self, tensor: Tensor) -> bool:
        return {self.rows, self.columns} <= tensor.axes

    def _name(self, tensor: Tensor) -> str:
        return f"{tensor.name}_k" if self.rows in tensor.axes else tensor.name

    def _product(self, factors: list[Tensor], out: str) -> list[str]:
        """Statements that leave the product of at least two factors in `out`, which may be one of them."""
        whole = sorted((f for f in factors if self._is_matrix(f)), key=lambda f: f not in self.shared)
        vectors = [f for f in factors if self.columns not in f.axes and self.rows in f.axes]
        vectors += [f for f in factors if self.columns in f.axes and self.rows not in f.axes]
        numbers = [f for f in factors if f not in whole and f not in vectors]
        names = [self._name(f) for f in (*whole, *numbers)]
        if vectors:
            vector, *others = vectors
            column = "[:, None]" if self.rows in vector.axes else ""
            self.spread |= dict.fromkeys(f.name for f in others)
            lines = [f"np.copyto({out}, {self._name(vector)}{column})"]
            names = [*(f"{f.name}_k" for f in others), *names]
        else:
            first, second, *names = names
            lines = [f"np.multiply({first}, {second}, out={out})"]
        return lines + [f"np.multiply({out}, {name}, out={out})" for name in names]

    def _local(self, stage: Map) -> list[str]:
        ((_, factors),) = self._terms(stage.expr)
        name = self._name(stage.out)
        if stage.out in self.shared:
            return [f"{name} = {self._name(self.case.sweep.writes[0].out)}", *self._product(factors, name)]
        return [f"{name} = {' * '.join(map(self._name, factors))}"]

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
