"""The decay of a scale: the loop against a matrix power, and against the formula for small steps."""

import numpy as np
import pytest

from l2norm_ref.experiments.scales import REPORTED, SSD_SCHEDULE, decayed, decayed_exponentially


def by_matrices(scale, schedule, momentum, decay):
    state = np.array([scale, 0.0])  # scale and velocity
    for iterations, rate in schedule:
        step = np.array([[1 - rate * decay, -momentum], [rate * decay, momentum]])
        state = np.linalg.matrix_power(step, iterations) @ state
    return state[0]


@pytest.mark.parametrize(
    ("schedule", "momentum", "decay"),
    [(SSD_SCHEDULE, 0.9, 5e-4), (((7, 0.5), (3, 0.1)), 0.5, 0.3), (((40, 0.1),), 0.0, 0.2)],
)
def test_the_loop_is_the_power_of_a_matrix(schedule, momentum, decay):
    values = decayed(20.0, schedule, momentum=momentum, decay=decay)
    assert len(values) == 1 + sum(iterations for iterations, _ in schedule)
    assert values[0] == 20
    rounding = len(values) * 2.0**-52  # of as many steps
    assert values[-1] == pytest.approx(by_matrices(20.0, schedule, momentum, decay), rel=max(rounding, 1e-13))


def test_both_ends_lie_in_what_users_report():
    low, high = REPORTED
    for end in (decayed()[-1], decayed(dtype="float32")[-1], decayed_exponentially()):
        assert low < end < high
    assert decayed_exponentially() == pytest.approx(decayed()[-1], rel=1e-4)


def test_without_decay_nothing_happens():
    assert np.array_equal(decayed(7.0, ((100, 0.1),), decay=0.0), np.full(101, 7.0))


def test_float32_is_computed_in_float32():
    values = decayed(schedule=((100, 1e-3),), dtype="float32")
    assert values.dtype == np.float32
