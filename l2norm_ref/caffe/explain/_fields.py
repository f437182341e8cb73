"""What is looked for in every layer: blocks that it does not read, and fields that Caffe does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from l2norm_ref.caffe import _schema
from l2norm_ref.caffe._tokens import shown
from l2norm_ref.caffe.explain._rules import Finding, Hint, Place, rule
from l2norm_ref.caffe.net import EXPLAINED, Net, Unknown

_MESSAGES = {
    "layer": "LayerParameter",
    "batch_norm_param": "BatchNormParameter",
    "scale_param": "ScaleParameter",
    "norm_param": "NormalizeParameter",
    "param": "ParamSpec",
    "include": "NetStateRule",
    "exclude": "NetStateRule",
    "filler": "FillerParameter",
    "bias_filler": "FillerParameter",
    "scale_filler": "FillerParameter",
}


@rule("ignored-block", "risky")
def ignored_block(place: Place) -> Iterator[Hint]:
    """A layer reads the block of its own type, and no other."""
    layer = place.layer
    own = EXPLAINED[layer.type]
    for block in dict.fromkeys(layer.blocks):
        if block in EXPLAINED.values() and block != own:
            yield Hint(
                layer.lines[block],
                f"a {layer.type} does not read {block}: what is in it has no effect.",
                f"remove it, or move it to the layer that it is meant for; a {layer.type} reads {own}",
            )


def unknown_fields(net: Net, phases: tuple[str, ...]) -> list[tuple[int, Finding]]:
    """Fields that Caffe does not know, with the index of their layer, -1 outside the layers.

    Caffe's parser knows every field that there is and stops at any other, whatever the phase.
    """
    fields = [(-1, None, field) for field in net.unknown]
    fields += [(layer.index, layer.name, field) for layer in net.layers for field in layer.unknown]
    found = []
    for index, name, field in fields:
        message, fix = _advice(field)
        finding = Finding(
            code="unknown-field",
            severity="wrong",
            line=field.line,
            layer=name,
            phases=phases,
            message=message,
            fix=fix,
        )
        found.append((index, finding))
    return found


def _advice(field: Unknown) -> tuple[str, str]:
    known = set(_schema.names(_MESSAGES[field.block])) if field.block in _MESSAGES else set(_schema.OTHER_NET_FIELDS)
    if not field.block:
        known |= set(_schema.names("NetParameter"))
    elif field.block == "layer":
        known |= _schema.OTHER_LAYER_FIELDS
    near = difflib.get_close_matches(field.name[:100], sorted(known), 1)
    home = next((block for block in EXPLAINED.values() if field.name in _schema.names(_MESSAGES[block])), None)
    where = {"": "a net", "layer": "a layer"}.get(field.block, field.block)
    fix = f"write {near[0]}" if near else f"move it into {home}" if home else "remove it"
    return (
        f"{shown(field.name)} is no field of {where}: Caffe refuses to load the net (neither BVLC's nor SSD's fork "
        "knows it).",
        fix,
    )
