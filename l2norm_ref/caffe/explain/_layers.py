"""What a BatchNorm, Scale or Normalize computes in a phase: formulas, statistics, blobs. Plain ASCII."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from l2norm_ref.caffe.explain._graph import global_stats, learned
from l2norm_ref.caffe.net import Layer


@dataclass(frozen=True, kw_only=True)
class Computation:
    """What a layer computes in one phase.

    Attributes:
        formula: The forward pass.
        gradient: The bottom gradient as Caffe computes it; empty in TEST, where there is no backward pass.
        statistics: Where the statistics or norms come from.
        updates: What a forward pass changes in the blobs; empty if nothing.
    """

    formula: str
    gradient: str = ""
    statistics: str = ""
    updates: str = ""


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A blob that the layer stores: its name, its shape in symbols, who changes it, and from what it starts."""

    name: str
    shape: str
    learned: bool
    about: str


def computation(layer: Layer, phase: str) -> Computation:
    """What the layer computes in a phase."""
    return _COMPUTATIONS[layer.type](layer, phase)


def blobs(layer: Layer) -> tuple[Blob, ...]:
    """The blobs that the layer stores, in Caffe's order."""
    return _BLOBS[layer.type](layer)


def in_place(layer: Layer) -> str:
    """What in place means for the layer; empty if it is not."""
    if not layer.in_place:
        return ""
    return {
        "BatchNorm": "same results as with a top of its own",
        "Scale": "same results as with a top of its own, for one backward pass after each forward pass",
        "Normalize": "right in the forward pass; the bottom gradient is 0",
    }[layer.type]


def _batch_norm(layer: Layer, phase: str) -> Computation:
    eps, fraction = layer.parameter["eps"], layer.parameter["moving_average_fraction"]
    formula = f"y = (x - mu) / sigma, sigma = sqrt(var + eps), eps = {eps:.6g}"
    training = phase == "TRAIN"
    if global_stats(layer, phase):
        return Computation(
            formula=formula,
            gradient="dx = dy / sigma" if training else "",
            statistics="from the blobs: mu = blobs[0] / blobs[2], var = blobs[1] / blobs[2]; both 0 if blobs[2] is 0",
        )
    return Computation(
        formula=formula,
        gradient="dx = (dy - mean(dy) - y * mean(dy * y)) / sigma" if training else "",
        statistics="of this batch: for each channel, over samples and positions, mu = mean(x), "
        "var = mean((x - mu)**2) (biased)",
        updates=f"blobs[0] = f * blobs[0] + mu, blobs[1] = f * blobs[1] + var * m / (m - 1), "
        f"blobs[2] = f * blobs[2] + 1, with f = {fraction:.6g} and m elements a channel",
    )


def _scale(layer: Layer, phase: str) -> Computation:
    beta = layer.parameter["bias_term"]
    return Computation(
        formula=f"y = gamma * x{' + beta' if beta else ''}, {_gamma(layer)}",
        gradient="dx = gamma * dy" if phase == "TRAIN" else "",
    )


def _normalize(layer: Layer, phase: str) -> Computation:
    across, shared, eps = (layer.parameter[name] for name in ("across_spatial", "channel_shared", "eps"))
    over = "channels and positions" if across else "channels"
    each = "sample" if across else "sample and position"
    if shared:
        gradient = "dx = scale * (dy - x * <x, dy> / d**2) / d"
    else:
        gradient = "dx = scale * (dy - x * <x, dy> / d**2) / d; the derivative has <x, scale * dy> there"
    if layer.in_place:
        gradient = "dx = 0, as it is in place"
    return Computation(
        formula=f"y = scale * x / d, d = sqrt(s + eps), s = sum(x**2), eps = {eps:.6g}",
        gradient=gradient if phase == "TRAIN" else "",
        statistics=f"of this input: one d for each {each}, the sum over {over}; nothing is stored",
    )


def _gamma(layer: Layer) -> str:
    if len(layer.bottoms) > 1:
        return "gamma is the second bottom"
    axis, axes = layer.parameter["axis"], layer.parameter["num_axes"]
    if axes == 0:
        return "one gamma for all elements"
    if (axis, axes) == (1, 1):
        return "one gamma for each channel"
    last = "the last" if axes == -1 else str(axis + axes - 1)
    return f"gamma along axis {axis}" if axes == 1 else f"gamma along the axes {axis} to {last}"


def _batch_norm_blobs(layer: Layer) -> tuple[Blob, ...]:
    return (
        Blob(name="sum of means", shape="(C,)", learned=False, about="from 0"),
        Blob(name="sum of variances", shape="(C,)", learned=False, about="from 0"),
        Blob(name="factor", shape="(1,)", learned=False, about="from 0"),
    )


def _scale_blobs(layer: Layer) -> tuple[Blob, ...]:
    axis, axes = layer.parameter["axis"], layer.parameter["num_axes"]
    shape = {(1, 1): "(C,)", (1, -1): "(C, H, W)"}.get((axis, axes), "()" if axes == 0 else "that of these axes of x")
    found = []
    if len(layer.bottoms) < 2:
        start = _start(layer, "filler", "1")
        found.append(
            Blob(name="gamma", shape=shape, learned=learned(layer), about=f"{start}; {_multipliers(layer, 0)}")
        )
    if layer.parameter["bias_term"]:
        start, shape = _start(layer, "bias_filler", "0"), "that of gamma" if len(layer.bottoms) > 1 else shape
        about = f"{start}; {_multipliers(layer, len(found))}"
        found.append(Blob(name="beta", shape=shape, learned=learned(layer, len(found)), about=about))
    return tuple(found)


def _normalize_blobs(layer: Layer) -> tuple[Blob, ...]:
    shape = "()" if layer.parameter["channel_shared"] else "(C,)"
    about = f"{_start(layer, 'scale_filler', '1')}; {_multipliers(layer, 0)}"
    if learned(layer) and layer.multipliers(0).decay_mult:
        about += ": weight decay pulls it towards 0"
    return (Blob(name="scale", shape=shape, learned=learned(layer), about=about),)


def _start(layer: Layer, name: str, default: str) -> str:
    if not layer.written(name):
        return f"from {default}"
    filler = layer.parameter[name]
    return f"from {filler['value']:.6g}" if filler["type"] == "constant" else f"filled by {filler['type'][:40]!a}"


def _multipliers(layer: Layer, blob: int) -> str:
    entry = layer.multipliers(blob)
    return f"lr_mult {entry.lr_mult:g}, decay_mult {entry.decay_mult:g}"


_COMPUTATIONS: dict[str, Callable[[Layer, str], Computation]] = {
    "BatchNorm": _batch_norm,
    "Scale": _scale,
    "Normalize": _normalize,
}
_BLOBS: dict[str, Callable[[Layer], tuple[Blob, ...]]] = {
    "BatchNorm": _batch_norm_blobs,
    "Scale": _scale_blobs,
    "Normalize": _normalize_blobs,
}
