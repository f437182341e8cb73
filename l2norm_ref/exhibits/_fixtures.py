"""The inputs that the exhibits are tried on, from the kindest to the most adversarial.

A fixture fixes x, dy, the scale and the axes. Denominators use eps in different ways, so in the place of eps it gives
`floor`, the norm at which eps begins to matter, and `eps(eps_mode)` says which eps does that. A layer without a scale
leaves the fixture's out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ORDINARY = 1e-5  # the floor of Caffe's default: sqrt(1e-10)


@dataclass(frozen=True)
class Fixture:
    """One input.

    Attributes:
        name: The column of the matrix.
        what: What is special about it, in a sentence.
        x: Array of shape (N, C, ...).
        dy: Array of x's shape.
        scale: Array of shape (C,).
        floor: The norm at which eps begins to matter.
        axes: The axes that are summed.
    """

    name: str
    what: str
    x: np.ndarray
    dy: np.ndarray
    scale: np.ndarray
    floor: float = ORDINARY
    axes: tuple[int, ...] = (1,)

    def eps(self, eps_mode: str) -> float:
        """The eps that puts the floor where this fixture wants it.

        Example:
            >>> fixture = Fixture("", "", np.ones((1, 1)), np.ones((1, 1)), np.ones(1), floor=5.0)
            >>> fixture.eps("clamp_norm"), fixture.eps("clamp_sum")
            (5.0, 25.0)
        """
        return self.floor**2 if eps_mode in ("add_inside", "clamp_sum") else self.floor

    @property
    def eps_matters(self) -> bool:
        """Whether some norm is not far above the floor."""
        norms = np.sqrt(np.sum(self.x**2, axis=self.axes))
        return bool(np.min(norms) < 100 * self.floor)


def _normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def _signed(channels: int) -> np.ndarray:
    """A scale of both signs, different for every channel, between 0.3 and 3 in size."""
    rng = np.random.default_rng(channels)
    return rng.uniform(0.3, 3.0, channels) * np.resize([1.0, -1.0], channels)


def _caffe() -> Fixture:
    shape = (2, 3, 2, 3)
    one = np.zeros(shape)
    one[0, 1, 0, 2] = 2.0  # Caffe's checker differentiates 2 * y of one element at a time
    return Fixture(
        "Caffe's own",
        "Caffe's unit test: x = 1 everywhere, scale 3 for all channels, dy of one element.",
        np.ones(shape),
        one,
        np.full(3, 3.0),
    )


def _tie() -> Fixture:
    x = np.array([[3.0, 4.0, 0.0], [-4.0, 0.0, 3.0], [0.0, -3.0, -4.0], [5.0, 0.0, 0.0]]).reshape(4, 3, 1)
    return Fixture(
        "exact tie",
        "Every norm is 5, and 5 is where the clamps are. There is no derivative there; one of the two one-sided "
        "derivatives will do.",
        x,
        _normal(4, 3, 1, seed=1),
        _signed(3),
        floor=5.0,
    )


def _all() -> tuple[Fixture, ...]:
    shape = (2, 3, 5, 7)
    x, dy, scale = _normal(*shape), _normal(*shape, seed=1), _signed(3)
    norms = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    near = x / norms * np.geomspace(0.05, 5.0, norms.size).reshape(norms.shape)
    equal, one = (2, 3, 2, 3), (2, 1, 3, 5)
    zero = np.zeros(shape)
    return (
        _caffe(),
        Fixture("dy = 1", "Random x, scale 20 for all channels, dy = 1 everywhere.", x, 0 * x + 1, np.full(3, 20.0)),
        Fixture("scale 20", "Random x and dy, scale 20 for all channels, as SSD starts.", x, dy, np.full(3, 20.0)),
        Fixture(
            "one channel",
            "Random, of ordinary size, with one channel.",
            np.copysign(np.exp(_normal(*one) / 4), _normal(*one, seed=2)),
            _normal(*one, seed=1),
            np.array([-1.7]),
        ),
        Fixture("signed scale", "Random x and dy, a scale that differs between channels, in sign too.", x, dy, scale),
        Fixture(
            "C = W",
            "The same, with as many channels as columns.",
            _normal(*equal),
            _normal(*equal, seed=1),
            scale,
        ),
        Fixture("across_spatial", "As signed scale, with one norm for each sample.", x, dy, scale, axes=(1, 2, 3)),
        Fixture(
            "near the floor",
            "As signed scale, with norms from a twentieth of the floor to five times the floor: |x| ~ sqrt(eps).",
            near * ORDINARY,
            dy,
            scale,
        ),
        Fixture("eps dominant", "As signed scale, with eps far above the squares of x.", x * 1e-4, dy, scale, 0.8),
        Fixture("exact zero", "x = 0 everywhere.", zero, dy, scale),
        _tie(),
    )


FIXTURES: tuple[Fixture, ...] = _all()
