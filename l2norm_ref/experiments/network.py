"""A small network whose classifier reads the features of three layers, joined as the experiment says.

    picture -> conv 1 -> [* k] -> ReLU -> pool -> [/ k] -> conv 2 -> ReLU -> conv 3 -> ReLU
                                           |                          |                 |
                                         tap 1                      tap 2             tap 3     each (N, 16, 4, 4)
                                           |                          |                 |
                                       normalise                  normalise         normalise
                                           +------------- concatenate or add ----------+  -> dense -> 10 logits

With a size factor k the features of the first tap are k times as large, and nothing else changes: what follows
divides by it. `batch_norm` puts BatchNorm and Scale before each ReLU; the first of them comes after `* k` and forgets
it, and so there is no `/ k` then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from l2norm_ref.experiments.join import Concat, Sum
from l2norm_ref.experiments.layers import Array, Conv, Dense, Factor, Layer, Pool, ReLU
from l2norm_ref.experiments.normalization import BatchNorm, Scale

CHANNELS, CLASSES, TAPS, POSITIONS = 16, 10, 3, 16


class Chain(Layer):
    """Layers, one after the other."""

    def __init__(self, *layers: Layer):
        super().__init__()
        self.layers = layers

    def forward(self, x: Array, training: bool) -> Array:
        """Through all of them."""
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, dy: Array) -> Array:
        """Back through all of them."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy


class FusionNetwork:
    """The network above.

    Args:
        normalise: Makes the layers between a tap and the joint, a new one at each call; None leaves the features raw.
        joint: `Concat()` or `Sum()`.
        rng: Draws the weights, always in the same order.
        size_factor: k.
        batch_norm: Whether the three convolutions are followed by BatchNorm and Scale.
    """

    def __init__(
        self,
        normalise: Callable[[], Layer] | None,
        joint: Concat | Sum,
        rng: np.random.Generator,
        *,
        size_factor: float = 1.0,
        batch_norm: bool = False,
    ):
        convs = [Conv(1, CHANNELS, rng, first=True)] + [Conv(CHANNELS, CHANNELS, rng) for _ in range(TAPS - 1)]
        after = [[BatchNorm(CHANNELS), Scale(CHANNELS)] if batch_norm else [] for _ in convs]
        larger = [] if size_factor == 1 else [Factor(size_factor)]
        smaller = [] if size_factor == 1 or batch_norm else [Factor(1 / size_factor)]
        self.stages = [
            Chain(convs[0], *larger, *after[0], ReLU(), Pool()),
            Chain(*smaller, convs[1], *after[1], ReLU()),
            Chain(convs[2], *after[2], ReLU()),
        ]
        self.branches = [normalise() if normalise else Chain() for _ in convs]
        self.joint = joint
        joined = CHANNELS * (TAPS if isinstance(joint, Concat) else 1)
        self.classifier = Dense(joined * POSITIONS, CLASSES, rng)

    def forward(self, x: Array, training: bool) -> Array:
        """The logits. The features before and after normalisation stay in `taps` and `features`."""
        self.taps, self.features = [], []
        for stage, branch in zip(self.stages, self.branches, strict=True):
            x = stage.forward(x, training)
            self.taps.append(x)
            self.features.append(branch.forward(x, training))
        return self.classifier.forward(self.joint.forward(self.features), training)

    def backward(self, dlogits: Array) -> None:
        """All gradients. Those that arrive at the taps from the classifier stay in `tap_gradients`."""
        self.dlogits = dlogits
        parts = self.joint.backward(self.classifier.backward(dlogits))
        self.tap_gradients = [branch.backward(part) for branch, part in zip(self.branches, parts, strict=True)]
        from_above = np.zeros_like(self.tap_gradients[-1])
        for stage, gradient in zip(reversed(self.stages), reversed(self.tap_gradients), strict=True):
            from_above = stage.backward(gradient + from_above)

    def layers(self) -> Iterator[Layer]:
        """Every layer that is no chain, in a fixed order."""

        def inside(layer: Layer) -> Iterator[Layer]:
            if isinstance(layer, Chain):
                for part in layer.layers:
                    yield from inside(part)
            else:
                yield layer

        for layer in (*self.stages, *self.branches, self.classifier):
            yield from inside(layer)

    def shares(self) -> tuple[Array, Array]:
        """Of each tap, after a forward and a backward pass: its share of the logits and of the classifier's gradient.

        The first is the variance, over the samples, of what its features contribute to the logits, the second the sum
        of squares of the gradient of the weights that read it; each divided by the sum over the taps. Where the maps
        are added up all taps share the weights, and so each contribution's gradient is taken by itself.
        """
        weight = self.classifier.parameters["weight"].reshape(CLASSES, -1, POSITIONS)
        variances, squares = [], []
        for tap, feature in enumerate(self.features):
            first = tap * CHANNELS if isinstance(self.joint, Concat) else 0
            own = weight[:, first : first + CHANNELS].reshape(CLASSES, -1).astype(np.float64)
            rows = feature.reshape(len(feature), -1).astype(np.float64)
            variances.append(np.sum(np.var(rows @ own.T, axis=0)))
            squares.append(np.sum((self.dlogits.T @ rows) ** 2))
        return np.array(variances) / sum(variances), np.array(squares) / sum(squares)
