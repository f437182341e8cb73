"""What an exhibit is: a function that differs from the mathematics, and where it was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from l2norm_ref.exhibits import _truth
from l2norm_ref.exhibits._search import Counterexample, smallest

Axes = tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """Where something was read: a file of a public repository at a commit."""

    repository: str
    commit: str
    file: str
    lines: tuple[int, int]

    @property
    def url(self) -> str:
        """The lines on GitHub."""
        first, last = self.lines
        return f"https://github.com/{self.repository}/blob/{self.commit}/{self.file}#L{first}-L{last}"

    def __str__(self) -> str:
        first, last = self.lines
        return f"{self.repository}@{self.commit[:10]}, {self.file}, lines {first} to {last}"


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """A forward or backward pass of L2Norm that differs from the mathematics, and the layer that it belongs to.

    Arrays have the shape (N, C, ...), the scale the shape (C,); `axes` are the axes that are summed.

    Attributes:
        name: The identifier, also that of the section of the page.
        title: What a table calls it.
        framework: Where it was found.
        source: Repository, commit, file and lines of the deviation; None for a change of our own.
        also: Further places, such as the forward pass.
        status: "run" (the original was executed and our function compared with it), "transcribed" (the original was
            read and its arithmetic typed again here), "read" (it is not code), or "ours".
        evidence: What stands behind the status, in a sentence.
        what: What it computes, and what is different, in a sentence.
        formula: The same as a formula; an inner product is written <a,b>.
        right: Where it agrees with the derivative.
        eps_mode: The denominator of its own forward pass, as `l2norm_ref.l2norm_forward` calls it.
        eps: The framework's default, with which the counterexample is computed.
        has_scale: Whether the layer has a scale for each channel.
        only_axes: "channels" or "sample" where the layer has, or the deviation concerns, just this sum.
        forward: (x, scale, eps, axes) -> y, where the deviation is in the forward pass.
        backward: (dy, x, scale, eps, axes) -> dx, where it is in the backward pass.
    """

    name: str
    title: str
    framework: str
    source: Source | None
    also: tuple[Source, ...] = ()
    status: Literal["run", "transcribed", "read", "ours"]
    evidence: str
    what: str
    formula: str
    right: str
    eps_mode: Literal["add_inside", "add_outside", "clamp_norm", "clamp_sum", "none"]
    eps: float
    has_scale: bool = False
    only_axes: Literal["channels", "sample"] | None = None
    forward: Callable[[np.ndarray, np.ndarray | None, float, Axes], np.ndarray] | None = None
    backward: Callable[[np.ndarray, np.ndarray, np.ndarray | None, float, Axes], np.ndarray] | None = None

    def claimed(self, x, scale=None, eps: float | None = None, axes: Axes = (1,)) -> np.ndarray:
        """The forward pass that the layer stands for: y = gamma * x / d, with its own d."""
        return _truth.forward(x, scale, self.eps if eps is None else eps, self.eps_mode, axes)

    def compare(self, dy, x, scale, eps: float, axes: Axes, *, above: bool = True):
        """What the exhibit computes, what it should, and the natural magnitude of that.

        A backward pass is held against the derivative of `claimed`, a forward pass against `claimed` itself.
        """
        with np.errstate(all="ignore"):
            if self.backward is not None:
                exact, size = _truth.derivative(dy, x, scale, eps, self.eps_mode, axes, above=above)
                return self.backward(dy, x, scale, eps, axes), exact, size
            assert self.forward is not None
            exact = self.claimed(x, scale, eps, axes)
            size = np.where(exact != 0, np.abs(exact), np.max(np.abs(exact)))
            return self.forward(x, scale, eps, axes), exact, size

    def counterexample(self) -> Counterexample:
        """The smallest input for which it is wrong by a tenth or more, found by search (see `Counterexample`).

        Example:
            >>> from l2norm_ref import exhibits
            >>> print(exhibits.by_name("caffe").counterexample())
            x = (3, 4), gamma = (1, 2), dy = (1, 0): computed (0.128, -0.192), exact (0.128, -0.096)
        """
        return smallest(self)
