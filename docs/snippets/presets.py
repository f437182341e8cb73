import numpy as np

from l2norm_ref import l2norm_forward, presets

x = np.array([3e-7, 4e-7]).reshape(1, 2, 1, 1)  # one position with two channels: a vector of length 5e-7
gamma = np.array([20.0, 10.0])

for name in ("SSD_CAFFE", "SSD_PYTORCH", "TORCHVISION_SSD"):
    y, saved = l2norm_forward(x, gamma, **presets.get(name))
    print(f"{name:<16}", y.ravel().round(3))

channels_last = x.transpose(0, 2, 3, 1)  # frameworks that keep channels last: so do their presets
y, saved = l2norm_forward(channels_last, gamma, **presets.SSD_KERAS)
print(f"{'SSD_KERAS':<16}", y.ravel().round(3))
