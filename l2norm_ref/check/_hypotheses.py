"""What an implementation might compute instead: exhibits, other conventions, the variants, and a convention with one.

A hypothesis is a sentence and a function from a case to `Sized`, or to None where it says nothing. They come in stages,
the simpler explanation first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest

import numpy as np

from l2norm_ref import exhibits
from l2norm_ref.check import _variants
from l2norm_ref.check._fixtures import FLOORS
from l2norm_ref.check._mode import Mode
from l2norm_ref.check._quantities import Convention, Quantities
from l2norm_ref.check._result import Case
from l2norm_ref.check._sized import Sized

EPS_MODES = ("add_inside", "add_outside", "clamp_norm", "clamp_sum")


Known = dict[tuple[int, Convention], Quantities]  # by the id of the case, and the convention


@dataclass(frozen=True)
class Hypothesis:
    """One of them. Two with the same `family` differ in a constant only, and the first that fits is named.

    `short` is what it is called beside one that fits as well. `last`: where it fits, nothing after it in its list is
    worth naming.
    """

    text: str
    family: str
    values: Callable[[Case], Sized | None]
    short: str = ""
    last: bool = False


class Hypotheses:
    """All that is tried on one output of one mode.

    `found` are further values of eps, by `eps_mode`; `known` is a store of quantities, which other outputs share.
    """

    def __init__(self, output: str, mode: Mode, found: dict[str, list[float]], known: Known) -> None:
        self.output, self.mode, self.found, self._known = output, mode, found, known
        self.own = Convention(mode.eps_mode, mode.eps, mode.axes)

    def stages(self, *, deep: bool) -> Iterator[Iterator[Hypothesis]]:
        """Lists of hypotheses: where one of a list fits, the later lists are not tried. `deep` adds the long one."""
        variants = {"y": _variants.FORWARD, "dx": _variants.DX, "dscale": _variants.DSCALE}[self.output]
        variants = [(v.text, v.values) for v in variants if self.mode.has_scale or not v.needs_scale]
        yield self._exhibits()
        yield (self._variant(self.own, text, function) for text, function in variants)
        yield (self._right(convention) for convention in self._denominators())
        yield (self._right(convention) for convention in self._reductions())
        yield self._axes_of_one_term()
        if not deep:
            return
        others = (*self._denominators(), *self._reductions())
        yield (self._variant(convention, text, function) for convention in others for text, function in variants)

    def quantities(self, case: Case, convention: Convention) -> Quantities:
        """Computed once for each case and convention."""
        key = id(case), convention
        if key not in self._known:
            self._known[key] = Quantities(case, convention)
        return self._known[key]

    def _right(self, convention: Convention) -> Hypothesis:
        def values(case: Case) -> Sized:
            q = self.quantities(case, convention)
            if self.output == "y":
                return q.g * q.centred / q.d
            return _in_range(q, q.dx) if self.output == "dx" else q.dscale

        family = f"{convention.eps_mode} {convention.axes} {convention.over}"
        other = self._other(convention)
        last = convention.eps_mode == "none"  # any other with an eps so small that it was not seen fits as well
        return Hypothesis(f"this is {other}", family, values, other.partition(", not ")[0], last)

    def _variant(self, convention: Convention, text: str, function) -> Hypothesis:
        def values(case: Case) -> Sized | None:
            q = self.quantities(case, convention)
            value = function(q)
            return _in_range(q, value) if self.output == "dx" and value is not None else value

        if convention == self.own:
            return Hypothesis(text, text, values)
        other, last = self._other(convention), convention.eps_mode == "none"
        family = f"{text} {convention.eps_mode} {convention.axes} {convention.over}"
        return Hypothesis(f"{text}; and this is {other}", family, values, other.partition(", not ")[0], last)

    def _other(self, convention: Convention) -> str:
        """The convention, and what it differs in from the one that is checked."""
        own = self.own
        digits = next((k for k in (6, 10, 17) if f"{convention.eps:.{k}g}" != f"{own.eps:.{k}g}"), 6)
        eps, own_eps = f"{convention.eps:.{digits}g}", f"{own.eps:.{digits}g}"
        over = {"mean": "the mean of squares", "absolute": "the sum of |x|", "variance": "the variance"}
        if convention.over in over:
            with_eps = "" if convention.eps_mode == "none" else f" ({convention.eps_mode} with eps {eps})"
            return f"a norm from {over[convention.over]}{with_eps}, not the root of the sum of squares"
        if convention.axes != own.axes:
            return f"a norm over axes {convention.axes}, not {own.axes}"
        before = own.eps_mode if own.eps_mode == "none" else f"{own.eps_mode} with eps {own_eps}"
        if convention.eps_mode == "none":
            return f"none (without eps), not {before}"
        if convention.eps_mode != own.eps_mode:
            return f"{convention.eps_mode} with eps {eps}, not {before}"
        if convention.eps == float(np.float32(own.eps)):
            return f"{own.eps_mode} with eps rounded to float32, {eps}, not {own_eps}"
        if convention.eps == own.eps * own.eps:
            return f"{own.eps_mode} with eps squared, {eps}, not {own_eps}"
        return f"{own.eps_mode} with eps {eps}, not {own_eps}"

    def _constants(self, eps_mode: str) -> list[float]:
        """Values of eps: the one that is checked, what is in use, its square and root, what was found."""
        eps = self.mode.eps
        known = [eps, *FLOORS, float(np.float32(eps)), eps * eps, eps**0.5, *self.found.get(eps_mode, ())]
        return [e for e in dict.fromkeys(known) if e > 0 and np.isfinite(e)]

    def _denominators(self) -> Iterator[Convention]:
        if self.own.eps_mode != "none":
            yield replace(self.own, eps_mode="none", eps=0.0)
        constants = [[(eps_mode, eps) for eps in self._constants(eps_mode)] for eps_mode in EPS_MODES]
        for same_place in zip_longest(*constants):  # the eps that is checked first, in every mode
            for pair in same_place:
                if pair is not None and pair != (self.own.eps_mode, self.own.eps):
                    yield replace(self.own, eps_mode=pair[0], eps=pair[1])

    def _other_axes(self) -> list[tuple[int, ...]]:
        rank, channel = self.mode.rank, self.mode.channel
        inner = tuple(range(1, rank))
        spatial = tuple(k for k in inner if k != channel)
        sets = [
            *((k,) for k in range(rank)),
            inner,
            spatial,
            tuple(range(rank)),
            tuple(k for k in range(rank) if k != 1),
        ]
        return [axes for axes in dict.fromkeys(sets) if axes and axes != self.own.axes]

    def _reductions(self) -> Iterator[Convention]:
        for axes in self._other_axes():
            yield replace(self.own, axes=axes)
        for over in ("mean", "absolute", "variance"):
            yield replace(self.own, over=over)
            for eps in self._constants("add_inside"):
                yield replace(self.own, over=over, eps_mode="add_inside", eps=eps)

    def _axes_of_one_term(self) -> Iterator[Hypothesis]:
        """The scale along another axis, or an inner product over other axes than the norm."""
        own = self.own

        def moved(case: Case, axis: int) -> Sized | None:
            q = self.quantities(case, own)
            gammas = dict(_variants.along_other_axes(q))
            if axis not in gammas:
                return None
            if self.output == "y":
                return q.centred * gammas[axis] / q.d
            if self.output == "dx":
                h = q.dy * gammas[axis]
                return _in_range(q, h / q.d - q.v * q.dot(h) / q.d**2)
            over = tuple(k for k in range(self.mode.rank) if k != axis)
            return (q.dy * q.centred / q.d).sum(over)

        for axis in range(self.mode.rank):
            name = "the last axis" if axis == self.mode.rank - 1 else f"axis {axis}"
            text = {
                "y": f"gamma is multiplied along {name}, not along the channels",
                "dx": f"gamma is multiplied along {name}, not along the channels",
                "dscale": f"dscale is summed for each index of {name}, not for each channel",
            }[self.output]
            yield Hypothesis(text, text, partial(moved, axis=axis))
        if self.output == "dx":
            for axes in self._other_axes():
                text = f"the inner product runs over axes {axes}, the norm over {own.axes}"
                yield Hypothesis(text, text, partial(self._dot_over, axes=axes))

    def _dot_over(self, case: Case, axes: tuple[int, ...]) -> Sized:
        q = self.quantities(case, self.own)
        return _in_range(q, q.direct - q.v * q.dot(q.h, axes) / q.d**2)

    def _exhibits(self) -> Iterator[Hypothesis]:
        if self.mode.rank == 1 or self.output == "dscale":
            return
        for exhibit in (*exhibits.ALL, *exhibits.OURS):
            if (exhibit.forward is None) == (self.output == "y"):
                continue
            for eps in dict.fromkeys((self.mode.eps, exhibit.eps)):
                text = f"this matches the exhibit {exhibit.name} ({exhibit.title}), {exhibit.formula}"
                text += "" if eps == self.mode.eps else f", with eps {eps:g}"
                if self.mode.has_scale and not exhibit.has_scale:
                    text += ", where dy stands for gamma dy"
                values = partial(self._exhibit, exhibit=exhibit, eps=eps)
                yield Hypothesis(text, exhibit.name, values, f"the exhibit {exhibit.name}")

    def _exhibit(self, case: Case, exhibit: exhibits.Exhibit, eps: float) -> Sized | None:
        """What the exhibit computes, with the channels moved to axis 1, where it has them, and back."""
        channel, mode = self.mode.channel, self.mode
        assert channel is not None
        q = self.quantities(case, Convention(exhibit.eps_mode, eps, mode.axes))
        order = [k for k in range(mode.rank) if k != channel]
        order.insert(1, channel)
        axes = tuple(order.index(k) for k in mode.axes)
        x = np.moveaxis(q.x.value, channel, 1)
        scale = None
        if case.fixture.scale is not None:
            scale = np.broadcast_to(case.fixture.scale.astype(np.float64), x.shape[1])
        try:
            if exhibit.forward is not None:
                value, size = exhibit.forward(x, scale, eps, axes), np.zeros(x.shape)
            else:
                assert exhibit.backward is not None
                above = q.dy if exhibit.has_scale else q.h  # a layer without scale, followed by a scale
                value = exhibit.backward(np.moveaxis(above.value, channel, 1), x, scale, eps, axes)
                size = np.moveaxis(np.broadcast_to(q.dx.size, q.x.value.shape), channel, 1)
        except ValueError:
            return None
        if value.shape != x.shape:
            return None
        value = np.moveaxis(np.where(np.isfinite(size), value, np.nan), 1, channel)
        size = np.maximum(np.moveaxis(np.nan_to_num(size), 1, channel), np.nan_to_num(np.abs(value)))
        return _in_range(q, Sized(value, size)) if self.output == "dx" else Sized(value, size)


def _in_range(q: Quantities, value: Sized) -> Sized:
    """NaN, for no opinion, where the dtype cannot hold the cube of the denominator."""
    limits = np.finfo(q.case.dtype)
    inside = (q.d**3 >= 2 * float(limits.tiny)) & (q.d**3 <= float(limits.max) / 8)
    return Sized(np.where(inside, value.value, np.nan), value.size)
