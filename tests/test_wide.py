"""The wide numbers: every operation against exact fractions, and IEEE 754 at zeros, infinities and NaN."""

import math
import operator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2norm_ref._wide import Wide

CLOSE = Fraction(1, 2**102)
finite = st.floats(allow_nan=False, allow_infinity=False)
SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -1.7e308]


@pytest.fixture(autouse=True, scope="module")
def _silence():
    with np.errstate(all="ignore"):
        yield


def exact(number: Wide) -> Fraction:
    """The value of a single wide number."""
    (hi, lo, exponent) = (part.reshape(-1)[0] for part in map(np.asarray, number.parts))
    return (Fraction(float(hi)) + Fraction(float(lo))) * Fraction(2) ** int(exponent) if hi else Fraction(0)


def wide(a: float, b: float = 0.0) -> Wide:
    """The sum of two float64 as a wide number, so that both parts are in use."""
    return Wide.of([a]) + Wide.of([b])


@st.composite
def numbers(draw):
    a = draw(finite)
    number = wide(a, a * 2.0**-53 * draw(st.floats(-0.9, 0.9)))
    return number * 2.0 ** draw(st.integers(-500, 500)) * 2.0 ** draw(st.integers(-500, 500))


def check_normal(number: Wide):
    hi, lo, exponent = (np.asarray(part) for part in number.parts)
    assert hi.shape == lo.shape == exponent.shape == number.shape
    usual = (hi != 0) & np.isfinite(hi)
    assert np.all((np.abs(hi[usual]) >= 0.5) & (np.abs(hi[usual]) < 1))
    np.testing.assert_array_equal(hi[usual] + lo[usual], hi[usual])
    assert not np.any(lo[~usual])


@given(st.lists(finite, min_size=1, max_size=9), st.randoms())
def test_a_sum_that_cancels(values, random):
    terms = [*values, *(-value for value in values)]
    random.shuffle(terms)
    total = np.sum(Wide.of(terms), axis=0, keepdims=True)
    check_normal(total)
    assert abs(exact(total)) <= CLOSE * len(terms) * sum(map(abs, map(Fraction, values)))


def test_a_sum_that_is_zero_where_float64_is_not():
    terms = np.array([1e16, 1.0, -1e16, -1.0])
    assert np.sum(terms) == -1
    total = np.sum(Wide.of(terms), axis=0)
    check_normal(total)
    assert total.to_float64() == 0


@given(numbers(), numbers(), st.sampled_from([operator.add, operator.sub, operator.mul, operator.truediv]))
def test_arithmetic(a, b, operation):
    if operation is operator.truediv and not exact(b):
        return
    result = operation(a, b)
    check_normal(result)
    truth = operation(exact(a), exact(b))
    size = abs(exact(a)) + abs(exact(b)) if operation in (operator.add, operator.sub) else abs(truth)
    assert abs(exact(result) - truth) <= CLOSE * size


@given(numbers())
def test_root_and_powers(a):
    root = np.sqrt(abs(a))
    check_normal(root)
    assert abs(exact(root) ** 2 - abs(exact(a))) <= 2 * CLOSE * abs(exact(a))
    for power in (1, 2, 3):
        assert abs(exact(a**power) - exact(a) ** power) <= power * CLOSE * abs(exact(a)) ** power
    assert exact(a**0) == 1
    if exact(a):
        assert abs(exact(a**-2) - 1 / exact(a) ** 2) <= 4 * CLOSE / exact(a) ** 2
    assert exact(-a) == -exact(a)
    assert exact(abs(a)) == abs(exact(a))


@given(finite)
def test_a_square_has_its_own_root(a):
    np.testing.assert_array_equal(np.sqrt(Wide.of([a]) ** 2).to_float64(), [abs(a)])


@given(numbers(), numbers())
def test_comparison_is_exact(a, b):
    for x, y in ((a, b), (a, a), (a, a * (1 + 2.0**-52)), (a, a + a * 2.0**-100)):
        for compare in (operator.ge, operator.le, operator.gt, operator.lt):
            assert compare(x, y)[0] == compare(exact(x), exact(y))
        assert exact(np.maximum(x, y)) == max(exact(x), exact(y))


@given(st.lists(numbers(), min_size=1, max_size=20))
def test_sum(terms):
    stacked = Wide.of(np.zeros(len(terms)))
    for k, term in enumerate(terms):
        stacked = np.where(np.arange(len(terms)) == k, term, stacked)
    total = np.sum(stacked, axis=0, keepdims=True)
    check_normal(total)
    assert total.shape == (1,)
    values = [exact(term) for term in terms]
    # What lies 1000 binary orders below the largest term is dropped.
    dropped = len(terms) * max(map(abs, values)) * Fraction(1, 2**1000)
    assert abs(exact(total) - sum(values)) <= 5 * CLOSE * sum(map(abs, values)) + dropped


