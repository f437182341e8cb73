"""Caffe's layers, followed call for call: what the real layer computes, its behaviour included. NumPy only.

`Normalize` is L2Norm as in SSD's fork (weiliu89/caffe, branch ssd, commit 4817bf8b42), CPU path. What it computes
agrees with the recorded results of the unmodified layer in all 104 files of tests/data/caffe_golden. Its bottom
gradient is not always the derivative (see `Normalize`); that is what `l2norm_ref.l2norm_backward` returns.

`walkthrough` and `tables` run it on symbols and tell, line by line, what each buffer holds; they need SymPy.

The modules contain no source text of Caffe. As they follow it closely, LICENSE in this folder carries its notice.

Example:
    >>> from l2norm_ref import caffe
    >>> layer = caffe.Normalize(dtype="float64")  # as Caffe's defaults: one norm for a sample, one scale
    >>> layer.forward([[3.0, 4.0]]).round(6).tolist()
    [[0.6, 0.8]]
"""

from l2norm_ref.caffe._calls import Call
from l2norm_ref.caffe.normalize import Normalize

__all__ = ["Call", "Normalize"]
