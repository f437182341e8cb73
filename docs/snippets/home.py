import numpy as np

from l2norm_ref import l2norm_backward, l2norm_forward
from l2norm_ref.presets import SSD_CAFFE

x = np.array([[3.0, 4.0]])  # one sample, two channels
gamma = np.array([1.0, 2.0])  # the learned scale
dy = np.array([[1.0, 0.0]])  # from the layer above
y, saved = l2norm_forward(x, gamma, **SSD_CAFFE)
dx, dgamma = l2norm_backward(dy, saved)
print("y", y, " dx", dx, " dgamma", dgamma)
