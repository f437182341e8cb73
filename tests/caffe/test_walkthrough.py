"""The layer on symbols against the layer on numbers, call by call, and what is said about it."""

import dataclasses
import re
from collections import Counter

import numpy as np
import pytest
import sympy as sp

from l2norm_ref.caffe import Normalize, source, tables, walkthrough
from l2norm_ref.caffe.symbols import Size, Symbols
from l2norm_ref.emit.tracer import LAYOUT, Traced
from l2norm_ref.symbolic import Tensor

MODES = [(across, shared) for across in (False, True) for shared in (False, True)]
each_mode = pytest.mark.parametrize(("across", "shared"), MODES)


def run(layer, x, dy):
    layer.calls = []
    layer.forward(x)
    layer.backward(dy)
    return layer.calls


def numbers(expr, names, values):
    return sp.lambdify([sp.Symbol(name, real=True) for name in names], expr, "numpy")(*values)


@each_mode
def test_every_buffer_holds_what_its_symbols_say(across, shared):
    buffers_and_symbols(across, shared)


def buffers_and_symbols(across, shared):
    """One sample, so that what a symbol says of any sample is what the array holds; eps matters."""
    rng = np.random.default_rng(3)
    x, dy = rng.normal(size=(2, 1, 3, 2, 5))
    scale = rng.normal(size=() if shared else 3)
    layer = Normalize(across, shared, eps=0.5, scale=scale, dtype="float64")
    symbolic = Normalize(across, shared, dtype=None)
    measured, said = run(layer, x, dy), run(symbolic, "x", "dy")
    assert [(call.line, call.name) for call in measured] == [(call.line, call.name) for call in said]

    names = ["x", "dy", "gamma", "eps", "diff"]
    values = [x.reshape(1, 3, 10), dy.reshape(1, 3, 10), scale.reshape(-1, 1), 0.5, 0.0]
    for k, (summand, over) in enumerate(symbolic._math.sums, 1):
        full = np.broadcast_to(numbers(summand, names, values), (1, 3, 10))
        values.append(np.sum(full, axis=tuple(map(LAYOUT.index, over)), keepdims=True))
        names.append(f"sum#{k}")
    for number, symbol in zip(measured, said, strict=True):
        size = [n if axis in symbol.value.axes else 1 for axis, n in zip(LAYOUT, (1, 3, 10), strict=True)]
        expected = np.broadcast_to(numbers(symbol.value.expr, names, values), size)
        np.testing.assert_allclose(number.value.reshape(size), expected, rtol=1e-12, atol=1e-13)
    return measured, said, dict(zip(names, values, strict=True))


@each_mode
def test_the_common_form_has_the_same_value(across, shared):
    """What the pages print instead: sums with their own names, factors in front of them, s + eps as the square of d."""
    measured, said, known = buffers_and_symbols(across, shared)
    form = walkthrough.Values("cs" if across else "c", "" if shared else "c")
    contents = [form.recorded(call.value, said[0].value.sums) for call in said]
    known["d"] = np.sqrt(np.sum(known["x"] ** 2, axis=(1, 2) if across else 1, keepdims=True) + known["eps"])
    sums = list(form.sums.items())
    for symbol, (summand, over) in sums:
        full = np.broadcast_to(evaluate(summand, known), (1, 3, 10))
        known[symbol.name] = np.sum(full, axis=tuple(map(LAYOUT.index, over)), keepdims=True)
    for number, content, call in zip(measured, contents, said, strict=True):
        size = [n if axis in call.value.axes else 1 for axis, n in zip(LAYOUT, (1, 3, 10), strict=True)]
        expected = np.broadcast_to(evaluate(content, known), size)
        np.testing.assert_allclose(number.value.reshape(size), expected, rtol=1e-12, atol=1e-13)


def evaluate(expr, known):
    """The value of an expression by the names of its symbols, whatever is assumed about them."""
    symbols = sorted(expr.free_symbols, key=str)
    plain = [sp.Symbol(f"v{k}") for k in range(len(symbols))]
    renamed = expr.xreplace(dict(zip(symbols, plain, strict=True)))
    return sp.lambdify(plain, renamed, "numpy")(*(known[symbol.name] for symbol in symbols))


@each_mode
def test_the_forward_pass_and_the_scale_gradient_are_the_derivation(across, shared):
    rows = walkthrough.walk(across, shared)
    last = {row.part: row for row in rows}
    assert last["Forward"].match == walkthrough.Match("y", "whole", sp.Integer(1))
    assert last["Scale gradient"].match == walkthrough.Match("dgamma", "whole", sp.Integer(1))
    exact = walkthrough.Match("dx", "whole", sp.Integer(1))
    assert last["Bottom gradient"].match == (exact if shared else None)


