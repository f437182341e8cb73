"""Programs refuse what would be silently wrong: above all a sum over an axis that is only broadcast."""

import pytest
import sympy as sp

from l2norm_ref.symbolic import DENOMINATORS, Map, Program, Tensor, Total, l2norm

X, G = Tensor("x", frozenset("nc")), Tensor("gamma", frozenset("c"))


def build(*stages, outputs=("y",)):
    return Program((X, G), stages, outputs)


def test_a_sum_over_a_broadcast_axis_is_refused():
    # With shapes (3, 5) and (5,), np.sum over axis 0 of a (1, 5) array counts each entry once instead of 3 times.
    with pytest.raises(ValueError, match=r"'y' sums over \['n'\], which its summand lacks"):
        build(Total(Tensor("y", frozenset("c")), G.symbol, frozenset("n")))


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([Map(Tensor("x", X.axes), X.symbol)], "'x' is assigned twice"),
        ([Map(Tensor("y", X.axes), Tensor("z").symbol)], r"'y' uses \['z'\]"),
        ([Map(Tensor("y", frozenset("c")), X.symbol)], r"'y' is declared over \['c'\]"),
        ([Total(Tensor("y", X.axes), X.symbol, frozenset())], "sums over no axis"),
        ([Total(Tensor("y", X.axes), X.symbol, frozenset("c"))], r"keeps \['c'\], which it sums over"),
        ([Total(Tensor("y"), X.symbol, frozenset("c"))], r"'y' is declared over \[\]"),
        ([Map(Tensor("z", X.axes), X.symbol)], r"outputs \['y'\]"),
        ([Map(Tensor("y", X.axes), X.symbol * sp.Symbol("x"))], r"'y' uses \['x'\]"),
    ],
)
def test_malformed_programs_are_refused(stages, message):
    with pytest.raises(ValueError, match=message):
        build(*stages)


def test_an_output_is_named_once():
    with pytest.raises(ValueError, match="name one tensor twice"):
        build(Map(Tensor("y", X.axes), X.symbol), outputs=("y", "y"))


def test_the_fingerprint_sees_expressions_axes_and_sums_but_not_origins():
    programs = [l2norm(over, axes, mode) for over in ("c", "cs") for axes in ("c", "") for mode in DENOMINATORS]
    assert len({program.fingerprint() for program in programs}) == len(programs)
    plain = build(Map(Tensor("y", X.axes), X.symbol))
    noted = build(Map(Tensor("y", X.axes), X.symbol, (("a", "b"),)))
    assert plain.fingerprint() == noted.fingerprint()
    assert plain == noted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("h", "c", "none"), "unknown axis"),
        (("c", "hw", "none"), "unknown axis"),
        (("c", "c", "max"), "eps_mode='max'"),
    ],
)
def test_definitions_refuse_unknown_names(arguments, message):
    with pytest.raises(ValueError, match=message):
        l2norm(*arguments)


def test_a_definition_needs_an_axis_to_reduce():
    with pytest.raises(ValueError, match="sums over no axis"):
        l2norm(over="")
