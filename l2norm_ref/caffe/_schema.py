"""What Caffe's messages are called and hold, as far as it is needed here: names, numbers, types and defaults.

The numbers are those of caffe.proto in weiliu89/caffe, branch ssd, commit 4817bf8b42. From `SCHEMA` the message classes
are built in a descriptor pool of their own, so that a `caffe_pb2` in the same process is not disturbed. Only `parse`
needs the package protobuf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

# A message a paragraph; a field a line: name, number, [repeated] type, default. BatchNormParameter, ScaleParameter,
# NormalizeParameter, FillerParameter, ParamSpec and NetStateRule are complete; the others have more.
SCHEMA = """
NetParameter
    name                     1  string
    input                    3  repeated string
    input_dim                4  repeated int32
    input_shape              8  repeated BlobShape

BlobShape
    dim                      1  repeated int64

LayerParameter
    name                     1  string
    type                     2  string
    bottom                   3  repeated string
    top                      4  repeated string
    loss_weight              5  repeated float
    param                    6  repeated ParamSpec
    include                  8  repeated NetStateRule
    exclude                  9  repeated NetStateRule
    phase                   10  Phase
    convolution_param      106  BiasTerm
    data_param             107  Batch4
    dummy_data_param       109  DummyDataParameter
    hdf5_data_param        112  Batch2
    image_data_param       115  Batch4
    inner_product_param    117  BiasTerm
    memory_data_param      119  Batch1
    relu_param             123  ReLUParameter
    window_data_param      129  Batch4
    batch_norm_param       139  BatchNormParameter
    scale_param            142  ScaleParameter
    input_param            143  InputParameter
    norm_param             206  NormalizeParameter

V1LayerParameter
    bottom                   2  repeated string
    top                      3  repeated string
    name                     4  string

BatchNormParameter
    use_global_stats         1  bool
    moving_average_fraction  2  float   0.999
    eps                      3  float   1e-5

ScaleParameter
    axis                     1  int32   1
    num_axes                 2  int32   1
    filler                   3  FillerParameter
    bias_term                4  bool    false
    bias_filler              5  FillerParameter

NormalizeParameter
    across_spatial           1  bool    true
    scale_filler             2  FillerParameter
    channel_shared           3  bool    true
    eps                      4  float   1e-10

FillerParameter
    type                     1  string  constant
    value                    2  float   0
    min                      3  float   0
    max                      4  float   1
    mean                     5  float   0
    std                      6  float   1
    sparse                   7  int32   -1
    variance_norm            8  VarianceNorm

ParamSpec
    name                     1  string
    share_mode               2  DimCheckMode
    lr_mult                  3  float   1
    decay_mult               4  float   1

NetStateRule
    phase                    1  Phase
    min_level                2  int32
    max_level                3  int32
    stage                    4  repeated string
    not_stage                5  repeated string

BiasTerm
    bias_term                2  bool    true

ReLUParameter
    negative_slope           1  float   0

InputParameter
    shape                    1  repeated BlobShape

DummyDataParameter
    num                      2  repeated uint32
    shape                    6  repeated BlobShape

Batch1
    batch_size               1  uint32

Batch2
    batch_size               2  uint32

Batch4
    batch_size               4  uint32
"""

ENUMS = {
    "Phase": ("TRAIN", "TEST"),
    "DimCheckMode": ("STRICT", "PERMISSIVE"),
    "VarianceNorm": ("FAN_IN", "FAN_OUT", "AVERAGE"),
}

# The other fields of a layer and of a net, whose content is of no interest here.
OTHER_LAYER_FIELDS = frozenset(
    """
    blobs propagate_down transform_param loss_param accuracy_param annotated_data_param argmax_param bias_param
    concat_param contrastive_loss_param crop_param detection_evaluate_param detection_output_param dropout_param
    eltwise_param elu_param embed_param exp_param flatten_param hdf5_output_param hinge_loss_param infogain_loss_param
    log_param lrn_param multibox_loss_param mvn_param parameter_param permute_param pooling_param power_param
    prelu_param prior_box_param python_param recurrent_param reduction_param reshape_param sigmoid_param slice_param
    softmax_param spp_param tanh_param threshold_param tile_param video_data_param
    """.split()  # noqa: SIM905
)
OTHER_NET_FIELDS = frozenset({"force_backward", "state", "debug_info", "layer", "layers"})

Names = Mapping[str, Any]


def _messages() -> dict[str, list[tuple[str, int, bool, str, str | None]]]:
    """SCHEMA, read: for each message its fields (name, number, repeated, type, default)."""
    messages = {}
    for paragraph in SCHEMA.strip().split("\n\n"):
        title, *lines = paragraph.splitlines()
        fields = messages[title] = []
        for name, number, *rest in map(str.split, lines):
            repeated = rest[0] == "repeated"
            kind, default, *_ = [*rest[repeated:], None]
            fields.append((name, int(number), repeated, kind, default))
    return messages


@cache
def names(message: str) -> Names:
    """The names of a message's fields; the value is None for a scalar, else the names of what is in it."""
    messages = _messages()
    return MappingProxyType(
        {name: names(kind) if kind in messages else None for name, _, _, kind, _ in messages[message]}
    )


@cache
def _classes() -> dict[str, Any]:
    """The message classes, in a descriptor pool of their own."""
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool
        from google.protobuf.message_factory import GetMessageClass
    except ImportError as error:
        text = "reading a prototxt needs the package protobuf: pip install 'l2norm_ref[caffe]'"
        raise ModuleNotFoundError(text, name="google.protobuf") from error

    package = "caffe"  # in messages; the pool is of our own, so nothing clashes with Caffe's classes of these names
    scalars = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="l2norm_ref/caffe.proto", package=package, syntax="proto2")
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    messages = _messages()
    for message, fields in messages.items():
        into = file.message_type.add(name=message)
        for name, number, repeated, kind, default in fields:
            field = into.field.add(name=name, number=number)
            field.label = scalars.LABEL_REPEATED if repeated else scalars.LABEL_OPTIONAL
            if kind in messages or kind in ENUMS:
                field.type = scalars.TYPE_MESSAGE if kind in messages else scalars.TYPE_ENUM
                field.type_name = f".{package}.{kind}"
            else:
                field.type = getattr(scalars, f"TYPE_{kind.upper()}")
            if default is not None:
                field.default_value = default
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}


def parse(message: str, lines: Sequence[str]) -> Any:
    """Parse lines of text format into a message of this name.

    Raises:
        ModuleNotFoundError: protobuf is not installed; the text names the extra.
        Refusal: a value that the field does not take, or one too many; its line counts the lines given, from 1.
    """
    classes = _classes()
    from google.protobuf import text_format

    try:
        return text_format.Parse("\n".join(lines), classes[message]())
    except text_format.ParseError as error:
        raise Refusal(error.GetLine() or len(lines), str(error)) from error
    except ValueError as error:  # a value that the field has no room for
        raise Refusal(len(lines), str(error)) from error


class Refusal(Exception):
    """What protobuf does not take, and the number of the line."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
