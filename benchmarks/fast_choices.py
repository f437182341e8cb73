"""The measurements behind the constants of `l2norm_ref.fast`: each choice beside what it was chosen over.

All on SSD300's conv4_3 in float32, one thread, results given; as ratios to the copy in the same round.

- tile: how many positions of a sample a tile of the loops has. Short rows cost more than they save: each is on another
  page of memory, which neither the prefetcher nor the table of page addresses likes.
- numbers in between: float64 against float32. The wider numbers are kept for the last digits, not for speed; where the
  loops wait for memory they cost next to nothing.
- rows at once: how many rows of elements the loops do together where they go with one row of float64 numbers. Those
  rows are longer than the elements' own, and do not fit beside them into the first cache.
- calls: one call of compiled code for all tiles, against Python between the sweeps. What Python does there takes little
  time by itself, but it runs with caches full of elements.
- block: the bytes of a work array of the NumPy sweeps. Small ones pay for Python, large ones leave the second cache.
- vectors: a vector copied to all rows (or columns) and then multiplied in place, against a product with the vector.
  NumPy goes row by row in such a product, and a row is short; copying has no such cost.
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

from l2norm_ref.emit.fused import fused_files, together
from l2norm_ref.fast import _blocked, _compiled, _compute, _engines, _loops, _numbers, _tiles
from l2norm_ref.fast._layout import Layout

TILES = (64, 256, 722, 1444)
ROWS = ((1, 1), (2, 2), (4, 2), (4, 4))
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
    text = _source(_loops).replace("np.float64", "np.float32").replace("_sum = 0.0", "_sum = np.float32(0)")
    made = loops_of(text)

    def call(name: str) -> Callable[..., None]:
        def run(*arguments: Any) -> None:
            narrow = (a.astype(np.float32) if getattr(a, "dtype", None) == np.float64 else a for a in arguments)
            made(name)(*narrow)  # what is added to is lost: only the time counts here

        return run

    return call


def loops_of(text: str) -> Callable[[str], Callable[..., None]]:
    """The compiled functions of another text, by name."""
    names: dict[str, Any] = {}
    exec(compile(text, "other loops", "exec"), names)
    return lambda name: _compiled.linked(names[name])


def rows_at_once(adds: int, writes: int) -> Callable[[str], Callable[..., None]]:
    """The loops, printed for other numbers of rows at once."""
    with setting(together, TOGETHER={"adds": adds, "writes": writes}):
        return loops_of(fused_files()["fast/_loops.py"])


class SweepBySweep(_engines.Loops):
    """The same loops, with a call for each sweep and NumPy in between."""

    def __call__(
        self, what: str, eps_mode: str, eps: float, arrays: _engines.Arrays, chunks: list[list[_tiles.Tile]]
    ) -> None:
        """Forward and backward at once, by positions."""
        x, dy, gamma, y, dx = (arrays[name] for name in ("x", "dy", "gamma", "y", "dx"))
        for k, tile in ((k, tile) for k, chunk in enumerate(chunks) for tile in chunk):
            s, p2 = np.zeros((2, *tile.shape))
            part = (tile.first, tile.last, tile.start, tile.stop)
            _compiled.compiled("ncs_over_c_sums_backward")(x, dy, gamma, s, p2, *part)
            r, q = getattr(_numbers, f"{eps_mode}_backward")(s, p2, eps)
            _compiled.compiled("ncs_over_c_writes_both")(x, dy, gamma, r, q, y, dx, arrays["dgamma"][k], *part)


def edited(*edits: tuple[str, str]) -> dict[str, Any]:
    """The NumPy sweeps of the first shape with other statements.

    Raises:
        ValueError: what is to be replaced is not there.
    """
    text = _source(_blocked)
    for old, new in edits:
        if old not in text:
            raise ValueError(f"the printed sweeps have no {old!r} any more")
        text = text.replace(old, new)
    names: dict[str, Any] = {}
    exec(compile(text, "other sweeps", "exec"), names)
    return {name: value for name, value in names.items() if name.startswith("ncs_over_c_")}


PLAIN_SUMS = (
    ("ones[: len(x_k)] @ w_k", "np.sum(w_k, axis=0)"),
    ("gamma_k @ w_k", "np.sum(gamma_k[:, None] * w_k, axis=0)"),
    ("w_k @ r", "np.sum(w_k * r, axis=1)"),
)
"""`np.sum` where there is a product with a vector."""

STEP = "\n        "
BY_VECTORS = (
    (
        f"np.copyto(g_k, gamma_k[:, None]){STEP}np.multiply(g_k, r_k, out=g_k)",
        "np.multiply(gamma_k[:, None], r, out=g_k)",
    ),
    (f"np.copyto(w_k, q){STEP}np.multiply(w_k, x_k, out=w_k)", "np.multiply(x_k, q, out=w_k)"),
)
"""Products with a vector where it is copied first."""


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
    for adds, writes in ROWS:
        runs["rows at once", f"{adds}, {writes}"] = within(loops, _engines, compiled=rows_at_once(adds, writes))
    runs["calls", "one for all tiles"] = loops
    runs["calls", "one for each sweep"] = within(loops, _compute, Loops=SweepBySweep)
    for size in BLOCKS:
        runs["block", f"{size} KiB"] = within(blocked, _engines, BLOCK_BYTES=size << 10)
    runs["sums", "product with a vector"] = blocked
    runs["sums", "np.sum"] = within(blocked, _blocked, **edited(*PLAIN_SUMS))
    runs["vectors", "copied, multiplied in place"] = blocked
    runs["vectors", "multiplied by"] = within(blocked, _blocked, **edited(*BY_VECTORS))
    times = turns({"|".join(key): run for key, run in runs.items()}, rounds)
    (tile, *_) = _tiles.tiles(Layout("ncs", "c", (shape[0], shape[1], math.prod(shape[2:]))), problem.x.itemsize)
    chosen = {"tile": f"{tile.shape[1]} positions", "block": f"{_engines.BLOCK_BYTES >> 10} KiB"}
    chosen |= {"numbers in between": "float64", "sums": "product with a vector"}
    chosen |= {"rows at once": "{adds}, {writes}".format_map(together.TOGETHER), "calls": "one for all tiles"}
    chosen |= {"vectors": "copied, multiplied in place"}
    found: dict[str, Any] = {"chosen": chosen}
    for choice, option in list(runs)[1:]:
        pairs = zip(times[f"{choice}|{option}"], times["|copy"], strict=True)
        found.setdefault(choice, {})[option] = median(a / b for a, b in pairs)
    return found
