"""What is claimed of the bottom gradient that Caffe's Normalize computes: that it is wrong, and where it is right.

The formula is not typed: the transliterated layer runs on symbols, and what its bottom diff then holds is the Program.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ...symbolic.definitions import l2norm
from ...symbolic.program import Map, Program, Stage, Tensor, Total
from ..tracer import sum_symbol
from ._printer import DIRECTION, KEEP, binder, filled, index_names, size_names, tensor_type
from ._statements import Module, Statement, derivative, gradient, together

INSTANCE = {"x": (3, 4), "gamma": (1, 2), "dy": (1, 0)}
"""One sample of one position with two channels; eps is any number that is not negative."""


def caffe_backward(across_spatial: bool, channel_shared: bool) -> Program:
    """What `Backward_cpu` leaves in the bottom diff, as a Program with the output caffe_dx.

    Example:
        >>> print(caffe_backward(across_spatial=False, channel_shared=False))
        s[n,s] = sum over c of x**2
        x_dy[n,s] = sum over c of dy*x
        caffe_dx[n,c,s] = gamma*(dy - x*x_dy/(eps + s))/sqrt(eps + s)
    """
    from l2norm_ref.caffe.normalize import Normalize  # needs NumPy, which nothing else in this package does

    layer = Normalize(across_spatial, channel_shared, dtype=None)
    layer.forward("x")
    dx = layer.backward("dy")
    x, dy = Tensor("x").symbol, Tensor("dy").symbol
    names = {x**2: "s", x * dy: "x_dy"}
    forward = l2norm("cs" if across_spatial else "c", "" if channel_shared else "c")
    kept = forward.tensors["s"].axes
    stages: list[Stage] = []
    known: dict[sp.Basic, sp.Expr] = {}
    for k, (expr, over) in enumerate(layer._math.sums, 1):
        if sum_symbol(k) in dx.expr.free_symbols:
            total = Total(Tensor(names[expr], kept), expr, over)
            known[sum_symbol(k)] = total.out.symbol
            stages.append(total)
    stages.append(Map(Tensor("caffe_dx", dx.axes), dx.expr.xreplace(known)))
    return Program((*forward.inputs, Tensor("dy", dx.axes)), tuple(stages), ("caffe_dx",))


def caffe_modules(conditions: Sequence[sp.Rel]) -> list[Module]:
    """The refutation for a scale of each channel, and the theorem for one scale."""
    modules: list[Module] = []
    for across_spatial, slices in ((False, "position"), (True, "sample")):
        for channel_shared, scaled in ((False, "per_channel"), (True, "shared")):
            over, gamma_axes = "cs" if across_spatial else "c", "" if channel_shared else "c"
            program = together(l2norm(over, gamma_axes), caffe_backward(across_spatial, channel_shared))
            if channel_shared:
                claims = [gradient(program, "x", conditions, slope="caffe_dx")]
            else:
                claims = [*refutation(program), where_uniform(program, conditions)]
            words = f"across_spatial: {str(across_spatial).lower()}, channel_shared: {str(channel_shared).lower()}"
            modules.append(Module(f"{slices}_{scaled}", words, program, claims))
    return modules


def refutation(program: Program) -> list[Statement]:
    """What it means to be the gradient at one place, and that at `INSTANCE` caffe_dx is not, whatever eps is."""
    tensor, inputs = program.tensors["x"], program.inputs
    direction = Tensor(DIRECTION, tensor.axes)
    claim = derivative(program, tensor, "caffe_dx", direction)
    sizes = size_names(tensor.axes)
    bound = [binder(sizes, "nat"), *(binder([t.name], tensor_type(t)) for t in inputs)]
    head = filled(f"Definition is_the_gradient_at {' '.join(bound)}{KEEP}:{KEEP}Prop{KEEP}:=", 2)
    body = "\n".join([filled(f"forall {binder([DIRECTION], tensor_type(direction))},", 4), claim])
    numbers = ["2" if size == size_names(frozenset("c"))[0] else "1" for size in sizes]
    values = [_at_instance(t) for t in inputs]
    every = filled("forall (eps : R), 0 <= eps ->".replace(" ", KEEP), 4)
    refuted = "\n".join(
        [every, filled(f"~ is_the_gradient_at {' '.join(numbers)}", 6), *(filled(v, 10) for v in values)]
    )
    return [Statement("caffe_dx_is_not_the_gradient", refuted, f"{head}\n{body}.")]


def _at_instance(tensor: Tensor) -> str:
    """A tensor whose elements depend on the channel alone, as a function; eps stays eps."""
    if tensor.name not in INSTANCE:
        return tensor.name
    first, second = INSTANCE[tensor.name]
    value = f"match channel with O => {first} | S _ => {second} end"
    return f"(fun {' '.join(index_names(tensor.axes))} => {value})"


def where_uniform(program: Program, conditions: Sequence[sp.Rel]) -> Statement:
    """If gamma is the same for all channels, caffe_dx is the gradient."""
    same = "(forall channel, (channel < channels)%nat -> gamma channel = gamma 0%nat)"
    claim = gradient(program, "x", [*conditions, same], slope="caffe_dx")
    return Statement("caffe_dx_is_the_gradient_where_gamma_is_uniform", claim.text)
