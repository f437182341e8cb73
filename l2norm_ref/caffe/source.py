"""What was read in Caffe's source of Normalize, in our words: places, parameters, blobs, and where the GPU differs.

Lines are those of weiliu89/caffe, branch ssd, commit 4817bf8b4200b35ada8ed0dc378dceaf38c539e4 (2 January 2018).
"""

from __future__ import annotations

COMMIT = "4817bf8b4200b35ada8ed0dc378dceaf38c539e4"
CPP = "src/caffe/layers/normalize_layer.cpp"
CU = "src/caffe/layers/normalize_layer.cu"
HPP = "include/caffe/layers/normalize_layer.hpp"
PROTO = "src/caffe/proto/caffe.proto"

LAST = {104: 105, 106: 107, 109: 111, 115: 117, 125: 128, 160: 161, 165: 167, 180: 181, 187: 189, 191: 193}
LAST |= {197: 199, 204: 206, 214: 216}
"""The last line of the calls that go over several."""


def url(first: int, last: int | None = None, file: str = CPP) -> str:
    """The lines on GitHub.

    Example:
        >>> url(104, 105).partition("/layers/")[2]
        'normalize_layer.cpp#L104-L105'
    """
    lines = f"#L{first}" if last in (None, first) else f"#L{first}-L{last}"
    return f"https://github.com/weiliu89/caffe/blob/{COMMIT}/{file}{lines}"


FIELDS = (
    (
        "across_spatial",
        "bool",
        "true",
        "One norm for each sample. ParseNet and SSD want one for each position and say false.",
    ),
    (
        "scale_filler",
        "FillerParameter",
        "unset",
        "Unset, the scale starts at 1. But a filler of the type constant that is given without a value fills with 0, "
        "and then the output is 0 and the gradient of the scale NaN.",
    ),
    ("channel_shared", "bool", "true", "One scale for all channels. SSD says false."),
    (
        "eps",
        "float",
        "1e-10",
        "Added to the sum of squares, inside the root. A 32-bit field: the layer in double precision, too, computes "
        "with 1.000000013351432e-10.",
    ),
)
"""NormalizeParameter (caffe.proto, lines 1329 to 1337): field, type, default, and what to know."""

BUFFERS = (
    ("norm_", "set-up 19 to 23; each forward 71 to 73, but only with one norm for each position"),
    ("buffer_", "set-up 13; each forward 69"),
    ("buffer_channel_", "set-up 15"),
    ("buffer_spatial_", "set-up 16; each forward 80, if H·W changed"),
    ("sum_channel_multiplier_", "set-up 27 and 28, filled with ones"),
    ("sum_spatial_multiplier_", "set-up 29 to 31; each forward 76 to 79, if H·W changed; ones"),
)
"""Scratch blobs (normalize_layer.hpp, lines 41 to 46), and where they get their shape."""

GPU = (
    ((93, 93), "norm_ is filled with eps, always", (55, 58), "only with one norm for each position"),
    ((101, 101), "caffe_sqr", (71, 71), "caffe_gpu_powx with the exponent 2"),
    (
        (104, 105),
        "the norm of the sample is computed where the data is",
        (51, 53),
        "norm_ lives in the computer's memory: the sum of each sample comes back from the GPU, one wait a sample",
    ),
    (
        (115, 118),
        "a vector is spread out into buffer_ by an outer product, then divided by or multiplied with",
        (13, 42),
        "two kernels, DivBsx and MulBsx, look the element of the short vector up: nothing is spread out",
    ),
    ((123, 123), "the shared scale", (60, 61), "read through cpu_data; one for each channel through gpu_data"),
    ((136, 224), "the bottom's data is asked for read-only", (113, 113), "as mutable; nothing is written to it"),
    ((160, 161), "the gradient of a shared scale", (142, 142), "written through mutable_cpu_diff"),
    ((183, 183), "the last division is caffe_scal", (170, 170), "caffe_gpu_scale, in place"),
    ((191, 216), "outer products in the backward pass", (180, 205), "the kernels, in lines 180, 187, 194 and 205"),
)
"""Where the GPU code differs: lines and words for the CPU, lines and words for the GPU (read, not run)."""

SSD_PROTOTXT = """\
layer {
  name: "conv4_3_norm"
  type: "Normalize"
  bottom: "conv4_3"
  top: "conv4_3_norm"
  norm_param {
    across_spatial: false
    channel_shared: false
    scale_filler { type: "constant" value: 20 }
  }
}
"""

PARSENET_PROTOTXT = """\
layer {
  name: "local_norm"
  type: "Normalize"
  bottom: "features"
  top: "local_norm"
  param { lr_mult: 1 decay_mult: 0 }
  norm_param {
    across_spatial: false
    channel_shared: false
    scale_filler { type: "constant" value: 10 }
  }
}
layer {
  name: "context_norm"
  type: "Normalize"
  bottom: "context"
  top: "context_norm"
  param { lr_mult: 0 decay_mult: 0 }
  norm_param {
    across_spatial: false
    channel_shared: false
    scale_filler { type: "constant" value: 10 }
  }
}
"""
