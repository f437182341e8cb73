"""What is looked for in a Normalize."""

from __future__ import annotations

from collections.abc import Iterator

from l2norm_ref.caffe._tokens import shown
from l2norm_ref.caffe.explain._graph import Graph, learned
from l2norm_ref.caffe.explain._rules import Hint, Place, rule
from l2norm_ref.caffe.net import Layer


@rule("normalize-in-place", "wrong", "Normalize", phases=("TRAIN",))
def in_place(place: Place) -> Iterator[Hint]:
    """Top and bottom share their diff, and a buffer is subtracted from itself."""
    layer = place.layer
    if layer.in_place:
        yield Hint(
            layer.lines.get("top", layer.line),
            "in place its bottom gradient is 0 everywhere, so nothing before it is trained through it (the forward "
            "pass and the gradient of the scale are right). Caffe does not warn.",
            f"give it a top of its own: top: {shown(layer.name or 'norm')}, and let the layers after it read that",
        )


@rule("normalize-top-rewritten", "wrong", "Normalize", phases=("TRAIN",))
def top_rewritten(place: Place) -> Iterator[Hint]:
    """The gradient of the scale is computed from the top, which has to be as the layer left it."""
    layer = place.layer
    if not learned(layer):
        return
    writer = _rewriter(place.graph, layer)
    if writer is not None:
        yield Hint(
            writer.lines.get("top", writer.line),
            f"the {writer.type} {shown(writer.name)} rewrites the top of {shown(layer.name)} in place: Normalize "
            "computes the gradient of its scale from its top, so that gradient comes out wrong.",
            f"give the {writer.type} a top of its own",
        )


def _rewriter(graph: Graph, layer: Layer) -> Layer | None:
    """The first layer that rewrites the top, but for ReLU: what that sets to 0 has no gradient either."""
    seen = layer
    while True:
        seen = next((reader for reader in graph.consumers(seen) if set(reader.tops) & set(layer.tops)), None)
        if seen is None or seen.type != "ReLU" or seen.negative_slope != 0:
            return seen


@rule("filler-without-value", "wrong", "Normalize", phases=("TRAIN",))
def filler_without_value(place: Place) -> Iterator[Hint]:
    """Without `scale_filler` the scale starts from 1, with an empty one from 0."""
    layer = place.layer
    if layer.written("scale_filler") and not layer.written("scale_filler.value") and _starts_from_zero(layer):
        yield Hint(layer.line_of("scale_filler"), f"a constant filler without value: {_ZERO}", _NOT_ZERO)


@rule("normalize-zero-scale", "wrong", "Normalize", phases=("TRAIN",))
def zero_scale(place: Place) -> Iterator[Hint]:
    """The gradient of the scale is divided by the scale."""
    layer = place.layer
    if layer.written("scale_filler.value") and _starts_from_zero(layer):
        yield Hint(layer.line_of("scale_filler.value"), f"value: 0: {_ZERO}", _NOT_ZERO)


_ZERO = "the scale starts from 0, the output is 0 and the gradient of the scale NaN (Caffe divides by the scale)."
_NOT_ZERO = 'write scale_filler { type: "constant" value: 20 } (as in SSD), or remove it: without one the scale is 1'


def _starts_from_zero(layer: Layer) -> bool:
    filler = layer.parameter["scale_filler"]
    return filler["type"] == "constant" and filler["value"] == 0


@rule("normalize-defaults", "risky", "Normalize")
def defaults(place: Place) -> Iterator[Hint]:
    """Both switches are on unless written, and SSD has both off."""
    layer = place.layer
    unset = [name for name in ("across_spatial", "channel_shared") if not layer.written(name)]
    if not unset:
        return
    means = {
        "across_spatial": "one norm for each sample, over all channels and positions",
        "channel_shared": "one scale for all channels",
    }
    yield Hint(
        layer.line_of("norm_param"),
        f"{' and '.join(unset)} {'are' if len(unset) > 1 else 'is'} not written, and true by default: "
        f"{', and '.join(means[name] for name in unset)}. SSD has both false.",
        f"write what is meant: norm_param {{ {' '.join(f'{name}: false' for name in unset)} }} as in SSD, or true",
    )


@rule("normalize-gradient", "risky", "Normalize", phases=("TRAIN",))
def gradient(place: Place) -> Iterator[Hint]:
    """Caffe takes the scale out of the inner product."""
    layer = place.layer
    if layer.parameter["channel_shared"] or layer.in_place:
        return
    if not learned(layer) and layer.parameter["scale_filler"]["type"] == "constant":
        return
    yield Hint(
        layer.line_of("channel_shared"),
        "with one scale for each channel, Caffe's bottom gradient is the derivative only while all scales are equal: "
        "it leaves the scale out of the inner product. With scales between 13.20 and 13.30, as reported for trained "
        "SSD300 models, the error is 1e-4 to 2e-3; with very different ones it can be as large as the gradient.",
        "channel_shared: true has the right gradient; nothing else in a prototxt mends it. The derivative is "
        "l2norm_ref.l2norm_backward, Caffe's is l2norm_ref.caffe.Normalize; see the notebook 06-caffe-gradient-bug",
    )
