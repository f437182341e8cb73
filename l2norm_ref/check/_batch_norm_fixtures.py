"""The fixtures of the check of BatchNorm, with the truth and the sizes of the terms."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from l2norm_ref import batch_norm_backward, batch_norm_forward
from l2norm_ref.check import _tolerance
from l2norm_ref.check._long import BLOCKS, LONG
from l2norm_ref.check._relatives_fixtures import SHAPES, Case, moved, reduced, wide
from l2norm_ref.check._safe import in_range, refused_eps
from l2norm_ref.check._slices import norms


def fixtures(dtype: np.dtype, channel_axis: int, eps: float, given: bool) -> list[Case]:
    """All of them. A core fixture decides; there neither squares nor the cube of sigma leave the dtype's normal range.

    Raises:
        ValueError: The dtype cannot hold eps, and no core fixture is left.
    """
    cases = []
    for case in _cases(dtype, channel_axis, eps, given):
        _truth(case, eps, channel_axis)
        cases.append(case)
    if not any(case.core for case in cases):
        raise refused_eps(eps, dtype)
    return cases


def _cases(dtype: np.dtype, channel_axis: int, eps: float, given: bool) -> Iterator[Case]:
    root, largest = math.sqrt(eps), float(np.finfo(dtype).max)
    kinds = [("repeated call", "random", 1.0, 1.0), ("not contiguous", "random", 1.0, 1.0)]
    kinds += [(name, name, 1.0, 1.0) for name in SHAPES]
    kinds += [("near eps", "random", root, 0.0), ("eps dominant", "random", 0.1 * root, 0.0)]
    kinds += [
        ("constant", "odd sizes", 0.0, 3.0),
        ("large mean", "random", 1.0, 1e3),
        ("huge", "random", largest**0.6, 0.0),
    ]
    for name, shape_of, spread, mean in kinds:
        shape = SHAPES[shape_of]
        rng = np.random.default_rng([len(name), *shape])
        x = spread * rng.normal(size=shape) + mean * rng.normal(size=(1, shape[1], 1, 1))
        dy = rng.normal(size=shape)
        if name == "many positions":
            x, dy = _long(rng, shape)
            x *= 2.0 ** np.ceil(np.log2(max(1.0, root)))  # variances above eps
        arrays = {key: moved(values, channel_axis, dtype) for key, values in (("x", x), ("dy", dy))}
        count = _tolerance.longest((x != 0) | (dy != 0), (0, 2, 3))
        if given:
            arrays["mean"] = (mean * rng.normal(size=shape[1])).astype(dtype)
            arrays["var"] = (np.clip(spread, root, 100.0) ** 2 * rng.uniform(0.5, 2, size=shape[1])).astype(dtype)
        core = name not in ("large mean", "huge")
        yield Case(name, {**arrays}, count, 0, core, name == "not contiguous", name == "repeated call")


def _long(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """x and dy of which few are not 0: one on either side of each power of two from 32 to 4096, a and -a in x.

    They have so few bits that their sums are exact in every dtype, and the mean of all is 0; so one that is missing
    from a mean or a variance shows in float16 too.
    """
    x, dy = np.zeros((2, *shape))
    for end in BLOCKS:
        pair = rng.choice([8.0, 12.0], (shape[1], 1)) * rng.choice([1.0, -1.0], (shape[1], 1)) * [1.0, -1.0]
        pair = pair * (2.0 if end > LONG // 2 else 1.0)
        x[0, :, 0, end - 1 : end + 1] = pair
        dy[0, :, 0, end - 1 : end + 1] = rng.choice([0.5, 0.75, 1.25], pair.shape) * np.sign(pair)
    return x, dy


def _truth(case: Case, eps: float, channel_axis: int) -> None:
    axes, dtype = reduced(channel_axis), case.array("x").dtype
    x, dy = (case.array(key).astype(np.float64) for key in ("x", "dy"))
    given = {key: case.array(key).astype(np.float64) for key in ("mean", "var") if key in case.inputs}
    y, saved = batch_norm_forward(x, eps=eps, channel_axis=channel_axis, **given)
    case.truth = {"y": y, "dx": batch_norm_backward(dy, saved)}
    if given:
        mean, n = wide(given["mean"], channel_axis), np.sqrt(wide(given["var"], channel_axis))
        sigma = np.hypot(n, math.sqrt(eps))
        offset, condition = np.abs(mean), 1.0
    else:
        mean = np.mean(x, axis=axes, keepdims=True)
        n, offset = norms(x - mean, axes), np.mean(np.abs(x), axis=axes, keepdims=True)
        n = np.where(n > 1e-12 * offset, n, 0.0)  # constant but for the rounding of the mean here
        sigma = np.hypot(n / math.sqrt(x.size / n.size), math.sqrt(eps))
        condition = 1 + (mean / sigma) ** 2
    xhat, terms = (np.abs(x) + offset) / sigma, np.abs(dy)
    if not given:
        along = xhat * np.mean(terms * xhat, axis=axes, keepdims=True)
        terms = terms + np.mean(terms, axis=axes, keepdims=True) + along
    case.core = case.core and in_range(n, sigma, eps, dtype)
    case.size = {"y": xhat * condition, "dx": terms / sigma * condition}
    u, k = _tolerance.unit_roundoff(dtype), 0 if given else case.count
    case.tolerance = {"y": (k + 16) * u, "dx": (3 * k + 32) * u}
