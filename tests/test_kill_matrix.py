"""Every exhibit on every fixture: each must be killed, and what survives where is what makes the page worth reading."""

import numpy as np
import pytest

from l2norm_ref import exhibits
from l2norm_ref.exhibits import Fixture

EVERY = (*exhibits.ALL, *exhibits.OURS)
CLAMPED = ("mindspore", "deeplearning4j", "caffe2", "paddle", "l2n")
MATTERS = {f.name for f in exhibits.FIXTURES if f.eps_matters}
NAMES = {f.name for f in exhibits.FIXTURES}


@pytest.fixture(scope="module")
def matrix():
    return exhibits.kill_matrix()


@pytest.mark.parametrize("e", EVERY, ids=lambda e: e.name)
def test_each_exhibit_is_killed(matrix, e):
    assert matrix.verdicts(e.name)


def test_the_public_functions_survive_everything(matrix):
    assert set(matrix.reference) == NAMES
    for name, cell in matrix.reference.items():
        assert cell.verdict == "lives" and cell.error < 1e-12, name


def test_caffes_own_fixture_lets_caffe_live(matrix):
    assert {"Caffe's own", "dy = 1", "scale 20", "one channel"} <= matrix.verdicts("caffe", "lives")
    assert matrix.verdicts("caffe") >= {"signed scale", "across_spatial", "near the floor", "exact tie"}
    assert matrix.cells["caffe", "Caffe's own"].error < 1e-12
    assert matrix.cells["caffe", "scale 20"].error < 1e-12


def test_dropped_eps_dies_only_where_eps_matters(matrix):
    assert matrix.verdicts("eps-dropped") == MATTERS - {"exact zero"}  # there nothing is projected
    assert matrix.verdicts("eps-dropped", "lives") == NAMES - matrix.verdicts("eps-dropped")


@pytest.mark.parametrize("name", CLAMPED)
def test_clamps_are_seen_only_where_eps_matters(matrix, name):
    assert "near the floor" in matrix.verdicts(name)
    assert matrix.verdicts(name) <= MATTERS
    assert matrix.verdicts(name, "lives") >= NAMES - MATTERS


def test_dy_of_ones_hides_the_sum_of_x(matrix):
    assert {"dy = 1", "one channel"} <= matrix.verdicts("sum-of-x", "lives")
    assert {"scale 20", "signed scale"} <= matrix.verdicts("sum-of-x")


def test_a_missing_jacobian_dies_everywhere(matrix):
    for name in ("darknet-cpu", "darknet-gpu", "numpynet"):
        assert not matrix.verdicts(name, "lives") and not matrix.verdicts(name, "refused")
    assert matrix.verdicts("diagonal", "lives") == {"one channel"}


def test_a_scale_along_the_width_is_silent_only_if_the_sizes_are_equal(matrix):
    assert matrix.cells["ssd-keras", "C = W"].verdict == "killed"
    assert {"dy = 1", "scale 20", "signed scale"} <= matrix.verdicts("ssd-keras", "refused")
    assert {"Caffe's own", "one channel"} == matrix.verdicts("ssd-keras", "lives")
    assert not any(matrix.verdicts(e.name, "refused") for e in EVERY if e.name != "ssd-keras")


def test_a_division_by_the_scale_dies_unless_x_is_zero(matrix):
    assert matrix.verdicts("tensorrt") == NAMES - {"exact zero"}


def test_two_fixtures_are_enough(matrix):
    suite = matrix.smallest_suite()
    assert len(suite) == 2 and "near the floor" in suite
    with pytest.raises(LookupError):
        exhibits.kill_matrix(fixtures=exhibits.FIXTURES[:1]).smallest_suite()


def test_fixtures_are_what_they_say():
    by_name = {f.name: f for f in exhibits.FIXTURES}
    assert len(by_name) == len(exhibits.FIXTURES)
    assert {"near the floor", "eps dominant", "exact zero", "exact tie"} == MATTERS
    caffe = by_name["Caffe's own"]
    assert np.all(caffe.x == 1) and np.all(caffe.scale == caffe.scale[0]) and np.count_nonzero(caffe.dy) == 1
    for name in NAMES - {"Caffe's own", "dy = 1", "scale 20", "one channel"}:
        scale = by_name[name].scale
        assert np.min(scale) < 0 < np.max(scale) and len(set(scale)) == len(scale), name
    assert np.all(np.sqrt(np.sum(by_name["exact tie"].x ** 2, axis=1)) == by_name["exact tie"].floor)
    norms = np.sqrt(np.sum(by_name["near the floor"].x ** 2, axis=1))
    assert np.min(norms) < 0.1 * by_name["near the floor"].floor < by_name["near the floor"].floor < np.max(norms)
    assert len(set(by_name["signed scale"].x.shape)) == 4


def test_either_side_of_a_tie_is_accepted():
    """One channel, x = 2 at the tie: the derivative is 0 from above and 1/2 from below; Paddle takes neither."""
    one = np.ones((1, 1))
    tie = Fixture("tie", "", 2 * one, one, np.ones(1), floor=2.0)
    assert exhibits.judge(exhibits.by_name("caffe2"), tie).verdict == "lives"
    assert exhibits.judge(exhibits.by_name("paddle"), tie).verdict == "killed"
    clamped = exhibits.Exhibit(
        **{field: getattr(exhibits.by_name("paddle"), field) for field in exhibits.Exhibit.__dataclass_fields__}
        | {"backward": lambda dy, x, scale, eps, axes: dy / 2}
    )
    assert exhibits.judge(clamped, tie).verdict == "lives"
