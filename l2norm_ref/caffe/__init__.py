"""Caffe's layers, followed call for call: what the real layer computes, its behaviour included. NumPy only.

`Normalize` is L2Norm as in SSD's fork (weiliu89/caffe, branch ssd, commit 4817bf8b42), `BatchNorm` and `Scale` are the
layers of the same commit; the CPU path of each. What they compute agrees with the recorded results of the unmodified
layers in all 174 files of tests/data/caffe_golden, states and diffs included. The bottom gradient of `Normalize` is not
always the derivative (see there); that is what `l2norm_ref.l2norm_backward` returns.

`from_batch_norm` and `to_batch_norm` convert the parameters of PyTorch and Keras to Caffe's blobs and back, `fold`
folds both layers into the convolution before them. `walkthrough` and `tables` run `Normalize` on symbols and tell, line
by line, what each buffer holds; they need SymPy. `read_prototxt` reads these layers out of the prototxt of a net, and
the package `explain` says what they compute; that needs protobuf.

The modules contain no source text of Caffe. As they follow it closely, LICENSE in this folder carries its notice.

Example:
    >>> from l2norm_ref import caffe
    >>> layer = caffe.Normalize(dtype="float64")  # as Caffe's defaults: one norm for a sample, one scale
    >>> layer.forward([[3.0, 4.0]]).round(6).tolist()
    [[0.6, 0.8]]
"""

from l2norm_ref.caffe._calls import Call
from l2norm_ref.caffe.batch_norm import BatchNorm
from l2norm_ref.caffe.convert import blobs_from_statistics, fold, from_batch_norm, statistics, to_batch_norm
from l2norm_ref.caffe.net import Layer, Net
from l2norm_ref.caffe.normalize import Normalize
from l2norm_ref.caffe.prototxt import PrototxtError, parse_prototxt, read_prototxt
from l2norm_ref.caffe.scale import Scale

__all__ = [
    "BatchNorm",
    "Call",
    "Layer",
    "Net",
    "Normalize",
    "PrototxtError",
    "Scale",
    "blobs_from_statistics",
    "fold",
    "from_batch_norm",
    "parse_prototxt",
    "read_prototxt",
    "statistics",
    "to_batch_norm",
]
