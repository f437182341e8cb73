"""The axis arguments of emitted functions: chosen by what is summed for, and refused where one name means two sets."""

import pytest

from l2norm_ref.emit.arguments import axis_arguments, signature
from l2norm_ref.symbolic import (
    Map,
    Program,
    Tensor,
    Total,
    batch_norm,
    derive_batch_norm_scale,
    derive_l2norm,
    global_batch_norm,
)


def test_sums_that_coincide_keep_their_names():
    """BatchNorm averages over just the axes along which gamma is broadcast; LayerNorm does not."""
    for mode, axes, gamma_axes in ((("ns", "c"), "ns", "ns"), (("cs", "c"), "cs", "ns"), (("c", "cs"), "c", "n")):
        backward = derive_batch_norm_scale(*mode).backward
        expected = {"axes": frozenset(axes), "gamma_axes": frozenset(gamma_axes)}
        assert axis_arguments(backward, backward.stages) == expected


def test_only_what_is_summed_is_an_argument():
    assert axis_arguments(global_batch_norm(), global_batch_norm().stages) == {}
    assert list(axis_arguments(batch_norm(), batch_norm().stages)) == ["axes"]
    backward = derive_l2norm("cs", "c").backward
    assert axis_arguments(backward, [backward.definitions["dgamma"]]) == {"gamma_axes": frozenset("ns")}


def test_one_name_cannot_mean_two_sets():
    x = Tensor("x", frozenset("ncs"))
    p, q = Total(Tensor("p", frozenset("ns")), x.symbol, frozenset("c")), Total(Tensor("q"), x.symbol, frozenset("ncs"))
    y = Map(Tensor("y", frozenset("ncs")), x.symbol * p.out.symbol * q.out.symbol)
    program = Program((x,), (p, q, y), ("y",))
    with pytest.raises(ValueError, match=r"axes would be both \['c'\] and \['c', 'n', 's'\]"):
        axis_arguments(program, program.stages)


def test_the_signature_begins_with_x_and_ends_with_numbers():
    names = [tensor.name for tensor in signature(derive_batch_norm_scale().forward)]
    assert names == ["x", "gamma", "beta", "eps", "m"]
