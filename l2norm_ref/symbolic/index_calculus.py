"""The second road to the gradient: explicit indices, SymPy's own differentiation, contraction of Kronecker deltas.

It shares with the first road (`adjoint.py`, `rules.py`) the forward definition and, where that uses them, the slopes
declared in `functions.py` (which dual numbers check); no rule and no code. The definition is unfolded into
one formula with indices and sums of symbolic size; SymPy differentiates <dy, y> by one element x[n, c, s]; sums over a
Kronecker delta are carried out. Both roads must arrive at the same expression, for every size.

Two traps of SymPy 1.14 shape this module. `Sum(x[c]**2, (c, 1, C)).diff(x[c])` captures the index and is silently
wrong, so every bound index is fresh and differentiation is always by an index that occurs nowhere else. And
`Sum(...).doit()` on deltas buries the result in Piecewise, so the contraction is our own: for an index that runs over
its whole range, a sum of f(k) * delta(k, j) is f(j).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from .functions import Active, AtLeast, Reciprocal
from .names import Names
from .program import Program, Tensor, axis_order


def size(axis: str) -> sp.Symbol:
    """The length of an axis: a symbol, never a number."""
    return sp.Symbol(axis.upper(), integer=True, positive=True)


def index(name: str) -> sp.Symbol:
    """An index; its first letter is its axis."""
    return sp.Symbol(name, integer=True)


@dataclass(frozen=True)
class IndexDerivation:
    """What the second road computed: the objective <dy, y>, its raw derivative, and the contracted closed form."""

    wrt: str
    objective: sp.Expr
    raw: sp.Expr
    closed_form: sp.Expr


def unfold(program: Program, name: str, at: Mapping[str, sp.Symbol], names: Names | None = None) -> sp.Expr:
    """One element of a tensor of a Program as a formula in the elements of its inputs.

    Args:
        program: the Program.
        name: the tensor.
        at: the index at each axis that the tensor carries.
        names: for the bound indices; made here unless given.

    Returns:
        A SymPy expression over Indexed, Sum and the symbols of scalar inputs.
    """
    names = names or Names([i.name for i in at.values()])
    tensor, stage = program.tensors[name], program.definitions.get(name)
    if stage is None:
        return element(tensor, at)
    bound = {axis: index(names.fresh(axis)) for axis in axis_order(stage.over)}
    scope = {**at, **bound}
    inside = {
        operand.symbol: unfold(program, operand.name, {axis: scope[axis] for axis in operand.axes}, names)
        for operand in program.operands(stage)
    }
    body = stage.expr.xreplace(inside)
    return sp.Sum(body, *((i, 1, size(axis)) for axis, i in bound.items())) if bound else body


def element(tensor: Tensor, at: Mapping[str, sp.Symbol]) -> sp.Expr:
    """The element of an input at an index, the product of sizes that it counts, or the symbol of a scalar."""
    if tensor.counts:
        return sp.Mul(*map(size, tensor.counts))
    if not tensor.axes:
        return tensor.symbol
    return sp.IndexedBase(tensor.name, real=True)[tuple(at[axis] for axis in axis_order(tensor.axes))]


def differentiate(forward: Program, wrt: str) -> IndexDerivation:
    """Differentiate <dy, y> by one element of an input, with indices.

    Args:
        forward: a Program with the one output y.
        wrt: the name of the input.

    Returns:
        The objective, the derivative as SymPy gives it, and the closed form after contraction, whose free indices are
        named like the axes of the input.
    """
    (out,) = forward.outputs
    target = forward.tensors[wrt]
    at = {axis: index(axis) for axis in axis_order(target.axes)}
    names = Names(at)
    bound = {axis: index(names.fresh(f"{axis}0")) for axis in axis_order(forward.tensors[out].axes)}
    product = element(Tensor(f"d{out}", forward.tensors[out].axes), bound) * unfold(forward, out, bound, names)
    objective = sp.Sum(product, *((i, 1, size(axis)) for axis, i in bound.items())) if bound else product
    raw = objective.diff(element(target, at))
    return IndexDerivation(wrt, objective, raw, canonical(raw))


def agrees(derivation: IndexDerivation, backward: Program) -> bool:
    """Whether the first road's gradient, unfolded, is the same expression as the second road's closed form."""
    return _formula(backward, f"d{derivation.wrt}") == derivation.closed_form


def same_formula(first: Program, second: Program) -> bool:
    """Whether two Programs with the same inputs have, for every size, the same formula for each output.

    Example:
        >>> from .batch_norm import batch_norm, folded_batch_norm, scale
        >>> from .compose import compose
        >>> same_formula(compose(batch_norm(), scale()), folded_batch_norm())
        True
    """
    return first.outputs == second.outputs and all(
        _formula(first, name) == _formula(second, name) for name in first.outputs
    )


def _formula(program: Program, name: str) -> sp.Expr:
    at = {axis: index(axis) for axis in axis_order(program.tensors[name].axes)}
    return canonical(unfold(program, name, at))


def canonical(expr: sp.Expr) -> sp.Expr:
    """The normal form in which expressions are compared: contracted, distributed, bound indices numbered by depth.

    Under an open clamp, max(q, e) is written instead of q (they are the same number there).
    """
    numbered = _distribute(_renumber(_with_dummies(contract(expr)), 1))
    return sp.Add(*map(_open_clamps, sp.Add.make_args(numbered)))


def _open_clamps(term: sp.Expr) -> sp.Expr:
    for active in [f for f in sp.Mul.make_args(term) if isinstance(f, Active)]:
        term = term.subs(Reciprocal(active.args[0]), 1 / AtLeast(*active.args))
    return term


def contract(expr: sp.Expr) -> sp.Expr:
    """Carry out every sum over a Kronecker delta, and take out of each sum what does not depend on its indices."""
    if isinstance(expr, sp.Sum):
        body = _distribute(contract(expr.function))
        return sp.Add(*(_contract_term(term, list(expr.limits)) for term in sp.Add.make_args(body)))
    if not expr.has(sp.Sum):
        return expr
    return _distribute(expr.func(*map(contract, expr.args)))


def _distribute(expr: sp.Expr) -> sp.Expr:
    """Multiply out sums that are factors, and leave denominators alone (SymPy's expand would open them too)."""
    if isinstance(expr, sp.Add):
        return sp.Add(*map(_distribute, expr.args))
    choices = [sp.Add.make_args(factor) for factor in sp.Mul.make_args(expr)]
    return sp.Add(*(sp.Mul(*choice) for choice in itertools.product(*choices)))


def _contract_term(term: sp.Expr, limits: list[sp.Tuple]) -> sp.Expr:
    """One product under a sum: deltas first, then constants, then sums within sums as one sum."""
    for limit in list(limits):
        for delta in [f for f in sp.Mul.make_args(term) if isinstance(f, sp.KroneckerDelta) and limit[0] in f.args]:
            (other,) = set(delta.args) - {limit[0]}
            if _axis(other) != _axis(limit[0]):
                raise ValueError(f"{delta} pairs indices of different axes")
            term = (term / delta).xreplace({limit[0]: other})
            limits.remove(limit)
            break
    for limit in [limit for limit in limits if limit[0] not in term.free_symbols]:
        term *= size(_axis(limit[0]))  # a sum of what does not depend on its index: as many times as there are
        limits.remove(limit)
    if not limits:
        return term
    bound = {limit[0] for limit in limits}
    inside = [f for f in sp.Mul.make_args(term) if f.free_symbols & bound]
    outside = [f for f in sp.Mul.make_args(term) if not f.free_symbols & bound]
    for inner in [f for f in inside if isinstance(f, sp.Sum)]:
        axes = [_axis(limit[0]) for limit in (*limits, *inner.limits)]
        if len(set(axes)) == len(axes):
            inside[inside.index(inner)] = inner.function
            limits.extend(inner.limits)
    return sp.Mul(*outside) * sp.Sum(sp.Mul(*inside), *limits)


def _with_dummies(expr: sp.Expr) -> sp.Expr:
    """Every bound index replaced by one that occurs nowhere else, so that numbering them cannot capture."""
    if not expr.has(sp.Sum):
        return expr
    if not isinstance(expr, sp.Sum):
        return expr.func(*map(_with_dummies, expr.args))
    new = {limit[0]: sp.Dummy(limit[0].name, integer=True) for limit in expr.limits}
    body = _with_dummies(expr.function).xreplace(new)
    return sp.Sum(body, *((new[i], low, high) for i, low, high in expr.limits))


def _renumber(expr: sp.Expr, depth: int) -> sp.Expr:
    """Bound indices get the name of their axis and the depth of their sum, so that equal sums look equal."""
    if isinstance(expr, sp.Sum):
        order = axis_order(frozenset(_axis(limit[0]) for limit in expr.limits))
        limits = sorted(expr.limits, key=lambda limit: order.index(_axis(limit[0])))
        new = {limit[0]: index(f"{_axis(limit[0])}{depth}") for limit in limits}
        body = _renumber(expr.function.xreplace(new), depth + 1)
        return sp.Sum(body, *((new[i], low, high) for i, low, high in limits))
    if not expr.has(sp.Sum):
        return expr
    return expr.func(*(_renumber(arg, depth) for arg in expr.args))


def _axis(i: sp.Symbol) -> str:
    return i.name[0]
