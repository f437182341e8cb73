"""Stochastic gradient descent, and what is recorded of a run.

Contract: `train` changes the network in place and returns a `Record`. The same seed gives the same bits on the same
machine: the batches are drawn by it, and the products of matrices run in one thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from l2norm_ref.experiments.digits import Part
from l2norm_ref.experiments.layers import cross_entropy
from l2norm_ref.experiments.network import FusionNetwork


class Momentum:
    """SGD as in Caffe: v <- momentum * v + rate * (gradient + decay * parameter), parameter <- parameter - v.

    The weight decay acts on every parameter, the scale of L2Norm included, as in SSD.
    """

    def __init__(self, network: FusionNetwork, rate: float, momentum: float = 0.9, decay: float = 5e-4):
        self.layers = list(network.layers())
        self.rate, self.momentum, self.decay = np.float32(rate), np.float32(momentum), np.float32(decay)
        self.velocities = [{name: np.zeros_like(p) for name, p in layer.parameters.items()} for layer in self.layers]

    def step(self) -> None:
        """One step with the layers' gradients."""
        for layer, velocities in zip(self.layers, self.velocities, strict=True):
            for name, parameter in layer.parameters.items():
                velocity = velocities[name]
                velocity *= self.momentum
                velocity += self.rate * (layer.gradients[name] + self.decay * parameter)
                parameter -= velocity


@dataclass
class Record:
    """A run.

    Attributes:
        loss: The mean loss of the batches of each epoch; infinite from where a run diverged.
        validation: The accuracy after each epoch; chance, 0.1, after divergence.
        test: Likewise.
        shares: Of the first tap, of the logits' variance and of the gradient's squares, at the start and at the end.
        diverged: Whether the loss became infinite or NaN.
    """

    loss: list[float]
    validation: list[float]
    test: list[float]
    shares: list[float]
    diverged: bool = False


CHANCE = 0.1


def train(
    network: FusionNetwork, data: Mapping[str, Part], *, rate: float, epochs: int, batch: int = 50, seed: int = 0
) -> Record:
    """Train with constant learning rate, and measure after every epoch.

    Args:
        network: Changed in place.
        data: The parts "train", "validation" and "test".
        rate: The learning rate.
        epochs: How often every picture is seen.
        batch: The pictures of one step.
        seed: Draws the order of the pictures.
    """
    rng = np.random.default_rng([seed, 2])
    part = data["train"]
    optimiser = Momentum(network, rate)
    record = Record([], [], [], [])
    with np.errstate(all="ignore"):  # a run that diverges ends in infinities, and is stopped below
        record.shares += first_shares(network, part)
        for _ in range(epochs):
            losses = []
            order = rng.permutation(len(part.x))
            for first in range(0, len(order) - batch + 1, batch):
                chosen = order[first : first + batch]
                loss, gradient = cross_entropy(network.forward(part.x[chosen], True), part.labels[chosen])
                if not np.isfinite(loss):
                    return _diverged(record, epochs)
                network.backward(gradient)
                optimiser.step()
                losses.append(loss)
            record.loss.append(float(np.mean(losses)))
            record.validation.append(accuracy(network, data["validation"]))
            record.test.append(accuracy(network, data["test"]))
        record.shares += first_shares(network, part)
    return record


def accuracy(network: FusionNetwork, part: Part) -> float:
    """The fraction of the pictures whose largest logit is their label's."""
    logits = network.forward(part.x, False)
    if not np.all(np.isfinite(logits)):
        return CHANCE
    return float(np.mean(np.argmax(logits, axis=1) == part.labels))


def first_shares(network: FusionNetwork, part: Part, count: int = 200) -> list[float]:
    """The first tap's shares, with the first pictures of a part as one batch; see `network.shares`."""
    _, gradient = cross_entropy(network.forward(part.x[:count], True), part.labels[:count])
    network.backward(gradient)
    return [float(share[0]) for share in network.shares()]


def _diverged(record: Record, epochs: int) -> Record:
    missing = epochs - len(record.loss)
    record.loss += [float("inf")] * missing
    record.validation += [CHANCE] * missing
    record.test += [CHANCE] * missing
    record.shares += [float("nan")] * 2
    record.diverged = True
    return record
