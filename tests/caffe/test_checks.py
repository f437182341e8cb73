"""What the layers accept: real numbers only, in the layer's type, and shapes."""

from fractions import Fraction

import numpy as np
import pytest

from l2norm_ref.caffe._checks import checked_shape, float_field, integer_field, real_array, real_number


@pytest.mark.parametrize("value", [[1, 2], np.array([1, 2], "uint8"), np.array([1, 2], ">f4"), (1.0, 2.0)])
def test_real_numbers_of_any_type(value):
    found = real_array("x", value, "float32")
    assert found.dtype == "float32"
    assert found.tolist() == [1, 2]
    assert real_array("x", value).dtype.kind == "f"


def test_a_copy_is_made_where_a_type_is_asked_for():
    x = np.ones((2, 3), "float32")[:, ::2]
    found = real_array("x", x, "float32")
    assert found.flags.c_contiguous
    assert not np.shares_memory(found, x)


@pytest.mark.parametrize(
    "value", [1j, "1", ["1"], None, [None], True, [True], b"1", np.array(["2020"], "M8[D]"), [[1], [2, 3]]]
)
def test_anything_else_is_refused(value):
    with pytest.raises(TypeError, match=r"x\[0\]: expected an array of real numbers, got"):
        real_array("x[0]", value, "float64")


def test_numbers_and_fields():
    assert real_number("eps", Fraction(1, 2)) == 0.5
    assert float_field("eps", np.float64(0.1), "float64") == np.float64(np.float32(0.1))
    assert float_field("eps", 1e39, "float32") == np.inf
    assert integer_field("axis", np.int8(-1)) == -1
    for value in ("1", None, 1j, True):
        with pytest.raises(TypeError, match="eps: expected a real number, got"):
            real_number("eps", value)
    with pytest.raises(ValueError, match="eps: expected a real number within float64"):
        real_number("eps", -(10**400))


def test_shapes():
    assert checked_shape("x", [np.int64(2), 3], 2, "") == (2, 3)
    assert checked_shape("x", (), 0, "") == ()
    for shape in (None, 5, "23", (2, 3.0)):
        with pytest.raises(TypeError, match="x's shape: expected"):
            checked_shape("x", shape, 2, "")
    for shape in ((2,), (2, 0), (2, -1)):
        with pytest.raises(ValueError, match="x has"):
            checked_shape("x", shape, 2, "why")
