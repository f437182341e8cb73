"""BatchNorm, Scale and their relatives: both roads, the closed form, and the affine layer of other frameworks."""

import pytest
import sympy as sp

from l2norm_ref.symbolic import (
    Map,
    Total,
    adjoint,
    agrees,
    batch_norm,
    compose,
    convolution,
    derive_batch_norm,
    derive_batch_norm_scale,
    derive_global_batch_norm,
    derive_rms_norm,
    derive_scale,
    differentiate,
    folded_batch_norm,
    global_batch_norm,
    rms_norm,
    same_derivative,
    same_formula,
    scale,
    variance_points,
)

FAMILY = {
    "BatchNorm": ("ns", "c", "ncs"),
    "LayerNorm": ("cs", "cs", "ncs"),
    "LayerNorm of a position": ("c", "c", "ncs"),
    "InstanceNorm": ("s", "c", "ncs"),
    "GroupNorm": ("ks", "gk", "ngks"),
}
LEARNED = ("x", "gamma", "beta")


@pytest.mark.parametrize("mode", FAMILY.values(), ids=FAMILY)
def test_both_roads_arrive_at_the_same_formula(mode):
    derivation = derive_batch_norm_scale(*mode)
    for wrt in LEARNED:
        second = differentiate(derivation.forward, wrt)
        assert not second.closed_form.has(sp.KroneckerDelta)
        for program in (derivation.steps[0].after, derivation.closed_form, derivation.backward):
            assert agrees(second, program)


@pytest.mark.parametrize(
    "derivation",
    [derive_batch_norm(), derive_global_batch_norm(), derive_rms_norm(), derive_scale(), derive_scale("", bias=False)],
    ids=lambda derivation: derivation.name,
)
def test_both_roads_of_the_single_layers(derivation):
    for gradient in derivation.backward.outputs:
        second = differentiate(derivation.forward, gradient.removeprefix("d"))
        for program in (derivation.steps[0].after, derivation.closed_form, derivation.backward):
            assert agrees(second, program)


@pytest.mark.parametrize("over", ["ns", "cs", "s", "c", "n", "ncs"])
def test_the_form_that_is_shown(over):
    """dx = (dy - mean(dy) - xhat mean(dy xhat)) / sigma, whatever is averaged."""
    backward = derive_batch_norm(over).backward
    names = {name: tensor.symbol for name, tensor in backward.tensors.items()}
    dy, xhat, sigma, m, p, total = (names[name] for name in ("dy", "xhat", "sigma", "m", "p", "dy_sum"))
    assert backward.definitions["dx"].expr == (dy - total / m - xhat * p / m) / sigma
    assert backward.definitions["p"] == Total(backward.tensors["p"], dy * xhat, frozenset(over))
    assert backward.definitions["dy_sum"] == Total(backward.tensors["dy_sum"], dy, frozenset(over))
    assert backward.tensors["m"].counts == frozenset(over)


def test_the_lemma_is_a_step_of_the_derivation():
    steps = {step.rule: step for step in derive_batch_norm().steps}
    lemma = steps["a centred sum vanishes"]
    assert "m * mu = 0" in lemma.reason
    assert "u_sum" in lemma.before.definitions
    assert "u_sum" not in lemma.after.definitions
    assert lemma.evidence.entries


def wrong_gradients(closed):
    s = {name: tensor.symbol for name, tensor in closed.tensors.items()}
    dy, u, sigma, m, p, total = (s[name] for name in ("dy", "u", "sigma", "m", "p", "dy_sum"))
    variance = u * p / (m * sigma**3)
    yield pytest.param(dy / sigma - variance, id="no mean of dy")
    yield pytest.param(dy / sigma - total / (m * sigma), id="no variance term")
    yield pytest.param(dy / sigma - total / (m * sigma) - variance * sigma**2 / s["var"], id="eps dropped")
    yield pytest.param(dy / sigma - total / (m * sigma) + variance, id="sign")
    yield pytest.param(dy / sigma - total / sigma - m * variance, id="sums for means")
    yield pytest.param(dy / sigma - total / (m * sigma) - u * p / ((m - 1) * sigma**3), id="unbiased")


@pytest.mark.parametrize("dx", list(wrong_gradients(derive_batch_norm().closed_form)))
def test_wrong_gradients_do_not_agree(dx):
    closed = derive_batch_norm().closed_form
    stages = [Map(t.out, dx) if t.out.name == "dx" else t for t in closed.stages]
    assert not agrees(differentiate(derive_batch_norm().forward, "x"), closed.with_stages(stages))


def test_batch_norm_and_scale_are_the_affine_layer_of_keras():
    """Forward and every gradient are the same formula, for every size."""
    derivation, other = derive_batch_norm_scale(), folded_batch_norm()
    assert same_formula(derivation.forward, other)
    assert same_formula(derivation.backward, adjoint(other, LEARNED))
    assert not same_formula(derivation.forward, folded_batch_norm("s"))
    assert not same_formula(derivation.forward, compose(rms_norm("ns"), scale()))
    evidence = same_derivative(other, derivation.backward, variance_points(derivation.backward), wrt=LEARNED)
    assert evidence.entries


def test_global_statistics_are_constants():
    derivation = derive_global_batch_norm()
    assert str(derivation.backward.definitions["dx"]) == "dx[n,c,s] = dy/sigma"
    assert not any(isinstance(stage, Total) for stage in derivation.backward.stages)


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (lambda: batch_norm(""), r"over=\[\]: expected at least one"),
        (lambda: batch_norm("nk"), r"over=\['k', 'n'\]"),
        (lambda: rms_norm("g"), r"over=\['g'\]"),
        (lambda: scale("g"), r"gamma_axes=\['g'\]"),
    ],
)
def test_unknown_axes_are_refused(definition, message):
    with pytest.raises(ValueError, match=message):
        definition()


def test_the_definitions_have_the_documented_inputs():
    assert [t.name for t in batch_norm().inputs] == ["x", "eps", "m"]
    assert [t.name for t in global_batch_norm().inputs] == ["x", "mu", "var", "eps"]
    assert [t.name for t in convolution().inputs] == ["x", "w", "b"]
