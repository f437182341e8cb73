"""Which L2Norm is meant: the keyword arguments of `l2norm_forward`, resolved for the rank that is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref import l2norm_forward

KEYWORDS = ("across_spatial", "channel_shared", "eps", "eps_mode", "channel_axis", "axes")
SPATIAL = (5, 7, 1, 2)  # beside 2 samples and 3 channels: sizes that differ, and one of 1


@dataclass(frozen=True)
class Mode:
    """One variant of the layer.

    Attributes:
        eps_mode: The denominator.
        eps: Its constant.
        axes: The axes that are summed over, counted from 0.
        channel: The axis of the channels; None for rank 1.
        shared: Whether there is one scale for all channels.
        has_scale: Whether there is a scale at all.
        rank: The rank of x.
        arguments: What `l2norm_forward` is called with.
    """

    eps_mode: str
    eps: float
    axes: tuple[int, ...]
    channel: int | None
    shared: bool
    has_scale: bool
    rank: int
    arguments: Mapping[str, Any]

    @property
    def floor(self) -> float:
        """The norm at which eps begins to matter, which is also the denominator at x = 0."""
        return {"none": 0.0, "add_inside": self.eps**0.5, "clamp_sum": self.eps**0.5}.get(self.eps_mode, self.eps)

    @property
    def scale_axis(self) -> int | None:
        """The axis that the scale runs along; None where it is one number or absent."""
        return self.channel if self.has_scale and not self.shared else None

    def shape(self, samples: int, channels: int, *spatial: int) -> tuple[int, ...]:
        """A shape of this rank with the channels where they belong; spatial sizes that are not given are 1."""
        rest = iter((*spatial, 1, 1, 1, 1, 1))
        return tuple(
            channels if k == self.channel else samples if k == 0 and self.rank > 1 else next(rest)
            for k in range(self.rank)
        )

    def gamma(self, scale) -> np.ndarray:
        """The scale as float64, in a shape that broadcasts against x; 1 without scale."""
        if scale is None:
            return np.ones((1,) * self.rank)
        shape = [-1 if k == self.scale_axis else 1 for k in range(self.rank)]
        return np.asarray(scale, dtype=np.float64).reshape(shape)

    def settings(self) -> dict[str, Any]:
        """All of it under the names that `check_l2norm` takes."""
        return {
            "eps_mode": self.eps_mode,
            "eps": self.eps,
            "axes": self.axes,
            "channel_axis": self.channel,
            "channel_shared": self.shared,
            "has_scale": self.has_scale,
            "rank": self.rank,
        }

    def __str__(self) -> str:
        scale = "no scale"
        if self.has_scale:
            scale = "one scale for all channels" if self.shared else f"a scale for each channel (axis {self.channel})"
        eps = "" if self.eps_mode == "none" else f" with eps {self.eps:.10g}"
        return f"{self.eps_mode}{eps}, summed over axes {self.axes}, {scale}, x of rank {self.rank}"


def resolve(mode: Mapping[str, Any], *, has_scale: bool, rank: int | None) -> Mode:
    """The mode for arrays of that rank: 4, or more where an axis asks for it.

    Raises:
        TypeError: A keyword that is none of a mode's, or a value of the wrong type.
        ValueError: A value that `l2norm_forward` refuses.
    """
    for name in mode:
        if name not in KEYWORDS:
            raise TypeError(f"{name}: expected a keyword argument of a mode ({', '.join(KEYWORDS)}), got {name!r}")
    has_scale = arguments.flag("has_scale", has_scale)
    axes = mode.get("axes")
    if rank is None:
        named = (mode.get("channel_axis", 1), *(axes if isinstance(axes, tuple) else ()))
        numbers = [k for k in named if isinstance(k, int | np.integer)]
        rank = min(6, max(4, *(int(k) + 1 if k >= 0 else -int(k) for k in numbers))) if numbers else 4
    elif isinstance(rank, bool) or not isinstance(rank, int):
        raise arguments.refusal(TypeError, "rank", "an integer from 1 to 6", rank)
    elif not 1 <= rank <= 6:
        raise arguments.refusal(ValueError, "rank", "an integer from 1 to 6", rank)
    shared = arguments.flag("channel_shared", mode.get("channel_shared", True))
    trial = np.ones((1,) * rank)
    scale = None if not has_scale else 1.0 if shared else np.ones(1)
    _, saved = l2norm_forward(trial, scale, **mode)
    channel = arguments.channel(mode.get("channel_axis", 1), rank)
    return Mode(saved.eps_mode, saved.eps, saved.axes, channel, shared, has_scale, rank, dict(mode))
