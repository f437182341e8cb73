"""The layer of ParseNet and SSD, and SSD in other frameworks."""

from __future__ import annotations

from l2norm_ref.presets._preset import Preset, arguments, float32

_CAFFE = {
    "repository": "weiliu89/caffe",
    "path": "src/caffe/layers/normalize_layer.cpp",
    "commit": "4817bf8b4200b35ada8ed0dc378dceaf38c539e4",
    "lines": "85-132",
    "version": "4817bf8, recorded results",
    "status": "run",
    "eps_text": "1e-10, a 32-bit field of the layer's parameters",
}

CAFFE = Preset(
    name="CAFFE",
    framework="Caffe, `Normalize` with its defaults",
    arguments=arguments("add_inside", float32(1e-10), across_spatial=True, channel_shared=True),
    scale="one for all channels, starts at 1",
    note="dscale is y dy summed and divided by the scale: NaN (0/0) in Caffe where the scale is 0.",
    **_CAFFE,
)
SSD_CAFFE = Preset(
    name="SSD_CAFFE",
    framework="Caffe, `Normalize` as SSD sets it on conv4_3",
    arguments=arguments("add_inside", float32(1e-10)),
    scale="per channel, starts at 20",
    note="Caffe's own dx is the derivative only while all scales are equal: it takes the scale out of the inner "
    "product. l2norm_backward gives the derivative.",
    **_CAFFE,
)
CAFFE_WINDOWS = Preset(
    name="CAFFE_WINDOWS",
    framework="caffe-windows (happynear), `Normalize`",
    repository="happynear/caffe-windows",
    path="src/caffe/layers/normalize_layer.cpp",
    commit="0112142c8f20e8820d55406434a2d6a9a7a67d85",
    lines="21-34",
    arguments=arguments("none", 0.0, across_spatial=True, channel_shared=True),
    eps_text="there is none",
    note="A sample of zeros gives NaN there and 0 here.",
)
TORCHVISION_SSD = Preset(
    name="TORCHVISION_SSD",
    framework="torchvision, `SSDFeatureExtractorVGG`",
    repository="pytorch/vision",
    path="torchvision/models/detection/ssd.py",
    commit="v0.28.0",
    lines="542",
    version="0.28.0",
    status="run",
    arguments=arguments("clamp_norm", 1e-12),
    scale="per channel, starts at 20",
    eps_text="1e-12, the default of F.normalize, in the dtype of x",
    note="In float16, eps and the squares of features below 2e-4 are 0.",
)
SSD_PYTORCH = Preset(
    name="SSD_PYTORCH",
    framework="ssd.pytorch, `L2Norm`",
    repository="amdegroot/ssd.pytorch",
    path="layers/modules/l2norm.py",
    commit="5b0b77faa955c1917b0c710d770739ba8fbff9b7",
    lines="7-24",
    version="formula in torch 2.13.0",
    status="transcribed",
    arguments=arguments("add_outside", 1e-10),
    scale="per channel, starts at 20",
    eps_text="1e-10, in the dtype of x",
    note="Its gradient at x = 0 is NaN (autograd of a square root at 0); here it is scale * dy / eps.",
)
MMDETECTION = Preset(
    name="MMDETECTION",
    framework="MMDetection, `L2Norm` of SSDNeck",
    repository="open-mmlab/mmdetection",
    path="mmdet/models/necks/ssd_neck.py",
    commit="b57ac2c35c7cffc63ad53d22e7808d17112a3ac5",
    lines="105-128",
    version="formula in torch 2.13.0",
    status="transcribed",
    arguments=arguments("add_outside", 1e-10),
    scale="per channel, 20 through init_cfg (the constructor alone leaves it uninitialised)",
    eps_text="1e-10, in float32",
    note="Computes in float32 whatever the dtype of x, float64 included. Its gradient at x = 0 is NaN; here it is "
    "scale * dy / eps.",
)
PYTORCH_SSD = Preset(
    name="PYTORCH_SSD",
    framework="pytorch-ssd (qfgaohao), `ScaledL2Norm`",
    repository="qfgaohao/pytorch-ssd",
    path="vision/nn/scaled_l2_norm.py",
    commit="7a839cbc8c3fb39679856b4dc42a1ab19ec07581",
    lines="6-19",
    arguments=arguments("clamp_norm", 1e-12),
    scale="per channel, starts at an argument without default",
    eps_text="1e-12, the default of F.normalize, in the dtype of x",
    note="The class is defined; nothing in that repository constructs it.",
)
A_PYTORCH_TUTORIAL = Preset(
    name="A_PYTORCH_TUTORIAL",
    framework="a-PyTorch-Tutorial-to-Object-Detection, `rescale_factors`",
    repository="sgrvinod/a-PyTorch-Tutorial-to-Object-Detection",
    path="model.py",
    commit="5d5b75968c3cf1ffd2718bf828a7560b7ee8e8b5",
    lines="339-358",
    version="formula in torch 2.13.0",
    status="transcribed",
    arguments=arguments("none", 0.0),
    scale="per channel, starts at 20",
    eps_text="there is none",
    note="A position of zeros gives NaN there and 0 here.",
)
SSD_KERAS = Preset(
    name="SSD_KERAS",
    framework="ssd_keras (pierluigiferrari), `L2Normalization`",
    repository="pierluigiferrari/ssd_keras",
    path="keras_layers/keras_layer_L2Normalization.py",
    commit="3ac9adaf3889f1020d74b0eeefea281d5e82f353",
    lines="25-63",
    arguments=arguments("clamp_sum", 1e-12, channel_axis=-1),
    scale="per channel, starts at 20",
    eps_text="1e-12, that of tf.nn.l2_normalize, in the dtype of x",
    note="Channels last only: with channels first the layer multiplies the scale along the columns (W).",
)
SSD_KERAS_RYKOV8 = Preset(
    name="SSD_KERAS_RYKOV8",
    framework="ssd_keras (rykov8), `Normalize`",
    repository="rykov8/ssd_keras",
    path="ssd_layers.py",
    commit="a560b91e78b87b1e3322008c059276a69766db2d",
    lines="10-49",
    arguments=arguments("clamp_sum", 1e-12, channel_axis=-1),
    scale="per channel, starts at an argument (20 in SSD300)",
    eps_text="1e-12, that of tf.nn.l2_normalize, in the dtype of x",
    note="Channels last only, as above.",
)
BALANCAP_SSD_TENSORFLOW = Preset(
    name="BALANCAP_SSD_TENSORFLOW",
    framework="SSD-Tensorflow (balancap), `l2_normalization`",
    repository="balancap/SSD-Tensorflow",
    path="nets/custom_layers.py",
    commit="e0e3104d3a2cc5d830fad041d4e56ebcf84caac3",
    lines="47-115",
    arguments=arguments("clamp_sum", 1e-12, channel_axis=-1),
    scale="optional, per channel, starts at 1 (not 20)",
    eps_text="1e-12, in the dtype of x",
    note="Channels last, its default; channel_axis=1 for data_format='NCHW'. At the earlier commit 094ed408 it summed "
    'over rows and columns instead: axes="spatial".',
)
GLUONCV = Preset(
    name="GLUONCV",
    framework="GluonCV, `Normalize` of VGGAtrousBase",
    repository="dmlc/gluon-cv",
    path="gluoncv/model_zoo/ssd/vgg_atrous.py",
    commit="3a03febe46f43d88d3bac08f5da396cf2dbd61f0",
    lines="14-36",
    version="formula in MXNet 1.9.1",
    status="transcribed",
    arguments=arguments("add_inside", float32(1e-5)),
    scale="per channel, starts at 20",
    eps_text="1e-5, a C float in MXNet's operator",
    note="A hundred thousand times Caffe's eps, in the same place.",
)
CHAINERCV = Preset(
    name="CHAINERCV",
    framework="ChainerCV, `Normalize` link",
    repository="chainer/chainercv",
    path="chainercv/links/model/ssd/normalize.py",
    commit="7159616642e0be7c5b3ef380b848e16b7e99355b",
    lines="9-50",
    version="formula in Chainer 7.8.1",
    status="transcribed",
    arguments=arguments("add_outside", 1e-5),
    scale="per channel, starts at 0 by default; SSD passes 20",
    eps_text="1e-5, in the dtype of x",
)
