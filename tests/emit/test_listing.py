"""Emitted code as lines: their numbers, their stages, and what a change of the pipeline does to them."""

import ast
from pathlib import Path

import pytest

import l2norm_ref
from l2norm_ref.emit import module
from l2norm_ref.emit.functions import own_stages
from l2norm_ref.emit.listing import Listing, listing, numbered

PACKAGE = Path(l2norm_ref.__file__).parent
SHOWN = ("add_inside", "clamp_norm", "batch_norm_scale")


@pytest.mark.parametrize("variant", SHOWN)
def test_each_row_is_a_line_of_the_committed_file(variant):
    code = listing(variant)
    lines = (PACKAGE / code.file).read_text().splitlines()
    assert [lines[row.number - 1] for row in code.rows] == [row.text for row in code.rows]


@pytest.mark.parametrize("variant", SHOWN)
def test_all_code_is_shown_and_no_docstring(variant):
    """Python's parser says which lines have code."""
    code = listing(variant)
    expected = set()
    for node in ast.parse((PACKAGE / code.file).read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.removeprefix(f"{variant}_") in ("forward", "backward"):
            expected |= {node.lineno, *(statement.lineno for statement in node.body[1:])}
    assert {row.number for row in code.rows} == expected


@pytest.mark.parametrize("variant", SHOWN)
def test_a_line_computes_the_stage_that_it_assigns_to(variant):
    code, derivation = listing(variant), module.find(variant)[2].modes[0]
    for row in code.rows:
        (statement,) = ast.parse(row.text.strip() + (" pass" if row.text.startswith("def ") else "")).body
        assigned = statement.targets[0] if isinstance(statement, ast.Assign) else None
        assert row.stage == (assigned.id if isinstance(assigned, ast.Name) else "")
    assert list(code.stages) == [*derivation.forward.definitions, *own_stages(derivation)]
    forward = [name for name, row in code.stages.items() if row.function == "forward"]
    assert forward == list(derivation.forward.definitions)


def test_html_has_an_id_for_each_stage_and_keeps_the_code():
    code = listing("add_inside")
    html = code._repr_html_()
    assert [f'id="{row.anchor}"' in html for row in code.stages.values()] == [True] * len(code.stages)
    assert html.count(" id=") == len(code.stages)
    assert '<span class="tm-dx">    dx</span> = (<span class="tm-h">h</span> - ' in html
    assert "$" not in html and "<a " not in html


def test_lines_without_a_file_count_from_one():
    pair = module.l2norm_pair("none")
    rows = tuple(numbered(pair.lines()))
    assert rows[0].text.startswith("def none_forward(") and rows[0].number == 3
    assert Listing("none", "", rows).stages["dx"].place("page").href == "page#code-backward-dx"


def test_unknown_variant():
    with pytest.raises(ValueError, match="variant='both': no generated file"):
        listing("both")