@each_mode
def test_a_match_is_an_equation(across, shared):
    """Checked with numbers: value = factor * content, the value from the public functions' own derivation."""
    values = walkthrough.Values("cs" if across else "c", "" if shared else "c")
    derived = walkthrough._derived(walkthrough.derive_l2norm("cs" if across else "c", "" if shared else "c"), values)
    matched = [row for row in walkthrough.walk(across, shared) if row.match]
    assert len(matched) >= 9
    for row in matched:
        value, summand = derived[row.match.name]
        piece = {"whole": [value], "summand": [summand], "term": sp.Add.make_args(sp.expand(value))}[row.match.part]
        content = row.content - walkthrough.DIFF if row.content.has(walkthrough.DIFF) else row.content
        point = {s: sp.Rational(k + 2, 3) for k, s in enumerate(sorted((content + value).free_symbols, key=str))}
        product = row.match.factor * content
        assert any((product - p).subs(point | {s: 1 for s in p.free_symbols - point.keys()}) == 0 for p in piece)


def test_per_channel_the_scale_is_lost_at_the_sum():
    """Under the sum, x * dy is the derivation's summand up to gamma; the sum itself is no value of the derivation."""
    rows = {row.first: row for row in walkthrough.walk(False, False)}
    assert rows[186].match == walkthrough.Match("p", "summand", walkthrough.GAMMA)
    assert all(rows[line].match is None for line in (187, 191, 194, 200, 202, 207, 217))
    shared = {row.first: row for row in walkthrough.walk(False, True)}
    assert shared[187].match == walkthrough.Match("p", "whole", walkthrough.GAMMA)


def test_every_line_with_a_call_is_there():
    lines = {row.first for mode in MODES for row in walkthrough.walk(*mode)}
    assert lines == {
        *(93, 101, 104, 106, 109, 113, 115, 118, 123, 125, 129),
        *(160, 164, 165, 169, 170, 179, 180, 182, 183),
        *(186, 187, 191, 194, 196, 197, 200, 202, 204, 207, 212, 214, 217),
    }
    assert set(source.LAST) < lines
    assert all(first < last for first, last in source.LAST.items())


@each_mode
def test_tables_show_every_row(across, shared):
    mode = {"across_spatial": across, "channel_shared": shared}
    shown = [tables.lines(part, **mode) for part in walkthrough.PARTS]
    assert sum(len(table.rows) for table in shown) == len(walkthrough.walk(across, shared))
    for table in (*shown, tables.steps(**mode), tables.gpu(), tables.fields(), tables.buffers()):
        assert {len(row) for row in table.rows} == {len(table.heading)}
        html = table._repr_html_()
        assert html.count("<td>") == html.count("</td>") == len(table.rows) * len(table.heading)
        assert html.count("$") % 2 == 0


@each_mode
def test_every_row_has_an_id_and_every_match_leads_back(across, shared):
    """To the formula or the step, and to the code line, of the very stage that the run found in the row."""
    mode = {"across_spatial": across, "channel_shared": shared}
    shown = [tables.lines(part, **mode) for part in walkthrough.PARTS]
    ids = [name for table in shown for name in table.ids]
    rows = walkthrough.walk(across, shared)
    assert len(set(ids)) == len(rows)
    cells = [row[3] for table in shown for row in table.rows]
    for row, cell, name in zip(rows, cells, ids, strict=True):
        assert f"-{row.first}" in name
        found = re.findall(r'href="02-backward\.ipynb#([\w-]+)"', cell)
        if row.match is None:
            assert found == []
        else:
            assert f"formula-{row.match.name}" in found
            assert [name for name in found if name.startswith("code-")] == [
                f"code-{'forward' if row.match.name in ('s', 'd', 'xhat', 'y') else 'backward'}-{row.match.name}"
            ]


@each_mode
def test_places_are_the_rows_of_the_run(across, shared):
    mode = {"across_spatial": across, "channel_shared": shared}
    places = tables.places(**mode)
    ids = {name: row for part in walkthrough.PARTS for name, row in zip(*_rows(part, mode), strict=True)}
    for name, found in places.items():
        there = [ids[place.href.partition("#")[2]] for place in found if place.href]
        assert all(row.match.name == name for row in there)
        exact = [ids[place.href.partition("#")[2]] for place in found if place.group == "Caffe line"]
        assert exact == [row for row in walkthrough.walk(across, shared) if row.exact and row.match.name == name]
        assert (not exact) == (found[0].text == "no line in Caffe")
    linked = sum(bool(place.href) for found in places.values() for place in found)
    assert linked == sum(row.match is not None for row in walkthrough.walk(across, shared))


def _rows(part, mode):
    rows = [row for row in walkthrough.walk(*mode.values()) if row.part == part]
    return tables.lines(part, **mode).ids, rows


