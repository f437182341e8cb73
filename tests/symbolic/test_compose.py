"""Composition: names, shared inputs, and axes that must fit."""

import pytest

from l2norm_ref.symbolic import batch_norm, compose, convolution, evaluate, global_batch_norm, scale, variance_points


def test_composition_is_one_layer_after_the_other():
    both = compose(batch_norm(), scale())
    assert [t.name for t in both.inputs] == ["x", "eps", "m", "gamma", "beta"]
    for point in variance_points(both):
        whole = evaluate(both, point)["y"]
        handed = evaluate(batch_norm(), point)["y"]
        inputs = {**point.values, "x": handed}
        assert whole == evaluate(scale(), type(point)(point.sizes, inputs))["y"]


def test_axes_must_fit():
    with pytest.raises(ValueError, match=r"'y' carries \['c', 'n', 's'\], but 'x' carries \['k', 'n', 's'\]"):
        compose(global_batch_norm(), convolution())


def test_a_name_may_not_mean_two_things():
    with pytest.raises(ValueError, match="'t' is assigned twice"):
        compose(batch_norm(), batch_norm())
