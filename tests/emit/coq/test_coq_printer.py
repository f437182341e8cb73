"""The Coq text says what the Program says: a reader that knows no Program evaluates it, exactly."""

import pytest
import sympy as sp
from coq_reader import read

from l2norm_ref.emit.coq import CoqPrinter, Module, together
from l2norm_ref.symbolic import derive_batch_norm, derive_l2norm, derive_scale, evaluate, l2norm, variance_points
from l2norm_ref.symbolic.definitions import DENOMINATORS
from l2norm_ref.symbolic.points import l2norm_points
from l2norm_ref.symbolic.program import Map, Program, Tensor, axis_order

INDEX = {"n": "sample", "c": "channel", "s": "position"}


def nested(array, depth, index=()):
    return array[index] if depth == 0 else lambda i: nested(array, depth - 1, (*index, i))


def same(program: Program, text: str, point) -> int:
    """Compare every stage at every index; the number of comparisons."""
    values = evaluate(program, point)
    env, binders = read(text)
    sizes = {"samples": point.sizes["n"], "channels": point.sizes["c"], "positions": point.sizes["s"]}
    given = sizes | {t.name: nested(values[t.name], len(t.axes)) for t in program.inputs if not t.counts}
    count = 0
    for stage in program.stages:
        names = binders.get(stage.out.name, [])
        assert [n for n in names if n in INDEX.values()] == [INDEX[a] for a in axis_order(stage.out.axes)]
        for index, value in values[stage.out.name].items():
            result, place = env[stage.out.name], iter(index)
            for name in names:
                result = result(next(place) if name in INDEX.values() else given[name])
            assert result == value, (stage.out.name, index)
            count += 1
    return count


@pytest.mark.parametrize("mode", DENOMINATORS)
@pytest.mark.parametrize(("over", "gamma_axes"), [("c", "c"), ("cs", None)])
def test_the_text_of_l2norm_computes_what_the_program_computes(mode, over, gamma_axes):
    derivation = derive_l2norm(over, gamma_axes, mode)
    program = together(derivation.forward, derivation.closed_form)
    text = Module("m", "", program).text()
    points = [p for p in l2norm_points(program) if p.values["eps"][()] or mode != "none"]
    assert sum(same(program, text, point) for point in points[:4]) > 50


@pytest.mark.parametrize("derive", [derive_batch_norm, derive_scale])
def test_the_text_of_batch_norm_and_scale_computes_what_the_program_computes(derive):
    derivation = derive()
    program = together(derivation.forward, derivation.closed_form)
    text = Module("m", "", program).text()
    assert sum(same(program, text, point) for point in variance_points(program)[:3]) > 50


def test_a_changed_definition_changes_the_text():
    s, eps = Tensor("s").symbol, Tensor("eps").symbol
    forward, closed = l2norm(), derive_l2norm().closed_form

    def changed(program):
        return program.with_stages(
            [Map(st.out, sp.sqrt(s + 2 * eps)) if st.out.name == "d" else st for st in program.stages]
        )

    with pytest.raises(ValueError, match="'d' is one thing in the forward pass and another in the backward pass"):
        together(changed(forward), closed)
    text = Module("m", "", together(changed(forward), changed(closed))).text()
    assert "sqrt (s channels x sample position + 2 * eps)" in text
    assert text != Module("m", "", together(forward, closed)).text()


@pytest.mark.parametrize("name", ["t", "channel", "samples", "total", "sqrt"])
def test_a_name_that_the_statements_use_is_refused(name):
    with pytest.raises(ValueError, match=f"'{name}' for something else"):
        CoqPrinter(Program((Tensor(name),), (), ()))
