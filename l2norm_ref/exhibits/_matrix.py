"""The kill matrix: every exhibit on every fixture, judged against the derivative of its own forward pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from l2norm_ref import l2norm_backward, l2norm_forward
from l2norm_ref.exhibits import _truth
from l2norm_ref.exhibits._exhibit import Exhibit
from l2norm_ref.exhibits._fixtures import FIXTURES, Fixture

TOLERANCE = 1e-3  # that of Caffe's own gradient checks
MODES = ("add_inside", "add_outside", "clamp_norm", "clamp_sum", "none")


@dataclass(frozen=True)
class Cell:
    """What a fixture says of an exhibit.

    Attributes:
        verdict: "killed" (the error exceeds the tolerance), "lives", "refused" (it stops with an error), or "n/a" (the
            layer does not have this case).
        error: The largest elementwise error, in units of the natural magnitude; NaN where there is none to measure, and
            where the exhibit returns NaN.
    """

    verdict: Literal["killed", "lives", "refused", "n/a"]
    error: float = float("nan")


@dataclass(frozen=True)
class KillMatrix:
    """`cells[exhibit name, fixture name]`, and the row of the public functions, `reference[fixture name]`."""

    exhibits: tuple[Exhibit, ...]
    fixtures: tuple[Fixture, ...]
    cells: dict[tuple[str, str], Cell]
    reference: dict[str, Cell]

    def verdicts(self, exhibit: str, verdict: str = "killed") -> set[str]:
        """The names of the fixtures with that verdict on an exhibit."""
        return {f.name for f in self.fixtures if self.cells[exhibit, f.name].verdict == verdict}

    def smallest_suite(self) -> tuple[str, ...]:
        """The fewest fixtures that kill every exhibit, the first such set in the order of the fixtures.

        Example:
            >>> kill_matrix().smallest_suite()
            ('C = W', 'near the floor')
        """
        names = [f.name for f in self.fixtures]
        killers = [self.verdicts(e.name) for e in self.exhibits]
        for count in range(1, len(names) + 1):
            for suite in combinations(names, count):
                if all(killed & set(suite) for killed in killers):
                    return suite
        raise LookupError("some exhibit survives every fixture")


def kill_matrix(exhibits: Iterable[Exhibit] | None = None, fixtures: Iterable[Fixture] = FIXTURES) -> KillMatrix:
    """Try every exhibit on every fixture. It takes about a second.

    Args:
        exhibits: All of `ALL` and `OURS` by default.
        fixtures: All of `FIXTURES` by default.

    Example:
        >>> matrix = kill_matrix()
        >>> matrix.cells["caffe", "Caffe's own"].verdict, matrix.cells["caffe", "signed scale"].verdict
        ('lives', 'killed')
    """
    if exhibits is None:
        from l2norm_ref.exhibits import ALL, OURS

        exhibits = (*ALL, *OURS)
    exhibits, fixtures = tuple(exhibits), tuple(fixtures)
    cells = {(e.name, f.name): judge(e, f) for e in exhibits for f in fixtures}
    return KillMatrix(exhibits, fixtures, cells, {f.name: _reference(f) for f in fixtures})


def judge(exhibit: Exhibit, fixture: Fixture) -> Cell:
    """One cell. At an exact tie either one-sided derivative is accepted."""
    axes = fixture.axes
    if exhibit.only_axes == "sample":
        axes = tuple(range(1, fixture.x.ndim))
    if exhibit.only_axes == "channels" and axes != (1,):
        return Cell("n/a")
    if exhibit.eps_mode == "none" and not np.all(np.any(fixture.x != 0, axis=axes)):
        return Cell("n/a")  # 0/0 in the forward pass
    eps, scale = fixture.eps(exhibit.eps_mode), fixture.scale if exhibit.has_scale else None
    errors = []
    for above in (True, False):
        try:
            computed, exact, size = exhibit.compare(fixture.dy, fixture.x, scale, eps, axes, above=above)
        except ValueError:
            return Cell("refused")
        if computed.shape != exact.shape:
            return Cell("killed")
        errors.append(float(np.max(np.abs(computed - exact) / np.where(size > 0, size, 1.0))))
    error = errors[0] if np.isnan(errors[0]) else min(errors)
    return Cell("lives" if error <= TOLERANCE else "killed", error)


def _reference(fixture: Fixture) -> Cell:
    """The public functions in every mode, y and dx; the worst of all. At the tie they take the branch above."""
    errors = []
    for mode in MODES:
        if mode == "none" and not np.all(np.any(fixture.x != 0, axis=fixture.axes)):
            continue
        eps, axes = fixture.eps(mode), fixture.axes
        y, saved = l2norm_forward(fixture.x, fixture.scale, channel_shared=False, eps=eps, eps_mode=mode, axes=axes)
        dx, _ = l2norm_backward(fixture.dy, saved)
        exact = _truth.forward(fixture.x, fixture.scale, eps, mode, axes)
        errors.append(float(np.max(np.abs(y - exact) / np.where(exact != 0, np.abs(exact), 1.0))))
        exact, size = _truth.derivative(fixture.dy, fixture.x, fixture.scale, eps, mode, axes)
        errors.append(float(np.max(np.abs(dx - exact) / size)))
    error = max(errors)
    return Cell("lives" if error <= TOLERANCE else "killed", error)
