"""Formulas, steps, code and Caffe's lines lead to each other: every link has its place, and none is kept by hand."""

import functools
import json
import re
from pathlib import Path

import pytest

from l2norm_ref.caffe import tables
from l2norm_ref.emit.functions import Pair, own_stages
from l2norm_ref.emit.linked import Linked, linked
from l2norm_ref.emit.listing import Listing, listing, numbered
from l2norm_ref.emit.module import l2norm_pair
from l2norm_ref.symbolic import DENOMINATORS, derive, derive_l2norm, l2norm, l2norm_points, rules

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
DERIVATION, REFERENCE, WALKTHROUGH = "02-backward.ipynb", "03-generated-reference.ipynb", "05-caffe-walkthrough.ipynb"
SSD = {"across_spatial": False, "channel_shared": False}


def html_of(*shown):
    return "\n".join(one._repr_html_() for one in shown)


def whole(page):
    return html_of(*page.steps, page.closed_form, page.listing)


def sources(notebook):
    cells = json.loads((NOTEBOOKS / notebook).read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@functools.cache
def pages():
    """What the notebooks show: the tables that 05 asks for, and everything of 02 and 03 that has links."""
    calls = [call for source in sources(WALKTHROUGH) for call in re.findall(r"^tables\.(lines|steps)\((.*)\)$", source)]
    shown = [eval(f"tables.{name}({arguments})", {"tables": tables}) for name, arguments in calls]
    assert len(shown) >= 8
    (steps,) = [re.search(r"caffe=\"(.*)\"", source) for source in sources(DERIVATION) if "caffe=" in source]
    page = linked(derive_l2norm(), tables.places(**SSD), caffe=steps[1])
    elsewhere = linked(derive_l2norm(), tables.places(**SSD), page=DERIVATION)
    return {DERIVATION: whole(page), REFERENCE: html_of(elsewhere.listing), WALKTHROUGH: html_of(*shown)}


def ids(html):
    return re.findall(r' id="([^"]*)"', html)


def test_every_link_leads_to_a_place_and_every_place_is_led_to():
    html = pages()
    led_to = {name: set() for name in html}
    for page, text in html.items():
        assert sorted(ids(text)) == sorted(set(ids(text)))
        for href in re.findall(r'href="([^"]*)"', text):
            if href.startswith("https://github.com/"):
                continue
            where, fragment = href.split("#")
            assert fragment in ids(html[where or page]), f"{page}: {href}"
            led_to[where or page].add(fragment)
    reached = [name for name in ids(html[DERIVATION]) if not re.match(r"step-\d+-", name)]
    assert set(reached) == led_to[DERIVATION]
    assert {f"caffe-steps-position-channels-{k + 1}" for k in range(len(derive_l2norm().steps))} <= led_to[WALKTHROUGH]


def test_the_notebook_shows_all_that_is_linked():
    text = "\n".join(sources(DERIVATION))
    steps = [int(k) for k in re.findall(r"^page\.steps\[(\d+)\]$", text, re.M)]
    assert steps == list(range(len(derive_l2norm().steps)))
    assert re.findall(r"^linked\(derivation, caffe_lines\)\.(\w+)$", text, re.M) == ["closed_form", "listing"]


@pytest.mark.parametrize("variant", DENOMINATORS)
def test_each_line_of_code_has_a_formula_and_each_formula_a_line(variant):
    page = linked(derive_l2norm("c", "c", variant))
    lines = {row.anchor: stage for stage, row in page.listing.stages.items()}
    formulas = {row.anchor: row.stages for row in page.closed_form.rows}
    assert [places[0].href for places in map(page.listing.places, lines.values())] == [f"#{name}" for name in formulas]
    assert [row.places[0].href for row in page.closed_form.rows] == [f"#{name}" for name in lines]
    assert list(formulas.values()) == [(stage,) for stage in lines.values()]


@pytest.mark.parametrize("variant", DENOMINATORS)
def test_each_equation_of_a_step_leads_to_code_and_its_line_back_to_the_step(variant):
    page = linked(derive_l2norm("c", "c", variant))
    anchors = {row.anchor: stage for stage, row in page.listing.stages.items()}
    for step in page.steps:
        assert step.changes.rows
        for formula in step.changes.rows:
            found = [anchors[place.href[1:]] for place in formula.places]
            assert tuple(found) == formula.stages != ()
            for stage in found:
                assert f"#step-{step.number}" in [place.href for place in page.listing.places(stage)]


def printed(derived):
    """Another derivation with its own code, which no file has."""
    pair = Pair(derived.name, (derived,), l2norm_pair("add_inside").example, closed_form=True)
    return Linked(derived, Listing(derived.name, "", tuple(numbered(pair.lines()))), {})


def test_a_renamed_stage_changes_the_links(monkeypatch):
    monkeypatch.setattr(rules, "RENAMED", {"xhat_bar": "upstream"})
    html = whole(printed(derive("renamed", l2norm(), ("x", "gamma"), l2norm_points)))
    assert {"formula-upstream", "code-backward-upstream", "step-3-upstream"} <= set(ids(html))
    assert 'data-stage="h"' not in html and "-h" not in {name[-2:] for name in ids(html)}
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(ids(html))


def test_a_changed_definition_changes_the_links():
    """A root of its own is a stage more; without a scale there is no gradient of it, and other line numbers."""
    plain, rooted = (set(ids(whole(linked(derive_l2norm("c", "c", mode))))) for mode in ("add_inside", "add_outside"))
    assert {"formula-n", "code-forward-n"} == {name for name in rooted - plain if not name.startswith("step-")}
    bare = ids(whole(printed(derive_l2norm("c", None))))
    assert "code-backward-dgamma" not in bare and "code-backward-dx" in bare
    lines = [linked(derive_l2norm("c", "c", mode)).closed_form.rows[0].places[0].text for mode in DENOMINATORS]
    assert len(set(lines)) == len(DENOMINATORS)


def test_code_of_another_derivation_is_refused():
    with pytest.raises(ValueError, match=r"code: expected lines for .*'xhat', 'y'\], got lines for .*'n'"):
        Linked(derive_l2norm(), listing("add_outside"), {})


def test_links_are_links_with_names():
    html = pages()[DERIVATION]
    links = re.findall(r"<a ([^>]*)>([^<]*)</a>", html)
    assert len(links) > 50
    for attributes, text in links:
        label = re.search(r'aria-label="([^"]*)"', attributes)
        assert label and text and text in label[1]
    assert 'aria-label="line 70 of the generated code">line 70</a>' in html


def test_intermediate_values_do_not_claim_lines_of_caffe():
    """Only what has the form of the closed form, or of the definition, was compared with Caffe's buffers."""
    page = linked(derive_l2norm(), tables.places(**SSD))
    claimed = {
        formula.anchor
        for step in page.steps
        for formula in step.changes.rows
        if any("Caffe" in place.text + place.group for place in formula.places)
    }
    assert claimed == {"step-1-dgamma", "step-2-y", "step-3-h", "step-5-p", "step-6-dx"}
    assert set(own_stages(derive_l2norm())) == {name.rpartition("-")[2] for name in claimed} - {"y"}


def test_the_lines_of_caffe_come_from_a_run():
    per_channel, shared = (tables.places(across_spatial=False, channel_shared=one) for one in (False, True))
    assert [place.href for place in per_channel["dx"]] == [""]
    assert shared["dx"][0].href == f"{WALKTHROUGH}#caffe-position-shared-212"
    assert per_channel["xhat"][0].name == "Caffe, line 118: y = x / buffer_"
