"""`read_prototxt`: a net from a prototxt, with the line of everything. Needs protobuf, the extra `caffe`.

The values are read by protobuf's text format against a schema of our own, so what Caffe refuses (a word where a number
belongs, a field given twice) is refused here. Layers other than BatchNorm, Scale and Normalize are kept as opaque ones.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from l2norm_ref.caffe import _schema
from l2norm_ref.caffe._build import layer, old_layer, parsed
from l2norm_ref.caffe._decode import MAX_BYTES, PrototxtError, decoded
from l2norm_ref.caffe._text_format import scan
from l2norm_ref.caffe._tokens import SyntaxFault, shown
from l2norm_ref.caffe.net import Layer, Net, Unknown

__all__ = ["MAX_BYTES", "MAX_LAYERS", "MAX_UNKNOWN", "PrototxtError", "parse_prototxt", "read_prototxt"]

MAX_LAYERS = 10_000
MAX_UNKNOWN = 1_000

_NET = MappingProxyType(
    {
        **_schema.names("NetParameter"),
        "layer": {**_schema.names("LayerParameter"), "type": None},
        "layers": {**_schema.names("V1LayerParameter"), "type": None},
    }
)


def read_prototxt(source: str | os.PathLike[str] | BinaryIO) -> Net:
    """Read a net from a prototxt.

    Args:
        source: A path, or a binary file that is open for reading.

    Returns:
        The net: every layer with its line and connections, and for BatchNorm, Scale and Normalize all parameters with
        Caffe's defaults.

    Raises:
        PrototxtError: it is not a prototxt of a net, or too large (`MAX_BYTES`, `MAX_LAYERS`); a ValueError.
        OSError: it cannot be read.
        ModuleNotFoundError: protobuf is not installed.
    """
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as stream:
            return parse_prototxt(stream.read(MAX_BYTES + 1), os.fspath(source))
    if not callable(getattr(source, "read", None)):
        raise TypeError(f"source: expected a path or a binary file, got an object of type {type(source).__name__}")
    data = source.read(MAX_BYTES + 1)
    return parse_prototxt(data, str(getattr(source, "name", "<stream>")))


def parse_prototxt(text: str | bytes, file: str = "<text>") -> Net:
    """The net that a text describes; as `read_prototxt`, with `file` as the name in messages.

    Example:
        >>> net = parse_prototxt('layer { name: "bn" type: "BatchNorm" bottom: "x" top: "x" }')
        >>> bn = net.layers[0]
        >>> bn.in_place, round(bn.parameter["eps"], 8), bn.parameter["use_global_stats"], bn.written("eps")
        (True, 1e-05, None, False)
    """
    text = decoded(text, file)
    name, old, state = "", False, None
    layers: list[Layer] = []
    inputs: list[str] = []
    dims: list[Any] = []
    unknown: list[Unknown] = []
    try:
        for count, field in enumerate(scan(text, _NET), 1):
            if count > MAX_LAYERS:
                raise PrototxtError(file, field.line, f"more than {MAX_LAYERS} layers and other fields")
            if field.name == "layer":
                layers.append(layer(field, len(layers)))
            elif field.name == "layers":
                old = True
                layers.append(old_layer(field, len(layers)))
            elif field.name == "state":
                state = field.line
            elif field.name in _NET:
                message = parsed("NetParameter", [field])
                name = message.name or name
                inputs += message.input
                dims += [shape.dim[0] if shape.dim else None for shape in message.input_shape]
                dims += [("dim", dim) for dim in message.input_dim]
            elif field.name not in _schema.OTHER_NET_FIELDS:
                unknown.append(Unknown(field.name, "", field.line))
    except (SyntaxFault, _schema.Refusal) as error:
        raise PrototxtError(file, error.line, _one_line(str(error))) from error
    if not layers:
        raise PrototxtError(file, None, _not_a_net(unknown))
    strangers = sum(len(layer.unknown) for layer in layers) + len(unknown)
    if strangers > MAX_UNKNOWN:
        raise PrototxtError(file, None, f"{strangers} fields that Caffe does not know: not a net of Caffe")
    return Net(
        file=file,
        name=name,
        layers=tuple(layers),
        inputs=MappingProxyType(_batch_sizes(inputs, dims)),
        unknown=tuple(unknown),
        state_line=state,
        old_format=old,
    )


def _not_a_net(unknown: list[Unknown]) -> str:
    found = {field.name for field in unknown}
    if found & {"base_lr", "net", "train_net", "lr_policy", "solver_mode", "max_iter"}:
        return "no layer in it: this looks like a solver; give the file that its `net` names"
    if found:
        return f"no layer in it: not a net (it has {shown(unknown[0].name)} in line {unknown[0].line})"
    return "no layer in it: not a net"


def _batch_sizes(inputs: list[str], dims: list[Any]) -> dict[str, int | None]:
    """The inputs of the net with the first dimension of each: `input_shape` once or `input_dim` four times for each."""
    flat = [dim[1] for dim in dims if isinstance(dim, tuple)]
    shapes = [dim for dim in dims if not isinstance(dim, tuple)] or flat[::4]
    return {name: shapes[k] if k < len(shapes) else None for k, name in enumerate(inputs)}


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:297] + "..."
