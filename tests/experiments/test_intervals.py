"""The intervals: against SciPy where it is installed, and by counting how often they hold the truth."""

import numpy as np
import pytest

from l2norm_ref.experiments.intervals import mean_interval, t_quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 9, 30, 200])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_quantiles_are_those_of_scipy(freedom, level):
    stats = pytest.importorskip("scipy.stats")
    assert t_quantile(freedom, level) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-9)


def test_the_quantile_of_one_degree_of_freedom_is_a_tangent():
    assert t_quantile(1, 0.5) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("count", [2, 10])
def test_an_interval_holds_the_truth_in_95_of_100_cases(count):
    rng = np.random.default_rng(0)
    intervals = np.array([mean_interval(rng.normal(3, 2, size=count)) for _ in range(4000)])
    held = np.mean((intervals[:, 1] <= 3) & (intervals[:, 2] >= 3))
    assert held == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / 4000))


@pytest.mark.parametrize("values", [[1.0], [], [1.0, float("nan")], [[1.0, 2.0], [3.0, 4.0]]])
def test_refused(values):
    with pytest.raises(ValueError, match="values: expected at least two finite numbers"):
        mean_interval(values)


def test_refused_freedom():
    with pytest.raises(ValueError, match="freedom"):
        t_quantile(0)
