"""The fixtures of the check of Scale, with the truth and the sizes of the terms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from l2norm_ref import scale_backward, scale_forward
from l2norm_ref.check import _tolerance
from l2norm_ref.check._long import few_along
from l2norm_ref.check._relatives_fixtures import SHAPES, Case, moved, reduced, wide


def fixtures(dtype: np.dtype, channel_axis: int, has_bias: bool) -> list[Case]:
    """All of them. They all decide."""
    cases = []
    for case in _cases(dtype, channel_axis, has_bias):
        _truth(case, channel_axis)
        cases.append(case)
    return cases


def _cases(dtype: np.dtype, channel_axis: int, has_bias: bool) -> Iterator[Case]:
    for name, shape in {"repeated call": SHAPES["random"], "not contiguous": SHAPES["random"], **SHAPES}.items():
        rng = np.random.default_rng([len(name), *shape])
        x, dy = rng.normal(size=(2, *shape))
        if name == "many positions":  # sums of few terms, none of which cancels another
            dy = rng.uniform(0.5, 1.5, shape) * np.sign(x) * few_along(3, 4)
        scale, bias = (rng.uniform(0.5, 3, size=(2, shape[1])) * rng.choice([-1, 1], shape[1])).astype(dtype)
        inputs: dict[str, np.ndarray | None] = {
            "x": moved(x, channel_axis, dtype),
            "dy": moved(dy, channel_axis, dtype),
            "scale": scale,
        }
        inputs |= {"bias": bias} if has_bias else {}
        yield Case(
            name, inputs, 1, _tolerance.longest(dy, (0, 2, 3)), True, name == "not contiguous", name == "repeated call"
        )


def _truth(case: Case, channel_axis: int) -> None:
    axes = reduced(channel_axis)
    given = {name: value.astype(np.float64) for name, value in case.inputs.items() if value is not None}
    y, saved = scale_forward(given["x"], given["scale"], given.get("bias"), channel_axis=channel_axis)
    dx, dscale, dbias = scale_backward(given["dy"], saved)
    scale = wide(given["scale"], channel_axis)
    bias = np.abs(wide(given["bias"], channel_axis)) if "bias" in given else 0.0
    case.truth = {"y": y, "dx": dx, "dscale": dscale} | ({} if dbias is None else {"dbias": dbias})
    case.size = {"y": np.abs(scale * given["x"]) + bias, "dx": np.abs(scale * given["dy"])}
    case.size["dscale"] = np.sum(np.abs(given["x"] * given["dy"]), axis=axes)
    case.size["dbias"] = np.sum(np.abs(given["dy"]), axis=axes)
    u = _tolerance.unit_roundoff(case.array("x").dtype)
    case.tolerance = {name: (16 if name in ("y", "dx") else case.length + 16) * u for name in case.truth}
