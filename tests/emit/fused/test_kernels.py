"""The rewrites that make a kernel of a derivation, and the two sweeps that it falls into."""

import pytest

from l2norm_ref.emit.fused import kernels
from l2norm_ref.emit.fused.sweeps import ElementPrinter
from l2norm_ref.emit.schedule import schedule
from l2norm_ref.symbolic import DENOMINATORS, Map
from l2norm_ref.symbolic.evidence import EvidenceError


@pytest.mark.parametrize("over", ["c", "cs"])
@pytest.mark.parametrize("eps_mode", DENOMINATORS)
def test_every_rewrite_is_checked(over, eps_mode):
    steps = kernels.kernel_steps(over, eps_mode)
    assert [step.rule for step in steps] == [rule.__name__.replace("_", " ") for rule in kernels.RULES]
    assert all(step.evidence.points >= 4 and step.evidence.entries > 0 for step in steps)
    program = steps[-1].after
    inputs = {tensor.symbol for tensor in program.inputs}
    numbers = {t.symbol for t in program.tensors.values() if t.axes == program.tensors["d"].axes}
    for name in program.outputs:  # products of what is read and of numbers of the places
        assert program.definitions[name].expr.free_symbols <= inputs | numbers | {program.tensors["g"].symbol}


def test_a_wrong_rewrite_cannot_be_built(monkeypatch):
    def forgets_a_root(program):
        """Wrong."""
        stages = [Map(s.out, s.expr**2) if s.out.name == "r" else s for s in program.stages]
        return program.with_stages(stages)

    monkeypatch.setattr(kernels, "RULES", (*kernels.RULES, forgets_a_root))
    with pytest.raises(EvidenceError):
        kernels.kernel_steps.__wrapped__("c", "add_inside")


@pytest.mark.parametrize("over", ["c", "cs"])
def test_two_sweeps_do(over):
    for what, totals in (("forward", 1), ("backward", 2), ("both", 2)):
        first, second = schedule(kernels.kernel(over, "clamp_norm", what)).sweeps
        assert len(first.totals) == totals and not first.writes and not second.totals
        outputs = (*second.writes, *second.gradients)
        assert tuple(stage.out.name for stage in outputs) == kernels.WHATS[what]


def test_a_division_for_each_element_is_refused():
    program = kernels.kernel("c", "add_inside", "forward")
    x, d = program.tensors["x"].symbol, program.tensors["d"].symbol
    with pytest.raises(ValueError, match="it belongs to the place"):
        ElementPrinter(program).expression(x / d)
