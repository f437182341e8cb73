"""The work in chunks of tiles, side by side in threads.

Each chunk adds to a sum for dgamma of its own, and these are added in their order at the end: whichever thread took
which chunk, and however many there are, the result is the same to the last bit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from l2norm_ref.fast._engines import Engine
from l2norm_ref.fast._layout import Layout
from l2norm_ref.fast._tiles import chunks, tiles

PARALLEL = 1 << 17
"""Arrays of fewer elements are not worth a second thread unless it is asked for."""


def run(
    layout: Layout,
    arrays: Mapping[str, np.ndarray],
    eps_mode: str,
    eps: float,
    what: str,
    engine: Engine,
    threads: int,
) -> np.ndarray:
    """Fill y, dx or both.

    Args:
        layout: the view of the arrays.
        arrays: x, gamma, and as `what` needs them dy, y and dx; of the shape of the layout, gamma one for each channel.
        eps_mode: the denominator.
        eps: its constant.
        what: `forward`, `backward` or `both`.
        engine: does it.
        threads: how many may work at once; more than one only if the engine keeps nothing between its calls.

    Returns:
        dgamma, one for each channel, of dtype float64; zeros for `forward`.
    """
    groups = chunks(tiles(layout, arrays["x"].itemsize, engine.row), layout.channels)
    partial = np.zeros((len(groups), layout.channels))

    def work(part: slice) -> None:
        with np.errstate(all="ignore"):
            engine(what, eps_mode, eps, {**arrays, "dgamma": partial[part]}, groups[part])

    if threads > 1 and len(groups) > 1:
        list(_pool(threads).map(work, [slice(k, k + 1) for k in range(len(groups))]))
    else:
        work(slice(None))
    return partial.sum(axis=0)


def default_threads(size: int) -> int:
    """As many as there are processors for this process, for an array that is worth it."""
    if size < PARALLEL:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="l2norm_ref.fast")


if hasattr(os, "register_at_fork"):  # threads do not survive a fork
    os.register_at_fork(after_in_child=_pool.cache_clear)
