"""Expressions in reading order, as NumPy, as words and as LaTeX."""

import pytest
import sympy as sp

from l2norm_ref.emit import formulas
from l2norm_ref.emit.inline import inner_product
from l2norm_ref.emit.latex import LatexPrinter, changes_latex, displayed, formula, program_latex, symbol_latex
from l2norm_ref.emit.numpy import NumpyPrinter, TextPrinter, statements
from l2norm_ref.symbolic import Map, Program, Tensor, Total, adjoint, derive_l2norm, l2norm
from l2norm_ref.symbolic.functions import Active, AtLeast, Reciprocal, Root

NCS = frozenset("ncs")
T = {name: Tensor(name, NCS) for name in "abc"} | {name: Tensor(name) for name in ("eps", "k")}
PROGRAM = Program(tuple(T.values()), (), ())
a, b, c, eps, k = (tensor.symbol for tensor in T.values())


@pytest.mark.parametrize(
    ("expr", "numpy", "latex"),
    [
        (eps + a, "a + eps", r"a + \varepsilon"),
        (a - b * c, "a - b * c", r"a - b \, c"),
        (b * c - a, "b * c - a", r"b \, c - a"),
        (-a, "-a", "-a"),
        (-a / b, "-a / b", r"-\frac{a}{b}"),
        ((a - b) / c, "(a - b) / c", r"\frac{a - b}{c}"),
        (a / (b * c), "a / (b * c)", r"\frac{a}{b \, c}"),
        (a / (b + c), "a / (b + c)", r"\frac{a}{b + c}"),
        (a / (b * (c + 1)), "a / (b * (c + 1))", r"\frac{a}{b \, \left(c + 1\right)}"),
        (1 / a, "1 / a", r"\frac{1}{a}"),
        (a / 2, "a / 2", r"\frac{a}{2}"),
        (3 * a / (2 * b), "3 * a / (2 * b)", r"\frac{3 \, a}{2 \, b}"),
        (a**2 / b**3, "a**2 / b**3", r"\frac{a^{2}}{b^{3}}"),
        ((a + b) ** 2, "(a + b)**2", r"\left(a + b\right)^{2}"),
        (sp.sqrt(a + eps), "np.sqrt(a + eps)", r"\sqrt{a + \varepsilon}"),
        (1 / sp.sqrt(a), "1 / np.sqrt(a)", r"\frac{1}{\sqrt{a}}"),
        (Root(a) + eps, "np.sqrt(a) + eps", r"\sqrt{a} + \varepsilon"),
        (AtLeast(a, eps), "np.maximum(a, eps)", r"\max\left(a, \varepsilon\right)"),
        (b * Active(a, eps), "np.where(a >= eps, b, 0)", r"b \, [a \ge \varepsilon]"),
        (c - b * Active(a, eps), "c - np.where(a >= eps, b, 0)", r"c - b \, [a \ge \varepsilon]"),
        (
            b * Reciprocal(a),
            "np.where(0 >= a, 0, b / np.where(0 >= a, 1, a))",
            r"\frac{b}{a} \, [a > 0]",
        ),
        ((a + b) * c, "(a + b) * c", r"\left(a + b\right) \, c"),
        (k * (a - b), "(a - b) * k", r"\left(a - b\right) \, k"),
    ],
)
def test_reading_order_and_parentheses(expr, numpy, latex):
    text = NumpyPrinter(PROGRAM).expression(expr)
    assert text == numpy
    assert LatexPrinter(PROGRAM).expression(expr) == latex


@pytest.mark.parametrize("expr", [a * sp.pi, sp.sin(a), a ** sp.Rational(1, 3), a**k, sp.Float(0.5) * a])
def test_what_is_not_in_the_vocabulary_is_refused(expr):
    for printer in (NumpyPrinter(PROGRAM), LatexPrinter(PROGRAM)):
        with pytest.raises(TypeError):
            printer.expression(expr)


