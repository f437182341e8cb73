"""Straight-line functions for one variant of L2Norm, derived now: NumPy, PyTorch or C99.

The variant is given by the keyword arguments of `l2norm_forward`, a preset for example; its constants are written into
the text. Where eps does not keep the denominator from 0, its reciprocal counts as 0.
"""

from __future__ import annotations

import keyword
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..symbolic.definitions import DENOMINATORS, EVERYTHING
from ..symbolic.derivation import Derivation, apply_rules, derive_l2norm
from ..symbolic.points import l2norm_points
from ..symbolic.program import Axes, Program, axis_order
from ..symbolic.rules_for_loops import nothing_is_divided_by_zero, sum_before_d_is_known
from . import c
from .arguments import axis_arguments
from .numpy import TextPrinter
from .torch import ConstantPrinter, TorchPrinter

TARGETS = ("numpy", "torch", "c")

DEFAULTS: dict[str, Any] = {
    "across_spatial": True,
    "channel_shared": True,
    "eps": 1e-10,
    "eps_mode": "add_inside",
    "channel_axis": 1,
    "axes": None,
}
"""The defaults of `l2norm_forward`."""

C_KEYWORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
""".split()  # noqa: SIM905
TAKEN = frozenset([*keyword.kwlist, *C_KEYWORDS, "EPS", "np", "range", "torch", "tuple"])
"""What no function may be called: keywords, and names that the printed text uses itself."""


@dataclass(frozen=True)
class Variant:
    """One variant of the layer, in named axes.

    Attributes:
        over: the reduced axes.
        gamma_axes: the axes of the scale, None without one.
        eps_mode, eps: the denominator and its constant.
        channel_axis: 1 or -1.
    """

    over: str
    gamma_axes: str | None
    eps_mode: str
    eps: float
    channel_axis: int

    @classmethod
    def of(cls, mode: Mapping[str, Any], scale: bool = True) -> Variant:
        """From keyword arguments of `l2norm_forward`.

        Args:
            mode: some of the keyword arguments; the others have their defaults.
            scale: whether the layer has a scale.

        Raises:
            ValueError: an unknown argument, or one that no straight-line function of this kind is printed for.
        """
        unknown = sorted(set(mode) - {*DEFAULTS, "precision"})
        if unknown:
            raise ValueError(f"mode: expected arguments of l2norm_forward, got {', '.join(unknown)}")
        chosen = DEFAULTS | dict(mode)
        axes, channel, eps = chosen["axes"], chosen["channel_axis"], float(chosen["eps"])
        if channel not in (1, -1):
            raise ValueError(f"channel_axis: expected 1 or -1, got {channel}")
        if chosen["eps_mode"] not in DENOMINATORS:
            raise ValueError(f"eps_mode: expected one of {', '.join(DENOMINATORS)}, got {chosen['eps_mode']!r}")
        if not 0 <= eps < float("inf"):
            raise ValueError(f"eps: expected a finite number >= 0, got {eps}")
        words = {
            None: "cs" if chosen["across_spatial"] else "c",
            "all": "ncs",
            "spatial": "s",
            (channel,): "c",
            (0,): "n",
        }
        if axes not in words:
            raise ValueError(f"axes: expected None, 'all', 'spatial', (0,) or ({channel},), got {axes!r}")
        gamma = None if not scale else "" if chosen["channel_shared"] else "c"
        return cls(words[axes], gamma, chosen["eps_mode"], eps, channel)

    @property
    def derivation(self) -> Derivation:
        """The derivation of this variant."""
        return derive_l2norm(self.over, self.gamma_axes, self.eps_mode)

    @property
    def can_be_zero(self) -> bool:
        """Whether a zero vector makes the denominator 0."""
        return self.eps == 0 or self.eps_mode == "none"

    @property
    def smooth_at_zero(self) -> bool:
        """Whether no root is taken of 0 where the vector is zero."""
        return self.eps > 0 and self.eps_mode in ("add_inside", "clamp_sum")

    def programs(self, one_sweep_less: bool) -> tuple[Program, Program]:
        """The forward and the backward Program as they are printed, every rewrite checked exactly."""
        rules = [nothing_is_divided_by_zero] if self.can_be_zero else []
        forward, backward = self.derivation.forward, self.derivation.backward
        both = []
        for program, more in ((forward, []), (backward, [sum_before_d_is_known] if one_sweep_less else [])):
            points = tuple(p for p in l2norm_points(program) if self.eps or p.label != "eps zero")
            steps = apply_rules(program, [*more, *rules], points)
            both.append(steps[-1].after if steps else program)
        return both[0], both[1]


def generate(mode: Mapping[str, Any], target: str = "numpy", *, scale: bool = True, name: str = "l2norm") -> str:
    """The text of `<name>_forward` and `<name>_backward` for one variant.

    Args:
        mode: keyword arguments of `l2norm_forward`, for example a preset.
        target: "numpy" (two functions), "torch" (an autograd.Function as well) or "c" (C99).
        scale: whether the layer has a scale.
        name: what the names of the functions begin with: an identifier in ASCII, not one of `TAKEN`.

    Returns:
        The text of a module, complete with imports and a comment that says what it computes.

    Raises:
        ValueError: an unknown target, name or argument, or a variant that is not printed.

    Example:
        >>> text = generate({"across_spatial": False, "channel_shared": False}, "numpy")
        >>> print(text.partition("def l2norm_backward")[2].partition("h = ")[2].rstrip())
        gamma * dy
            p = np.sum(xhat * h, axis=axes, keepdims=True)
            dx = (h - xhat * p) / d
            dgamma = np.sum(dy * xhat, axis=gamma_axes, keepdims=True)
            return dx, dgamma.reshape(-1)
    """
    if target not in TARGETS:
        raise ValueError(f"target: expected one of {', '.join(TARGETS)}, got {target!r}")
    if not (isinstance(name, str) and name.isascii() and name.isidentifier()):
        raise ValueError(f"name: expected an identifier in ASCII, got {name!r}")
    if name in TAKEN:
        raise ValueError(f"name: expected no keyword and no name that the text uses itself, got {name!r}")
    variant = Variant.of(mode, scale)
    return {"numpy": _numpy, "torch": _torch, "c": _c}[target](variant, name)


def formula(variant: Variant) -> str:
    """What is computed, in words, for a comment."""
    forward, closed = variant.derivation.forward, variant.derivation.closed_form
    printers = TextPrinter(forward), TextPrinter(closed)
    lines = [printers[0].statement(stage) for stage in reversed(forward.stages)]
    lines += [printers[1].statement(closed.definitions[n]) for n in (*closed.outputs, "h") if n in closed.definitions]
    text = "\n".join(line.replace(", keepdims=True", "") for line in lines)
    note = "\nWhere d is 0, 1 / d counts as 0." if variant.can_be_zero else ""
    return text.replace("axis=axes", f"over {_words(variant.over)}").replace("axis=gamma_axes", _shared(variant)) + note


def _words(over: str) -> str:
    return ", ".join({"n": "samples", "c": "channels", "s": "positions"}[axis] for axis in axis_order(frozenset(over)))


def _shared(variant: Variant) -> str:
    return f"over {_words(''.join(EVERYTHING - frozenset(variant.gamma_axes or '')))}"


def _python_axes(axes: Axes, channel_axis: int) -> str:
    """The axes of an array x of any rank as a Python expression."""
    channel = "1" if channel_axis == 1 else "x.ndim - 1"
    return {
        "c": f"({channel},)",
        "n": "(0,)",
        "cs": "tuple(range(1, x.ndim))",
        "ncs": "tuple(range(x.ndim))",
        "s": f"tuple(k for k in range(1, x.ndim) if k != {channel})",
        "ns": f"tuple(k for k in range(x.ndim) if k != {channel})",
    }["".join(axis_order(axes))]


NUMPY = '''"""L2Norm in NumPy, one variant. Generated by `l2norm-ref generate`.

