"""Caffe's helpers on symbols, by the names that `math_functions` has for arrays. Needs SymPy.

A blob is a `Cell`: one element of it as an expression, with the named axes that it carries (n sample, c channel, s
position), held in the duck array that also reads back the emitted code. So what a run shows holds for every size. A
size is the set of axes that it counts; a pointer is the blob itself, seen at any one sample.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sympy as sp

from l2norm_ref.emit.tracer import LAYOUT, VOCABULARY, Recorder, Traced
from l2norm_ref.symbolic.program import Axes, Tensor


class Size(frozenset[str]):
    """A product of N, C and S, as the set of axes that it counts."""

    def __mul__(self, other: Any) -> Size:
        return Size(self | other)

    def __rmul__(self, other: Any) -> int:
        """A sample index times a size: an offset, which symbols do not have."""
        return 0


class Cell:
    """A blob: its name, its axes, and what one element of it holds."""

    def __init__(self, name: str, axes: Axes, content: Traced) -> None:
        self.name, self.axes, self.content = name, axes, content

    def __getitem__(self, index: int) -> Traced:
        return self.content

    def __setitem__(self, index: int, value: Traced) -> None:
        self.content = value

    def __str__(self) -> str:
        return self.name


class Symbols:
    """The helpers. `sums` records every sum that was taken, as the read-back does.

    Example:
        >>> run = Symbols()
        >>> x, buffer = run.blob("x", "ncs"), run.blob("buffer_", "cs", 0)
        >>> run.caffe_sqr(Size("cs"), x, buffer)
        >>> buffer.content.expr
        x**2
        >>> run.caffe_cpu_asum(Size("cs"), buffer).expr, [(str(e), sorted(over)) for e, over in run.sums]
        (sum#1, [('x**2', ['c', 's'])])
    """

    def __init__(self) -> None:
        self.sums: Recorder = []

    def value(self, what: str | int | Traced, axes: str = "") -> Traced:
        """A named input with these axes, an integer that is the same everywhere, or a duck array as it is."""
        if isinstance(what, Traced):
            return Traced(what.expr, what.axes, self.sums, what.work)
        if isinstance(what, int):
            return Traced(sp.Integer(what), frozenset(axes), self.sums, Counter())
        return Traced(Tensor(what).symbol, frozenset(axes), self.sums, Counter({what: 1}))

    def blob(self, name: str, axes: str, content: str | int | Traced | None = None) -> Cell:
        """A blob that holds the input of that name, or `content`."""
        return Cell(name, frozenset(axes), self.value(name if content is None else content, axes))

    def at(self, blob: Cell, offset: Any = 0) -> Cell:
        """A pointer: the blob, at any one sample."""
        return blob

    def reciprocal(self, value: Traced) -> Traced:
        """1 / value."""
        return 1 / value

    def pow(self, value: Traced, exponent: Any) -> Traced:
        """The root, or the square; exactly."""
        if exponent == 0.5:
            return VOCABULARY.sqrt(value)
        if exponent == 2:
            return value**2
        raise ValueError(f"pow: exponent {exponent!r}, expected 0.5 or 2")

    def total(self, value: Traced, over: Axes) -> Traced:
        """The sum over named axes."""
        return VOCABULARY.sum(value, axis=tuple(LAYOUT.index(axis) for axis in sorted(over)), keepdims=True)

    def caffe_set(self, n: Size, alpha: Traced, y: Cell) -> None:
        """Y = alpha."""
        y.content = Traced(alpha.expr, y.axes, self.sums, alpha.work)

    def caffe_sqr(self, n: Size, a: Cell, y: Cell) -> None:
        """Y = a * a."""
        y.content = a.content**2

    def caffe_powx(self, n: Size, a: Cell, b: Any, y: Cell) -> None:
        """Y = a ** b."""
        y.content = self.pow(a.content, b)

    def caffe_add(self, n: Size, a: Cell, b: Cell, y: Cell) -> None:
        """Y = a + b."""
        y.content = a.content + b.content

    def caffe_sub(self, n: Size, a: Cell, b: Cell, y: Cell) -> None:
        """Y = a - b."""
        y.content = a.content - b.content

    def caffe_mul(self, n: Size, a: Cell, b: Cell, y: Cell) -> None:
        """Y = a * b."""
        y.content = a.content * b.content

    def caffe_div(self, n: Size, a: Cell, b: Cell, y: Cell) -> None:
        """Y = a / b."""
        y.content = a.content / b.content

    def caffe_scal(self, n: Size, alpha: Traced, x: Cell) -> None:
        """X = alpha * x, in place."""
        x.content = alpha * x.content

    def caffe_cpu_scale(self, n: Size, alpha: Traced, x: Cell, y: Cell) -> None:
        """Y = alpha * x."""
        y.content = alpha * x.content

    def caffe_cpu_asum(self, n: Size, x: Cell) -> Traced:
        """Sum of |x|; refuses what is not evidently a square, because an absolute value has no place here."""
        if not x.content.expr.is_nonnegative:
            raise ValueError(f"caffe_cpu_asum: {x.content.expr} may be negative")
        return self.total(x.content, n)

    def caffe_cpu_dot(self, n: Size, x: Cell, y: Cell) -> Traced:
        """Sum of x * y."""
        return self.total(x.content * y.content, n)

    def caffe_cpu_gemv(self, trans: bool, m: Size, n: Size, alpha: int, a: Cell, x: Cell, beta: int, y: Cell) -> None:
        """Y = A x + beta y, the sum over m (transposed) or n."""
        product = self.total(a.content * x.content, m if trans else n)
        y.content = product if beta == 0 else product + y.content

    def caffe_cpu_gemm(self, m: Size, n: Size, k: int, alpha: int, a: Cell, b: Cell, beta: int, c: Cell) -> None:
        """C = a b, an outer product."""
        c.content = a.content * b.content

    def add_assign(self, n: int, value: Traced, y: Cell) -> None:
        """Y += value."""
        y.content = y.content + value


def set_up(layer: Any, run: Symbols, x: str | Traced) -> tuple[tuple[Size, ...], dict[str, Cell]]:
    """Give the layer its blobs and scratch buffers as cells; the sizes N, C, S and norm_'s; bottom and top."""
    blob, shared = run.blob, "" if layer.channel_shared else "c"
    kept = "n" if layer.across_spatial else "ns"
    layer.eps = run.value("eps")
    layer.blobs, layer.diffs = [blob("scale", shared, "gamma")], [blob("scale_diff", shared, "diff")]
    layer.norm_, layer.buffer_ = blob("norm_", kept, 0), blob("buffer_", "cs", 0)
    layer.buffer_channel_, layer.buffer_spatial_ = blob("buffer_channel_", "c", 0), blob("buffer_spatial_", "s", 0)
    layer.sum_channel_multiplier_ = blob("ones_C", "c", 1)
    layer.sum_spatial_multiplier_ = blob("ones_S", "s", 1)
    data = {"bottom": blob(x if isinstance(x, str) else "x", "ncs", x)} | {
        name: blob(shown, "ncs", 0) for name, shown in (("top", "y"), ("bottom_diff", "dx"), ("top_diff", "dy"))
    }
    return (Size("n"), Size("c"), Size("s"), Size(kept)), data
