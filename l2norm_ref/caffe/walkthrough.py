"""The source of Normalize, executed on symbols: what each line calls, what the buffer holds then, and which stage of
the derivation that is. Needs SymPy. Everything but the line numbers comes out of a run.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from l2norm_ref.caffe import _describe
from l2norm_ref.caffe._calls import Call
from l2norm_ref.caffe._values import DIFF, GAMMA, D, Values
from l2norm_ref.caffe.normalize import Normalize
from l2norm_ref.caffe.source import LAST
from l2norm_ref.symbolic import Derivation, derive_l2norm
from l2norm_ref.symbolic.rules import CLOSED_FORM

DEFINITION, REUSE = "definition", "reuse forward values"
PARTS = {"Forward": range(84, 135), "Scale gradient": range(157, 174), "Bottom gradient": range(176, 224)}


@dataclass(frozen=True)
class Match:
    """A value of the derivation that a buffer holds: value = factor * content.

    `part` is "whole", "summand" (what the sum is taken of) or "term" (one of the terms of a difference).
    """

    name: str
    part: str
    factor: sp.Expr


@dataclass(frozen=True)
class Row:
    """One call of the source.

    Attributes:
        first, last: Its lines in normalize_layer.cpp.
        part: "Forward", "Scale gradient" or "Bottom gradient".
        call: The helper and what it is given, in our notation.
        equation: What that means for the buffers.
        target: The buffer that is written; empty where a number is returned.
        shape: What is written, for one sample.
        content: What one element holds after the call, in the common form of `_values.py`.
        latex: The same as LaTeX.
        match: The value of the derivation that this is, or None.
    """

    first: int
    last: int
    part: str
    call: str
    equation: str
    target: str
    shape: str
    content: sp.Expr
    latex: str
    match: Match | None

    @property
    def exact(self) -> bool:
        """Whether the target holds a value of the derivation itself, not a summand, a power or a part of it."""
        return self.match is not None and self.match.part == "whole" and self.match.factor == 1


@functools.cache
def walk(across_spatial: bool, channel_shared: bool) -> tuple[Row, ...]:
    """Run the layer on symbols in one mode, forward and backward, and describe every call.

    Example:
        >>> rows = walk(across_spatial=False, channel_shared=False)
        >>> row = next(row for row in rows if row.first == 200)
        >>> row.call, row.equation
        ('caffe_div(C·S, dx, buffer_ → dx)', 'dx = dx / buffer_')
        >>> row.content, row.match
        (<x,dy>_C*x/d**2, None)
        >>> next(row for row in rows if row.first == 113).match
        Match(name='d', part='whole', factor=1)
    """
    over, gamma_axes = "cs" if across_spatial else "c", "" if channel_shared else "c"
    layer, values = Normalize(across_spatial, channel_shared, dtype=None), Values(over, gamma_axes)
    layer.calls = calls = []
    layer.forward("x")
    layer.backward("dy")
    derived = _derived(derive_l2norm(over, gamma_axes), values)
    return tuple(_row(call, layer, values, derived) for call in calls)


def _row(call: Call, layer: Normalize, values: Values, derived: dict[str, tuple]) -> Row:
    sums = layer._math.sums
    content = values.recorded(call.value, sums)
    raw = values.recorded(call.value, sums, raw=True)
    makes_norm = call.target == "norm_" or call.name == "pow"  # before there is a d
    say = _describe.Words(lambda value: values.recorded(value, sums, raw=makes_norm))
    part = next(name for name, lines in PARTS.items() if call.line in lines)
    return Row(
        first=call.line,
        last=LAST.get(call.line, call.line),
        part=part,
        call=say.call(call),
        equation=say.equation(call),
        target=call.target,
        shape=_describe.shape(call),
        content=content,
        latex=values.latex(raw if makes_norm else content),
        match=_match(sp.expand(content - DIFF) if content.has(DIFF) else content, part, derived),
    )


def _derived(derivation: Derivation, values: Values) -> dict[str, tuple]:
    """What each stage of the closed form stands for, forward stages first."""
    return values.program(derivation.forward) | values.program(derivation.closed_form)


BELONGS = {"Forward": ("s", "d", "xhat", "y"), "Scale gradient": ("dgamma",), "Bottom gradient": ("d", "h", "p", "dx")}


def _match(content: sp.Expr, part: str, derived: dict[str, tuple]) -> Match | None:
    """The stage that the content is: exactly, or up to powers of d and gamma."""
    if content.free_symbols <= {GAMMA} or not content.free_symbols - {sp.Symbol("eps", real=True)}:
        return None  # the scale, or eps, spread out
    found = [m for name in BELONGS[part] if name in derived for m in _candidates(content, name, *derived[name])]
    return min(found, key=lambda m: (len(m.factor.free_symbols), m.part != "whole"), default=None)


def _candidates(content: sp.Expr, name: str, value: sp.Expr, summand: sp.Expr | None) -> Iterator[Match]:
    pieces = [("whole", value)]
    pieces += [("summand", summand)] if summand is not None else []
    expanded = sp.Add.make_args(sp.expand(value))
    pieces += [("term", term) for term in expanded] if len(expanded) > 1 else []
    for part, piece in pieces:
        factor = sp.cancel(piece / content)
        if factor.free_symbols <= {D, GAMMA} and not factor.is_Add:
            yield Match(name, part, factor)


def _reused(row: Row) -> bool:
    """Whether the backward pass reads here what the forward pass left in norm_."""
    return row.part == "Bottom gradient" and row.match is not None and row.match.name == "d"


def home(derivation: Derivation, name: str) -> str:
    """The step that gave a stage its form in the closed form; "definition" for those of the forward pass."""
    if name in derivation.forward.definitions:
        return DEFINITION
    final = {rule.__name__.replace("_", " ") for rule in CLOSED_FORM} | {derivation.steps[0].rule}
    steps = [s for s in derivation.steps if s.rule in final]
    changed = [s.rule for s in steps if s.before.definitions.get(name) != s.after.definitions.get(name)]
    return changed[-1]


def stages_to_lines(across_spatial: bool, channel_shared: bool) -> dict[str, list[Row]]:
    """The other way: for each stage that the code computes, in its order, the lines that hold it or what leads to it.

    Example:
        >>> found = stages_to_lines(across_spatial=False, channel_shared=False)
        >>> [row.first for row in found["xhat"]], [row.first for row in found["p"] if row.exact], found["dx"]
        ([118], [], [])
    """
    rows = walk(across_spatial, channel_shared)
    derivation = derive_l2norm("cs" if across_spatial else "c", "" if channel_shared else "c")
    names = dict.fromkeys([*derivation.forward.definitions, *derivation.closed_form.definitions])
    return {name: [row for row in rows if row.match and row.match.name == name] for name in names}


def steps_to_lines(across_spatial: bool, channel_shared: bool) -> list[tuple[str, list[str], list[Row]]]:
    """Each step of the derivation: heading, the stages that got their form in it, and the lines that compute them.

    For the step that reuses values of the forward pass, the lines that read them.

    Example:
        >>> for heading, stages, rows in steps_to_lines(False, False)[:2]:
        ...     print(heading, stages, [row.first for row in rows])
        definition ['s', 'd', 'xhat', 'y'] [101, 109, 113, 115, 118, 129]
        differentiate backwards ['dgamma'] [164, 165, 169, 170]
    """
    rows = walk(across_spatial, channel_shared)
    derivation = derive_l2norm("cs" if across_spatial else "c", "" if channel_shared else "c")
    names = list(dict.fromkeys([*derivation.forward.definitions, *derivation.closed_form.definitions]))
    homes = {name: home(derivation, name) for name in names}
    result = []
    for heading in (DEFINITION, *(step.rule for step in derivation.steps)):
        stages = [name for name in names if homes[name] == heading]
        found = [row for row in rows if row.match and row.match.name in stages and not _reused(row)]
        if heading == REUSE:
            found = [row for row in rows if _reused(row)]
        result.append((heading, stages, found))
    return result
