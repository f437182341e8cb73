"""Local response normalisation: y = x / (k + alpha / n * sum of x**2 over n neighbouring channels)**beta.

The layer of AlexNet, with the defaults of Caffe's `LRN`. It is not in the family that this package derives (notebook 8
says why), so its backward pass is written here and checked by complex step in the tests:

    dx_j = dy_j / r_j**beta - 2 alpha beta / n * x_j * sum over the windows that hold j of dy_i x_i / r_i**(beta + 1)
"""

from __future__ import annotations

import numpy as np

from l2norm_ref.experiments.layers import Array, Layer


class LocalResponseNorm(Layer):
    """LRN across channels.

    Args:
        size: The length n of the window, odd. At the ends the window is cut off, its n stays.
        alpha: The weight of the sum.
        beta: The power.
        k: The constant.

    Example:
        >>> LocalResponseNorm(size=1, beta=0.5).forward(np.array([[3.0**0.5]]), True).round(6).tolist()
        [[0.866025]]
    """

    def __init__(self, size: int = 5, alpha: float = 1.0, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: Array, training: bool) -> Array:
        """In float64, rounded once."""
        self.dtype, self.x = x.dtype, x.astype(np.float64)
        self.r = self.k + self.alpha / self.size * self._summed(self.x**2)
        return (self.x / self.r**self.beta).astype(x.dtype)

    def backward(self, dy: Array) -> Array:
        """The formula above."""
        wide = dy.astype(np.float64)
        neighbours = self._summed(wide * self.x / self.r ** (self.beta + 1))
        dx = wide / self.r**self.beta - 2 * self.alpha * self.beta / self.size * self.x * neighbours
        return dx.astype(self.dtype)

    def _summed(self, values: Array) -> Array:
        half, count = self.size // 2, values.shape[1]
        padded = np.pad(values, [(half, half) if axis == 1 else (0, 0) for axis in range(values.ndim)])
        return sum((padded[:, k : k + count] for k in range(self.size)), start=np.zeros_like(values))
