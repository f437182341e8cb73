"""What Caffe refuses when it sets up a net, and values that it takes although nothing can come of them.

Read in net.cpp (`Net::FilterNet` on rules, `Net::Init` on `param`), in layer.hpp (`Layer::CheckBlobCounts`) and in the
headers of the layers, BVLC/caffe commit 003704ae84 and weiliu89/caffe commit 47b5e6013c.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from l2norm_ref.caffe.explain._layers import blobs
from l2norm_ref.caffe.explain._rules import Finding, Hint, Place, rule
from l2norm_ref.caffe.net import Net

# The fewest and the most that a layer takes.
_BOTTOMS = {"BatchNorm": (1, 1), "Scale": (1, 2), "Normalize": (1, 1)}
_TOPS = {"BatchNorm": (1, 1), "Scale": (1, 1), "Normalize": (1, 1)}


@rule("too-many-params", "wrong")
def too_many_params(place: Place) -> Iterator[Hint]:
    """A `param` entry belongs to a blob; Net::Init insists that there are no more entries than blobs."""
    layer = place.layer
    names = [blob.name for blob in blobs(layer)]
    if len(layer.param) <= len(names):
        return
    lacks_beta = layer.type == "Scale" and not layer.parameter["bias_term"] and len(layer.param) == len(names) + 1
    keep = f"keep {len(names) or 'none'} of them"
    yield Hint(
        layer.param[len(names)].line,
        f"{len(layer.param)} `param` entries, and the layer has {_listed(names)}: Caffe aborts (too many params "
        "specified for layer).",
        f"write scale_param {{ bias_term: true }}, or {keep}" if lacks_beta else keep,
    )


@rule("bottoms-and-tops", "wrong")
def bottoms_and_tops(place: Place) -> Iterator[Hint]:
    """Layer::CheckBlobCounts compares the numbers with what the type of the layer takes."""
    layer = place.layer
    for name, found, limits in (("bottom", layer.bottoms, _BOTTOMS), ("top", layer.tops, _TOPS)):
        least, most = limits[layer.type]
        if not least <= len(found) <= most:
            takes = f"{least} {name}" if least == most else f"{least} or {most} {name}s"
            yield Hint(
                layer.lines.get(name, layer.line),
                f"{len(found)} {name}s, and a {layer.type} takes {takes}: Caffe aborts.",
                f"give it {takes}; a layer for each of several blobs" if found else f"give it {takes}",
            )


@rule("value-out-of-range", "wrong")
def value_out_of_range(place: Place) -> Iterator[Hint]:
    """Of the numbers of these layers Caffe checks num_axes only."""
    layer = place.layer
    eps, fraction, axes = map(layer.parameter.get, ("eps", "moving_average_fraction", "num_axes"))
    if eps is not None and not 0 <= eps < math.inf:
        below = f"NaN where {'var' if layer.type == 'BatchNorm' else 's'} + eps is below 0"
        what = f"the output is {'0' if eps > 0 else below if eps < 0 else 'NaN'}"
        yield Hint(
            layer.line_of("eps"),
            f"eps: {eps:g}: Caffe does not check it, and {what} (l2norm_ref.caffe.{layer.type} computes the same).",
            f"write eps: {1e-5 if layer.type == 'BatchNorm' else 1e-10:g}, the default, or another number above 0",
        )
    if fraction is not None and not 0 <= fraction <= 1:
        yield Hint(
            layer.line_of("moving_average_fraction"),
            f"moving_average_fraction: {fraction:g}: Caffe does not check it, and the stored sums are no averages: "
            "they grow without bound, weigh with alternating signs or are NaN (l2norm_ref.caffe.BatchNorm computes "
            "the same).",
            "write a number from 0 to 1; the default is 0.999",
        )
    if axes is not None and axes < -1 and len(layer.bottoms) == 1:
        yield Hint(
            layer.line_of("num_axes"),
            f"num_axes: {axes}: Caffe aborts (l2norm_ref.caffe.Scale raises ValueError).",
            "write the number of axes of gamma: 1 for one a channel, 0 for a single number, -1 for all up to the last",
        )


def include_and_exclude(net: Net, phases: tuple[str, ...]) -> list[tuple[int, Finding]]:
    """Layers of any type with rules of both kinds, with their index; Net::FilterNet insists on one kind."""
    return [
        (
            layer.index,
            Finding(
                code="include-and-exclude",
                severity="wrong",
                line=max(layer.include[0].line, layer.exclude[0].line),
                layer=layer.name,
                phases=phases,
                message="include rules and exclude rules in one layer: Caffe aborts, whatever the phase.",
                fix="keep those of one kind; without include rules a layer is in unless an exclude rule is met",
            ),
        )
        for layer in net.layers
        if layer.include and layer.exclude
    ]


def _listed(names: list[str]) -> str:
    """How many blobs, and which."""
    some = f": {', '.join(names)}" if names else ""
    return f"{len(names) or 'no'} blob{'' if len(names) == 1 else 's'}{some}"
