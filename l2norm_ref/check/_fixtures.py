"""The inputs of the check, made for the mode and the dtype that are asked.

A core fixture decides. Its norms are such that code which computes in its own dtype gets by: neither the squares, nor
their sum, nor the cube of the denominator leave the dtype's normal range. A range fixture is one where that is not so;
it is reported, and decides only under `strict`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from l2norm_ref.check._long import LONG, long_arrays, long_axes, long_shape
from l2norm_ref.check._mode import SPATIAL, Mode
from l2norm_ref.check._safe import refused_eps, safe
from l2norm_ref.check._slices import norms

# On both sides of these norms there is a slice, so that eps is seen whatever it is.
FLOORS = (1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


@dataclass(frozen=True, eq=False)
class Fixture:
    """One input.

    Attributes:
        name: What a report calls it.
        why: What it is there for.
        x: The input, in the dtype that is checked.
        dy: The gradient from above.
        scale: The scale, of shape () or (C,); None where the mode has none.
        core: Whether it decides without `strict`.
        strided: Whether it is handed out as arrays that are not contiguous.
        tie: Whether every norm is at the clamp; there either one-sided derivative is right, and what lies between.
        repeat: Whether it is run twice; the worse result counts.
    """

    name: str
    why: str
    x: np.ndarray
    dy: np.ndarray
    scale: np.ndarray | None
    core: bool = True
    strided: bool = False
    tie: bool = False
    repeat: bool = False


def fixtures(mode: Mode, dtype: np.dtype) -> tuple[Fixture, ...]:
    """All of them, the core fixtures first.

    Raises:
        ValueError: The dtype cannot hold eps, and no core fixture is left.

    Example:
        >>> from l2norm_ref.check._mode import resolve
        >>> [f.name for f in fixtures(resolve({}, has_scale=True, rank=None), np.dtype("float32"))]
        ['repeated call', 'random', 'uniform scale', 'equal sizes', 'sizes of 1', 'one channel', 'few elements',
         'odd sizes', 'many channels', 'many positions', 'not contiguous', 'near eps', 'eps dominant', 'magnitudes',
         'zero slices', 'zero scale', 'tiny', 'huge']
    """
    decide = [replace(f, core=safe(f.x, mode, dtype)) for f in _core(mode, dtype)]
    if not any(fixture.core for fixture in decide):
        raise refused_eps(mode.eps, dtype)
    return tuple(sorted((*decide, *_range(mode, dtype)), key=lambda f: not f.core))


def _arrays(shape: tuple[int, ...], mode: Mode, dtype: np.dtype, seed: int = 0):
    """Random x and dy, and a scale of both signs, nowhere near 0 or 1, different for every channel."""
    rng = np.random.default_rng([seed, *shape])
    x, dy = rng.normal(size=(2, *shape))
    scale = None
    if mode.has_scale:
        count = shape[mode.scale_axis] if mode.scale_axis is not None else 1
        scale = rng.uniform(1.2, 3.0, count) * np.resize([1.0, -0.25, -1.0], count)
        scale = scale if mode.scale_axis is not None else np.array(-1.75)
        scale = scale.astype(dtype)
    return x, dy.astype(dtype), scale


def _random(name: str, why: str, shape: tuple[int, ...], mode: Mode, dtype: np.dtype) -> Fixture:
    x, dy, scale = _arrays(shape, mode, dtype)
    return Fixture(name, why, x.astype(dtype), dy, scale)


def _core(mode: Mode, dtype: np.dtype) -> Iterator[Fixture]:
    base = mode.shape(2, 3, *SPATIAL)
    plain = _random("random", "random signed x and dy, sizes that differ from each other", base, mode, dtype)
    yield replace(
        plain, name="repeated call", why="the same call twice in a row: nothing may be left over", repeat=True
    )
    yield replace(plain, name="random" if mode.scale_axis is None else "non-uniform scale")
    if plain.scale is not None:
        yield replace(plain, name="uniform scale", why="20 for all, as SSD starts", scale=np.full_like(plain.scale, 20))
    for name, why, sizes in (
        ("equal sizes", "a wrong axis raises no error here", (3, 3, 3, 3, 3, 3)),
        ("sizes of 1", "one element", (1, 1, 1)),
        ("one channel", "what is projected away cancels", (2, 1, 3, 5)),
        ("few elements", "sums so short that rounding hides nothing", (2, 2, 1)),
        ("odd sizes", "many, and a multiple of nothing", (3, 67, 11)),
    ):
        yield _random(name, why, mode.shape(*sizes), mode, dtype)
    yield from _long(mode, dtype)
    yield replace(plain, name="not contiguous", why="x and dy with strides of their own", strided=True)
    if mode.floor > 0:
        near = mode.floor * np.geomspace(0.05, 5.0, 12)
        yield from _with_norms("near eps", "norms on both sides of where eps begins to matter", near, mode, dtype)
        below = mode.floor * np.geomspace(0.01, 0.02, 3)
        yield from _with_norms("eps dominant", "norms far below eps", below, mode, dtype)
    if mode.floor > 0 and mode.eps_mode.startswith("clamp"):
        for fixture in _with_norms("tie", "every norm is eps", np.full(4, mode.floor), mode, dtype):
            if safe(fixture.x, mode, dtype):  # otherwise rounding has moved the norms away from it
                yield replace(fixture, tie=True)
    ladder = np.sort([*np.outer((*FLOORS, mode.floor), (0.3, 3.0)).ravel(), 0.7, 2.0, 6.0])
    ladder = np.array([n for n in ladder if n > 0 and safe(np.full((1,) * mode.rank, n), mode, dtype)])
    yield from _with_norms("magnitudes", "norms of many sizes beside each other", ladder, mode, dtype)
    yield _zeros(base, mode, dtype)


def _long(mode: Mode, dtype: np.dtype) -> Iterator[Fixture]:
    for name, axis in long_axes(mode).items():
        shape = long_shape(axis, mode)
        _, _, scale = _arrays(shape, mode, dtype)
        x, dy = long_arrays(axis, shape, mode, mode.gamma(scale))
        why = f"sums of {LONG} elements of which few are not 0: each block of 32 to 4096 counts, and what remains"
        yield Fixture(name, why, x.astype(dtype), dy.astype(dtype), scale)


def _with_norms(name: str, why: str, wanted: np.ndarray, mode: Mode, dtype: np.dtype) -> Iterator[Fixture]:
    """Random directions with given norms: one for each slice, in as many arrays as it takes."""
    if not len(wanted):
        return
    free = [k for k in range(mode.rank) if k not in mode.axes]
    shape = list(mode.shape(2, 3, 2, 2))
    if free:  # the first axis that is not summed gives every norm a slice
        shape[free[0]] = max(len(wanted), shape[free[0]])
    slices = math.prod(shape[k] for k in free)
    parts = [wanted[k : k + slices] for k in range(0, len(wanted), slices)]
    for number, part in enumerate(parts, 1):
        x, dy, scale = _arrays(tuple(shape), mode, dtype, seed=number)
        kept = [1 if k in mode.axes else size for k, size in enumerate(shape)]
        x = x / norms(x, mode.axes) * np.resize(part, slices).reshape(kept[::-1]).T
        yield Fixture(name if len(parts) == 1 else f"{name} {number}", why, x.astype(dtype), dy, scale)


def _zeros(shape: tuple[int, ...], mode: Mode, dtype: np.dtype) -> Fixture:
    """Every other slice is 0 throughout."""
    x, dy, scale = _arrays(shape, mode, dtype)
    n = norms(x, mode.axes)
    x = x * np.resize([0.0, 1.0], n.size).reshape(n.shape)
    return Fixture("zero slices", "x = 0 throughout a norm", x.astype(dtype), dy, scale)


def _range(mode: Mode, dtype: np.dtype) -> Iterator[Fixture]:
    limits = np.finfo(dtype)
    base = mode.shape(2, 3, *SPATIAL)
    plain = _random("zero scale", "the scale is 0 somewhere", base, mode, dtype)
    if plain.scale is not None:
        scale = plain.scale.copy()
        scale[... if scale.ndim == 0 else 1] = 0
        yield replace(plain, scale=scale, core=False)
    small = float(limits.tiny) ** 0.5 * (2.0**-6 if dtype.itemsize == 2 else 1e-4)
    for name, why, n in (
        ("tiny", "the squares vanish", small * np.geomspace(1.0, 3.0, 5)),
        ("huge", "the squares overflow", 16 * float(limits.max) ** 0.5 * np.geomspace(1.0, 3.0, 5)),
        ("float16 overflow", "the squares are finite, and their sum is not", np.array([384.0, 400.0])),
    ):
        if name != "float16 overflow" or dtype.itemsize == 2:
            for fixture in _with_norms(name, why, n, mode, dtype):
                yield replace(fixture, core=False)
