"""The two roads share the definition and the declared slopes, and arrive at the same closed form, for every size."""

import pytest
import sympy as sp

from l2norm_ref.symbolic import Map, Program, Tensor, Total, adjoint, agrees, derive_l2norm, differentiate
from l2norm_ref.symbolic.index_calculus import canonical, index, size

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


def test_a_wrong_scale_gradient_does_not_agree():
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
    total = sp.Sum(x[c1] * delta(c1, c), (c1, 1, size("c")))
    assert canonical(total) == x[c]
    assert canonical(sp.Sum(x[c] * x[c1], (c1, 1, size("c")))) == x[c] * sp.Sum(x[c1], (c1, 1, size("c")))
    with pytest.raises(ValueError, match="different axes"):
        canonical(sp.Sum(x[c1] * delta(c1, s), (c1, 1, size("c"))))
    assert canonical(sp.Sum(x[c], (c1, 1, size("c")))) == size("c") * x[c]


def test_sums_within_sums_are_one_sum_whatever_their_names():
    """sum over s of w[s] (sum over c of x[s, c]) is one sum over both, and numbering the indices captures none."""
    c, c2, c3, s, s2 = map(index, ("c", "c2", "c3", "s", "s2"))
    x, w, g = (sp.IndexedBase(name, real=True) for name in "xwg")
    nested = sp.Sum(w[s] * sp.Sum(x[s, c], (c, 1, size("c"))), (s, 1, size("s")))
    assert canonical(nested) == canonical(sp.Sum(w[s2] * x[s2, c3], (c3, 1, size("c")), (s2, 1, size("s"))))
    inner = sp.Sum(x[c2] * g[c3, c2], (c2, 1, size("c"))) ** 2
    assert canonical(sp.Sum(inner, (c3, 1, size("c")))) == canonical(
        sp.Sum(sp.Sum(x[c] * g[c2, c], (c, 1, size("c"))) ** 2, (c2, 1, size("c")))
    )
    assert len(canonical(sp.Sum(inner, (c3, 1, size("c")))).atoms(sp.Indexed)) == 2


def test_a_mean_is_differentiated_too():
    """The constant term of a centred sum counts its range: BatchNorm's sums need the sizes."""
    x, m = Tensor("x", frozenset("ns")), Tensor("m")
    total = Total(Tensor("t"), x.symbol, frozenset("ns"))
    centred = Map(Tensor("y", frozenset("ns")), x.symbol - total.out.symbol / m.symbol)
    program = Program((x, m), (total, centred), ("y",))
    assert agrees(differentiate(program, "x"), adjoint(program, wrt=("x",)))
    assert agrees(differentiate(program, "m"), adjoint(program, wrt=("m",)))
