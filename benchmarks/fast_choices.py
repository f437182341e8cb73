"""The measurements behind the constants of `l2norm_ref.fast`: each choice beside what it was chosen over.

All on SSD300's conv4_3 in float32, one thread, results given; as ratios to the copy in the same round.

- tile: how many positions of a sample a tile of the loops has. Short rows cost more than they save: each is on another
  page of memory, which neither the prefetcher nor the table of page addresses likes.
- numbers in between: float64 against float32. The wider numbers are kept for the last digits, not for speed; where the
  loops wait for memory they cost next to nothing.
- block: the bytes of a work array of the NumPy sweeps. Small ones pay for Python, large ones leave the cache.
- sums: NumPy's sums as products with a vector (BLAS) against `np.sum`.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any

import numpy as np
from fast_contenders import SHAPES, Problem, Run, copy, ours

from l2norm_ref.fast import _blocked, _engines, _loops, _tiles
from l2norm_ref.fast._layout import Layout

TILES = (64, 256, 722, 1444)
BLOCKS = (48, 96, 192, 384, 768)


@contextlib.contextmanager
def setting(module: Any, **values: Any) -> Iterator[None]:
    """Other values of a module's names for a while."""
    before = {name: getattr(module, name) for name in values}
    for name, value in values.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def within(run: Run, module: Any, **values: Any) -> Run:
    """A call with other values of a module's names."""

    def call() -> None:
        with setting(module, **values):
            run()

    return call


def single_precision() -> Callable[[str], Callable[..., None]]:
    """The loops with float32 in between."""
    import numba

    from l2norm_ref.fast._compiled import OPTIONS

    text = _source(_loops).replace("np.float64", "np.float32").replace("_sum = 0.0", "_sum = np.float32(0)")
    names: dict[str, Any] = {}
    exec(compile(text, "loops in float32", "exec"), names)
    made = {name: numba.njit(**OPTIONS)(value) for name, value in names.items() if name.startswith("ncs")}

    def call(name: str) -> Callable[..., None]:
        def run(*arguments: Any) -> None:
            narrow = (a.astype(np.float32) if getattr(a, "dtype", None) == np.float64 else a for a in arguments)
            made[name](*narrow)  # what is added to is lost: only the time counts here

        return run

    return call


def plain_sums() -> dict[str, Any]:
    """The NumPy sweeps with `np.sum` where they have a product with a vector."""
    text = _source(_blocked)
    for old, new in (
        ("ones[: len(x_k)] @ w_k", "np.sum(w_k, axis=0)"),
        ("gamma_k @ w_k", "np.sum(gamma_k[:, None] * w_k, axis=0)"),
        ("w_k @ r", "np.sum(w_k * r, axis=1)"),
    ):
        if old not in text:
            raise ValueError(f"the printed sweeps have no {old!r} any more")
        text = text.replace(old, new)
    names: dict[str, Any] = {}
    exec(compile(text, "sums without BLAS", "exec"), names)
    return {name: value for name, value in names.items() if name.startswith("ncs_over_c_")}


def _source(module: Any) -> str:
    with open(module.__file__, encoding="utf-8") as file:
        return file.read()


def choices(turns: Callable[[Mapping[str, Run], int], dict[str, list[float]]], rounds: int) -> dict[str, Any]:
    """Ratios to the copy, by choice and by what could be chosen, and under `chosen` what the package does."""
    name, shape, across, axis = SHAPES[0]
    problem = Problem(name, shape, across_spatial=across, channel_axis=axis)
    loops, blocked = ours("numba")(problem), ours("numpy")(problem)
    cell = 2 * problem.x.itemsize * shape[1]
    runs: dict[tuple[str, str], Run] = {("", "copy"): copy(problem)}
    for size in TILES:
        runs["tile", f"{size} positions"] = within(loops, _tiles, TILE_BYTES=size * cell, ROW=size)
    runs["numbers in between", "float64"] = loops
    runs["numbers in between", "float32"] = within(loops, _engines, compiled=single_precision())
    for size in BLOCKS:
        runs["block", f"{size} KiB"] = within(blocked, _engines, BLOCK_BYTES=size << 10)
    runs["sums", "product with a vector"] = blocked
    runs["sums", "np.sum"] = within(blocked, _blocked, **plain_sums())
    times = turns({"|".join(key): run for key, run in runs.items()}, rounds)
    (tile, *_) = _tiles.tiles(Layout("ncs", "c", (shape[0], shape[1], math.prod(shape[2:]))), problem.x.itemsize)
    chosen = {"tile": f"{tile.shape[1]} positions", "block": f"{_engines.BLOCK_BYTES >> 10} KiB"}
    chosen |= {"numbers in between": "float64", "sums": "product with a vector"}
    found: dict[str, Any] = {"chosen": chosen}
    for choice, option in list(runs)[1:]:
        pairs = zip(times[f"{choice}|{option}"], times["|copy"], strict=True)
        found.setdefault(choice, {})[option] = median(a / b for a, b in pairs)
    return found
