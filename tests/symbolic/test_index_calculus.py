"""The two roads share the definition and nothing else, and arrive at the same closed form, for every size."""

import pytest
import sympy as sp

from l2norm_ref.symbolic import Map, Tensor, Total, agrees, derive_l2norm, differentiate
from l2norm_ref.symbolic.index_calculus import SIZE, canonical, index

MODES = [(over, axes) for over in ("c", "cs", "s", "ncs") for axes in ("c", "")]


@pytest.mark.parametrize(("over", "gamma_axes"), MODES)
def test_both_roads_arrive_at_the_same_formula(over, gamma_axes, eps_mode):
    derivation = derive_l2norm(over, gamma_axes, eps_mode)
    for wrt in ("x", "gamma"):
        second = differentiate(derivation.forward, wrt)
        assert not second.closed_form.has(sp.KroneckerDelta)
        for program in (derivation.steps[0].after, derivation.closed_form, derivation.backward):
            assert agrees(second, program)


def wrong_gradients(closed):
    """Gradients that are wrong in one place each, as Programs."""
    s = {name: tensor.symbol for name, tensor in closed.tensors.items()}
    replaced = {
        "the scale taken out of the inner product": s["gamma"] * (s["dy"] / s["d"] - s["x"] * s["p"] / s["d"] ** 3),
        "eps dropped from the projection": s["h"] / s["d"] - s["x"] * s["p"] / (s["s"] * s["d"]),
        "no projection": s["h"] / s["d"],
        "sign of the projection": s["h"] / s["d"] + s["x"] * s["p"] / s["d"] ** 3,
        "one power of d too few": s["h"] / s["d"] - s["x"] * s["p"] / s["d"] ** 2,
    }
    for name, expr in replaced.items():
        stages = [Map(t.out, expr) if t.out.name == "dx" else t for t in closed.stages]
        if name.startswith("the scale"):
            stages = [Total(t.out, s["x"] * s["dy"], t.over) if t.out.name == "p" else t for t in stages]
        yield pytest.param(closed.with_stages(stages), id=name)


@pytest.mark.parametrize("wrong", list(wrong_gradients(derive_l2norm("c", "c").closed_form)))
def test_wrong_gradients_do_not_agree(wrong):
    assert not agrees(differentiate(derive_l2norm("c", "c").forward, "x"), wrong)


def test_a_wrong_sum_does_not_agree():
    """dgamma summed over the samples but not over the positions has the wrong axes; over both, with dy, is right."""
    derivation = derive_l2norm("c", "c")
    closed = derivation.closed_form
    stages = [
        Total(t.out, t.expr * Tensor("gamma", frozenset("c")).symbol, t.over) if t.out.name == "dgamma" else t
        for t in closed.stages
    ]
    assert not agrees(differentiate(derivation.forward, "gamma"), closed.with_stages(stages))


def test_contraction_renames_only_what_is_bound():
    c, c1, s = index("c"), index("c1"), index("s")
    x = sp.IndexedBase("x", real=True)
    delta = sp.KroneckerDelta
    total = sp.Sum(x[c1] * delta(c1, c), (c1, 1, SIZE["c"]))
    assert canonical(total) == x[c]
    assert canonical(sp.Sum(x[c] * x[c1], (c1, 1, SIZE["c"]))) == x[c] * sp.Sum(x[c1], (c1, 1, SIZE["c"]))
    with pytest.raises(ValueError, match="different axes"):
        canonical(sp.Sum(x[c1] * delta(c1, s), (c1, 1, SIZE["c"])))
    with pytest.raises(ValueError, match="counts its range"):
        canonical(sp.Sum(x[c], (c1, 1, SIZE["c"])))
