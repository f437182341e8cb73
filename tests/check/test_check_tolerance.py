"""The tolerance bounds what right code may lose, whatever the order of its sums, and not much more."""

import numpy as np
import pytest
from check_kernels import kernel

from l2norm_ref.check import check_l2norm
from l2norm_ref.check._mode import resolve
from l2norm_ref.check._tolerance import lengths, relative, unit_roundoff, worst

FLOAT32 = np.dtype("float32")
SSD = {"across_spatial": False, "channel_shared": False}


def one_by_one(values, axes, order=1):
    """The sum in the dtype of the values, each rounded: naive, forwards or backwards."""
    kept = [1 if k in axes else size for k, size in enumerate(values.shape)]
    moved = np.moveaxis(values, axes, range(-len(axes), 0)).reshape(-1, np.prod([values.shape[k] for k in axes]))
    total = np.zeros(len(moved), values.dtype)
    for column in moved.T[::order]:
        total = total + column
    return total.reshape(kept)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float16",)], ids=str)
def test_naive_sums_pass(dtypes, order):
    mode = {"eps": 1e-2, "channel_shared": False}

    def forward(x, scale):
        d = np.sqrt(one_by_one(x * x, (1, 2, 3), order) + x.dtype.type(1e-2))
        return x * (1 / d) * scale.reshape(1, -1, 1, 1)

    report = check_l2norm(forward, dtypes=dtypes, **mode)
    assert report.passed, str(report)


def test_a_root_of_two_units_passes():
    def forward(x, scale):
        root = 1 / np.sqrt(np.sum(x * x, axis=1, keepdims=True) + x.dtype.type(1e-6))
        return scale.reshape(1, -1, 1, 1) * (x * np.asarray(root * (1 + 2 * np.finfo(x.dtype).eps), dtype=x.dtype))

    assert check_l2norm(forward, eps=1e-6, **SSD).passed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_next_lower_precision_does_not(dtype):
    lower = {"float32": np.float16, "float64": np.float32}[dtype]
    forward, backward = kernel(eps=1e-2, **SSD)

    def rough(x, scale):
        return np.asarray(forward(x.astype(lower), scale.astype(lower)), dtype=dtype)

    report = check_l2norm(rough, backward, dtypes=(dtype,), eps=1e-2, **SSD)
    assert len({r.fixture for r in report.failures}) > 8
    assert {r.output for r in report.failures} == {"y"}
    assert report.diagnosis == []


def test_it_follows_from_dtype_and_length():
    mode = resolve({"channel_shared": False}, has_scale=True, rank=4)
    x, dy = np.ones((2, 2, 3, 5, 7))
    k = lengths(x, dy, mode)
    assert k == (105, 70)
    u = 2.0**-24
    assert unit_roundoff(FLOAT32) == u
    assert relative("y", k, FLOAT32) == (52.5 + 16) * u
    assert relative("dx", k, FLOAT32) == (315 + 32) * u
    assert relative("dscale", k, FLOAT32) == (70 + 52.5 + 16) * u
    assert relative("dx", k, np.dtype("float64")) == 347 * 2.0**-53
    assert lengths(x, dy, resolve({}, has_scale=False, rank=4)) == (105, 0)
    assert lengths(x, dy, resolve({"axes": (0,)}, has_scale=True, rank=4)) == (2, 210)


def test_what_is_0_does_not_count():
    x, dy = np.ones((2, 2, 3, 5, 7))
    x[0, 1:], dy[:, :, 1:] = 0, 0
    mode = resolve({"channel_shared": False}, has_scale=True, rank=4)
    assert lengths(x, dy, mode) == (105, 14)
    x[1] = 0
    assert lengths(x, dy, mode) == (35, 7)


def test_the_worst_element():
    exact, size = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[1.0, 2.0], [6.0, 1.0]])
    got = exact.copy()
    assert worst(got, exact, exact, size, 1e-6, FLOAT32).excess == 0
    got[1, 0] += 6e-6
    error = worst(got, exact, exact, size, 1e-6, FLOAT32)
    assert (error.index, error.expected, error.got) == ((1, 0), 3.0, 3.0 + 6e-6)
    assert error.excess == pytest.approx(1) and error.relative == pytest.approx(1e-6)
    assert error.ulp == pytest.approx(6e-6 / np.spacing(np.float32(6)))
    for bad in (np.nan, np.inf, -np.inf):
        got[0, 1] = bad
        error = worst(got, exact, exact, size, 1e-6, FLOAT32)
        assert error.excess == np.inf and error.index == (0, 1) and error.expected == 2.0


def test_an_interval():
    low, high = np.array([1.0, 1.0, 1.0]), np.array([2.0, 2.0, 2.0])
    error = worst(np.array([1.0, 1.7, 2.5]), low, high, high, 1e-6, FLOAT32)
    assert error.index == (2,) and error.expected == 2.0 and error.relative == 0.25


def test_what_the_dtype_cannot_hold_may_be_infinite():
    exact = np.array([1e39, -1e39])
    assert worst(np.array([np.inf, -np.inf]), exact, exact, np.abs(exact), 1e-6, FLOAT32).excess == 0
    assert worst(np.array([np.inf, np.inf]), exact, exact, np.abs(exact), 1e-6, FLOAT32).excess == np.inf


def test_a_result_of_no_size_must_be_zero():
    zero = np.zeros(1)
    assert worst(zero, zero, zero, zero, 1e-6, FLOAT32).excess == 0
    assert worst(np.array([1e-30]), zero, zero, zero, 1e-6, FLOAT32).excess > 1e6