def test_a_row_that_holds_another_value_leads_elsewhere(monkeypatch):
    """The links come from what the run found: another finding, another link."""
    rows = walkthrough.walk(False, False)
    moved = tuple(
        dataclasses.replace(r, match=walkthrough.Match("dx", "whole", sp.Integer(1))) if r.first == 217 else r
        for r in rows
    )
    assert tables.places(across_spatial=False, channel_shared=False)["dx"][0].href == ""
    monkeypatch.setattr(walkthrough, "walk", lambda *mode: moved)
    monkeypatch.setattr(tables, "walk", lambda *mode: moved)
    assert [place.text for place in tables.places(across_spatial=False, channel_shared=False)["dx"]] == ["217"]


def test_the_table_of_buffers_is_measured():
    rows = {re.sub("<.*?>", "", row[0]): row[1:3] for row in tables.buffers((2, 3, 4, 5)).rows}
    assert [re.sub("<.*?>", "", shape) for shape in rows["norm_"]] == ["(2, 1, 4, 5)", "(2, 1, 1, 1)"]


def test_reused_values_are_read_from_norm_():
    found = {heading: rows for heading, _, rows in walkthrough.steps_to_lines(False, True)}
    assert [row.first for row in found[walkthrough.REUSE]] == [196, 197, 204]
    assert found["name the scaled gradient"] == []
    assert walkthrough.REUSE in {step.rule for step in walkthrough.derive_l2norm().steps}


def test_unknown_part():
    with pytest.raises(ValueError, match="part='forward': expected one of Forward"):
        tables.lines("forward", across_spatial=False, channel_shared=False)


def test_powers_other_than_the_layers_are_refused():
    run = Symbols()
    with pytest.raises(ValueError, match="exponent 3"):
        run.pow(run.value("x"), 3)
    with pytest.raises(ValueError, match="may be negative"):
        run.caffe_cpu_asum(Size("c"), run.blob("x", "ncs"))


# ---------------------------------------------------------------- the prototxt against the fields of the schema

LAYER = {"name": "string", "type": "string", "bottom": "string", "top": "string", "param": "ParamSpec"} | {
    "norm_param": "NormalizeParameter"
}
SCHEMA = {
    "LayerParameter": LAYER,
    "ParamSpec": {"lr_mult": "float", "decay_mult": "float"},
    "NormalizeParameter": {name: kind for name, kind, _, _ in source.FIELDS},
    "FillerParameter": {"type": "string", "value": "float"},
}


def parse(tokens, message):
    """A message in the text format, as {field: [values]}; an unknown field or a value of another type raises."""
    fields = {}
    while tokens and tokens[0] != "}":
        name = tokens.pop(0).removesuffix(":")
        kind = SCHEMA[message][name]
        token = tokens.pop(0)
        if kind in SCHEMA:
            assert token == "{"
            value = parse(tokens, kind)
            assert tokens.pop(0) == "}"
        else:
            read = {"string": lambda t: t.strip('"') if t[0] == '"' else t.fail, "float": float}
            value = {"true": True, "false": False}[token] if kind == "bool" else read[kind](token)
        fields.setdefault(name, []).append(value)
    return fields


@pytest.mark.parametrize("text", [source.SSD_PROTOTXT, source.PARSENET_PROTOTXT], ids=["ssd", "parsenet"])
def test_prototxt_is_valid_and_makes_the_layer(text):
    tokens = text.split()
    layers = []
    while tokens:
        assert tokens[:2] == ["layer", "{"]
        del tokens[:2]
        layers.append(parse(tokens, "LayerParameter"))
        assert tokens.pop(0) == "}"
    for layer in layers:
        assert layer["type"] == ["Normalize"]
        assert len(layer["bottom"]) == len(layer["top"]) == 1
        assert layer["bottom"] != layer["top"]  # in place, the gradient would be 0
        (parameter,) = layer["norm_param"]
        (filler,) = parameter["scale_filler"]
        made = Normalize(parameter["across_spatial"][0], parameter["channel_shared"][0], scale=filler["value"][0])
        assert made.forward(np.ones((1, 2, 3, 4))).shape == (1, 2, 3, 4)
        assert made.blobs[0].shape == (2,)
        assert np.all(made.blobs[0] > 0)


@each_mode
def test_the_duck_arrays_of_the_read_back_run_through_the_layer(across, shared):
    """A named input and the Traced array of that name give the same; an expression is taken as it is."""
    by_name, by_array, doubled = (Normalize(across, shared, dtype=None) for _ in range(3))
    x, dy = (Traced(Tensor(name).symbol, frozenset("ncs"), [], Counter({name: 1})) for name in ("x", "dy"))
    y = by_name.forward("x").expr
    assert by_array.forward(x).expr == y
    assert by_name.backward("dy").expr == by_array.backward(dy).expr
    assert by_array.backward(dy).axes == frozenset("ncs")
    assert doubled.forward(2 * x).expr == y.subs(x.expr, 2 * x.expr)  # the sum of squares keeps its name
