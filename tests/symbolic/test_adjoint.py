"""The adjoint against forward mode by duality, which shares SymPy's `diff`, and dual numbers, which share nothing."""

from fractions import Fraction

import pytest

from l2norm_ref.symbolic import (
    EvidenceError,
    Map,
    Point,
    Program,
    Tensor,
    Total,
    adjoint,
    evaluate,
    jvp,
    l2norm,
    l2norm_points,
    same_derivative,
)
from l2norm_ref.symbolic.functions import Reciprocal, Root

MODES = [(over, axes) for over in ("c", "cs", "s", "ncs") for axes in ("c", "")]


def inner(left, right):
    return sum((left[i] * right[i] for i in left), Fraction(0))


@pytest.mark.parametrize(("over", "gamma_axes"), MODES)
def test_reverse_and_forward_mode_are_adjoint(over, gamma_axes, eps_mode):
    """<u, J v> = <J^T u, v>, exactly."""
    program = l2norm(over, gamma_axes, eps_mode)
    backward, forward = adjoint(program), jvp(program)
    both = Program((*backward.inputs, *forward.inputs[len(program.inputs) :]), backward.stages, backward.outputs)
    for point in l2norm_points(both, seed=5):
        pulled, pushed, at = evaluate(backward, point), evaluate(forward, point), point.values
        left = inner(at["dy"], pushed["y_dot"])
        assert left == inner(pulled["dx"], at["x_dot"]) + inner(pulled["dgamma"], at["gamma_dot"])


@pytest.mark.parametrize(("over", "gamma_axes"), MODES)
def test_double_backward_is_the_adjoint_applied_twice(over, gamma_axes, eps_mode):
    """The adjoint of the backward pass, against dual numbers through the backward pass."""
    first = adjoint(l2norm(over, gamma_axes, eps_mode))
    second = adjoint(first, wrt=("x", "gamma", "dy"), prefix="g")
    assert second.outputs == ("gx", "ggamma", "gdy")
    # At a kink the first derivative jumps and at x = 0 a root's does, so a second derivative exists only elsewhere.
    points = tuple(p for p in l2norm_points(second, seed=2) if p.label not in ("tie", "zero"))
    same_derivative(first, second, points, prefix="g", wrt=("x", "gamma", "dy"))


def test_a_wrong_gradient_is_caught():
    """What Caffe's layer computes (the scale taken out of the inner product) differs from the dual numbers."""
    program = l2norm("c", "c")
    right = adjoint(program)
    d, x, gamma, dy = (right.tensors[name].symbol for name in ("d", "x", "gamma", "dy"))
    p = Total(Tensor("p", frozenset("ns")), x * dy, frozenset("c"))
    dx = Map(Tensor("dx", frozenset("ncs")), gamma * (dy / d - x * p.out.symbol / d**3))
    kept = [stage for stage in right.stages if stage.out.name not in ("dx",)]
    wrong = right.with_stages([*kept, p, dx])
    with pytest.raises(EvidenceError, match="dx"):
        same_derivative(program, wrong, l2norm_points(right))


def test_the_gradient_of_a_sum_is_broadcast():
    x = Tensor("x", frozenset("c"))
    program = Program((x,), (Total(Tensor("y"), x.symbol, frozenset("c")),), ("y",))
    backward = adjoint(program, wrt=("x",))
    point = Point({"c": 3}, {"x": {(i,): Fraction(i) for i in range(3)}, "dy": {(): Fraction(7)}})
    assert evaluate(backward, point)["dx"] == {(i,): 7 for i in range(3)}


def test_a_term_that_would_be_counted_once_is_refused():
    """The sum over c of (x + q) is C * q in q; the size C has no place in a Program."""
    x, q = Tensor("x", frozenset("c")), Tensor("q")
    program = Program((x, q), (Total(Tensor("y"), x.symbol + q.symbol, frozenset("c")),), ("y",))
    with pytest.raises(ValueError, match=r"d\(y\)/d\(q\) does not carry \['c'\]"):
        adjoint(program, wrt=("q",))


def test_a_wrong_declared_slope_is_caught(monkeypatch):
    """Duality and the second road use the slopes of `functions.py`; only the dual numbers know better."""
    monkeypatch.setattr(Root, "fdiff", lambda self, argindex=1: 3 * Reciprocal(self))
    program = l2norm(eps_mode="add_outside")
    wrong = adjoint(program)
    with pytest.raises(EvidenceError, match="dx"):
        same_derivative(program, wrong, l2norm_points(wrong))


def test_names_that_are_taken_are_refused():
    x, dy = Tensor("x"), Tensor("dy")
    program = Program((x, dy), (Map(Tensor("y"), x.symbol * dy.symbol),), ("y",))
    with pytest.raises(ValueError, match="'dy' is taken: choose another prefix than 'd'"):
        adjoint(program, wrt=("x",))
    assert adjoint(program, wrt=("x",), prefix="g").outputs == ("gx",)
    with pytest.raises(ValueError, match="'dx' is taken"):
        adjoint(l2norm(), wrt=("x", "x"))


def test_an_alias_keeps_its_axes():
    """y = sum over c of (x - q): the cotangent of x - q is that of y, broadcast, and q lacks c."""
    x, q = Tensor("x", frozenset("c")), Tensor("q")
    a = Map(Tensor("a", frozenset("c")), x.symbol - q.symbol)
    program = Program((x, q), (a, Total(Tensor("y"), a.out.symbol, frozenset("c"))), ("y",))
    backward = adjoint(program, wrt=("x", "q"))
    values = {"x": {(i,): Fraction(i) for i in range(3)}, "q": {(): Fraction(1)}, "dy": {(): Fraction(7)}}
    same_derivative(program, backward, (Point({"c": 3}, values),), wrt=("x", "q"))


@pytest.mark.parametrize("derivative", [adjoint, jvp])
def test_wrt_must_name_inputs_that_matter(derivative):
    with pytest.raises(ValueError, match=r"wrt names \['z'\]"):
        derivative(l2norm(), wrt=("z",))
    with pytest.raises(ValueError, match="depend"):
        derivative(l2norm(eps_mode="none"), wrt=("eps",))
