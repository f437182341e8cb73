"""Links, code and steps as HTML: escaped, named, with colours that only whole names get."""

from l2norm_ref.emit.html import TERMS, Place, code_html, derivation_html, links_html, step_html
from l2norm_ref.symbolic import derive_l2norm


def test_only_whole_names_have_a_colour():
    assert code_html("dy * xhat + d2 + max_d + ax") == 'dy * <span class="tm-xhat">xhat</span> + d2 + max_d + ax'
    assert code_html("x² · γ") == '<span class="tm-x">x</span>² · γ'
    for term in TERMS:
        assert code_html(f"<{term}>") == f'&lt;<span class="tm-{term}">{term}</span>&gt;'


def test_indentation_is_never_alone():
    assert code_html("    x") == '<span class="tm-x">    x</span>'
    assert code_html("    return d") == '<span class="k">    return</span> <span class="tm-d">d</span>'
    assert code_html("    a, d") == '    a, <span class="tm-d">d</span>'


def test_links_stand_in_groups_and_say_where_they_lead():
    html = links_html([Place("#a", "1", "step 1: <one>", "step"), Place("#b", "2", "", "step"), Place("", "no line")])
    first = '<a href="#a" aria-label="step 1: &lt;one&gt;">1</a>'
    assert html == f'<span class="links">step {first}, <a href="#b">2</a>; no line</span>'
    assert links_html([]) == ""


def test_a_step_says_what_changed_why_and_how_it_was_checked():
    for step in derive_l2norm().steps:
        html = step_html(step)
        assert html.startswith('<section class="step"><p class="step-rule">')
        assert step.rule[1:] in html and "checked exactly at" in html and "<details>" in html
        assert " id=" not in html  # a step alone knows no page
    assert "<code><span" in step_html(derive_l2norm().steps[6])
    assert derivation_html(derive_l2norm()).count("<li>") == len(derive_l2norm().steps)
