"""A number type for the float64 oracle: arrays of about 104 significant bits that neither overflow nor underflow.

A `Wide` holds `(hi + lo) * 2**exponent` elementwise: `hi` in [1/2, 1) and `lo` at most half a unit in its last place
(a "double-double"), and an integer exponent of its own for every element. It answers to the closed vocabulary of the
generated reference (`+ - * /`, integer powers, `>=`, `np.sqrt`, `np.maximum`, `np.sum`, `np.where`), so that the
very same text that runs on float64 also runs here. Only float64 is used, never `np.longdouble`, which is no wider
than float64 on Windows and on Apple silicon.

Each operation is within 2**-102 of the exact result, relative to it for a product, a quotient or a root and to the sum
of the magnitudes of the terms for a sum. Zeros, infinities and NaN follow IEEE 754. `to_float64` rounds once, also
where the result is subnormal. NumPy's floating-point warnings are for the caller to silence.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from l2norm_ref import _double_double as dd

# Elements worked on at once; some thirty arrays of this size fit into a core's cache.
_BLOCK = 8192


class Wide:
    """An array of wide numbers; see the module's text. `hi`, `lo` and `exponent` have the same shape."""

    __slots__ = ("exponent", "hi", "lo")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, hi: np.ndarray, lo: np.ndarray, exponent: np.ndarray):
        self.hi, self.lo, self.exponent = hi, lo, exponent

    @classmethod
    def of(cls, value) -> Wide:
        """`value`, a Wide or anything that NumPy converts to float64, as a Wide."""
        if isinstance(value, Wide):
            return value
        value = np.asarray(value, dtype=np.float64)
        zero = np.zeros_like(value)
        return cls(*dd.normal(value, zero, np.zeros(value.shape, np.int32), value))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return np.shape(self.hi)

    @property
    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three arrays `hi`, `lo` and `exponent`."""
        return self.hi, self.lo, self.exponent

    def __repr__(self) -> str:
        """The nearest float64 values."""
        return f"Wide({self.to_float64()!r})"

    def to_float64(self) -> np.ndarray:
        """The nearest float64 values, ties to even."""
        exponent = np.clip(self.exponent, -4096, 4096)
        result = np.ldexp(self.hi, exponent)
        low = (exponent < -1020) & (self.hi != 0)
        if np.any(low):
            # Among the subnormals `hi` is rounded a second time: that must not undo what `lo` says where `hi` is a tie.
            unit = np.ldexp(self.hi, exponent + 1074)
            whole = np.rint(unit)
            tie = unit - whole
            whole = whole + ((tie == 0.5) & (self.lo > 0)) - ((tie == -0.5) & (self.lo < 0))
            result = np.where(low, np.copysign(np.ldexp(whole, -1074), self.hi), result)
        return np.asarray(result)

    # Arithmetic

    def __neg__(self):
        return Wide(-self.hi, -self.lo, self.exponent)

    def __abs__(self):
        return Wide(np.abs(self.hi), np.copysign(1.0, self.hi) * self.lo, self.exponent)

    def __add__(self, other):
        return _elementwise(dd.add, self, other)

    def __sub__(self, other):
        return _elementwise(dd.add, self, -Wide.of(other))

    def __mul__(self, other):
        return _elementwise(dd.multiply, self, other)

    def __truediv__(self, other):
        return _elementwise(dd.divide, self, other)

    def __pow__(self, power):
        power = operator.index(power)
        if power == 0:
            return Wide.of(np.ones(self.shape))
        product = math.prod([self] * (abs(power) - 1), start=self)
        return product if power > 0 else 1.0 / product

    def __radd__(self, other):
        return Wide.of(other) + self

    def __rsub__(self, other):
        return Wide.of(other) - self

    def __rmul__(self, other):
        return Wide.of(other) * self

    def __rtruediv__(self, other):
        return Wide.of(other) / self

    # Comparison

    def __ge__(self, other):
        a, b, _ = dd.aligned(self.parts, Wide.of(other).parts)
        return (a[0] > b[0]) | ((a[0] == b[0]) & (a[1] >= b[1]))

    def __le__(self, other):
        return Wide.of(other) >= self

    def __gt__(self, other):
        a, b, _ = dd.aligned(self.parts, Wide.of(other).parts)
        return (a[0] > b[0]) | ((a[0] == b[0]) & (a[1] > b[1]))

    def __lt__(self, other):
        return Wide.of(other) > self

    # NumPy's two protocols

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        function = _UFUNCS.get(ufunc)
        if function is None or method != "__call__" or options:
            return NotImplemented
        return function(Wide.of(inputs[0]), *inputs[1:])

    def __array_function__(self, function, types, args, options):
        ours = _FUNCTIONS.get(function)
        return NotImplemented if ours is None else ours(*args, **options)


def _elementwise(kernel, *operands) -> Wide:
    """Broadcast the operands and run the kernel block by block: its many intermediate arrays then stay in the cache."""
    parts = [part for operand in operands for part in Wide.of(operand).parts]
    number = (np.float64, np.float64, np.int32)
    given: list[Any] = [["readonly"]] * len(parts)
    made: list[Any] = [["writeonly", "allocate"]] * 3
    with np.nditer(
        [*parts, None, None, None],
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=given + made,
        op_dtypes=number * (len(operands) + 1),
        order="C",
        buffersize=_BLOCK,
    ) as blocks:
        for block in blocks:
            *numbers, (hi, lo, exponent) = (block[k : k + 3] for k in range(0, len(block), 3))
            hi[...], lo[...], exponent[...] = dd.normal(*kernel(*numbers))
        return Wide(*blocks.operands[-3:])


def _sqrt(a):
    return _elementwise(dd.root, a)


def _maximum(a, b):
    a, b = Wide.of(a), Wide.of(b)
    return _where((a >= b) | np.isnan(a.hi), a, b)


def _where(condition, a, b):
    a, b = Wide.of(a), Wide.of(b)
    return Wide(*(np.where(condition, u, v) for u, v in zip(a.parts, b.parts, strict=True)))


def _sum(a, axis=None, keepdims=False):
    """Sum over `axis`, pairwise, so that the error grows with the logarithm of the number of terms."""
    axes = tuple(range(len(a.shape))) if axis is None else np.atleast_1d(axis)
    axes = tuple(int(k) % len(a.shape) for k in axes)
    kept = [k for k in range(len(a.shape)) if k not in axes]
    exponent = np.max(a.exponent, axis=axes, keepdims=True, initial=dd.BELOW)
    fall = a.exponent - exponent
    order = [*axes, *kept]
    count = math.prod(a.shape[k] for k in axes)
    size = math.prod(a.shape[k] for k in kept)
    hi, lo = (np.ldexp(part, fall).transpose(order).reshape(count, size) for part in (a.hi, a.lo))
    ieee = np.sum(hi, axis=0)
    while len(hi) > 1:
        half = len(hi) // 2
        s, rest = dd.two_sum(hi[:half], hi[half : 2 * half])
        rest += lo[:half] + lo[half : 2 * half]
        total = s + rest
        left = slice(2 * half, None)
        hi, lo = np.concatenate([total, hi[left]]), np.concatenate([rest - (total - s), lo[left]])
    ieee = np.where(np.isfinite(ieee) & (ieee != 0), 0.0, ieee)  # counts where all cancels: its rounding must not
    if not count:
        hi = lo = ieee = np.zeros(size)
    kept_shape = [1 if k in axes else n for k, n in enumerate(a.shape)] if keepdims else [a.shape[k] for k in kept]
    total = dd.normal(hi.reshape(size), lo.reshape(size), exponent.reshape(size), ieee)
    return Wide(*(part.reshape(kept_shape) for part in total))


_UFUNCS: dict[Any, Callable] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.true_divide: operator.truediv,
    np.power: operator.pow,
    np.negative: operator.neg,
    np.absolute: operator.abs,
    np.greater_equal: operator.ge,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.less: operator.lt,
    np.sqrt: _sqrt,
    np.maximum: _maximum,
}
_FUNCTIONS: dict[Any, Callable] = {np.sum: _sum, np.where: _where}
