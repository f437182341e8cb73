import numpy as np

from l2norm_ref import l2norm_backward, l2norm_forward

x = np.array([3.0, 4.0]).reshape(1, 2, 1, 1)  # one sample, two channels, one position
gamma = np.array([1.0, 2.0])  # the learned scale, one number for each channel
dy = np.array([1.0, 0.0]).reshape(x.shape)  # the gradient that comes from above
y, saved = l2norm_forward(x, gamma, across_spatial=False, channel_shared=False)
dx, dgamma = l2norm_backward(dy, saved)
print("y =", y.ravel(), "  dx =", dx.ravel(), "  dgamma =", dgamma)
