"""What is refused, and that every refusal names the argument, what came and what was expected."""

import decimal
import fractions
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2norm_ref import l2norm_backward, l2norm_forward

X = np.ones((2, 3, 5, 7))
PER_CHANNEL = {"channel_shared": False}


class Hostile:
    """An object that fails wherever it is asked for anything."""

    def __repr__(self):
        raise RuntimeError("repr")

    def __array__(self, *arguments, **options):
        raise RuntimeError("array")

    def __index__(self):
        raise RuntimeError("index")

    def __float__(self):
        raise RuntimeError("float")

    def __eq__(self, other):
        raise RuntimeError("eq")

    __hash__ = None  # type: ignore[assignment]


BAD = [
    # the argument, TypeError or ValueError, a word of the message, x, keyword arguments
    ("x", TypeError, "float16, float32 or float64", np.ones((2, 3), int), {}),
    ("x", TypeError, "int64", [[1, 2]], {}),
    ("x", TypeError, "complex128", X.astype(complex), {}),
    ("x", TypeError, "bool", X > 0, {}),
    ("x", TypeError, "object", X.astype(object), {}),
    ("x", TypeError, "longdouble|float128|float64", X.astype(np.longdouble), {}),
    ("x", TypeError, "float64", None, {}),
    ("x", TypeError, "<U1", "x", {}),
    ("x", TypeError, "list", [[1.0], [1.0, 2.0]], {}),
    ("x", TypeError, "Hostile", Hostile(), {}),
    ("x", TypeError, "list", [Hostile()], {}),
    ("x", TypeError, "masked", np.ma.masked_array(X, X > 0), {}),
    ("x", TypeError, "datetime64", np.zeros((2, 3), "M8[s]"), {}),
    ("x", TypeError, "dtype", np.zeros((2, 3), [("a", "f8")]), {}),
    ("x", ValueError, "rank 2 to 6", np.float64(1.0), {}),
    ("x", ValueError, "rank 2 to 6", np.ones(()), {"axes": "all"}),
    ("x", ValueError, "explicit axes", np.ones(3), {}),
    ("x", ValueError, "rank 2 to 6", np.ones((1,) * 7), {}),
    ("x", ValueError, r"\(2, 0, 5\)", np.ones((2, 0, 5)), {"across_spatial": False}),
    ("x", ValueError, r"\(2, 3, 0\)", np.ones((2, 3, 0)), {}),
    ("axes", ValueError, r"\(0, 3\)", np.ones((0, 3)), {"axes": "all"}),
    ("axes", ValueError, r"axes \(2,\)", np.ones((2, 3, 0)), {"axes": (2,)}),
    ("axes", ValueError, "at least one", X, {"axes": ()}),
    ("axes", ValueError, "twice", X, {"axes": (1, 1)}),
    ("axes", ValueError, "twice", X, {"axes": (1, -3)}),
    ("axes", ValueError, "rank 4", X, {"axes": (4,)}),
    ("axes", ValueError, "rank 4", X, {"axes": (-5,)}),
    ("axes", ValueError, "rank 4", X, {"axes": (2**70,)}),
    ("axes", ValueError, "'all', 'spatial'", X, {"axes": "channel"}),
    ("axes", ValueError, "beside", np.ones((2, 3)), {"axes": "spatial"}),
    ("axes", TypeError, "int", X, {"axes": (1.0,)}),
    ("axes", TypeError, "True", X, {"axes": (True,)}),
    ("axes", TypeError, "int", X, {"axes": (None,)}),
    ("axes", TypeError, "int", X, {"axes": (Hostile(),)}),
    ("axes", TypeError, "tuple of ints", X, {"axes": 1}),
    ("axes", TypeError, "list", X, {"axes": [1]}),
    ("axes", TypeError, "array", X, {"axes": np.array([1])}),
    ("channel_axis", ValueError, "sample axis", X, {"channel_axis": 0}),
    ("channel_axis", ValueError, "sample axis", X, {"channel_axis": -4}),
    ("channel_axis", ValueError, "got int 4", X, {"channel_axis": 4}),
    ("channel_axis", ValueError, "rank 4", X, {"channel_axis": -5}),
    ("channel_axis", TypeError, "float", X, {"channel_axis": 1.0}),
    ("channel_axis", TypeError, "True", X, {"channel_axis": True}),
    ("channel_axis", TypeError, "None", X, {"channel_axis": None}),
    ("across_spatial", TypeError, "True or False", X, {"across_spatial": 1}),
    ("across_spatial", TypeError, "None", X, {"across_spatial": None}),
    ("channel_shared", TypeError, "True or False", X, {"channel_shared": "no"}),
    ("channel_shared", TypeError, "array", X, {"channel_shared": np.array([True, False])}),
    ("eps", ValueError, ">= 0", X, {"eps": -1e-10}),
    ("eps", ValueError, "nan", X, {"eps": float("nan")}),
    ("eps", ValueError, "finite", X, {"eps": float("inf")}),
    ("eps", ValueError, "float64", X, {"eps": 10**400}),
    ("eps", TypeError, "real number", X, {"eps": True}),
    ("eps", TypeError, "str", X, {"eps": "1e-10"}),
    ("eps", TypeError, "None", X, {"eps": None}),
    ("eps", TypeError, "complex", X, {"eps": 1j}),
    ("eps", TypeError, "array", X, {"eps": np.array([1e-10])}),
    ("eps", TypeError, "Decimal", X, {"eps": decimal.Decimal("1e-10")}),
    ("eps", TypeError, "Hostile", X, {"eps": Hostile()}),
    ("eps_mode", ValueError, "'add_inside', 'add_outside', 'clamp_norm', 'clamp_sum', 'none'", X, {"eps_mode": "add"}),
    ("eps_mode", TypeError, "'add_inside'", X, {"eps_mode": None}),
    ("eps_mode", TypeError, "list", X, {"eps_mode": ["none"]}),
    ("precision", ValueError, "'oracle', 'plain'", X, {"precision": "double"}),
    ("precision", TypeError, "'oracle', 'plain'", X, {"precision": 64}),
    ("scale", ValueError, r"shape \(\)", X, {"scale": np.ones(3)}),
    ("scale", ValueError, r"shape \(\)", X, {"scale": np.ones(1)}),
    ("scale", ValueError, r"\(3,\)", X, {"scale": 1.0, **PER_CHANNEL}),
    ("scale", ValueError, r"\(5,\)", X, {"scale": np.ones(5), **PER_CHANNEL}),
    ("scale", ValueError, r"\(7,\)", X, {"scale": np.ones(3), "channel_axis": -1, **PER_CHANNEL}),
    ("scale", ValueError, r"\(3, 1\)", X, {"scale": np.ones((3, 1)), **PER_CHANNEL}),
    ("scale", ValueError, "rank 1", np.ones(3), {"scale": np.ones(3), "axes": (0,), **PER_CHANNEL}),
    ("scale", ValueError, "float64", X, {"scale": 10**400}),
    ("scale", TypeError, "complex", X, {"scale": 1j}),
    ("scale", TypeError, "got True", X, {"scale": True}),
    ("scale", TypeError, "bool", X, {"scale": np.array([True, False, True]), **PER_CHANNEL}),
    ("scale", TypeError, "str|<U", X, {"scale": "1"}),
    ("scale", TypeError, "object", X, {"scale": np.ones(3, object), **PER_CHANNEL}),
    ("scale", TypeError, "array", X, {"scale": np.ones(3, np.longdouble), **PER_CHANNEL}),
    ("scale", TypeError, "list", X, {"scale": [1.0, [2.0]], **PER_CHANNEL}),
    ("scale", TypeError, "Hostile", X, {"scale": Hostile()}),
]


