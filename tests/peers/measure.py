"""What every peer is asked to compute, and how far its answer is from the reference.

The inputs are float32; the truth is `l2norm_forward` and `l2norm_backward` on the same numbers as float64. An error is
counted in units in the last place (ulp) of float32 and relative to a size: of y to y itself; of dx to the larger of the
two terms whose difference it is, the sum <x,h> in it taken with all its terms positive, for they may cancel; of dscale
to the sum of the sizes of its terms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from fixtures import denominator, resolve

from l2norm_ref import l2norm_backward, l2norm_forward
from l2norm_ref.presets import Preset


@dataclass(frozen=True)
class Case:
    """One input: x, dy and scale (None for a layer without) as float32."""

    name: str
    x: np.ndarray
    dy: np.ndarray
    scale: np.ndarray | None


def cases(preset: Preset) -> Iterator[Case]:
    """Ordinary features, 512 channels of large ones, and norms between a tenth and ten times the eps that counts."""
    threshold = preset["eps"] if preset["eps_mode"] in ("add_outside", "clamp_norm") else preset["eps"] ** 0.5
    names = {"ordinary": (3, 1.0), "wide": (512, 100.0)} | ({"near eps": (3, threshold)} if threshold else {})
    for seed, (name, (channels, size)) in enumerate(names.items()):
        last = preset["channel_axis"] == -1
        shape = (2, 5, 7, channels) if last else (2, channels, 5, 7)
        rng = np.random.default_rng(seed)
        x, dy = rng.normal(size=shape), rng.normal(size=shape)
        axes, _ = resolve(shape, None, preset)
        if name == "near eps":  # every slice has a norm of its own
            norm = np.sqrt(np.sum(x * x, axis=axes, keepdims=True))
            x = x / norm * 10 ** rng.uniform(-1, 1, norm.shape)
        scale = None
        if preset.scale != "none":
            scale = rng.uniform(0.3, 3, channels) * rng.choice([-1.0, 1.0], channels)
            scale = np.float32(-1.75) if preset["channel_shared"] else scale.astype(np.float32)
        yield Case(name, (x * size).astype(np.float32), dy.astype(np.float32), scale)


def truth(preset: Preset, case: Case, eps_mode: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """y, dx and dscale as they should be, each with the size that its error is relative to."""
    arguments = preset | {"eps_mode": eps_mode}
    x, dy = case.x.astype(np.float64), case.dy.astype(np.float64)
    scale = None if case.scale is None else case.scale.astype(np.float64)
    y, saved = l2norm_forward(x, scale, **arguments)
    dx, dscale = l2norm_backward(dy, saved)
    axes, gamma = resolve(x.shape, scale, arguments)
    d = denominator(np.sum(x * x, axis=axes, keepdims=True), arguments["eps"], eps_mode)
    # With everything positive nothing cancels, and what is missing from |h| / d is the other term in its full size.
    _, positive = l2norm_forward(np.abs(x), None if scale is None else np.abs(scale), **arguments)
    direct = np.abs(gamma * dy / d)
    other = direct - l2norm_backward(np.abs(dy), positive)[0]
    result = {"y": (y, np.abs(y)), "dx": (dx, np.maximum(direct, other))}
    if dscale is not None:
        over = None if not dscale.ndim else tuple(k for k in range(x.ndim) if k != preset["channel_axis"] % x.ndim)
        result["dscale"] = (dscale, np.sum(np.abs(dy * x / d), axis=over))
    return result


def error(value: np.ndarray, true: np.ndarray, size: np.ndarray) -> tuple[float, float]:
    """The largest error in ulp of float32 and relative to `size`; infinite where the value is not finite."""
    assert value.dtype == np.float32 and value.shape == true.shape, (value.dtype, value.shape, true.shape)
    distance = np.abs(value.astype(np.float64) - true)
    distance = np.where(np.isfinite(distance), distance, np.inf)
    return float(np.max(distance / np.spacing(size.astype(np.float32)))), float(np.max(distance / size))
