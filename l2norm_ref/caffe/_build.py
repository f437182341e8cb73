"""From the fields of a layer to a `Layer`: the values as protobuf reads them, the lines as they were scanned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from l2norm_ref.caffe import _schema
from l2norm_ref.caffe._text_format import Field, as_lines
from l2norm_ref.caffe._tokens import SyntaxFault, shown
from l2norm_ref.caffe.net import EXPLAINED, PHASES, Layer, Param, Rule, Unknown

# The block that tells whether there is a bias, or what the batch size is, for each type of layer that has one.
_BIAS = {
    "Convolution": "convolution_param",
    "Deconvolution": "convolution_param",
    "InnerProduct": "inner_product_param",
}
_DATA = {
    "AnnotatedData": "data_param",
    "Data": "data_param",
    "DummyData": "dummy_data_param",
    "HDF5Data": "hdf5_data_param",
    "ImageData": "image_data_param",
    "Input": "input_param",
    "MemoryData": "memory_data_param",
    "VideoData": "data_param",
    "WindowData": "window_data_param",
}
_BLOCK = {**EXPLAINED, **_BIAS, **_DATA, "ReLU": "relu_param"}
_BLOCKS = frozenset(name for name in _schema.names("LayerParameter") if name.endswith("_param"))
_LAYER = _schema.names("LayerParameter")


def parsed(message: str, fields: list[Field]) -> Any:
    """The fields, read by protobuf; the line of a refusal is that of the file."""
    lines = list(as_lines(Field("", 1, fields=fields)))
    try:
        return _schema.parse(message, [text for text, _ in lines])
    except _schema.Refusal as error:
        text, line = lines[min(error.line, len(lines)) - 1]
        reason = re.sub(r"^(\d+:\d+ : )?('.*': )?", "", str(error), count=1, flags=re.DOTALL)
        raise _schema.Refusal(line, f"{shown(text)}: {reason}") from error


def layer(block: Field, index: int) -> Layer:
    """The layer that a `layer` block describes; `index` is its place in the file.

    Raises:
        SyntaxFault, _schema.Refusal: Caffe would refuse it as well.
    """
    fields = block.fields
    if fields is None:
        raise SyntaxFault(block.line, "expected 'layer { ... }'")
    type_ = _type(fields)
    explained, wanted = type_ in EXPLAINED, _BLOCK.get(type_)
    unwanted = _BLOCKS - {wanted} | (frozenset() if explained else {"param"})
    message = parsed("LayerParameter", [field for field in fields if field.name not in unwanted])
    own = getattr(message, wanted) if wanted else None
    return Layer(
        index=index,
        name=message.name,
        type=message.type,
        bottoms=tuple(message.bottom),
        tops=tuple(message.top),
        line=block.line,
        lines=MappingProxyType(dict(_paths(fields))),
        parameter=_parameter(own) if explained else MappingProxyType({}),
        param=tuple(_params(message, fields)) if explained else (),
        include=tuple(_rules(message.include, fields, "include")),
        exclude=tuple(_rules(message.exclude, fields, "exclude")),
        phase=PHASES[message.phase] if message.HasField("phase") else None,
        unknown=tuple(_unknown(fields, _LAYER, "layer")) if explained else (),
        blocks=tuple(field.name for field in fields if field.name.endswith("_param")),
        bias_term=own.bias_term if own is not None and type_ in _BIAS else None,
        negative_slope=own.negative_slope if own is not None and type_ == "ReLU" else 0.0,
        batch_size=_batch_size(own) if type_ in _DATA else None,
        loss=type_.endswith("Loss") or any(message.loss_weight),
    )


def _type(fields: list[Field]) -> str:
    """The type, which decides what else is read."""
    field = next((field for field in fields if field.name == "type"), None)
    if field is None:
        return ""
    word = (field.value or "")[1:-1]
    return word if word.isalnum() else parsed("LayerParameter", [field]).type


def old_layer(block: Field, index: int) -> Layer:
    """A layer of the format of 2014. Its type is a word of an enumeration; nothing else is of interest."""
    fields = block.fields or []
    kind = next((field.value for field in fields if field.name == "type" and field.value), "")
    message = parsed("V1LayerParameter", [field for field in fields if field.name in ("name", "bottom", "top")])
    return Layer(
        index=index,
        name=message.name,
        type=kind,
        bottoms=tuple(message.bottom),
        tops=tuple(message.top),
        line=block.line,
        loss=kind.endswith("_LOSS"),
    )


def _paths(fields: list[Field], prefix: str = "") -> Iterator[tuple[str, int]]:
    for field in fields:
        yield prefix + field.name, field.line
        if field.fields and field.name.startswith(("batch_norm", "scale", "norm", "filler", "bias_filler")):
            yield from _paths(field.fields, f"{prefix}{field.name}.")


def _parameter(message: Any) -> Mapping[str, Any]:
    """All fields of a message with their defaults; an enumeration as its word, a field without default None.

    A filler that is not written is the one that the layer makes: constant 1, and for a bias 0.
    """
    values: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value, present = getattr(message, field.name), message.HasField(field.name)
        if field.message_type is not None:
            filler = _parameter(value)
            absent = {} if present else {"value": float(field.name != "bias_filler")}
            values[field.name] = MappingProxyType({**filler, **absent})
        elif field.enum_type is not None:
            values[field.name] = field.enum_type.values_by_number[value].name
        else:
            values[field.name] = value if present or field.has_default_value else None
    return MappingProxyType(values)


def _params(message: Any, fields: list[Field]) -> Iterator[Param]:
    blocks = [field for field in fields if field.name == "param"]
    for entry, block in zip(message.param, blocks, strict=True):
        lines = MappingProxyType({field.name: field.line for field in block.fields or ()})
        yield Param(block.line, entry.lr_mult, entry.decay_mult, entry.name, lines)


def _rules(messages: Any, fields: list[Field], name: str) -> Iterator[Rule]:
    blocks = [field for field in fields if field.name == name]
    for rule, block in zip(messages, blocks, strict=True):
        phase = PHASES[rule.phase] if rule.HasField("phase") else None
        conditional = bool(rule.stage or rule.not_stage) or rule.HasField("min_level") or rule.HasField("max_level")
        yield Rule(block.line, phase, conditional)


def _unknown(fields: list[Field], names: Mapping[str, Any], block: str) -> Iterator[Unknown]:
    for field in fields:
        if field.name not in names:
            if block != "layer" or field.name not in _schema.OTHER_LAYER_FIELDS:
                yield Unknown(field.name, block, field.line)
        elif field.fields and names[field.name] is not None:
            yield from _unknown(field.fields, names[field.name], field.name)


def _batch_size(message: Any) -> int | None:
    """The batch size in the block of a data layer: `batch_size`, or the first dimension of all its shapes."""
    if hasattr(message, "batch_size"):
        return message.batch_size if message.HasField("batch_size") else None
    sizes = {shape.dim[0] if shape.dim else None for shape in message.shape} | set(getattr(message, "num", ()))
    return sizes.pop() if len(sizes) == 1 else None
