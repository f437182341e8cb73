import numpy as np

from l2norm_ref import l2norm_forward

x = np.maximum(np.random.default_rng(0).normal(size=(1, 512, 38, 38)), 0)  # the shape of conv4_3, after a ReLU
for scale in (1.0, 20.0, np.sqrt(512)):
    y, _ = l2norm_forward(x, scale, across_spatial=False)
    print(f"scale {scale:5.2f}: the typical element of y is {np.sqrt(np.mean(y**2)):.3f}")
