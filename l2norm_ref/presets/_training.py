"""Frameworks whose operator has a gradient."""

from __future__ import annotations

from l2norm_ref.presets._preset import Preset, arguments, float32

TORCH_NORMALIZE = Preset(
    name="TORCH_NORMALIZE",
    framework="PyTorch, `torch.nn.functional.normalize`",
    repository="pytorch/pytorch",
    path="torch/nn/functional.py",
    commit="v2.13.0",
    lines="6070-6104",
    version="2.13.0",
    status="run",
    arguments=arguments("clamp_norm", 1e-12),
    eps_text="1e-12, in the dtype of x",
    note="In float16 eps is 0, and x = 0 gives NaN. Other values of `dim` are `axes`.",
)
TORCH7 = Preset(
    name="TORCH7",
    framework="Torch7, `nn.Normalize(2)`",
    repository="torch/nn",
    path="Normalize.lua",
    commit="042626df8c296675f49b392e1994f55497bf7175",
    lines="11-47",
    arguments=arguments("add_inside", 1e-10),
    eps_text="1e-10, in the dtype of x",
    note="Takes matrices (N, C) and vectors only; p = 2.",
)
CAFFE2 = Preset(
    name="CAFFE2",
    framework="Caffe2, `Normalize`, forward",
    repository="pytorch/pytorch",
    path="caffe2/operators/normalize_op.h",
    commit="20a276a71b8954b931e181d15c18846a828030a8",
    arguments=arguments("clamp_norm", float32(1e-12), channel_axis=-1),
    eps_text="1e-12, a C float",
    note="The axis is an argument; this is the last. Its gradient keeps the projection for 0 < n < eps, where the "
    "clamp is active; l2norm_backward does not.",
)
TENSORFLOW = Preset(
    name="TENSORFLOW",
    framework="TensorFlow, `tf.math.l2_normalize`",
    repository="tensorflow/tensorflow",
    path="tensorflow/python/ops/nn_impl.py",
    commit="00343a48d39d9ff74ceb662c5140048295f2610a",
    arguments=arguments("clamp_sum", 1e-12, channel_axis=-1),
    eps_text="1e-12, in the dtype of x",
    note='The axis has no default: this is axis=-1; axis=None is axes="all". The file is one of TensorFlow 1.',
)
KERAS3 = Preset(
    name="KERAS3",
    framework="Keras 3, `keras.ops.normalize`",
    repository="keras-team/keras",
    path="keras/src/ops/nn.py",
    commit="v3.15.1",
    lines="2712-2733",
    version="3.15.1 on torch 2.13.0",
    status="run",
    arguments=arguments("clamp_norm", 1e-7, channel_axis=-1),
    eps_text="1e-7 (keras.config.epsilon), as 1/eps in the dtype of x",
    note="Computed as x * min(rsqrt(s), 1/eps): its gradient at x = 0 is NaN and in float16 1/eps overflows; at the "
    "tie the torch backend takes half of the slope. Here the gradient at 0 is dy / eps and the tie is unclamped.",
)
KERAS3_LAYER = Preset(
    name="KERAS3_LAYER",
    framework="Keras 3, `keras.layers.UnitNormalization`",
    repository="keras-team/keras",
    path="keras/src/layers/normalization/unit_normalization.py",
    commit="v3.15.1",
    lines="44",
    version="3.15.1 on torch 2.13.0",
    status="run",
    arguments=arguments("clamp_norm", 1e-12, channel_axis=-1),
    eps_text="1e-12, as 1/eps in the dtype of x",
    note="Calls keras.ops.normalize, with what is said there. In float32 the gradient is NaN below n = 1.2e-13, "
    "where n**-3 overflows. TensorFlow's l2_normalize with the same 1e-12 clamps a million times earlier.",
)
KERAS3_CONSTRAINT = Preset(
    name="KERAS3_CONSTRAINT",
    framework="Keras 3, `keras.constraints.UnitNorm`",
    repository="keras-team/keras",
    path="keras/src/constraints/constraints.py",
    commit="v3.15.1",
    lines="131-154",
    version="3.15.1 on torch 2.13.0",
    status="run",
    arguments=arguments("add_outside", 1e-7, channel_shared=True, axes=(0,)),
    eps_text="1e-7 (keras.config.epsilon), in the dtype of x",
    note="Acts on weights, not on features: axis 0 is the first axis of a weight, not a sample. It has no gradient.",
)

