"""The generated file: one forward and one backward function for each denominator, from the derivations.

The four modes of the layer (across_spatial x channel_shared) differ in sets of axes and in nothing else, so they must
print the same text; that they do is checked when the text is made, and so is its read-back in every mode.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction

import sympy as sp

from ..symbolic.definitions import DENOMINATORS, EVERYTHING
from ..symbolic.derivation import Derivation, derive_l2norm
from ..symbolic.exact import Array, Point, evaluate
from ..symbolic.program import Axes, Program
from .numpy import TextPrinter, statements
from .readback import read_back

MODES = (("c", "c"), ("c", ""), ("cs", "c"), ("cs", ""))
"""(reduced axes, axes of gamma): across_spatial false and true, channel_shared false and true."""

EXAMPLE_EPS = {"add_inside": 75, "add_outside": 5, "clamp_norm": 10, "clamp_sum": 100, "none": 0}
"""For the docstring examples: eps such that the denominator of x = (3, 4) is 10 (5 where eps is not used)."""

HEADER = '''"""L2Norm in NumPy: forward and backward for every denominator in use. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, definitions {fingerprint}

This file needs NumPy and nothing else; it may be copied into another project. Any rank, any axes: `axes` is the tuple
of axes along which x is summed, gamma is an array of the rank of x that broadcasts against it, and `gamma_axes` is the
tuple of axes along which it does. For x of shape (N, C, H, W):

    one norm for each position     axes = (1,)             (across_spatial=False)
    one norm for each sample       axes = (1, 2, 3)        (across_spatial=True)
    one scale for each channel     gamma of shape (1, C, 1, 1), gamma_axes = (0, 2, 3)
    one scale for all              gamma of shape (1, 1, 1, 1), gamma_axes = (0, 1, 2, 3)

Below, <a, b> is the sum of a * b along axes, and a condition in brackets switches off the term before it where it does
not hold. Arguments are not validated here, and where d is 0 (x = 0 without eps) the results are NaN: that, other number
types and extreme magnitudes are the business of `l2norm_ref.l2norm_forward` and `l2norm_ref.l2norm_backward`.
"""

import numpy as np
'''

FORWARD = '''

def {variant}_forward(x, gamma, eps, axes):
    """{headline}.

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        eps: a number; {eps_role}.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple ({saved}) that `{variant}_backward` needs.

    Example:
        >>> x, gamma = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = {variant}_forward(x, gamma, {eps}.0, (1,))
        >>> np.round(y, 12).tolist()
        {y}
    """
{body}
    return y, ({saved})
'''

BACKWARD = '''

def {variant}_backward(dy, saved, axes, gamma_axes):
    """{dx}, {dgamma}, where {h}.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `{variant}_forward` returned beside y.
        axes: tuple of the axes that were summed.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x, and dgamma, of the shape of gamma.

    Example:
        >>> x, gamma, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
        >>> y, saved = {variant}_forward(x, gamma, {eps}.0, (1,))
        >>> dx, dgamma = {variant}_backward(dy, saved, (1,), (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist()
        ({dx_value}, {dgamma_value})
    """
    {saved} = saved
{body}
    return dx, dgamma
'''


def l2norm_module() -> str:
    """The text of `l2norm_ref/reference/l2norm.py`.

    Raises:
        ReadBackError: the text does not say what was derived.
        ValueError: two modes of one denominator print different text.
    """
    prints = [definition.fingerprint() for definition in _definitions()]
    fingerprint = hashlib.sha256("".join(prints).encode()).hexdigest()[:16]
    text = HEADER.format(fingerprint=fingerprint) + "".join(map(_functions, DENOMINATORS))
    for variant in DENOMINATORS:
        for over, gamma_axes in MODES:
            derivation = derive_l2norm(over, gamma_axes, variant)
            read_back(text, variant, derivation.forward, derivation.backward)
    return text


def _definitions() -> Iterable[Program]:
    return (derive_l2norm(*mode, variant).forward for variant in DENOMINATORS for mode in MODES)


def _functions(variant: str) -> str:
    """Both functions of one denominator; every mode must print the same."""
    texts = {_print(variant, derive_l2norm(over, gamma_axes, variant)) for over, gamma_axes in MODES}
    if len(texts) != 1:
        raise ValueError(f"{variant}: the modes print {len(texts)} different texts:\n" + "\n".join(sorted(texts)))
    return texts.pop()


def _print(variant: str, derivation: Derivation) -> str:
    forward, backward, closed = derivation.forward, derivation.backward, derivation.closed_form
    names = axis_names(forward)
    own = [stage.out.name for stage in backward.stages if stage.out.name not in forward.definitions]
    reads = {t.name for name in own for t in backward.operands(backward.definitions[name])}
    saved = ", ".join(name for name in forward.tensors if name in reads)
    words = TextPrinter(closed, names)

    def statement(program: Program, name: str) -> str:
        return words.statement(program.definitions[name]).replace(", keepdims=True", "")

    d = words.expression(_substituted(forward, "d", "n"))
    values = _example(variant)
    fields = {
        "variant": variant,
        "saved": saved,
        "eps": EXAMPLE_EPS[variant],
        "headline": f"{statement(forward, 'y')}, {statement(forward, 'xhat')}, d = {d}, {statement(forward, 's')}",
        "eps_role": "it is not used" if variant == "none" else "see d",
        **{name: statement(closed, name) for name in ("dx", "dgamma", "h")},
        **values,
    }
    forward_body = _indent(statements(forward, forward.definitions, names))
    backward_body = _indent(statements(backward, own, names))
    return FORWARD.format(body=forward_body, **fields) + BACKWARD.format(body=backward_body, **fields)


def axis_names(forward: Program) -> dict[Axes, str]:
    """The Python names of the two sets of axes that are summed over.

    Raises:
        ValueError: they are one and the same set, so that a sum would not tell which name it means.
    """
    names = {forward.definitions["s"].over: "axes", EVERYTHING - forward.tensors["gamma"].axes: "gamma_axes"}
    if len(names) == 1:
        raise ValueError(f"axes and gamma_axes are both {sorted(*names)}: print the text from another mode")
    return names


def _substituted(program: Program, name: str, inner: str) -> sp.Expr:
    """The expression of a stage with another stage, if there is one of that name, put in."""
    stage = program.definitions.get(inner)
    expr = program.definitions[name].expr
    return expr.xreplace({stage.out.symbol: stage.expr}) if stage else expr


def _example(variant: str) -> dict[str, str]:
    """What the docstring examples show, computed exactly: x = (3, 4), gamma = (1, 2), dy = (1, 0)."""
    backward = derive_l2norm("c", "c", variant).steps[0].after
    vectors = {"x": (3, 4), "dy": (1, 0)}
    values: dict[str, Array] = {name: {(0, c, 0): Fraction(v[c]) for c in range(2)} for name, v in vectors.items()}
    values["gamma"] = {(0,): Fraction(1), (1,): Fraction(2)}
    values["eps"] = {(): Fraction(EXAMPLE_EPS[variant])}
    result = evaluate(backward, Point({"n": 1, "c": 2, "s": 1}, values))
    shown = {name: str([[float(v) for v in result[name].values()]]) for name in ("y", "dx", "dgamma")}
    return {"y": shown["y"], "dx_value": shown["dx"], "dgamma_value": shown["dgamma"]}


def _indent(lines: Iterable[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
