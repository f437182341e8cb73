"""What a call asks for: the validated arguments, and the view of the arrays that a kernel takes.

The arguments are those of `l2norm_ref.l2norm_forward`, checked by the same functions with the same words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref._l2norm import EPS_MODES
from l2norm_ref.fast._compiled import available
from l2norm_ref.fast._layout import Layout, layout_of
from l2norm_ref.fast._run import default_threads

ENGINES = ("numba", "numpy")


@dataclass(frozen=True, eq=False)
class Problem:
    """A layer and its input, ready to be computed.

    Attributes:
        x: the input as it came.
        scale: the scale as float64, None without.
        gamma: one number for each channel, whatever the scale is; float64.
        eps_mode, eps: the denominator.
        channel: the channel axis, None for rank 1.
        reduced: the axes that are summed.
        layout: the view of the arrays; None where the reference itself must do it.
        engine: `numba` or `numpy`.
        threads: how many may work at once.
    """

    x: np.ndarray = field(repr=False)
    scale: np.ndarray | None = field(repr=False)
    gamma: np.ndarray = field(repr=False)
    eps_mode: str
    eps: float
    channel: int | None
    reduced: tuple[int, ...]
    layout: Layout | None
    engine: str
    threads: int

    @property
    def mode(self) -> dict[str, Any]:
        """The keyword arguments of `l2norm_ref.l2norm_forward`, which computes what has no kernel."""
        shared = self.scale is None or not self.scale.ndim
        options = {"eps": self.eps, "eps_mode": self.eps_mode, "axes": self.reduced, "precision": "plain"}
        return options | {"channel_shared": shared, "channel_axis": 1 if self.channel is None else self.channel}


def problem(
    x: object,
    scale: object,
    across_spatial: object,
    channel_shared: object,
    eps: object,
    eps_mode: object,
    channel_axis: object,
    axes: object,
    engine: object,
    threads: object,
) -> Problem:
    """Check the arguments.

    Raises:
        TypeError, ValueError: as `l2norm_ref.l2norm_forward`; engine or threads is none.
        ModuleNotFoundError: engine is `numba`, which is not installed.
    """
    array = arguments.input_array(x, axes_given=axes is not None)
    spatial = arguments.flag("across_spatial", across_spatial)
    shared = arguments.flag("channel_shared", channel_shared)
    number, denominator = arguments.epsilon(eps), arguments.choice("eps_mode", eps_mode, EPS_MODES)
    channel = arguments.channel(channel_axis, array.ndim)
    reduced = arguments.reduced_axes(axes, array.shape, channel, spatial)
    weights = arguments.scale_array(scale, array.shape, channel, shared)
    layout = layout_of(array.shape, channel, reduced) if array.size else None
    gamma = np.full(layout.channels, 1.0 if weights is None else weights) if layout else np.empty(0)
    workers = default_threads(array.size) if threads is None else _threads(threads)
    return Problem(array, weights, gamma, denominator, number, channel, reduced, layout, _engine(engine), workers)


def _engine(value: object) -> str:
    if value is None:
        return ENGINES[0] if available() else ENGINES[1]
    engine = arguments.choice("engine", value, ENGINES)
    if engine == "numba" and not available():
        raise ModuleNotFoundError("engine: 'numba' is not installed; pip install 'l2norm_ref[fast]'", name="numba")
    return engine


def _threads(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise arguments.refusal(TypeError, "threads", "an int >= 1 or None", value)
    if value < 1:
        raise arguments.refusal(ValueError, "threads", "an int >= 1 or None", value)
    return int(value)
