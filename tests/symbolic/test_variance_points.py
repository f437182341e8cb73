"""The points: every root rational, in every regime, at every size, and centred vectors that are not 0."""

from fractions import Fraction

import pytest

from l2norm_ref.symbolic import batch_norm, evaluate, global_batch_norm, rms_norm, scale, variance_points


@pytest.mark.parametrize("program", [batch_norm(), batch_norm("cs"), batch_norm("ks", "ngks"), rms_norm("c")], ids=str)
def test_every_root_is_rational_and_every_regime_there(program):
    points = variance_points(program)
    assert {point.label for point in points} == {"eps small", "eps comparable", "eps dominant", "constant", "eps zero"}
    name = "var" if "var" in program.tensors else "ms"
    for point in points:
        values = evaluate(program, point)  # raises where a root is irrational
        eps = point.values["eps"][()]
        squares = [value for value in values[name].values() if value]
        ratios = [float(value / eps) for value in squares if eps]
        if point.label == "eps small":
            assert all(ratio > 30 for ratio in ratios)
        if point.label == "eps dominant":
            assert all(ratio < 0.03 for ratio in ratios)
        if point.label == "eps zero":
            assert eps == 0
            assert len(squares) == len(values[name])
        if point.label == "constant":
            assert len(squares) < len(values[name]) or len(squares) == 1


def test_statistics_that_are_given_are_not_negative():
    program = global_batch_norm()
    points = variance_points(program)
    assert all(value >= 0 for point in points for value in point.values["var"].values())
    assert all(evaluate(program, point)["sigma"] for point in points)


def test_a_program_without_a_root_gets_random_numbers():
    points = variance_points(scale())
    assert {point.label for point in points} == {"random"}
    assert all(isinstance(value, Fraction) for point in points for value in point.values["beta"].values())


def test_the_points_are_the_same_every_time():
    one, two = variance_points(batch_norm()), variance_points(batch_norm())
    assert [point.values for point in one] == [point.values for point in two]
