"""The exact evaluator is the witness of every step, so it is checked against arithmetic typed here."""

from fractions import Fraction as F

import pytest
import sympy as sp

from l2norm_ref.symbolic import Dual, Map, Point, Program, Tensor, evaluate, l2norm, l2norm_points
from l2norm_ref.symbolic.exact import exact_sqrt
from l2norm_ref.symbolic.functions import Active, AtLeast, Reciprocal, Root

A, B = Tensor("a"), Tensor("b")


def at(expr, a, b=F(1)):
    """One scalar expression at a = a, b = b."""
    program = Program((A, B), (Map(Tensor("y"), expr(A.symbol, B.symbol)),), ("y",))
    return evaluate(program, Point({}, {"a": {(): a}, "b": {(): b}}))["y"][()]


@pytest.mark.parametrize(
    ("expr", "value", "slope"),
    [
        (lambda a, b: a**3 - 2 * a / b, F(21), F(25)),
        (lambda a, b: sp.sqrt(a + 6), F(3), F(1, 6)),
        (lambda a, b: (a + 6) ** sp.Rational(-3, 2), F(1, 27), F(-1, 162)),
        (lambda a, b: Root(a + 6), F(3), F(1, 6)),
        (lambda a, b: Reciprocal(a), F(1, 3), F(-1, 9)),
        (lambda a, b: AtLeast(a, b) * Active(a, b), F(3), F(1)),
        (lambda a, b: AtLeast(b, a) + Active(b, a), F(3), F(1)),
        (lambda a, b: a**0 * sp.Rational(2, 3), F(2, 3), F(0)),
    ],
)
def test_values_and_slopes(expr, value, slope):
    assert at(expr, F(3)) == value
    assert at(expr, Dual(F(3), F(1))) == Dual(value, slope)


def test_the_exceptional_points_are_as_documented():
    zero, tie = Dual(F(0), F(1)), Dual(F(1), F(1))
    assert at(lambda a, b: Root(a), zero) == Dual(F(0), F(0))
    assert at(lambda a, b: Reciprocal(a), zero) == Dual(F(0), F(0))
    assert at(lambda a, b: AtLeast(a, b), tie).slope == 1  # the unclamped branch
    assert at(lambda a, b: Active(a, b), tie) == Dual(F(1), F(0))
    a, b = A.symbol, B.symbol
    assert sp.diff(AtLeast(a, b), b) == 1 - Active(a, b)
    assert sp.diff(Active(a, b), a) == sp.diff(Active(a, b), b) == 0
    assert sp.diff(Reciprocal(a), a) == -(Reciprocal(a) ** 2)


@pytest.mark.parametrize(
    ("number", "message"), [(F(2), "not rational"), (F(1, 3), "not rational"), (F(-4), "not real")]
)
def test_irrational_roots_are_refused(number, message):
    with pytest.raises(ValueError, match=message):
        exact_sqrt(number)


@pytest.mark.parametrize("expr", [lambda a, b: sp.sin(a), lambda a, b: a**b, lambda a, b: sp.cbrt(a)])
def test_what_is_not_exact_is_refused(expr):
    with pytest.raises(TypeError, match="exactly"):
        at(expr, F(3))


def test_the_forward_pass_of_a_pocket_example():
    values = {"x": {(0, 0, 0): F(3), (0, 1, 0): F(4)}, "gamma": {(0,): F(1), (1,): F(2)}, "eps": {(): F(0)}}
    out = evaluate(l2norm("c", "c"), Point({"n": 1, "c": 2, "s": 1}, values))
    assert out["d"] == {(0, 0): 5}
    assert out["y"] == {(0, 0, 0): F(3, 5), (0, 1, 0): F(8, 5)}


def test_points_reach_both_sides_of_a_clamp_and_the_tie(eps_mode):
    """Every regime the labels promise is there, at every size; for the clamps also exactly at the tie."""
    program = l2norm("c", "c", eps_mode)
    for point in l2norm_points(program):
        out = evaluate(program, point)
        eps, d = point.values["eps"][()], out["d"]
        norms = [exact_sqrt(s) for s in out["s"].values()]
        limit = exact_sqrt(eps) if eps_mode in ("add_inside", "clamp_sum") else eps
        if point.label == "tie":
            assert all(n == limit for n in norms)
        elif point.label == "zero":
            assert norms[0] == 0
        elif point.label == "eps dominant":
            assert all(n < limit for n in norms)
        elif point.label == "eps small":
            assert all(n > 4 * limit for n in norms)
        elif point.label == "eps zero":
            assert eps == 0
            assert all(n > 0 for n in norms)
        assert all(value > 0 for value in d.values())
    assert any(v == 0 for point in l2norm_points(program) for v in point.values["gamma"].values())
    labels = {point.label for point in l2norm_points(program)}
    assert ("tie" in labels) == (eps_mode in ("clamp_norm", "clamp_sum"))
    assert ("zero" in labels) == (eps_mode != "none")
