"""How an array is seen by the kernels: three axes, in memory order, and a kind of sum.

NCHW is (samples, channels, positions), NHWC is (samples, positions, channels), and so is any other rank with its axes
merged: no data is moved. Where each position has its norm, samples are positions like others, so that (N, H, W, C) is
one sample of N * H * W positions; axes of size 1 fit anywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The view that a kernel takes.

    Attributes:
        order: `ncs` or `nsc`: the order of sample, channel and position in memory.
        over: the axes that are summed, in that order: `c`, `cs` or `sc`.
        shape: of the view.
    """

    order: str
    over: str
    shape: tuple[int, int, int]

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self.shape[self.order.index("c")]

    @property
    def places(self) -> int:
        """The number of norms in a sample."""
        return self.shape[self.order.index("s")] if self.over == "c" else 1

    @property
    def kernel(self) -> str:
        """What the names of its kernels begin with."""
        return f"{self.order}_over_{self.over}"


def layout_of(shape: tuple[int, ...], channel: int | None, reduced: tuple[int, ...]) -> Layout | None:
    """The view of an array, or None where no kernel is printed for the sum.

    Args:
        shape: of x.
        channel: the channel axis, None for rank 1.
        reduced: the axes that are summed over.

    Example:
        >>> layout_of((8, 512, 38, 38), 1, (1,))
        Layout(order='ncs', over='c', shape=(8, 512, 1444))
        >>> layout_of((8, 38, 38, 512), 3, (3,))
        Layout(order='nsc', over='c', shape=(1, 11552, 512))
        >>> layout_of((8, 512, 38, 38), 1, (2, 3)) is None
        True
    """
    if channel is None:
        return Layout("nsc", "c", (1, 1, shape[0]))
    single = {k for k, size in enumerate(shape) if size == 1}
    samples, channels = shape[0], shape[channel]
    before, after = math.prod(shape[1:channel]), math.prod(shape[channel + 1 :])
    if {*reduced} | single == {channel} | single:
        if after == 1:
            return Layout("nsc", "c", (1, samples * before, channels))
        return Layout("ncs", "c", (samples * before, channels, after))
    if {*reduced} | single == {*range(1, len(shape))} | single:
        if before == 1:
            return Layout("ncs", "cs", (samples, channels, after))
        if after == 1:
            return Layout("nsc", "sc", (samples, before, channels))
    return None