_MXNET = {
    "repository": "apache/mxnet",
    "path": "src/operator/l2_normalization-inl.h",
    "commit": "0284244dd8e733901dd978fbfd5c6c4d481ab01e",
    "version": "1.9.1",
    "status": "run",
    "eps_text": "1e-10, a C float",
}
_MXNET_NOTE = "The file that was read is older than the version that was run."
MXNET_INSTANCE = Preset(
    name="MXNET_INSTANCE",
    framework="MXNet, `L2Normalization(mode='instance')`, the default",
    lines="73-83",
    arguments=arguments("add_inside", float32(1e-10), across_spatial=True, channel_shared=True),
    note=_MXNET_NOTE,
    **_MXNET,
)
MXNET_CHANNEL = Preset(
    name="MXNET_CHANNEL",
    framework="MXNet, `L2Normalization(mode='channel')`",
    lines="84-97",
    arguments=arguments("add_inside", float32(1e-10)),
    note=_MXNET_NOTE,
    **_MXNET,
)
MXNET_SPATIAL = Preset(
    name="MXNET_SPATIAL",
    framework="MXNet, `L2Normalization(mode='spatial')`",
    lines="98-111",
    arguments=arguments("add_inside", float32(1e-10), axes="spatial"),
    note=f"Needs at least one spatial axis. {_MXNET_NOTE}",
    **_MXNET,
)
CHAINER = Preset(
    name="CHAINER",
    framework="Chainer, `F.normalize`",
    repository="chainer/chainer",
    path="chainer/functions/normalization/l2_normalization.py",
    commit="a8e15cbe55a90854a3918b8b5a976abbbff9ec94",
    lines="29-113",
    version="7.8.1",
    status="run",
    arguments=arguments("add_outside", 1e-5),
    eps_text="1e-5, in the dtype of x",
    note="The gradient has no projection at x = 0, as here.",
)
PADDLE_NORM = Preset(
    name="PADDLE_NORM",
    framework="Paddle, operator `norm`",
    repository="PaddlePaddle/Paddle",
    path="paddle/phi/kernels/cpu/norm_kernel.cc",
    commit="01eb56b593d3d013bc11e46e915498928a9bb07f",
    lines="66-75",
    version="3.3.1",
    status="run",
    arguments=arguments("add_inside", float32(1e-10)),
    eps_text="1e-10, a C float",
    note="The axis is an argument; this is axis 1.",
)
PADDLE_NORMALIZE = Preset(
    name="PADDLE_NORMALIZE",
    framework="Paddle, `paddle.nn.functional.normalize`",
    repository="PaddlePaddle/Paddle",
    path="python/paddle/nn/functional/norm.py",
    commit="0370ca91",
    version="3.3.1",
    status="run",
    arguments=arguments("clamp_norm", 1e-12),
    eps_text="1e-12, in the dtype of x",
    note="Its gradient takes x / (n + eps) for the slope of the norm: off by about eps / n, and half at the tie. "
    "l2norm_backward gives the derivative.",
)
FLAX = Preset(
    name="FLAX",
    framework="Flax, `_l2_normalize` (private, used by weight norm)",
    repository="google/flax",
    path="flax/linen/normalization.py",
    commit="v0.12.8",
    lines="229-244",
    version="0.12.8",
    status="run",
    arguments=arguments("add_inside", 1e-12, channel_shared=True, axes="all"),
    eps_text="1e-12, in the dtype of x",
    note="The default axis=None is all axes; axis=k is axes=(k,).",
)
TINYGRAD = Preset(
    name="TINYGRAD",
    framework="tinygrad, `Tensor.normalize`",
    repository="tinygrad/tinygrad",
    path="tinygrad/mixin/op.py",
    commit="v0.14.0",
    lines="612",
    arguments=arguments("clamp_norm", 1e-12),
    eps_text="1e-12, in the dtype of x",
    note="Its gradient at x = 0 is NaN, and half of the slope at the tie.",
)
MINDSPORE = Preset(
    name="MINDSPORE",
    framework="MindSpore on the CPU, `L2Normalize`, forward",
    repository="mindspore-ai/mindspore",
    path="mindspore/ccsrc/plugin/device/cpu/kernel/l2_normalize_cpu_kernel.cc",
    commit="2cd6c4c2",
    arguments=arguments("clamp_sum", float32(1e-4), channel_shared=True, axes=(0,)),
    eps_text="1e-4, a C float",
    note="The default axis is 0; the operator takes one axis. Its gradient switches at n = eps where the forward pass "
    "does at sqrt(eps), and keeps the projection; l2norm_backward differs for n below 1e-2.",
)
DLIB = Preset(
    name="DLIB",
    framework="dlib, `l2normalize_`",
    repository="davisking/dlib",
    path="dlib/dnn/layers.h",
    commit="3d40bf5790ca9073c160cebb898800d9f33e12ab",
    lines="4831-4872",
    arguments=arguments("add_inside", 1e-5, across_spatial=True, channel_shared=True),
    eps_text="1e-5",
)
MATCONVNET = Preset(
    name="MATCONVNET",
    framework="MatConvNet, `vl_nnnormalizelp` with p = 2",
    repository="vlfeat/matconvnet",
    path="matlab/vl_nnnormalizelp.m",
    commit="1e5ae7b70fc1074bf8a2a5617e698e54072fbb2c",
    lines="38-60",
    arguments=arguments("add_inside", 1e-2),
    eps_text="1e-2, in the dtype of x",
    note='Its arrays are H x W x C x N: transpose. The option spatial is axes="spatial".',
)
DARKNET = Preset(
    name="DARKNET",
    framework="darknet, `l2norm_layer`, forward",
    repository="pjreddie/darknet",
    path="src/blas.c",
    commit="f6afaabcdf85f77e7aff2ec55c020c0e297c77f9",
    lines="126-144",
    arguments=arguments("none", 0.0),
    eps_text="there is none",
    note="At x = 0 its CPU code gives NaN and its GPU code 0, as here. Its backward pass is not the derivative: it "
    "hands dy on (CPU) or adds (1 - y) / n to it (GPU).",
)
NUMPYNET_FORWARD = Preset(
    name="NUMPYNET_FORWARD",
    framework="NumPyNet, `L2Norm_layer`, forward",
    repository="Nico-Curti/NumPyNet",
    path="NumPyNet/layers/l2norm_layer.py",
    commit="777db4f1f625d9ba61c944fee5b6073ea7e68f1a",
    lines="98-143",
    arguments=arguments("add_inside", 1e-8, channel_shared=True, axes="all", channel_axis=-1),
    eps_text="1e-8, in the dtype of x",
    note="axis=None, its default, sums over the samples too. Its backward pass is not the derivative: it adds (1 - y) "
    "/ d to the gradient that comes in.",
)
