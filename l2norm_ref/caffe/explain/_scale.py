"""What is looked for in a Scale."""

from __future__ import annotations

from collections.abc import Iterator

from l2norm_ref.caffe.explain._graph import has_bias, is_affine, learned
from l2norm_ref.caffe.explain._rules import Hint, Place, rule


@rule("scale-without-bias", "risky", "Scale")
def without_bias(place: Place) -> Iterator[Hint]:
    """Somewhere around a normalization there has to be a beta."""
    layer = place.layer
    if len(layer.bottoms) != 1 or layer.parameter["bias_term"]:
        return
    source, readers = place.graph.source(layer), place.graph.consumers(layer)
    if source is not None and has_bias(source):
        return
    if readers and all(has_bias(reader) for reader in readers):
        return
    after_batch_norm = source is not None and source.type == "BatchNorm"
    before_biasless = any(is_affine(reader) and not reader.bias_term for reader in readers)
    if not after_batch_norm and not before_biasless:
        return
    where = "after a BatchNorm" if after_batch_norm else "before a layer without bias"
    yield Hint(
        layer.line_of("bias_term"),
        f"no bias_term {where}: there is gamma but no beta, and nothing next to it adds one (bias_term is false unless "
        "it is written).",
        "write scale_param { bias_term: true }",
    )


@rule("filler-without-value", "wrong", "Scale", phases=("TRAIN",))
def filler_without_value(place: Place) -> Iterator[Hint]:
    """Without `filler` gamma starts from 1, with an empty one from 0."""
    layer = place.layer
    filler = layer.parameter["filler"]
    if len(layer.bottoms) != 1 or not layer.written("filler") or filler["type"] != "constant":
        return
    if layer.written("filler.value"):
        return
    yield Hint(
        layer.line_of("filler"),
        "a constant filler without value: gamma starts from 0, so the output is 0 (only beta, if there is one) and no "
        "gradient passes to the layers before, until gamma has moved.",
        "write filler { value: 1 }, or remove the filler: without one gamma starts from 1",
    )


@rule("scale-batch-one", "risky", "Scale", phases=("TRAIN",))
def batch_one(place: Place) -> Iterator[Hint]:
    """Where the sum over samples has one term, Caffe writes it into the diff instead of adding it."""
    layer = place.layer
    if len(layer.bottoms) != 1 or not learned(layer):
        return
    axis, one = layer.parameter["axis"], place.graph.batch(layer) == 1
    if layer.parameter["num_axes"] == 0 or not (axis == 0 or (axis == 1 and one)):
        return
    line, cause = (layer.line_of("axis"), "axis: 0") if axis == 0 else (layer.line, "a batch size of 1")
    yield Hint(
        line,
        f"with {cause} Caffe overwrites gamma's diff in each backward pass instead of adding to it (beta's is added "
        "to): with iter_size above 1 in the solver, or with weights that layers share, a part of gamma's gradient is "
        "lost.",
        "keep iter_size: 1 and share no weights" + ("" if axis == 0 else ", or use a batch_size of 2 or more"),
    )