def test_a_stage_that_only_broadcasts_has_no_text():
    x, g = Tensor("x", NCS), Tensor("g", frozenset("c"))
    program = Program((x, g), (Map(Tensor("y", NCS), g.symbol),), ("y",))
    with pytest.raises(ValueError, match=r"'y' has no operand that carries \['n', 's'\]"):
        statements(program, ["y"])


def test_words_for_docstrings():
    closed = derive_l2norm("c", "c", "add_outside").closed_form
    words = TextPrinter(closed)
    assert words.statement(closed.definitions["dx"]) == "dx = h / d - x * <x, h> / (d**2 * n) [n > 0]"


def test_inner_products_over_different_axes_say_which():
    x, h = Tensor("x", NCS), Tensor("h", NCS)
    p = Total(Tensor("p", frozenset("ns")), x.symbol * h.symbol, frozenset("c"))
    q = Total(Tensor("q", frozenset("n")), x.symbol * h.symbol, frozenset("cs"))
    y = Map(Tensor("y", NCS), x.symbol * p.out.symbol - q.out.symbol)
    program = Program((x, h), (p, q, y), ("y",))
    text = LatexPrinter(program).expression(y.expr)
    assert r"\langle x, h \rangle_{\text{channel}}" in text
    assert r"\langle x, h \rangle_{\text{channel, position}}" in text
    assert "<" not in TextPrinter(program).expression(y.expr)


def test_only_internal_products_of_two_tensors_are_inner_products():
    derivation = derive_l2norm()
    assert inner_product(derivation.backward, "p") == ("xhat", "h")
    assert inner_product(derivation.backward, "dgamma") == ()  # an output keeps its name
    assert inner_product(derivation.backward, "s") == ()
    assert inner_product(derivation.steps[0].after, "d_bar") == ()


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("gamma", r"\gamma"),
        ("xhat_dot", r"\dot{\hat{x}}"),
        ("gdgamma", r"\mathrm{g}\mathrm{d}\gamma"),
        ("d_bar2", r"\bar{d}_{2}"),
        ("d_bar2_part3", r"\bar{d}_{2}^{(3)}"),
        ("dx", r"\mathrm{d}x"),
        ("mean", r"\mathit{mean}"),
        ("dbeta", r"\mathrm{d}\beta"),
        ("delta", r"\delta"),
    ],
)
def test_names_as_mathematics(name, latex):
    assert symbol_latex(name) == latex


def test_a_formula_alone_has_the_name_that_others_display():
    derivation = derive_l2norm()
    raw, closed = derivation.steps[0].after, derivation.closed_form
    assert displayed(closed, "p") == r"\langle x, h \rangle = \sum_{\text{channel}} x \, h"
    assert displayed(closed, "dx") == formula(closed, "dx")
    assert displayed(raw, "xhat_bar", origins=True).endswith(r"\qquad \text{from } \partial y / \partial \hat{x}")
    assert "from" not in displayed(raw, "xhat_bar") + displayed(raw, "s", origins=True)


def test_steps_show_what_changed():
    steps = {step.rule: step for step in derive_l2norm().steps}
    assert r"\partial y / \partial \hat{x}" in steps["differentiate backwards"]._repr_latex_()
    assert "no longer needed" in steps["drop unused stages"]._repr_latex_()
    assert r"\mathrm{d}x &= \frac{h - \hat{x} \, \langle \hat{x}, h \rangle}{d}" in changes_latex(
        steps["factor out the division"].before, steps["factor out the division"].after
    )
    html = steps["factor out the division"]._repr_html_()
    assert "Factor out the division" in html
    assert "&amp;=" in html, "an ampersand of LaTeX must not begin an HTML entity"
    assert "checked exactly at" in html
    whole = derive_l2norm()._repr_html_()
    assert whole.count("<li>") == len(steps)
    assert all(step.rule[1:] in whole for step in derive_l2norm().steps)


def test_every_formula_is_balanced():
    texts = [*formulas().values(), program_latex(adjoint(adjoint(l2norm()), wrt=("x",), prefix="g"))]
    for text in texts:
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