@pytest.mark.parametrize("name, kind, word, x, kwargs", BAD, ids=[f"{row[0]}-{k}" for k, row in enumerate(BAD)])
def test_bad_argument(name, kind, word, x, kwargs):
    with pytest.raises((TypeError, ValueError)) as caught:
        l2norm_forward(x, **kwargs)
    assert caught.type is kind
    message = str(caught.value)
    assert re.search(rf"\b{name}\b", message.partition(": expected ")[0]), message
    assert re.search(word, message), message
    assert re.search(r": expected .+, got .+", message), message
    assert len(message) < 250


@pytest.mark.parametrize(
    "dy, kind, word",
    [
        (np.ones((2, 3)), ValueError, r"the shape of y, \(2, 3, 5, 7\), got an array of shape \(2, 3\)"),
        (1.0, ValueError, r"shape \(\)"),
        (np.ones((2, 3, 5, 1)), ValueError, "shape of y"),
        (np.ones(X.shape, int), TypeError, "int64"),
        (np.ones(X.shape, np.longdouble), TypeError, "float64"),
        (np.ones(X.shape, complex), TypeError, "complex"),
        (None, TypeError, "float64"),
        (Hostile(), TypeError, "Hostile"),
    ],
)
def test_bad_dy(dy, kind, word):
    _, saved = l2norm_forward(X)
    with pytest.raises(kind, match=f"^dy: expected .*{word}"):
        l2norm_backward(dy, saved)


