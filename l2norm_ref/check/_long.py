"""Arrays that are long along one axis, for code that sums the first block of a norm and forgets the rest.

Few of the elements that are summed are not 0. A sum of so few terms is as accurate as a short one, and its tolerance is
as small, so that in float16 too it shows when a term is missing.
"""

from __future__ import annotations

import numpy as np

from l2norm_ref.check._mode import Mode

LONG = 4099  # 4096 and three
BLOCKS = tuple(2**k for k in range(5, 13))  # 32 to 4096


def few_along(axis: int, rank: int) -> np.ndarray:
    """1 at two of the elements before the end of each block, the last among them, and at all after 4096; 0 elsewhere.

    Example:
        >>> np.flatnonzero(few_along(0, 1)[:128]).tolist()
        [25, 31, 51, 63, 102, 127]
    """
    few = np.zeros(LONG)
    for end in BLOCKS:
        few[[end - 1, end - 1 - end // 5]] = 1.0
    few[BLOCKS[-1] :] = 1.0
    return few.reshape([-1 if k == axis else 1 for k in range(rank)])


def long_axes(mode: Mode) -> dict[str, int]:
    """The axes to try, by the name of the fixture: the channels', and another, one that is summed if there is one."""
    others = [k for k in range(mode.rank) if k != mode.channel]
    axes = {} if mode.channel is None else {"many channels": mode.channel}
    return axes | ({"many positions": max(others, key=lambda k: (k in mode.axes, k))} if others else {})


def long_shape(axis: int, mode: Mode) -> tuple[int, ...]:
    """As small as it can be, with two channels."""
    return tuple(LONG if k == axis else 2 if k == mode.channel else 1 for k in range(mode.rank))


def long_arrays(axis: int, shape: tuple[int, ...], mode: Mode, gamma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x and dy as float64, for that scale. No part of <x, h> or of dscale cancels another."""
    rng = np.random.default_rng([axis, *shape])
    x, dy = rng.uniform(0.5, 1.5, (2, *shape)) * rng.choice([-1.0, 1.0], (2, *shape))
    x = x * 2.0 ** np.ceil(np.log2(max(1.0, mode.floor / 3)))  # norms of 4 or more, above eps
    if axis in mode.axes:
        x = x * few_along(axis, mode.rank)
    elif mode.has_scale and axis != mode.scale_axis:  # dscale is summed along it
        dy = dy * few_along(axis, mode.rank)
    return x, np.where(x == 0, dy, np.abs(dy) * np.sign(x * gamma))