{formula}
"""

import numpy as np

EPS = {eps!r}


def {name}_forward({inputs}):
    """y, of the shape of x, {shapes}."""
{forward}
    return y


def {name}_backward(dy, {inputs}):
    """dx, of the shape of x, and {gradient}."""
{backward}
    return dx, {dgamma}
'''

TORCH = '''"""L2Norm in PyTorch, one variant. Generated by `l2norm-ref generate`.

{formula}
"""

import torch

EPS = {eps!r}


class {function}(torch.autograd.Function):
    """The layer with its derived gradient; `{name}` applies it.

    The gradient can be differentiated once more{zero}.
    """

    @staticmethod
    def forward(ctx, {inputs}):
        ctx.save_for_backward({inputs})
{forward}
        return y

    @staticmethod
    def backward(ctx, dy):
        # From the inputs alone, so that autograd can differentiate it again: d, kept from above, would be a constant.
        {unpacked} = ctx.saved_tensors
{backward}
        return {outputs}


def {name}({inputs}):
    """y, of the shape of x, {shapes}."""
    return {function}.apply({inputs})
'''

C = """/* L2Norm in C99, one variant. Generated by `l2norm-ref generate`.

{formula}

x, dy, y and dx: samples * {order} numbers, {words}.
{gamma}real is float, or what REAL is defined as; sums are double. x and dy may not overlap y and dx. */

