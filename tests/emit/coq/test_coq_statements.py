"""The statements say something: their premises hold somewhere, and there the conclusion holds, and not of a wrong dx.

Each is read as text, by a reader that knows no Program, and decided at points, with exact numbers and their slopes.
"""

import random
import re
from fractions import Fraction

import pytest
from coq_reader import read, read_statement
from test_coq_printer import nested

from l2norm_ref.emit.coq import (
    CONDITIONS,
    Module,
    batch_norm_modules,
    caffe_modules,
    gradient,
    identity,
    l2norm_statements,
    scale_modules,
    together,
)
from l2norm_ref.symbolic import derive_l2norm, variance_points
from l2norm_ref.symbolic.exact import evaluate, indices
from l2norm_ref.symbolic.points import l2norm_points
from l2norm_ref.symbolic.program import Tensor

SIZES = ({"n": 1, "c": 3, "s": 2}, {"n": 2, "c": 1, "s": 3})
AXES = {"tensor3": "ncs", "tensor1": "c", "R": ""}


def points_of(program):
    return l2norm_points(program, sizes=SIZES)


def decide(text, name, program, points):
    """At each point where no definition divides by 0: whether the premises hold, and the conclusion where they do."""
    names, premises, conclusion = read_statement(text, name)
    env, _ = read(text)
    rng, found = random.Random(1), []
    kind = re.search(rf"Definition {name} : Prop :=.*?\(direction : (\w+)\)", text, re.DOTALL)
    for point in points:
        sizes = {"samples": point.sizes["n"], "channels": point.sizes["c"], "positions": point.sizes["s"]}
        given = (
            env | sizes | {t.name: nested(point.values[t.name], len(t.axes)) for t in program.inputs if not t.counts}
        )
        if "direction" in names:
            axes = frozenset(AXES[kind[1]])
            array = {i: Fraction(rng.randint(-9, 9), rng.randint(1, 9)) for i in indices(axes, point.sizes)}
            given["direction"] = nested(array, len(axes))
        assert set(names) <= set(given)
        hold = all(premise(given) for premise in premises)
        try:
            found.append((hold, conclusion(given) if hold else None))
        except ZeroDivisionError:
            assert not premises, f"{name}: a denominator is 0 though the premises hold"
    return found


def l2norm_text(over, gamma_axes, mode):
    program, claims = l2norm_statements(derive_l2norm(over, gamma_axes, mode), frozenset(over), mode)
    return program, claims, Module("m", "", program, claims).text()


@pytest.mark.parametrize("mode", CONDITIONS)
@pytest.mark.parametrize(("over", "gamma_axes"), [("c", "c"), ("cs", "")])
def test_l2norm(over, gamma_axes, mode):
    program, claims, text = l2norm_text(over, gamma_axes, mode)
    for claim in claims:
        found = decide(text, claim.name, program, points_of(program))
        assert sum(hold for hold, _ in found) >= 2, f"{claim.name}: the premises hold almost nowhere"
        assert all(conclusion for hold, conclusion in found if hold), claim.name
    wrong = re.sub(r"(Definition dx .*?) - x sample", r"\1 + x sample", text, count=1, flags=re.DOTALL)
    assert wrong != text
    found = decide(wrong, "dx_is_the_gradient", program, points_of(program))
    assert not all(conclusion for hold, conclusion in found if hold)


def test_a_clamp_is_claimed_on_both_sides_and_not_at_the_tie():
    for mode, inner in (("clamp_norm", "n"), ("clamp_sum", "s")):
        program, _, text = l2norm_text("c", "c", mode)
        sides = set()
        for point in points_of(program):
            values = evaluate(program, point)
            eps = values["eps"][()]
            signs = {(value > eps) - (value < eps) for value in values[inner].values()}
            ((hold, conclusion),) = decide(text, "dx_is_the_gradient", program, [point])
            assert hold == (0 not in signs)
            assert conclusion or not hold
            sides |= signs
        assert sides == {-1, 0, 1}


def test_batch_norm_and_scale():
    for module in (*batch_norm_modules(), *scale_modules()):
        text = module.text()
        for claim in module.statements:
            found = decide(text, claim.name, module.program, variance_points(module.program)[:4])
            assert len(found) == 4
            assert all(hold and conclusion for hold, conclusion in found), (module.name, claim.name)


def test_a_statement_quantifies_over_everything():
    derivation = derive_l2norm("cs", "", "clamp_norm")
    program = together(derivation.forward, derivation.closed_form)
    claim = gradient(program, "gamma", CONDITIONS["clamp_norm"])
    assert claim.name == "dgamma_is_the_gradient"
    for part in (
        "forall (samples channels positions : nat) (x : tensor3) (gamma : R) (eps : R) (dy : tensor3)",
        "(direction : R)",
        "0 <= eps ->",
        "(forall sample, (sample < samples)%nat -> n channels positions x sample <> eps) ->",
        "gamma + t * direction",
    ):
        assert part in claim.text
    equal = identity(program, "same", Tensor("d").symbol, Tensor("d").symbol)
    assert "forall sample, (sample < samples)%nat ->" in equal.text


@pytest.mark.parametrize("module", caffe_modules(CONDITIONS["add_inside"]), ids=lambda module: module.name)
def test_caffe(module):
    text, program = module.text(), module.program
    points = points_of(program)
    if module.name.endswith("shared"):
        found = decide(text, "caffe_dx_is_the_gradient", program, points)
        assert sum(hold for hold, _ in found) >= 4
        assert all(conclusion for hold, conclusion in found if hold)
        return
    claimed = "caffe_dx_is_the_gradient_where_gamma_is_uniform"
    scales = {point: point.values["gamma"] for point in points}
    assert not any(hold for hold, _ in decide(text, claimed, program, [p for p in points if _spread(p)]))
    for values in scales.values():
        values.update(dict.fromkeys(values, Fraction(-3, 2)))
    found = decide(text, claimed, program, points)
    assert sum(hold for hold, _ in found) >= 4
    assert all(conclusion for hold, conclusion in found if hold)


def _spread(point):
    return len(set(point.values["gamma"].values())) > 1


@pytest.mark.parametrize("eps", [0, 11, 24, Fraction(101, 100)])
def test_the_instance_refutes(eps):
    """Where the root of 25 + eps is rational; along the second channel."""
    for module in caffe_modules(CONDITIONS["add_inside"]):
        if module.name.endswith("per_channel"):
            names, premises, conclusion = read_statement(module.text(), "caffe_dx_is_not_the_gradient")
            assert names == ["eps"]
            for second, refutes in ((1, True), (0, False)):
                direction = lambda n, second=second: lambda c: lambda s: Fraction(c * second)  # noqa: E731
                given = {
                    "eps": Fraction(eps),
                    "direction": direction,
                    "samples": 1,
                    "channels": 2,
                    "positions": 1,
                }
                given |= read(module.text(), {"direction": direction})[0]
                assert all(premise(given) for premise in premises)
                assert conclusion(given) == refutes
