import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cbook import get_sample_data

from l2norm_ref import exhibits, l2norm_backward, l2norm_forward, presets

with get_sample_data("grace_hopper.jpg") as file:
    photo = plt.imread(file)[::4, ::4].astype(float)  # every fourth pixel
x = ((photo - photo.min()) / (photo.max() - photo.min()))[None]  # 0 to 1; samples, rows, columns, channels
nothing = np.zeros_like(x)  # the loss does not depend on y at all
print("x:", x.shape)

numpynet = exhibits.by_name("numpynet").backward
for label, axes in [("axis=None", (0, 1, 2, 3)), ("axis=3   ", (3,))]:
    theirs = x / np.sqrt(np.sum(x * x, axis=axes, keepdims=True) + 1e-8)
    y, saved = l2norm_forward(x, **presets.NUMPYNET_FORWARD | {"axes": axes})
    print(f"{label} forward: largest difference {np.max(np.abs(y - theirs)):.0e}")
    dx, _ = l2norm_backward(nothing, saved)
    theirs = numpynet(nothing, x, None, 1e-8, axes)
    print(f"{label} gradient of nothing: ours {np.abs(dx).max():g}, theirs {theirs.min():.1e} to {theirs.max():.1e}")
