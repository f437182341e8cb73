"""The layers that a small network needs beside those under test: NumPy, forward and backward, NCHW.

Contract: a layer has `forward(x, training) -> y`, `backward(dy) -> dx`, and the dictionaries `parameters` and
`gradients` of the same keys; `backward` belongs to the last `forward`, and replaces the gradients.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


class Layer:
    """What all layers have. A layer without parameters only defines the two passes."""

    def __init__(self):
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}

    def forward(self, x: Array, training: bool) -> Array:
        """The output, in training or in a test."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """The gradient by the input, from the gradient by the output."""
        raise NotImplementedError


def windows(x: Array) -> Array:
    """The 3 x 3 neighbourhoods of all positions, zeros beyond the edge: (N, C, H, W) to (N * H * W, 9 * C)."""
    count, channels, height, width = x.shape
    # Channels last, so that a row of a neighbourhood is one piece of memory to copy.
    padded = np.zeros((count, height + 2, width + 2, channels), x.dtype)
    padded[:, 1:-1, 1:-1] = x.transpose(0, 2, 3, 1)
    view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return view.transpose(0, 1, 2, 4, 5, 3).reshape(count * height * width, 9 * channels)


class Conv(Layer):
    """A convolution 3 x 3 (as everywhere in deep learning, a correlation) with bias; the size of the map stays.

    Args:
        inputs: The number of input channels.
        outputs: The number of output channels.
        rng: Draws the weights, normal with variance 2 / (9 * inputs) (He et al., arXiv:1502.01852).
        first: Whether the input is the picture, whose gradient nobody needs: `backward` returns zeros.

    Example:
        >>> layer = Conv(1, 2, np.random.default_rng(0))
        >>> layer.forward(np.ones((4, 1, 8, 8), np.float32), True).shape
        (4, 2, 8, 8)
    """

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator, *, first: bool = False):
        super().__init__()
        self.first = first
        weight = rng.normal(scale=np.sqrt(2 / (9 * inputs)), size=(outputs, inputs, 3, 3))
        self.parameters = {"weight": weight.astype(np.float32), "bias": np.zeros(outputs, np.float32)}

    def forward(self, x: Array, training: bool) -> Array:
        """Sum over the neighbourhood and the input channels."""
        self.shape, self.columns = x.shape, windows(x)
        rows = self.columns @ _matrix(self.parameters["weight"])
        rows += self.parameters["bias"]
        return self._to_map(rows)

    def backward(self, dy: Array) -> Array:
        """The same sum, with the kernel turned by 180 degrees and the channels exchanged."""
        weight = self.parameters["weight"]
        outputs, inputs = weight.shape[:2]
        rows = dy.transpose(0, 2, 3, 1).reshape(-1, outputs)
        dweight = (rows.T @ self.columns).reshape(outputs, 3, 3, inputs).transpose(0, 3, 1, 2)
        self.gradients = {"weight": dweight, "bias": np.sum(rows, axis=0)}
        if self.first:
            return np.zeros(self.shape, dy.dtype)
        return self._to_map(windows(dy) @ _matrix(weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)))

    def _to_map(self, rows: Array) -> Array:
        count, _, height, width = self.shape
        return rows.reshape(count, height, width, -1).transpose(0, 3, 1, 2)


def _matrix(weight: Array) -> Array:
    """Weights (O, C, 3, 3) as the matrix (9 * C, O) that multiplies the rows of `windows`."""
    return weight.transpose(2, 3, 1, 0).reshape(-1, len(weight))


class Dense(Layer):
    """y = W x + b on all numbers of a sample, flattened. The weights are normal with variance 1 / inputs."""

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator):
        super().__init__()
        weight = rng.normal(scale=np.sqrt(1 / inputs), size=(outputs, inputs))
        self.parameters = {"weight": weight.astype(np.float32), "bias": np.zeros(outputs, np.float32)}

    def forward(self, x: Array, training: bool) -> Array:
        """The product with the weights."""
        self.shape, self.rows = x.shape, x.reshape(len(x), -1)
        return self.rows @ self.parameters["weight"].T + self.parameters["bias"]

    def backward(self, dy: Array) -> Array:
        """The product with the transpose."""
        self.gradients = {"weight": dy.T @ self.rows, "bias": np.sum(dy, axis=0)}
        return (dy @ self.parameters["weight"]).reshape(self.shape)


class ReLU(Layer):
    """max(x, 0); the slope at 0 is 0."""

    def forward(self, x: Array, training: bool) -> Array:
        """Zero where x is not positive."""
        self.active = x > 0
        return np.maximum(x, x.dtype.type(0))

    def backward(self, dy: Array) -> Array:
        """What was zero lets nothing through."""
        return dy * self.active


class Pool(Layer):
    """The mean of 2 x 2 positions; height and width are even."""

    def forward(self, x: Array, training: bool) -> Array:
        """A map of half the size."""
        corners = (x[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1))
        return sum(corners, start=x.dtype.type(0)) / x.dtype.type(4)

    def backward(self, dy: Array) -> Array:
        """A quarter to each."""
        return np.repeat(np.repeat(dy, 2, axis=2), 2, axis=3) / dy.dtype.type(4)


class Factor(Layer):
    """A constant in front: y = k x."""

    def __init__(self, k: float):
        super().__init__()
        self.k = np.float32(k)

    def forward(self, x: Array, training: bool) -> Array:
        """K times the input."""
        return self.k * x

    def backward(self, dy: Array) -> Array:
        """K times what came."""
        return self.k * dy


def cross_entropy(logits: Array, labels: Array) -> tuple[float, Array]:
    """The mean over the samples of -log softmax(logits)[label], and its gradient by the logits.

    Example:
        >>> cross_entropy(np.zeros((1, 4)), np.array([2]))[1].tolist()
        [[0.25, 0.25, -0.75, 0.25]]
    """
    each = np.arange(len(labels))
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    total = np.sum(exponentials, axis=1, keepdims=True)
    loss = float(np.mean(np.log(total[:, 0]) - shifted[each, labels]))
    gradient = exponentials / total
    gradient[each, labels] -= 1
    return loss, gradient / logits.dtype.type(len(labels))
