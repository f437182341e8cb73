"""Rules: each fires, keeps every value, and a rule that does not is stopped by the evidence."""

import itertools
from fractions import Fraction

import pytest
import sympy as sp

from l2norm_ref.symbolic import (
    EvidenceError,
    Map,
    Point,
    Program,
    Tensor,
    Total,
    adjoint,
    derive_batch_norm,
    derive_l2norm,
    l2norm,
    l2norm_points,
    same_outputs,
)
from l2norm_ref.symbolic.derivation import apply_rules
from l2norm_ref.symbolic.functions import Reciprocal
from l2norm_ref.symbolic.rules import CLOSED_FORM, FOR_THE_COMPUTER, drop_unused_stages


def step_names(derivation):
    return [step.rule for step in derivation.steps]


def test_every_rule_is_used_by_some_derivation():
    derivations = [derive_l2norm("c", "c"), derive_l2norm("c", "c", "clamp_norm"), derive_batch_norm()]
    used = {name for derivation in derivations for name in step_names(derivation)}
    rules = {rule.__name__.replace("_", " ") for rule in (*CLOSED_FORM, *FOR_THE_COMPUTER)}
    assert used == rules | {"differentiate backwards"}


@pytest.mark.parametrize("over", ["c", "cs"])
@pytest.mark.parametrize("gamma_axes", ["c", ""])
def test_the_closed_form_is_the_documented_one(over, gamma_axes, eps_mode):
    """dx = h/d - x <x, h> k with the k of the documentation, in every mode."""
    closed = derive_l2norm(over, gamma_axes, eps_mode).closed_form
    names = {name: tensor.symbol for name, tensor in closed.tensors.items()}
    x, h, d, p = names["x"], names["h"], names["d"], names["p"]
    dx = closed.definitions["dx"].expr
    assert dx.coeff(h) == 1 / d
    slope = -dx.coeff(p) / x  # k, apart from the switch that a clamp or a zero turns off
    if eps_mode == "add_outside":
        assert str(slope) == "Reciprocal(n)/d**2"
    else:
        switch = {"clamp_norm": "Active(n, eps)/d**3", "clamp_sum": "Active(s, eps)/d**3"}
        assert str(slope) == switch.get(eps_mode, "d**(-3)")
    assert closed.definitions["p"].over == frozenset(over)
    assert closed.definitions["dgamma"].over == frozenset("ncs") - frozenset(gamma_axes)


def test_the_steps_join_up(eps_mode):
    derivation = derive_l2norm("c", "c", eps_mode)
    steps = derivation.steps
    assert steps[0].before == derivation.forward
    assert all(a.after == b.before for a, b in itertools.pairwise(steps))
    assert all(step.after != step.before and step.reason and step.evidence.entries for step in steps)
    assert derivation.closed_form in [step.after for step in steps]


def test_the_computed_form_needs_no_power_of_d(eps_mode):
    dx = derive_l2norm("c", "c", eps_mode).backward.definitions["dx"].expr
    assert all(abs(power.exp) == 1 for power in dx.atoms(sp.Pow))


def test_a_wrong_rule_is_stopped():
    def forget_the_square(program):
        """Wrong on purpose: 1/d instead of 1/d**2 in the adjoint of the quotient."""
        d = program.tensors["d"].symbol
        stages = [Map(s.out, s.expr * d) if isinstance(s, Map) and s.out.name == "s_bar" else s for s in program.stages]
        return program.with_stages(stages)

    raw = adjoint(l2norm())
    with pytest.raises(EvidenceError, match=r"dx\["):
        apply_rules(raw, [forget_the_square], l2norm_points(raw))


def test_a_rule_may_not_change_the_outputs():
    def drop_an_output(program):
        """Wrong on purpose."""
        return drop_unused_stages(type(program)(program.inputs, program.stages, program.outputs[:1]))

    raw = adjoint(l2norm())
    with pytest.raises(EvidenceError, match="outputs changed"):
        apply_rules(raw, [drop_an_output], l2norm_points(raw))


def test_a_rule_may_not_divide_by_the_scale():
    def cancel_the_scale(program):
        """Wrong on purpose, and right wherever no scale is 0."""
        gamma = program.tensors["gamma"].symbol
        stages = [
            Map(s.out, s.expr * gamma**2 * Reciprocal(gamma**2)) if s.out.name == "dx" else s for s in program.stages
        ]
        return program.with_stages(stages)

    raw = adjoint(l2norm())
    with pytest.raises(EvidenceError, match=r"dx\["):
        apply_rules(raw, [cancel_the_scale], l2norm_points(raw))


def test_evidence_needs_points_and_the_same_axes():
    closed = derive_l2norm().closed_form
    with pytest.raises(EvidenceError, match="nothing was compared"):
        same_outputs(closed, closed, ())
    c, cs = frozenset("c"), frozenset("cs")
    x, w = Tensor("x", cs), Tensor("w", c)
    narrow = Program((x, w), (Map(Tensor("y", c), w.symbol),), ("y",))
    wide = Program((x, w), (Map(Tensor("y", cs), w.symbol + 0 * x.symbol),), ("y",))
    values = {"x": {(0, 0): Fraction(1)}, "w": {(0,): Fraction(1)}}
    with pytest.raises(EvidenceError, match="other axes"):
        same_outputs(narrow, wide, (Point({"c": 1, "s": 1}, values),))


def test_rules_leave_other_programs_alone():
    """Rules look for their pattern; what is not L2Norm passes through unharmed."""
    x, q = Tensor("x", frozenset("c")), Tensor("x_bar")
    two = Map(Tensor("two"), sp.Integer(2))
    xhat = Map(Tensor("xhat", frozenset("c")), (x.symbol - q.symbol) / two.out.symbol)
    total = Total(Tensor("y"), xhat.out.symbol * x.symbol**2, frozenset("c"))
    program = Program((x, q), (two, xhat, total), ("y",))
    for rule in (*CLOSED_FORM, *FOR_THE_COMPUTER):
        assert rule(program) == program, rule.__name__


def test_a_rule_that_changes_nothing_is_no_step():
    closed = derive_l2norm().closed_form
    assert apply_rules(closed, CLOSED_FORM, l2norm_points(closed)) == []
