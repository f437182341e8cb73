import numpy as np

from l2norm_ref import l2norm_backward, l2norm_forward

a, b = np.array([[3.0, 4.0]]), np.array([[2.0, 0.0]])
unit_a, saved = l2norm_forward(a, eps=0.0)
unit_b, _ = l2norm_forward(b, eps=0.0)
slope, _ = l2norm_backward(unit_b, saved)  # the gradient of the cosine by a
print(
    "cosine:", np.sum(unit_a * unit_b).round(6), "  gradient:", slope.round(6), "  along a:", np.sum(a * slope).round(6)
)
