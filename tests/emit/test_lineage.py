"""Where a stage of a step ends up, for L2Norm and for the derivation with the most rewrites."""

import pytest
import sympy as sp

from l2norm_ref.emit.functions import own_stages
from l2norm_ref.emit.lineage import changed, ends, heirs, lines_of_step, steps_of_line
from l2norm_ref.symbolic import derive_batch_norm_scale, derive_l2norm


def derivations():
    modes = [derive_l2norm(over, gamma, "clamp_norm") for over in ("c", "cs") for gamma in ("c", "")]
    return [*modes, derive_l2norm("c", None), derive_batch_norm_scale()]


each_derivation = pytest.mark.parametrize("derivation", derivations(), ids=lambda derivation: derivation.name)


@each_derivation
def test_every_step_ends_in_code_and_every_gradient_line_comes_from_a_step(derivation):
    code = [*derivation.forward.definitions, *own_stages(derivation)]
    reached = [lines_of_step(derivation, k) for k in range(len(derivation.steps))]
    assert all(names and set(names) <= set(code) for names in reached)
    assert set(own_stages(derivation)) <= {name for names in reached for name in names}
    for name in own_stages(derivation):
        assert steps_of_line(derivation, name) == tuple(k for k, names in enumerate(reached) if name in names)


@each_derivation
def test_what_does_not_end_in_a_line_has_no_effect_on_it(derivation):
    """Judged without the steps: scale a stage of the first backward Program, and see which gradients change."""
    raw, forward = derivation.steps[0].after, derivation.forward.definitions
    for name in (name for name in raw.definitions if name not in forward):
        scaled = raw.with_stages(
            type(s)(s.out, 3 * s.expr, s.over)
            if s.over and s.out.name == name
            else type(s)(s.out, 3 * s.expr)
            if s.out.name == name
            else s
            for s in raw.stages
        )
        moved = {out for out in raw.outputs if written_out(raw, out) != written_out(scaled, out)}
        reads = {out for out in raw.outputs if set(ends(derivation, name, 0)) & above(derivation.backward, out)}
        assert moved <= reads, name


def written_out(program, name):
    """The value of a stage with everything before it substituted, a sum as a function of its summand."""
    known = {}
    for stage in program.stages:
        expr = stage.expr.xreplace(known)
        total = sp.Function("total_" + "".join(sorted(stage.over)))
        known[stage.out.symbol] = total(sp.expand(expr)) if stage.over else sp.expand(expr)
    return known[program.tensors[name].symbol]


def above(program, name):
    """A stage and all that it reads, directly or not."""
    if name not in program.definitions:
        return {name}
    return {name}.union(*(above(program, t.name) for t in program.operands(program.definitions[name])))


def test_names_are_followed_and_not_known():
    """The same derivation with other names in the middle has the same ends."""
    for step, name, found in ((0, "xhat_bar", ("h",)), (0, "d_bar", ("p", "dx")), (0, "s_bar", ("dx",))):
        assert ends(derive_l2norm(), name, step) == found
    steps = {step.rule: step for step in derive_batch_norm_scale().steps}
    assert heirs(steps["split sums"], "mu_bar") == ("mu_bar_part", "mu_bar_part2", "mu_bar")
    assert heirs(steps["a centred sum vanishes"], "u_sum") == ("mu_bar_part2",)
    assert changed(steps["drop unused stages"]) == ("y",)


def test_an_unknown_stage_is_refused():
    with pytest.raises(ValueError, match="name='xhat_bar': expected a stage of the program after step 2"):
        ends(derive_l2norm(), "xhat_bar", 2)
