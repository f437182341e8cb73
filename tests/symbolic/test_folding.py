"""Folding: each step keeps the output exactly, and what cannot be folded is left alone."""

import itertools

import numpy as np
import sympy as sp

from l2norm_ref import caffe
from l2norm_ref.symbolic import (
    Map,
    compose,
    convolution,
    evaluate,
    fold_convolution,
    global_batch_norm,
    scale,
    variance_points,
)
from l2norm_ref.symbolic.folding import fold_into_the_filters


def test_the_steps_join_up_and_end_in_one_convolution():
    steps = fold_convolution()
    assert all(a.after == b.before for a, b in itertools.pairwise(steps))
    assert all(step.evidence.entries and step.reason for step in steps)
    last = steps[-1].after
    assert str(last.definitions["y"]) == "y[n,c,s] = a + b_tilde"
    names = {name: tensor.symbol for name, tensor in last.tensors.items()}
    assert last.definitions["w_tilde"].expr == names["w"] * names["gamma"] / names["sigma"]
    shift = (names["b"] - names["mu"]) * names["gamma"] / names["sigma"] + names["beta"]
    assert sp.expand(last.definitions["b_tilde"].expr - shift) == 0


def test_what_is_not_affine_in_the_sum_is_not_folded():
    layers = compose(compose(convolution(), global_batch_norm(), via="z"), scale(), via="zhat")
    squared = [Map(s.out, s.expr**2) if s.out.name == "y" else s for s in fold_convolution()[1].after.stages]
    program = layers.with_stages(squared)
    assert fold_into_the_filters(program) == program


def test_the_function_that_folds_blobs_computes_what_was_derived():
    folded = fold_convolution()[-1].after
    for point in variance_points(folded):
        shape = (point.sizes["c"], point.sizes["k"])
        values = {name: np.array([float(v) for v in point.values[name].values()]) for name in point.values}
        w = np.array([[float(point.values["w"][c, k]) for k in range(shape[1])] for c in range(shape[0])])
        blobs = caffe.blobs_from_statistics(values["mu"], values["var"], factor=3.0)
        weight, bias = caffe.fold(w, values["b"], blobs, [values["gamma"], values["beta"]], values["eps"].item())
        exact = evaluate(folded, point)
        expected = [[float(exact["w_tilde"][c, k]) for k in range(shape[1])] for c in range(shape[0])]
        np.testing.assert_allclose(weight, expected, rtol=1e-14)
        np.testing.assert_allclose(bias, [float(v) for v in exact["b_tilde"].values()], rtol=1e-13, atol=1e-13)
