"""What is displayed where it is used: inner products, plain sums and means; and what keeps its line."""

from l2norm_ref.emit.inline import Mean, plain_sum, with_means, without_a_line
from l2norm_ref.emit.latex import LatexPrinter, changes_latex, formula, program_latex
from l2norm_ref.emit.numpy import NumpyPrinter, TextPrinter
from l2norm_ref.symbolic import Map, Program, Tensor, Total, batch_norm, derive_batch_norm, rms_norm

NS, NCS, C = frozenset("ns"), frozenset("ncs"), frozenset("c")
X, M, OTHER = Tensor("x", NCS), Tensor("m", counts=NS), Tensor("k", counts=frozenset("n"))
T = Tensor("t", C)


def program(expr, outputs=("y",)):
    return Program((X, M, OTHER), (Total(T, X.symbol**2, NS), Map(Tensor("y", NCS), X.symbol + expr)), outputs)


def test_a_sum_divided_by_its_count_is_a_mean():
    t, m, k = T.symbol, M.symbol, OTHER.symbol
    assert with_means(program(t / m), 3 * t / m) == 3 * Mean(X.symbol**2)
    for expr in (t / k, t / m**2, t**2 / m, t * m, t):  # another count, or not once divided by it
        assert with_means(program(expr), expr) == expr
    assert without_a_line(program(t / m), program(t / m).stages[0])
    assert not without_a_line(program(t / m + t), program(t / m + t).stages[0])
    assert not without_a_line(program(t / m, ("y", "t")), program(t / m, ("y", "t")).stages[0])


def test_code_keeps_the_sum_and_words_say_mean():
    both = program(T.symbol / M.symbol)
    assert NumpyPrinter(both).statement(both.stages[1]) == "y = x + t / m"
    assert TextPrinter(both).statement(both.stages[1]) == "y = x + mean(x**2)"
    assert LatexPrinter(both).expression(both.stages[1].expr) == r"x + \operatorname{mean}(x^{2})"


def test_a_plain_sum_is_shown_as_one():
    backward = derive_batch_norm().closed_form
    assert plain_sum(backward, "dy_sum") == "dy"
    assert plain_sum(backward, "p") == ""
    assert plain_sum(backward, "nothing") == ""
    step = next(step for step in derive_batch_norm().steps if "u_sum" in step.after.definitions)
    assert r"({\textstyle\sum u})" in changes_latex(step.before, step.after)


def test_a_definition_says_what_is_averaged():
    assert formula(batch_norm(), "mu") == r"\mu = \operatorname{mean}_{\text{sample, position}}(x)"
    assert formula(rms_norm(), "ms") == r"\mathrm{ms} = \operatorname{mean}_{\text{channel}}(x^{2})"
    assert "t &=" not in program_latex(batch_norm())


def test_the_first_step_names_the_sums_whose_adjoints_it_has():
    first = derive_batch_norm().steps[0]
    text = changes_latex(first.before, first.after)
    assert text.index(r"t &= \sum") < text.index(r"\bar{t} &=")
    assert text.index(r"v &= \sum") < text.index(r"\bar{v} &=")
