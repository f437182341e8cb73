"""The lemma fires only where a sum is centred, and the other rules of sums leave alone what they must."""

import pytest

from l2norm_ref.symbolic import Map, Program, Tensor, Total, same_outputs, variance_points
from l2norm_ref.symbolic.rules_of_sums import a_centred_sum_vanishes, split_sums, take_constants_out_of_sums

NCS, NS, C = frozenset("ncs"), frozenset("ns"), frozenset("c")
X, W, M = Tensor("x", NCS), Tensor("w", C), Tensor("m", counts=NS)


def centred(over=NS, counts=NS, offset=0, weight=1):
    """The sum over n and s of weight * (x - mean + offset), beside one that does not vanish."""
    kept = NCS - over
    t, mu, u, q = Tensor("t", kept), Tensor("mu", kept), Tensor("u", NCS), Tensor("q", C)
    stages = (
        Total(t, X.symbol, over),
        Map(mu, t.symbol / M.symbol),
        Map(u, X.symbol - mu.symbol + offset),
        Map(Tensor("v", NCS), u.symbol * weight),
        Total(q, Tensor("v").symbol, NS),
        Map(Tensor("y", NCS), X.symbol + q.symbol),
    )
    return Program((X, W, Tensor("m", counts=counts)), stages, ("y",))


def test_a_centred_sum_is_dropped():
    for weight in (1, W.symbol, 1 / W.symbol**2):
        program = centred(weight=weight)
        after = a_centred_sum_vanishes(program)
        assert "q" not in after.definitions
        assert after.definitions["y"].expr == X.symbol
    points = variance_points(centred())
    assert same_outputs(centred(), a_centred_sum_vanishes(centred()), points).entries


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(centred(over=frozenset("n")), id="the mean over other axes"),
        pytest.param(centred(counts=frozenset("n")), id="divided by another number"),
        pytest.param(centred(offset=W.symbol), id="something added"),
        pytest.param(centred(weight=X.symbol), id="a weight that varies"),
    ],
)
def test_what_is_not_centred_stays(program):
    assert a_centred_sum_vanishes(program) == program


def test_a_sum_that_is_an_output_stays():
    program = centred()
    outputs = Program(program.inputs, program.stages, ("q",))
    assert a_centred_sum_vanishes(outputs) == outputs


def test_a_sum_is_split_into_its_terms():
    q = Total(Tensor("q", C), X.symbol**2 - W.symbol * X.symbol, NS)
    program = Program((X, W), (q,), ("q",))
    after = split_sums(program)
    assert [type(stage) for stage in after.stages] == [Total, Total, Map]
    assert same_outputs(program, after, variance_points(program)).entries
    assert split_sums(after) == after


def test_a_term_without_the_axis_is_not_split_off():
    """The sum over n of x - w counts w once for each n; a Total of w alone could not say so."""
    program = Program((X, W), (Total(Tensor("q", C), X.symbol - W.symbol, NS),), ("q",))
    assert split_sums(program) == program


def test_a_number_alone_stays_inside():
    program = Program((X,), (Total(Tensor("q", C), -X.symbol, NS),), ("q",))
    assert take_constants_out_of_sums(program) == program