@pytest.mark.parametrize("saved", [None, (), "saved", Hostile(), np.ones(3)])
def test_bad_saved(saved):
    with pytest.raises(TypeError, match=r"^saved: expected what l2norm_forward returned, got "):
        l2norm_backward(X, saved)


def test_good_arguments():
    """Spellings that are accepted give the same as the plain ones."""
    expected = l2norm_forward(X, 2.0, eps=0.25, axes=(1,))[0]
    for kwargs in (
        {"eps": np.float32(0.25), "axes": (np.int64(1),)},
        {"eps": np.array(0.25), "axes": (-3,)},
        {"eps": fractions.Fraction(1, 4), "axes": (1,)},
        {"eps": 0.25, "across_spatial": np.False_, "channel_axis": np.int8(-3)},
    ):
        np.testing.assert_array_equal(l2norm_forward(X, 2.0, **kwargs)[0], expected)
    for scale in (np.array(2), np.float16(2), fractions.Fraction(2)):
        np.testing.assert_array_equal(l2norm_forward(X, scale, eps=0.25, axes=(1,))[0], expected)
    unmasked = np.ma.masked_array(X, np.zeros(X.shape, bool))
    np.testing.assert_array_equal(l2norm_forward(unmasked, 2.0, eps=0.25, axes=(1,))[0], expected)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-8, 8),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.sampled_from(["all", "spatial", "none", "add_inside", "clamp_sum", "oracle", "plain"]),
    st.lists(st.integers(-7, 7), max_size=4).map(tuple),
    st.lists(st.one_of(st.floats(), st.integers(), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.fractions(),
    st.decimals(),
    st.builds(Hostile),
    st.sampled_from([np.float16, "f4", ">f8", "i4", "c16", "?", "O", "U1", "g", "M8[s]"]).flatmap(
        lambda dtype: st.lists(st.integers(0, 3), max_size=7).map(lambda shape: np.zeros(shape, dtype))
    ),
)
GOOD = {
    "x": st.sampled_from([np.ones((2, 3)), X, np.ones((2, 3, 4), np.float16), np.ones(3)]),
    "scale": st.sampled_from([None, 2.0, np.ones(3)]),
    "axes": st.sampled_from([None, (1,), "all"]),
    "channel_axis": st.sampled_from([1, -1]),
    "across_spatial": st.booleans(),
    "channel_shared": st.booleans(),
    "eps": st.sampled_from([0.0, 1e-10]),
    "eps_mode": st.sampled_from(["add_inside", "clamp_norm"]),
    "precision": st.sampled_from(["oracle", "plain"]),
}


@given(st.data())
def test_any_call_ends_in_a_result_or_in_an_error_that_names_the_argument(data):
    bad = data.draw(st.sets(st.sampled_from(sorted(GOOD)), max_size=2))
    arguments = {name: data.draw(ANYTHING if name in bad else good, label=name) for name, good in GOOD.items()}
    x = arguments.pop("x")
    dy = data.draw(st.one_of(ANYTHING, st.none()), label="dy")
    try:
        y, saved = l2norm_forward(x, **arguments)
    except (TypeError, ValueError) as error:
        named = str(error).partition(": expected ")[0]
        assert named in GOOD or named == "x, axes", error
        return
    assert y.shape == np.shape(x)
    dx, dscale = l2norm_backward(np.ones_like(y), saved)
    assert dx.shape == y.shape
    assert (dscale is None) == (arguments["scale"] is None)
    try:
        l2norm_backward(dy, saved)
    except (TypeError, ValueError) as error:
        assert str(error).startswith("dy: expected "), error
