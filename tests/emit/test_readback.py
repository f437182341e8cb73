"""The read-back accepts what was printed, in every mode, and nothing else: each mutant of the text must be refused."""

import ast
import copy
from collections import Counter

import pytest
import sympy as sp

from l2norm_ref.emit import ReadBackError, batch_norm_module, l2norm_module, read_back
from l2norm_ref.emit.module import batch_norm_pairs
from l2norm_ref.emit.readback import load
from l2norm_ref.emit.tracer import Traced
from l2norm_ref.symbolic import DENOMINATORS, derive_l2norm

TEXT, BATCH_NORM = l2norm_module(), batch_norm_module()
MODES = [(over, axes) for over in ("c", "cs", "s", "ncs") for axes in ("c", "")]


def read(text, variant, over="c", gamma_axes="c"):
    derivation = derive_l2norm(over, gamma_axes, variant)
    return read_back(text, variant, derivation.forward, derivation.backward)


@pytest.mark.parametrize("variant", list(DENOMINATORS))
@pytest.mark.parametrize(("over", "gamma_axes"), MODES)
def test_the_text_says_what_was_derived(variant, over, gamma_axes):
    forward, backward = read(TEXT, variant, over, gamma_axes)
    assert forward.outputs == ("y",)
    assert backward.outputs == ("dx", "dgamma")


# ------------------------------------------------------------------------------------------------ mutation
SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}


def mutants(variant, text=TEXT):
    """Every text that differs from the emitted one in one operator, name, number, keyword or order of operands."""
    functions = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.rpartition("_")[0] == variant
    ]
    tree = ast.Module([*ast.parse("import numpy as np").body, *functions], [])
    for function in functions:
        local = sorted({n.id for n in ast.walk(function) if isinstance(n, ast.Name) and n.id != "np"})
        size = len(list(ast.walk(function)))
        for place in range(size):
            for change in ("operator", "number", "flag", "function", "swap", *local):
                changed = copy.deepcopy(tree)
                target = next(n for n in changed.body if isinstance(n, ast.FunctionDef) and n.name == function.name)
                node = list(ast.walk(target))[place]
                what = mutate(node, change)
                if what:
                    yield f"{function.name}: {what}", ast.unparse(changed)


def mutate(node, change):
    """Change one node in place; what was done, or None if the change does not apply to the node."""
    if change == "operator" and isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        node.op = SWAPS[type(node.op)]()
    elif change == "number" and isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1
    elif change == "flag" and isinstance(node, ast.Constant) and type(node.value) is bool:
        node.value = not node.value
    elif change == "function" and isinstance(node, ast.Attribute):
        node.attr = {"sqrt": "sum", "sum": "sqrt", "where": "maximum", "maximum": "where"}[node.attr]
    elif change == "swap" and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div):
        node.left, node.right = node.right, node.left
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id != "np" and change != node.id:
        if change in ("operator", "number", "flag", "function", "swap"):
            return None
        was, node.id = node.id, change
        return f"{was} -> {change}"
    else:
        return None
    return f"{change} at {ast.unparse(node)}"


@pytest.mark.parametrize("variant", list(DENOMINATORS))
def test_every_mutant_is_refused(variant):
    survivors, total = [], 0
    for what, text in mutants(variant):
        total += 1
        try:
            for over, gamma_axes in MODES:
                read(text, variant, over, gamma_axes)
        except ReadBackError:
            continue
        survivors.append(what)
    assert total > 100
    assert survivors == []


@pytest.mark.parametrize("pair", batch_norm_pairs(), ids=lambda pair: pair.variant)
def test_every_mutant_of_the_relatives_is_refused(pair):
    survivors, total = [], 0
    for what, text in mutants(pair.variant, BATCH_NORM):
        total += 1
        try:
            pair.check(text)
        except ReadBackError:
            continue
        if not what.endswith(("y -> xhat", "xhat -> y")) or "scale" in pair.variant:
            survivors.append(what)  # without gamma, y and xhat are two names of one array
    assert total > 10
    assert survivors == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("np.sqrt(s + eps)", "(s + eps) ** 0.5", "not an integer"),
        ("np.sqrt(s + eps)", "np.hypot(s, eps)", "hypot"),
        ("d = np.sqrt(s + eps)", "d = np.sqrt(s + eps) if s >= eps else eps", "IfExp"),
        ("s + eps", "(s >= eps) >= eps", "the text says"),
        ("s + eps", "s + 1e-10", "neither an array nor an integer"),
        ("s + eps", "s + abs(eps)", "abs"),
        ("np.sum(x**2, axis=axes, keepdims=True)", "np.sum(gamma**2, axis=axes, keepdims=True)", "only broadcasts"),
        ("import numpy as np", "import scipy as np", "imports scipy"),
        ("d = np.sqrt(s + eps)", "d = np.where(np.sqrt(s + eps), 1, 0)", "no comparison"),
        ("h = gamma * dy", "h = np.where(gamma * dy, 1, 0)", "no comparison"),
        ("h = gamma * dy", "h = dy; h *= gamma", "AugAssign"),
        ("xhat = x / d", "xhat = x / d if axes else x", "IfExp"),
        ("h = gamma * dy", "h = gamma**2 * dy / gamma", "computes with"),
        ("h = gamma * dy", "h = (gamma >= gamma) * gamma * dy / (gamma >= gamma)", "computes with"),
        ("np.sum(xhat * h,", "np.sum(xhat * h * d**200 / d**200,", "computes with"),
        ("s = np.sum(x**2,", "s = np.sum(np.sqrt(x**4),", "computes with"),
        ("s = np.sum(x**2,", "s = np.sum(x * x,", "computes with"),
        ("def add_inside_backward", "def add_inside_back", "no function add_inside_backward"),
    ],
)
def test_what_leaves_the_vocabulary_is_named(old, new, message):
    assert old in TEXT
    with pytest.raises(ReadBackError, match=message):
        read(TEXT.replace(old, new), "add_inside", "c", "")


def test_a_traced_array_is_neither_true_nor_false():
    with pytest.raises(ReadBackError, match="branches on a value"):
        bool(Traced(sp.Symbol("x"), frozenset(), [], Counter()))


def test_guards_of_another_shape_are_refused():
    changed = TEXT.replace("np.where(n >= eps, xhat * p, 0)", "np.where(n >= eps, xhat * p, xhat)")
    assert changed != TEXT
    with pytest.raises(ReadBackError, match="not in the vocabulary"):
        read(changed, "clamp_norm")


def test_the_text_is_loaded_without_builtins():
    with pytest.raises(NameError):
        load("open('x')")