#include <math.h>
#include <stddef.h>

#ifndef REAL
#define REAL float
#endif
typedef REAL real;

{forward}
{backward}"""


def _numpy(variant: Variant, name: str) -> str:
    forward, backward = variant.programs(one_sweep_less=False)
    inputs = "x" if variant.gamma_axes is None else "x, gamma"
    texts = [_body(variant, program, ConstantPrinter(program)) for program in (forward, backward)]
    reshaped = {None: "None", "": "dgamma.reshape(())", "c": "dgamma.reshape(-1)"}[variant.gamma_axes]
    text = NUMPY.format(
        formula=formula(variant),
        eps=variant.eps,
        name=name,
        inputs=inputs,
        shapes=_shapes(variant),
        gradient="None: there is no scale" if variant.gamma_axes is None else "dgamma, of the shape of gamma",
        forward=_indented(texts[0], 4),
        backward=_indented(texts[1], 4),
        dgamma=reshaped,
    )
    return _without_unused_eps(text)


def _torch(variant: Variant, name: str) -> str:
    forward, backward = variant.programs(one_sweep_less=False)
    inputs = "x" if variant.gamma_axes is None else "x, gamma"
    reshaped = {None: "dx", "": "dx, dgamma.reshape(())", "c": "dx, dgamma.reshape(-1)"}[variant.gamma_axes]
    text = TORCH.format(
        formula=formula(variant),
        eps=variant.eps,
        name=name,
        function="".join(part.capitalize() for part in name.split("_")) + "Function",
        zero="" if variant.smooth_at_zero else "; at a zero vector that gives NaN",
        inputs=inputs,
        shapes=_shapes(variant),
        forward=_indented(_body(variant, forward, TorchPrinter(forward)), 8),
        unpacked="(x,)" if inputs == "x" else inputs,
        backward=_indented(_body(variant, backward, TorchPrinter(backward)), 8),
        outputs=reshaped,
    )
    return _without_unused_eps(text)


def _c(variant: Variant, name: str) -> str:
    forward, backward = variant.programs(one_sweep_less=True)
    order = "ncs" if variant.channel_axis == 1 else "nsc"
    gamma = {None: "", "": "gamma: 1 number", "c": "gamma: channels numbers"}[variant.gamma_axes]
    gamma += "; dgamma: as many, in double.\n" if gamma else ""
    return C.format(
        formula=formula(variant),
        order="channels * positions" if order == "ncs" else "positions * channels",
        words="positions running fastest" if order == "ncs" else "channels running fastest",
        gamma=gamma,
        forward=c.function(f"{name}_forward", forward, order, variant.eps),
        backward=c.function(f"{name}_backward", backward, order, variant.eps),
    )


def _body(variant: Variant, program: Program, printer: ConstantPrinter) -> list[str]:
    """The axes, gamma in a shape that broadcasts, and the statements of the stages."""
    lines = []
    for argument, axes in axis_arguments(program, program.stages).items():
        lines.append(f"{argument} = {_python_axes(axes, variant.channel_axis)}")
    if variant.gamma_axes == "c" and variant.channel_axis == 1:
        lines.append("gamma = gamma.reshape(1, -1, *(1,) * (x.ndim - 2))")
    return [*lines, *(printer.statement(stage) for stage in program.stages)]


def _shapes(variant: Variant) -> str:
    rank = "(N, C, ...)" if variant.channel_axis == 1 else "(N, ..., C)"
    gamma = {None: "", "": "; gamma of shape ()", "c": "; gamma of shape (C,)"}[variant.gamma_axes]
    return f"{rank}{gamma}"


def _without_unused_eps(text: str) -> str:
    """A constant that no statement reads is left out."""
    head, _, rest = text.partition("EPS = ")
    return text if "EPS" in rest else head.rstrip() + "\n" + rest.partition("\n")[2]


def _indented(lines: list[str], width: int) -> str:
    return textwrap.indent("\n".join(lines), " " * width)
