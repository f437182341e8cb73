"""Engines and exchange formats that run the layer forward only."""

from __future__ import annotations

from l2norm_ref.presets._preset import Preset, arguments, float32

_GIVEN = "no default, a 32-bit attribute; the preset holds Caffe's 1e-10"

_NCNN = {
    "repository": "Tencent/ncnn",
    "path": "src/layer/normalize.cpp",
    "commit": "a4d2ea1d4422c9e849f166fd7a4aefb52f942f6a",
    "lines": "14-253",
    "version": "1.0.20261020",
    "status": "run",
    "scale": "per channel (channel_shared=0, its default); it must be given",
    "eps_text": "1e-4, a C float",
}
_NCNN_NOTE = (
    'across_spatial=1 is across_spatial=True; with across_channel=0 too it is axes="spatial". '
    "Where the squares overflow float32 it gave NaN on x86."
)

NCNN_0 = Preset(
    name="NCNN_0",
    framework="ncnn, `Normalize` with eps_mode 0, the default (Caffe, MXNet)",
    arguments=arguments("add_inside", float32(1e-4)),
    note=_NCNN_NOTE,
    **_NCNN,
)
NCNN_1 = Preset(
    name="NCNN_1",
    framework="ncnn, `Normalize` with eps_mode 1 (PyTorch)",
    arguments=arguments("clamp_norm", float32(1e-4)),
    note=_NCNN_NOTE,
    **_NCNN,
)
NCNN_2 = Preset(
    name="NCNN_2",
    framework="ncnn, `Normalize` with eps_mode 2 (TensorFlow)",
    arguments=arguments("clamp_sum", float32(1e-4)),
    note=_NCNN_NOTE,
    **_NCNN,
)

_OPENVINO = {
    "repository": "openvinotoolkit/openvino",
    "path": "src/core/reference/include/openvino/reference/normalize_l2.hpp",
    "commit": "0bfff824c66b5948a0374baf3a2f5effb109e728",
    "lines": "14-52",
    "version": "2026.4.1",
    "status": "run",
    "eps_text": _GIVEN,
}
OPENVINO_ADD = Preset(
    name="OPENVINO_ADD",
    framework='OpenVINO, `NormalizeL2` with eps_mode="add"',
    arguments=arguments("add_inside", float32(1e-10)),
    note="The axes are an input; this is axis 1. Empty axes mean 1 for every element that is not 0, which no axes here "
    "do.",
    **_OPENVINO,
)
OPENVINO_MAX = Preset(
    name="OPENVINO_MAX",
    framework='OpenVINO, `NormalizeL2` with eps_mode="max"',
    arguments=arguments("clamp_sum", float32(1e-10)),
    note='The Python helper normalize_l2(..., eps_mode="max") builds "add" (2026.4.1): it passes the attribute under '
    "another name. A node from the IR or from NodeFactory is right.",
    **_OPENVINO,
)
OPENCV = Preset(
    name="OPENCV",
    framework="OpenCV DNN, `NormalizeBBox`",
    repository="opencv/opencv",
    path="modules/dnn/src/layers/normalize_bbox_layer.cpp",
    commit="01bd7bfa8ce6d362bd8b8fd04350d88793899679",
    lines="212-236",
    version="4.11.0.86",
    status="run",
    arguments=arguments("add_inside", float32(1e-10), across_spatial=True, channel_shared=True),
    scale="optional, one or per channel",
    eps_text="1e-10, a C float",
    note="A model loaded from Caffe brings its own across_spatial and channel_shared. A scale per channel is refused "
    "with across_spatial.",
)
ONNX = Preset(
    name="ONNX",
    framework="ONNX, `LpNormalization` with p = 2",
    repository="onnx/onnx",
    path="onnx/reference/ops/op_lp_normalization.py",
    commit="v1.23.2",
    lines="11-19",
    version="1.23.2",
    status="run",
    arguments=arguments("none", 0.0, channel_axis=-1),
    eps_text="there is none; a norm of 0 gives 0",
    note="One axis, by default the last. A norm whose square underflows counts as 0 in the reference implementation.",
)
ONNXRUNTIME = Preset(
    name="ONNXRUNTIME",
    framework="ONNX Runtime on the CPU, `LpNormalization` with p = 2",
    repository="microsoft/onnxruntime",
    path="onnxruntime/core/providers/cpu/nn/lp_norm.cc",
    commit="192852b1acede0b0724642bd00e553674e045393",
    lines="37-65",
    version="1.31.1",
    status="run",
    arguments=arguments("none", 0.0, channel_axis=-1),
    eps_text="there is none; a norm of 0 gives 0",
    note="One axis, by default the last. The source at that commit divides by the largest element first, so that "
    "squares neither overflow nor underflow; version 1.31.1 does not.",
)
TFLITE = Preset(
    name="TFLITE",
    framework="TensorFlow Lite (LiteRT), `L2_NORMALIZATION`",
    repository="tensorflow/tensorflow",
    path="tensorflow/lite/kernels/internal/reference/l2normalization.h",
    commit="238981a91a9b780ab4449829469a71c5d668a273",
    lines="29-51",
    version="2.3.0",
    status="run",
    arguments=arguments("clamp_norm", float32(1e-6), channel_axis=-1),
    eps_text="1e-6, a C float",
    note="Always the last axis. The quantised kernels round otherwise.",
)
TENSORRT = Preset(
    name="TENSORRT",
    framework="TensorRT, `Normalize_TRT` plugin as SSD uses it",
    repository="NVIDIA/TensorRT",
    path="plugin/common/kernels/normalizeLayer.cu",
    commit="025060405f89ea0368245b6892a9a918a7a56e44",
    lines="51-121",
    arguments=arguments("add_inside", float32(1e-10)),
    scale="per channel, or one with channelShared",
    eps_text=_GIVEN,
    note="Across space with a scale per channel, line 169 of that file divides by the scale; the preset cannot say "
    "that.",
)
TVM = Preset(
    name="TVM",
    framework="TVM, `topi::nn::l2_normalize`",
    repository="apache/tvm",
    path="topi/include/topi/nn/l2_normalize.h",
    commit="05548f598a0040b73aad94e5e1cf1b624bf73e03",
    lines="49-69",
    arguments=arguments("clamp_sum", float32(1e-10)),
    eps_text=_GIVEN,
    note="The axes are an argument; this is axis 1.",
)
MNN = Preset(
    name="MNN",
    framework="MNN on the CPU, `Normalize`",
    repository="alibaba/MNN",
    path="source/backend/cpu/CPUNormalize.cpp",
    commit="5551108af88aa6c72b4a5e976fca9d11930da53d",
    lines="66-99",
    arguments=arguments("add_inside", float32(1e-10)),
    scale="per channel",
    eps_text=_GIVEN,
    note="channel_shared and across_spatial are asserted away at that commit.",
)
