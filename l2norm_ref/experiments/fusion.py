"""The grid: which runs are made, one run, all runs in several processes, and the file of their results.

Contract: `run_one(cell, seed, epochs)` depends on its arguments alone. The seed decides the split of the data, the
first weights and the order of the pictures, for all methods alike.
"""

from __future__ import annotations

import math
import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from l2norm_ref.experiments.digits import load
from l2norm_ref.experiments.methods import COMPARED, GRADIENTS, METHODS
from l2norm_ref.experiments.network import FusionNetwork
from l2norm_ref.experiments.train import Record, train

# Seeds below 10 were used while the grid and the statements were chosen, so that the results are of fresh ones.
SEEDS = tuple(range(10, 20))
MORE_SEEDS = tuple(range(10, 30))  # for Caffe's gradient against the derivative, whose difference is small
EPOCHS = 6
FACTOR = 32.0  # a power of two, so that multiplying by it rounds nothing

SSD_RATE = 1e-3
RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
LOWER_RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)  # where features 32 times as large meet no normalisation
LARGER = {"concat": LOWER_RATES, "sum": LOWER_RATES, "response norm": RATES}
IN_BATCH_NORM = ("concat", "l2norm 1 channel", "l2norm 4 channel", "l2norm 20 channel")
IN_BATCH_NORM_RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
# Scales up to 200 are too much for SSD's rate: there a smaller one as well.
SPREAD_RATES = {"even": (SSD_RATE,), "mild": (SSD_RATE,), "strong": (1e-4, SSD_RATE)}


@dataclass(frozen=True)
class Cell:
    """A place in the grid.

    Attributes:
        method: A name of `methods.METHODS`.
        rate: The learning rate.
        size_factor: How many times as large the first tap's features are made.
        batch_norm: Whether the network has BatchNorm after its convolutions.
    """

    method: str
    rate: float
    size_factor: float = 1.0
    batch_norm: bool = False


def grid() -> list[Cell]:
    """The cells of the full run: not all combinations, but those that a statement needs.

    - All methods, each at the same learning rates.
    - Features of the first tap 32 times as large, for the methods that feel it. The normalising ones compute the same
      for any factor, but for what eps does where features are almost 0, and are not run again.
    - The factor in a network with BatchNorm.
    - Caffe's gradient and the derivative with even and spread scales.
    """
    cells = [Cell(method, rate) for method in COMPARED for rate in RATES]
    cells += [Cell(method, rate, FACTOR) for method, rates in LARGER.items() for rate in rates]
    cells += [Cell(method, rate, FACTOR, True) for method in IN_BATCH_NORM for rate in IN_BATCH_NORM_RATES]
    for spread, rates in SPREAD_RATES.items():
        cells += [Cell(f"{gradient} {spread}", rate) for gradient in GRADIENTS for rate in rates]
    return cells


def reduced_grid() -> list[Cell]:
    """A few cells, for a page that runs them while it is built."""
    methods = ("concat", "l2norm 1 fixed", "l2norm 20 channel", "batch norm")
    return [Cell(method, SSD_RATE) for method in methods] + [Cell("concat", SSD_RATE, FACTOR)]


def seeds_of(cell: Cell) -> tuple[int, ...]:
    """The seeds of a cell in the full run."""
    return SEEDS if cell.method in COMPARED else MORE_SEEDS


def run_one(cell: Cell, seed: int, epochs: int = EPOCHS) -> Record:
    """Train one network, with one thread."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    maker, joint = METHODS[cell.method]
    scales = np.random.default_rng([seed, 3])
    with threadpool_limits(limits=1):
        network = FusionNetwork(
            None if maker is None else lambda: maker(scales),
            joint(),
            np.random.default_rng([seed, 0]),
            size_factor=cell.size_factor,
            batch_norm=cell.batch_norm,
        )
        return train(network, load(seed), rate=cell.rate, epochs=epochs, seed=seed)


def run_all(
    cells: Sequence[Cell],
    seeds: Callable[[Cell], Sequence[int]] = seeds_of,
    *,
    epochs: int = EPOCHS,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Train every cell with every of its seeds.

    Args:
        cells: The places in the grid.
        seeds: Those of a cell; at least two, for an interval.
        epochs: The length of a run.
        jobs: The number of processes; 1 stays in this one.
        progress: Called after each run with the number of runs done and of all.

    Returns:
        For each cell what `summary` makes of its records.
    """
    tasks = [(cell, seed, epochs) for cell in cells for seed in seeds(cell)]
    records: list[Record] = []

    def collect(done: Iterable[Record]) -> None:
        for record in done:
            records.append(record)
            if progress:
                progress(len(records), len(tasks))

    if jobs == 1:
        collect(run_one(*task) for task in tasks)
    else:
        # Fresh processes: a copy of this one could hold locks that nobody releases.
        with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
            collect(pool.map(run_one, *zip(*tasks, strict=True), chunksize=4))
    in_order = iter(records)
    return [summary(cell, seeds(cell), [next(in_order) for _ in seeds(cell)]) for cell in cells]


def summary(cell: Cell, seeds: Sequence[int], records: Sequence[Record]) -> dict[str, Any]:
    """The records of a cell as numbers for a file, one of a list for each seed.

    `loss` is that of the last epoch (null where the run diverged), `validation` the last accuracy, `curves` the test
    accuracy after each epoch, `test` the last and `speed` the mean of these; `shares` are the first tap's, at the start
    and at the end; `diverged` is a number of seeds.
    """
    return asdict(cell) | {
        "seeds": list(seeds),
        "loss": [_rounded(record.loss[-1]) for record in records],
        "validation": [_rounded(record.validation[-1]) for record in records],
        "test": [_rounded(record.test[-1]) for record in records],
        "speed": [_rounded(float(np.mean(record.test))) for record in records],
        "curves": [[_rounded(accuracy) for accuracy in record.test] for record in records],
        "shares": [[_rounded(share) for share in record.shares] for record in records],
        "diverged": sum(record.diverged for record in records),
    }


def _rounded(value: float) -> float | None:
    """Five digits, which is more than a run's accuracy has; null for what is no number."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def machine() -> str:
    """What the runs are made on, in words."""
    import platform

    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
