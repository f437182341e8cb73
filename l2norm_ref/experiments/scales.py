"""What weight decay alone does to a scale: from 20 to 13.26 over SSD's schedule.

Contract: Caffe's SGD with momentum, v <- momentum * v + rate * decay * scale, scale <- scale - v, one iteration after
the other, in the dtype asked for. No gradient of a loss acts; what users found in trained models can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# Iterations and learning rate of each phase: 0.001, divided by ten after 80,000 and 100,000 of 120,000 iterations.
SSD_SCHEDULE = ((80_000, 1e-3), (20_000, 1e-4), (20_000, 1e-5))
# Users' reports of conv4_3_norm in trained SSD300 models, weiliu89/caffe issue 241.
REPORTED = (13.20, 13.30)


def decayed(
    scale: float = 20.0,
    schedule: Sequence[tuple[int, float]] = SSD_SCHEDULE,
    *,
    momentum: float = 0.9,
    decay: float = 5e-4,
    dtype: str = "float64",
) -> np.ndarray:
    """The scale before the first and after each iteration.

    Args:
        scale: What it starts with.
        schedule: Iterations and learning rate, phase by phase. The velocity is carried from one to the next.
        momentum: Caffe's `momentum`.
        decay: Caffe's `weight_decay`.
        dtype: "float64", or "float32", in which Caffe trains.

    Example:
        >>> values = decayed()
        >>> len(values), round(float(values[-1]), 4)
        (120001, 13.2595)
    """
    number = np.dtype(dtype).type
    now, velocity, slowing = number(scale), number(0), number(momentum)
    values = [now]
    for iterations, rate in schedule:
        pull, rate_of_phase = number(decay), number(rate)
        for _ in range(iterations):
            velocity = slowing * velocity + rate_of_phase * (pull * now)
            now = now - velocity
            values.append(now)
    return np.array(values)


def decayed_exponentially(
    scale: float = 20.0,
    schedule: Sequence[tuple[int, float]] = SSD_SCHEDULE,
    *,
    momentum: float = 0.9,
    decay: float = 5e-4,
) -> float:
    """The end by one formula: scale * exp(-decay * sum of all rates / (1 - momentum)).

    It takes the steps for infinitely small, and the velocity for settled at once.

    Example:
        >>> round(decayed_exponentially(), 2)
        13.26
    """
    rates = sum(iterations * rate for iterations, rate in schedule)
    return float(scale * np.exp(-decay * rates / (1 - momentum)))
