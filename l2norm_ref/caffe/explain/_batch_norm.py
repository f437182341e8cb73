"""What is looked for in a BatchNorm."""

from __future__ import annotations

from collections.abc import Iterator

from l2norm_ref.caffe._tokens import shown
from l2norm_ref.caffe.explain._graph import global_stats, has_bias, is_affine
from l2norm_ref.caffe.explain._rules import Hint, Place, rule


@rule("batchnorm-without-scale", "risky", "BatchNorm")
def without_scale(place: Place) -> Iterator[Hint]:
    """Caffe's BatchNorm has no gamma and no beta; a Scale that reads its top has them."""
    layer, readers = place.layer, place.graph.consumers(place.layer)
    if any(reader.type == "Scale" and len(reader.bottoms) == 1 for reader in readers):
        return
    what = "no gamma" if any(reader.type == "Bias" for reader in readers) else "neither gamma nor beta"
    top = layer.tops[0] if layer.tops else "..."
    yield Hint(
        layer.line,
        f"no Scale reads its top: Caffe's BatchNorm only normalizes, so there is {what}, unlike in the paper and in "
        "other frameworks.",
        f'add after it: layer {{ name: {shown(f"{layer.name}_scale")} type: "Scale" bottom: {shown(top)} '
        f"top: {shown(top)} scale_param {{ bias_term: true }} }}",
    )


@rule("global-stats-in-training", "risky", "BatchNorm", phases=("TRAIN",))
def global_stats_in_training(place: Place) -> Iterator[Hint]:
    """Statistics that are stored, where those of the batch are usual."""
    layer = place.layer
    if not global_stats(layer, "TRAIN"):
        return
    given = layer.parameter["use_global_stats"]
    line, cause = (
        (layer.line_of("use_global_stats"), "use_global_stats: true")
        if given
        else (layer.lines["phase"], "phase: TEST")
    )
    yield Hint(
        line,
        f"{cause}: in training too, it normalizes with the stored statistics and never updates them. That is "
        "meant when a trained net is fine-tuned with its statistics frozen. In a net trained from scratch their factor "
        "stays 0, and the layer computes x / sqrt(eps).",
        f"remove {cause}: then the phase of the net decides (the batch in TRAIN, stored statistics in TEST)",
    )


@rule("batch-stats-in-testing", "risky", "BatchNorm", phases=("TEST",))
def batch_stats_in_testing(place: Place) -> Iterator[Hint]:
    """Statistics of the batch, where the stored ones are usual."""
    layer = place.layer
    if global_stats(layer, "TEST"):
        return
    given = layer.parameter["use_global_stats"]
    line, cause = (
        (layer.line_of("use_global_stats"), "use_global_stats: false")
        if given is not None
        else (layer.lines["phase"], "phase: TRAIN")
    )
    yield Hint(
        line,
        f"{cause}: in testing too, the result for a sample depends on the others in its batch, and every forward "
        "pass changes the stored statistics, which the test net shares with the training net.",
        f"remove {cause}: then the phase of the net decides (the batch in TRAIN, stored statistics in TEST)",
    )


@rule("batchnorm-test-name", "wrong", "BatchNorm", phases=("TEST",))
def test_name(place: Place) -> Iterator[Hint]:
    """Between the nets of the two phases, blobs are matched by the names of the layers."""
    layer, train = place.layer, place.graphs.get("TRAIN")
    if train is None or layer.name in train.batch_norms:
        return
    partner = train.batch_norm_of.get(layer.bottoms[0] if layer.bottoms else "")
    yield Hint(
        layer.lines.get("name", layer.line),
        "this BatchNorm is in TEST only, and no BatchNorm in TRAIN has its name. Trained blobs are handed to the test "
        "net by the name of the layer (names in `param` do not count), so its statistics stay 0 and it computes "
        "x / sqrt(eps).",
        f"give it the name of the BatchNorm in TRAIN: name: {shown(partner)}"
        if partner is not None
        else "include it in TRAIN too, or give it the name of the BatchNorm that is there",
    )


@rule("batchnorm-lr-mult", "wrong", "BatchNorm")
def lr_mult(place: Place) -> Iterator[Hint]:
    """The three blobs are statistics: Caffe insists that no solver changes them."""
    layer = place.layer
    if len(layer.param) == 3:
        return
    for entry in layer.param[:3]:
        if entry.lr_mult != 0:
            written = "lr_mult" in entry.lines
            yield Hint(
                entry.lines.get("lr_mult", entry.line),
                f"lr_mult {entry.lr_mult:g}{'' if written else ' (the default)'}: Caffe aborts, as the blobs are "
                "statistics, which the solver must not change.",
                "remove the `param` entries of the layer (Caffe sets lr_mult to 0 itself), or write lr_mult: 0",
            )


@rule("batchnorm-three-params", "risky", "BatchNorm")
def three_params(place: Place) -> Iterator[Hint]:
    """The form of 2015 and 2016, when the entries had to be written."""
    layer = place.layer
    if len(layer.param) != 3:
        return
    ignored = any(entry.lr_mult != 0 for entry in layer.param)
    yield Hint(
        layer.param[0].line,
        "exactly three `param` entries are the old form: Caffe removes them when it loads the net"
        + (", so their lr_mult, which is not 0 everywhere, has no effect." if ignored else ". They do nothing."),
        "remove the three `param` entries",
    )


@rule("redundant-bias", "risky", "BatchNorm", phases=("TRAIN",))
def redundant_bias(place: Place) -> Iterator[Hint]:
    """What is added to a whole channel, the mean takes away again."""
    layer, source = place.layer, place.graph.source(place.layer)
    if source is None or global_stats(layer, "TRAIN") or not is_affine(source) or not has_bias(source):
        return
    if len(place.graph.consumers(source)) > 1:
        return
    block = "inner_product_param" if source.type == "InnerProduct" else "convolution_param"
    yield Hint(
        source.lines.get(block, source.line),
        f"the bias of the {source.type} {shown(source.name)} before it has no effect in training: the mean of the "
        "batch takes it away again, and its gradient is 0 up to rounding.",
        f"write bias_term: false in its {block} (a trained net keeps its results if blobs[0] of the BatchNorm is "
        "lowered by bias * blobs[2])",
    )
