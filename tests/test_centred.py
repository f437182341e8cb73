"""x less its mean, against fractions: every deviation to its last bits."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from l2norm_ref._centred import centred

numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
arrays = hnp.arrays(np.float32, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=4), elements=numbers)


@given(arrays, st.sampled_from([(0,), (0, 2), (1, 2), (0, 1, 2)]), st.booleans())
def test_against_fractions(x, axes, doubled):
    if doubled:  # what is left of the mean is small
        x = np.concatenate([x, -x, np.ones_like(x)], axis=0)
    found = centred(x.astype(np.float64), axes)
    assert found.shape == x.shape
    rows, got = (np.moveaxis(a, axes, range(-len(axes), 0)) for a in (x, found))
    rows, got = (a.reshape(-1, math.prod(x.shape[k] for k in axes)) for a in (rows, got))
    for row, deviations in zip(rows.tolist(), got.tolist(), strict=True):
        mean = sum(map(Fraction, row)) / len(row)
        for value, deviation in zip(row, deviations, strict=True):
            exact = Fraction(value) - mean
            assert abs(Fraction(deviation) - exact) <= abs(exact) / 2**51


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_stays_in_its_slice(bad):
    x = np.array([[1.0, 2.0], [bad, 4.0]])
    found = centred(x, (0,))
    assert np.isnan(found[:, 0]).all()
    assert found[:, 1].tolist() == [-1, 1]


def test_empty_slices():
    assert centred(np.zeros((2, 0, 3)), (0, 2)).shape == (2, 0, 3)
