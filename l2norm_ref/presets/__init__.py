"""The keyword arguments that make `l2norm_forward` the L2Norm of a given framework.

Each preset is a mapping, to be handed on with `**`, and knows its source:

    >>> import numpy as np
    >>> from l2norm_ref import l2norm_forward, presets
    >>> x = np.array([[[[3e-5]], [[4e-5]]]])
    >>> y, saved = l2norm_forward(x, np.array([20.0, 10.0]), **presets.SSD_CAFFE)
    >>> y.ravel().round(3)
    array([11.767,  7.845])
    >>> presets.SSD_CAFFE
    SSD_CAFFE(eps_mode='add_inside', eps=1.000000013351432e-10, across_spatial=False, channel_shared=False,
              channel_axis=1)
    >>> presets.SSD_CAFFE.url.rpartition("/")[2]
    'normalize_layer.cpp#L85-L132'

The same features in PyTorch's convention, with another constant, and what there is:

    >>> y, saved = l2norm_forward(x, np.array([20.0, 10.0]), **presets.TORCHVISION_SSD | {"eps": 1e-4})
    >>> y.ravel().round(3)
    array([6., 4.])
    >>> [name for name in presets.ALL if name.startswith("NCNN")]
    ['NCNN_0', 'NCNN_1', 'NCNN_2']

Three things to know:

- `eps` is the float64 that the framework computes with. Where it keeps eps as a float32, the preset holds exactly that
  float32, not the decimal that was typed into the source.
- A preset says what the layer computes in exact arithmetic, and `l2norm_backward` gives the derivative of that. What
  the framework's own gradient does otherwise (NaN at zero, half the slope at a tie, another formula) is in `note`.
- The layout is part of the convention: presets of frameworks that keep channels last have `channel_axis=-1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from l2norm_ref.presets import _detection, _inference, _training
from l2norm_ref.presets._detection import (
    A_PYTORCH_TUTORIAL,
    BALANCAP_SSD_TENSORFLOW,
    CAFFE,
    CAFFE_WINDOWS,
    CHAINERCV,
    GLUONCV,
    MMDETECTION,
    PYTORCH_SSD,
    SSD_CAFFE,
    SSD_KERAS,
    SSD_KERAS_RYKOV8,
    SSD_PYTORCH,
    TORCHVISION_SSD,
)
from l2norm_ref.presets._inference import (
    MNN,
    NCNN_0,
    NCNN_1,
    NCNN_2,
    ONNX,
    ONNXRUNTIME,
    OPENCV,
    OPENVINO_ADD,
    OPENVINO_MAX,
    TENSORRT,
    TFLITE,
    TVM,
)
from l2norm_ref.presets._preset import STATUSES, Preset
from l2norm_ref.presets._training import (
    CAFFE2,
    CHAINER,
    DARKNET,
    DLIB,
    FLAX,
    KERAS3,
    KERAS3_CONSTRAINT,
    KERAS3_LAYER,
    MATCONVNET,
    MINDSPORE,
    MXNET_CHANNEL,
    MXNET_INSTANCE,
    MXNET_SPATIAL,
    NUMPYNET_FORWARD,
    PADDLE_NORM,
    PADDLE_NORMALIZE,
    TENSORFLOW,
    TINYGRAD,
    TORCH7,
    TORCH_NORMALIZE,
)

__all__ = [
    "ALL",
    "A_PYTORCH_TUTORIAL",
    "BALANCAP_SSD_TENSORFLOW",
    "CAFFE",
    "CAFFE2",
    "CAFFE_WINDOWS",
    "CHAINER",
    "CHAINERCV",
    "DARKNET",
    "DLIB",
    "FLAX",
    "GLUONCV",
    "KERAS3",
    "KERAS3_CONSTRAINT",
    "KERAS3_LAYER",
    "MATCONVNET",
    "MINDSPORE",
    "MMDETECTION",
    "MNN",
    "MXNET_CHANNEL",
    "MXNET_INSTANCE",
    "MXNET_SPATIAL",
    "NCNN_0",
    "NCNN_1",
    "NCNN_2",
    "NUMPYNET_FORWARD",
    "ONNX",
    "ONNXRUNTIME",
    "OPENCV",
    "OPENVINO_ADD",
    "OPENVINO_MAX",
    "PADDLE_NORM",
    "PADDLE_NORMALIZE",
    "PYTORCH_SSD",
    "SSD_CAFFE",
    "SSD_KERAS",
    "SSD_KERAS_RYKOV8",
    "SSD_PYTORCH",
    "STATUSES",
    "TENSORFLOW",
    "TENSORRT",
    "TFLITE",
    "TINYGRAD",
    "TORCH7",
    "TORCHVISION_SSD",
    "TORCH_NORMALIZE",
    "TVM",
    "Preset",
    "get",
]

ALL: Mapping[str, Preset] = MappingProxyType(
    {
        value.name: value
        for module in (_detection, _training, _inference)
        for value in vars(module).values()
        if isinstance(value, Preset)
    }
)
"""Every preset by name: SSD's layer first, then frameworks that train, then engines that only run forward."""


def get(name: str) -> Preset:
    """The preset of that name.

    Args:
        name: Exactly as in `presets.ALL`.

    Returns:
        The preset.

    Raises:
        TypeError: The name is not a string.
        ValueError: There is none; the message lists the nearest names.

    Example:
        >>> from l2norm_ref import presets
        >>> presets.get("TFLITE")["eps_mode"]
        'clamp_norm'
        >>> presets.get("OpenVino")
        Traceback (most recent call last):
        ValueError: name: expected a key of presets.ALL, got 'OpenVino'; the nearest are OPENVINO_ADD, OPENVINO_MAX
    """
    if not isinstance(name, str):
        raise TypeError(f"name: expected a string, got an object of type {type(name).__name__}")
    if name in ALL:
        return ALL[name]
    from difflib import get_close_matches  # here, because nobody else needs it

    wanted = name.strip().upper().replace("-", "_")
    near = [known for known in ALL if wanted and (wanted in known or known in wanted)]
    near = near or get_close_matches(wanted, ALL, n=5, cutoff=0.5)
    hint = f"the nearest are {', '.join(near[:5])}" if near else f"there are {', '.join(ALL)}"
    shown = repr(name) if len(name) <= 60 else f"{name[:57]!r}..."
    raise ValueError(f"name: expected a key of presets.ALL, got {shown}; {hint}")