@given(numbers())
def test_one_rounding_to_float64(a):
    value = exact(a)
    try:
        expected = float(value)
    except OverflowError:
        expected = math.inf if value > 0 else -math.inf
    np.testing.assert_array_equal(a.to_float64(), [expected])


@given(st.integers(1, 2**54), st.integers(-1080, -1050), st.sampled_from([0, 1, -1]), st.integers(54, 104))
def test_one_rounding_to_subnormals(mantissa, exponent, sign, below):
    """Ties of the first 53 bits that only the last ones break."""
    a = wide(float(mantissa)) * (1 + wide(sign * 2.0**-below)) * 2.0**-1022
    for _ in range(2):
        a = a * 2.0 ** ((exponent + 1022 - 54) // 2)
    np.testing.assert_array_equal(a.to_float64(), [float(exact(a))])
    np.testing.assert_array_equal((-a).to_float64(), [-float(exact(a))])


@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "divide", "maximum", "greater_equal", "less_equal", "less", "greater"]
)
def test_special_values_are_those_of_float64(name):
    """Also the sign of zero; and either operand may be the plain one, of another shape."""
    ufunc = getattr(np, name)
    a, b = np.array(SPECIAL)[:, None], np.array(SPECIAL)
    expected = ufunc(a, b)
    for result in (ufunc(Wide.of(a), Wide.of(b)), ufunc(a, Wide.of(b)), ufunc(Wide.of(a), b)):
        value = result.to_float64() if isinstance(result, Wide) else result
        np.testing.assert_array_equal(value, expected)
        if value.dtype == float and name != "maximum":  # which of two zeros is larger is not specified
            np.testing.assert_array_equal(np.signbit(value) & (value == 0), np.signbit(expected) & (expected == 0))


def test_special_roots_and_sums():
    values = np.array(SPECIAL)
    np.testing.assert_array_equal(np.sqrt(Wide.of(values)).to_float64(), np.sqrt(values))
    for terms in (values[:4], values[4:6], values[3:5], values[5:], values[7:8], values[1:2], np.zeros((0,))):
        total = np.sum(Wide.of(terms), axis=0, keepdims=True).to_float64()
        np.testing.assert_array_equal(total, np.sum(terms, axis=0, keepdims=True))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, (0, 2), (2, 1), (0, 1, 2), None])
@pytest.mark.parametrize("shape", [(2, 3, 5), (1, 1, 1), (4, 0, 3), (0, 2, 2)])
def test_sum_over_any_axes(shape, axis):
    values = np.random.default_rng(0).integers(-9, 9, shape).astype(float)
    for keepdims in (True, False):
        total = np.sum(Wide.of(values), axis=axis, keepdims=keepdims)
        expected = np.sum(values, axis=axis, keepdims=keepdims)
        np.testing.assert_array_equal(total.to_float64(), expected)
        assert total.shape == expected.shape


def test_python_operators_with_plain_operands():
    a = Wide.of([2.0, 8.0])
    results: tuple[tuple[Any, list], ...] = (
        (1 + a, [3, 9]),
        (a + 1, [3, 9]),
        (1 - a, [-1, -7]),
        (a - 1.0, [1, 7]),
        (3 * a, [6, 24]),
        (1 / a, [0.5, 0.125]),
        (np.ones(2) / a, [0.5, 0.125]),
        (a / np.float64(2), [1, 4]),
        (np.where([True, False], 0, a), [0, 8]),
        (np.where(4 >= a, 1, a), [1, 8]),  # noqa: SIM300
        (-a, [-2, -8]),
    )
    for result, expected in results:
        assert isinstance(result, Wide)
        np.testing.assert_array_equal(Wide.of(result).to_float64(), expected)
    assert (3 >= a).tolist() == [True, False]  # noqa: SIM300
    assert (3 <= a).tolist() == [False, True]  # noqa: SIM300
    assert repr(a) == "Wide(array([2., 8.]))"


def test_what_is_not_in_the_vocabulary_is_refused():
    a = Wide.of([1.0])
    for refused in (lambda: np.exp(a), lambda: np.mean(a), lambda: np.add.reduce(a), lambda: a**0.5, lambda: hash(a)):
        with pytest.raises(TypeError):
            refused()
