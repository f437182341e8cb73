import numpy as np

from l2norm_ref import fast, l2norm_backward, l2norm_forward
from l2norm_ref.presets import SSD_CAFFE

rng = np.random.default_rng(0)
x, dy = rng.standard_normal((2, 8, 512, 10, 10), dtype=np.float32)
scale = rng.uniform(10, 30, 512)
y, dx = np.empty_like(x), np.empty_like(x)

# Without engine, Numba does it where it is installed.
mode = {**SSD_CAFFE, "engine": "numpy"}
fast.l2norm_forward_backward(x, scale, dy, out=(y, dx), **mode)

wanted, saved = l2norm_forward(x, scale, **SSD_CAFFE)
print(f"y:  {abs(y - wanted).max() / abs(wanted).max():.0e}")
wanted, _ = l2norm_backward(dy, saved)
print(f"dx: {abs(dx - wanted).max() / abs(wanted).max():.0e}")
