"""The ways to join the features that the experiment compares, by name.

Contract: `METHODS[name]` is a pair: what makes the layers between a tap and the joint (None: raw features), and how the
maps are joined. `l2norm S KIND` starts with scale S; KIND is `fixed`, `shared` (one learned number) or `channel` (one
learned number for each channel). A fixed scale per channel would be the fixed one again. For statement (g) the scales
of the channels are spread around 20 from the start, and the gradient is the derivative or Caffe's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from l2norm_ref.experiments.join import Concat, Sum
from l2norm_ref.experiments.layers import Layer
from l2norm_ref.experiments.network import CHANNELS, Chain
from l2norm_ref.experiments.normalization import (
    BatchNorm,
    CaffeL2Norm,
    GroupNorm,
    L2Norm,
    Scale,
    instance_norm,
    layer_norm,
)
from l2norm_ref.experiments.response import LocalResponseNorm

Maker = Callable[[np.random.Generator], Layer]

SCALES = (1, 10, 20)
EVEN_ELEMENTS = 4  # sqrt(16): as after the other layers, the elements have the size 1
KINDS = ("fixed", "shared", "channel")
SPREADS = {"even": 1.0, "mild": 1.25, "strong": 10.0}  # the largest scale over 20, and 20 over the smallest


def scales_around_20(spread: float, rng: np.random.Generator) -> np.ndarray:
    """As many scales as channels from 20 / spread to 20 * spread, in equal ratios, in random order."""
    return rng.permutation(20 * spread ** np.linspace(-1, 1, CHANNELS))


def _l2norm(scale: float, kind: str) -> Maker:
    start = np.full(CHANNELS, float(scale)) if kind == "channel" else float(scale)
    return lambda rng: L2Norm(start, learned=kind != "fixed")


def _spread(layer: type[L2Norm], spread: float) -> Maker:
    return lambda rng: layer(scales_around_20(spread, rng))


MAKERS: dict[str, Maker | None] = {
    "concat": None,
    "sum": None,
    **{f"l2norm {scale} {kind}": _l2norm(scale, kind) for scale in SCALES for kind in KINDS},
    f"l2norm {EVEN_ELEMENTS} channel": _l2norm(EVEN_ELEMENTS, "channel"),
    "batch norm": lambda rng: Chain(BatchNorm(CHANNELS), Scale(CHANNELS)),
    "layer norm": lambda rng: layer_norm(CHANNELS),
    "group norm": lambda rng: GroupNorm(CHANNELS, 4),
    "instance norm": lambda rng: instance_norm(CHANNELS),
    "response norm": lambda rng: LocalResponseNorm(),
}
COMPARED = tuple(MAKERS)
GRADIENTS: dict[str, type[L2Norm]] = {"derivative": L2Norm, "caffe": CaffeL2Norm}
MAKERS |= {
    f"{gradient} {name}": _spread(layer, spread)
    for gradient, layer in GRADIENTS.items()
    for name, spread in SPREADS.items()
}

METHODS: dict[str, tuple[Maker | None, type[Concat] | type[Sum]]] = {
    name: (maker, Sum if name == "sum" else Concat) for name, maker in MAKERS.items()
}
