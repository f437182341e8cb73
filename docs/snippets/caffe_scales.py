import numpy as np

from l2norm_ref import exhibits, l2norm_backward, l2norm_forward

caffe = exhibits.by_name("caffe").backward
rng = np.random.default_rng(0)
x = np.maximum(rng.normal(size=(1, 512, 7, 5)), 0)  # as after a ReLU
random = rng.normal(size=x.shape)
for low, high in [(20.0, 20.0), (13.2, 13.3), (0.5, 3.0)]:
    gamma = rng.uniform(low, high, 512)
    for name, dy in [("random dy", random), ("dy partly along x", x + random)]:
        y, saved = l2norm_forward(x, gamma, across_spatial=False, channel_shared=False)
        dx, _ = l2norm_backward(dy, saved)
        error = np.linalg.norm(caffe(dy, x, gamma, 1e-10, (1,)) - dx) / np.linalg.norm(dx)
        print(f"scales {low:4} to {high}, {name:17}: error {error:.0e}")
