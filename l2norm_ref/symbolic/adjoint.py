"""The derivative of a Program, again a Program. Two rules backward, two rules forward, and nothing else.

Reverse mode, with `v_bar` for the derivative of <cotangent, output> by v:

    Map    out = f(a, ...)          a_bar += out_bar * df/da, summed over the axes that a lacks
    Total  out = sum over A of f    a_bar += out_bar * df/da, out_bar broadcast along A, summed over the axes a lacks

Forward mode (`jvp`), with `v_dot` for the derivative of v along the tangent of the inputs:

    Map    out_dot = sum over operands of df/da * a_dot
    Total  out_dot = sum over A of the same

`sympy.diff` differentiates one scalar expression by one symbol; it never meets an index or a sum. Because the result
is a Program, the second derivative is the same function applied twice.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from .names import Names, adjoint_name
from .program import Axes, Map, Origin, Program, Stage, Tensor, Total

Contribution = tuple[sp.Expr, Axes, tuple[Origin, ...]]


def adjoint(program: Program, wrt: Iterable[str] = ("x", "gamma"), prefix: str = "d") -> Program:
    """The vector-Jacobian product of a Program (its backward pass).

    Args:
        program: what to differentiate.
        wrt: names of the inputs by which to differentiate.
        prefix: cotangents of the outputs and gradients of the inputs are named prefix + name.

    Returns:
        A Program whose inputs are those of `program` and one cotangent for each output, whose stages are those of
        `program` followed by the adjoint ones, and whose outputs are the gradients, in the order of `wrt`.

    Raises:
        ValueError: `wrt` names something that is not an input, or no output depends on it; a name that the prefix
            makes is taken; or a term of a sum does not carry an axis that is summed.

    Example:
        >>> from .definitions import l2norm
        >>> print(adjoint(l2norm(over="c", gamma_axes="c")).definitions["xhat_bar"])
        xhat_bar[n,c,s] = dy*gamma
    """
    wrt = tuple(wrt)
    reverse = _Reverse(program, wrt, prefix)
    for stage in reversed(program.stages):
        reverse.pull_back(stage)
    outputs = tuple(reverse.gradient(name) for name in wrt)
    return Program((*program.inputs, *reverse.cotangents.values()), (*program.stages, *reverse.stages), outputs)


class _Reverse:
    """The state of one reverse sweep: contributions to each adjoint, and the stages written so far."""

    def __init__(self, program: Program, wrt: tuple[str, ...], prefix: str) -> None:
        self.program, self.prefix = program, prefix
        self.names = Names(program.tensors)
        self.varying = depends_on(program, wrt)
        self.stages: list[Stage] = []
        for name in (*program.outputs, *wrt):
            if prefix + name in self.names.taken:
                raise ValueError(f"the name {prefix + name!r} is taken: choose another prefix than {prefix!r}")
            self.names.taken.add(prefix + name)
        self.cotangents = {name: Tensor(prefix + name, program.tensors[name].axes) for name in program.outputs}
        self.gradients = {name: prefix + name for name in wrt}
        self.axes = {t.name: t.axes for t in (*program.tensors.values(), *self.cotangents.values())}
        self.contributions: dict[str, list[Contribution]] = {
            name: [(t.symbol, frozenset(), ())] for name, t in self.cotangents.items()
        }

    def pull_back(self, stage: Stage) -> None:
        """The two rules: they differ only in which axes the stage runs over."""
        if stage.out.name not in self.varying or stage.out.name not in self.contributions:
            return
        out_bar = self._collect(stage.out, self.names.fresh(adjoint_name(stage.out.name)))
        for operand in self.program.operands(stage):
            if operand.name not in self.varying:
                continue
            local = out_bar * sp.diff(stage.expr, operand.symbol)
            if local == 0:
                continue
            lacking = (stage.out.axes | stage.over) - operand.axes
            self._require_carried(lacking, local, stage, operand)
            origin = ((stage.out.name, operand.name),)
            self.contributions.setdefault(operand.name, []).append((local, lacking, origin))

    def gradient(self, name: str) -> str:
        """The finished gradient of an input, always a stage of its own."""
        if name not in self.contributions:
            raise ValueError(f"no output depends on {name!r}")
        self._collect(self.program.tensors[name], self.gradients[name], alias=False)
        return self.gradients[name]

    def _collect(self, tensor: Tensor, bar: str, alias: bool = True) -> sp.Symbol:
        """Add up the contributions to one adjoint and give the sum a name."""
        terms = self.contributions[tensor.name]
        first = terms[0][0]
        if alias and len(terms) == 1 and first.is_Symbol and not terms[0][1] and self.axes[first.name] == tensor.axes:
            return first  # the cotangent itself: a stage `y_bar = dy` would say nothing
        if len(terms) == 1:
            return self._write(Tensor(bar, tensor.axes), *terms[0])
        parts = []
        for expr, over, origin in terms:
            part = Tensor(self.names.fresh(f"{bar}_part"), tensor.axes) if over else None
            parts.append(self._write(part, expr, over, origin) if part else expr)
        origins = tuple(origin for term in terms for origin in term[2])
        return self._write(Tensor(bar, tensor.axes), sp.Add(*parts), frozenset(), origins)

    def _write(self, out: Tensor, expr: sp.Expr, over: Axes, origin: tuple[Origin, ...]) -> sp.Symbol:
        self.axes[out.name] = out.axes
        self.stages.append(Total(out, expr, over, origin) if over else Map(out, expr, origin))
        return out.symbol

    def _require_carried(self, lacking: Axes, local: sp.Expr, stage: Stage, operand: Tensor) -> None:
        """A term that does not carry an axis would have to be counted `size` times; no layer here needs it."""
        carried = frozenset[str]().union(*(self.axes[str(s)] for s in local.free_symbols))
        if not lacking <= carried:
            raise ValueError(
                f"d({stage.out.name})/d({operand.name}) does not carry {sorted(lacking - carried)}: split the sum"
            )


def jvp(program: Program, wrt: Iterable[str] = ("x", "gamma")) -> Program:
    """The Jacobian-vector product of a Program: the derivative of its outputs along a tangent of its inputs.

    Returns:
        A Program whose inputs are those of `program` and one tangent `v_dot` for each v in `wrt`; its outputs are the
        tangents of the outputs.

    Raises:
        ValueError: `wrt` names something that is not an input, or an output depends on none of them.
    """
    wrt = tuple(wrt)
    varying, names = depends_on(program, wrt), Names(program.tensors)
    fixed = [name for name in program.outputs if name not in varying]
    if fixed:
        raise ValueError(f"outputs {fixed} depend on none of {list(wrt)}")
    dots = {name: Tensor(names.fresh(f"{name}_dot"), program.tensors[name].axes) for name in varying}
    stages: list[Stage] = []
    for stage in program.stages:
        stages.append(stage)
        if stage.out.name in varying:
            moving = [a for a in program.operands(stage) if a.name in varying]
            tangent = sp.Add(*(sp.diff(stage.expr, a.symbol) * dots[a.name].symbol for a in moving))
            out = dots[stage.out.name]
            stages.append(Total(out, tangent, stage.over) if stage.over else Map(out, tangent))
    tangents = tuple(dots[name] for name in wrt)
    return Program((*program.inputs, *tangents), tuple(stages), tuple(dots[name].name for name in program.outputs))


def depends_on(program: Program, wrt: Iterable[str]) -> list[str]:
    """The names that vary with the inputs in `wrt`, those inputs included, in order of declaration."""
    inputs, wrt = {t.name for t in program.inputs}, list(wrt)
    unknown = [name for name in wrt if name not in inputs]
    if unknown:
        raise ValueError(f"wrt names {unknown}: expected inputs of the program, {sorted(inputs)}")
    varying = set(wrt)
    for stage in program.stages:
        if any(str(s) in varying for s in stage.expr.free_symbols):
            varying.add(stage.out.name)
    return [name for name in program.tensors if name in varying]
