import numpy as np

from l2norm_ref import audit, l2norm_backward, l2norm_forward, presets

zero, one = np.zeros((1, 1)), np.ones((1, 1))
row_of = {name: row for row in audit.rows() for name in row.presets}

print(f"{'dx / dy at x = 0':18}{'derivative':>12}   the framework itself")
for name in (
    "SSD_CAFFE",
    "MXNET_CHANNEL",
    "CHAINER",
    "TENSORFLOW",
    "TORCH_NORMALIZE",
    "SSD_PYTORCH",
    "KERAS3",
    "TINYGRAD",
):
    _, saved = l2norm_forward(zero, **presets.get(name))
    dx, _ = l2norm_backward(one, saved)
    row = row_of[name]
    itself = "NaN" if "x = 0 it is NaN" in row.note else "the same"
    print(f"{name:18}{dx.item():12.0e}   {itself} ({row.gradient})")
