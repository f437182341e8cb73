"""A derivation as two Python functions, forward and backward, with docstrings that are printed from it, too.

The modes of a layer differ in sets of axes and in nothing else, so they must print the same text; that they do is
checked when the text is made, and so is its read-back in every mode.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..symbolic.definitions import EVERYTHING
from ..symbolic.derivation import Derivation
from ..symbolic.program import Program
from .arguments import axis_arguments, signature
from .examples import Example, Rows
from .inline import without_a_line
from .numpy import Line, TextPrinter, statements
from .readback import read_back

ARGUMENTS = {
    "x": "the input, float64 (or any number type that NumPy's functions accept).",
    "gamma": "the scale, of the rank of x and broadcast against it.",
    "beta": "the bias, of the shape of gamma.",
    "mu": "the mean, of the rank of x and broadcast against it.",
    "var": "the variance, of the shape of mu.",
    "m": "the number of elements along axes.",
    "axes": "tuple of the axes that are summed.",
    "gamma_axes": "tuple of the axes along which gamma was broadcast.",
}
"""What the docstrings say of each argument. That eps is not used, or where it goes, is read off the Program."""

FORWARD = '''

def {variant}_forward({parameters}):
    """{headline}.

    Args:
{arguments}

    Returns:
        y, of the shape of x, and the tuple {saved} that `{variant}_backward` needs.

    Example:
{example}
    """
{body}
    return y, {saved}
'''

BACKWARD = '''

def {variant}_backward({parameters}):
    """{headline}.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `{variant}_forward` returned beside y.{arguments}

    Returns:
        {returned}.

    Example:
{example}
    """
    {unpacked} = saved
{body}
    return {outputs}
'''


@dataclass(frozen=True)
class Pair:
    """A forward and a backward function to print.

    Args:
        variant: what the names of the functions begin with.
        modes: the derivations that must all print this text; the first, over axes n and c alone, prints the example.
        example: for each input a number, or rows of numbers (a vector of the channels is one row).
        closed_form: whether the docstring of the backward shows the closed form instead of the form that is computed.
    """

    variant: str
    modes: tuple[Derivation, ...]
    example: Mapping[str, int | Rows]
    closed_form: bool = False

    def text(self) -> str:
        """The text of both functions.

        Raises:
            ValueError: two modes print different text.
        """
        return _text(self.lines())

    def lines(self) -> tuple[Line, ...]:
        """The same line by line: each knows the stage that it computes.

        Raises:
            ValueError: two modes print different text.
        """
        printed = {self._print(derivation) for derivation in self.modes}
        if len(printed) != 1:
            texts = "\n".join(map(_text, printed))
            raise ValueError(f"{self.variant}: the modes print {len(printed)} different texts:\n{texts}")
        return printed.pop()

    def check(self, module: str) -> None:
        """Read the text back, in every mode.

        Raises:
            ReadBackError: it does not say what was derived.
        """
        for derivation in self.modes:
            if all(t.axes <= EVERYTHING for t in derivation.forward.tensors.values()):
                read_back(module, self.variant, derivation.forward, derivation.backward)

    def _print(self, derivation: Derivation) -> tuple[Line, ...]:
        forward, backward = derivation.forward, derivation.backward
        own = own_stages(derivation)
        reads = {t.name for name in own for t in backward.operands(backward.definitions[name])}
        saved = _tuple([name for name in forward.tensors if name in reads])
        inputs = [t.name for t in signature(forward)]
        first = [*inputs, *axis_arguments(forward, forward.stages)]
        second = ["dy", "saved", *axis_arguments(backward, [backward.definitions[name] for name in own])]
        example = Example(self.variant, self.modes[0], self.example)
        forward_lines = _filled(
            FORWARD,
            statements(forward, forward.definitions),
            variant=self.variant,
            parameters=", ".join(first),
            headline=_forward_headline(forward),
            arguments=_indent([f"{name}: {_described(forward, name)}" for name in first], 8),
            saved=saved,
            example=_indent(example.forward(first), 8),
        )
        backward_lines = _filled(
            BACKWARD,
            statements(backward, own),
            variant=self.variant,
            parameters=", ".join(second),
            headline=_backward_headline(derivation.closed_form if self.closed_form else backward),
            arguments="".join(f"\n        {name}: {ARGUMENTS[name]}" for name in second[2:]),
            returned=_listed(backward.outputs),
            unpacked=saved if saved.endswith(",)") else saved.strip("()"),
            example=_indent(example.backward(first, second), 8),
            outputs=", ".join(backward.outputs),
        )
        return (*forward_lines, *backward_lines)


def own_stages(derivation: Derivation) -> list[str]:
    """The stages that the backward function computes itself; the others the forward has computed."""
    return [stage.out.name for stage in derivation.backward.stages if stage.out.name not in derivation.forward.tensors]


def _forward_headline(forward: Program) -> str:
    """From the output back to the sums: `y = gamma * xhat, xhat = x / d, ...`."""
    words = TextPrinter(forward)
    shown = [stage for stage in reversed(forward.stages) if not without_a_line(forward, stage)]
    return _wrapped(", ".join(words.statement(stage).replace(", keepdims=True", "") for stage in shown))


def _backward_headline(backward: Program) -> str:
    """The gradients, and what is in them that has no definition in the forward function."""
    words = TextPrinter(backward)

    def said(names: Iterable[str]) -> str:
        texts = (words.statement(backward.definitions[name]) for name in names if name in backward.definitions)
        return ", ".join(texts).replace(", keepdims=True", "")

    where = said(["h"])
    return _wrapped(said(backward.outputs) + (f", where {where}" if where else ""))


def _described(forward: Program, name: str) -> str:
    if name != "eps":
        return ARGUMENTS[name]
    eps = forward.tensors["eps"].symbol
    readers = [stage.out.name for stage in forward.stages if eps in stage.expr.free_symbols]
    return f"a number; see {readers[0]}." if readers else "a number; it is not used."


def _wrapped(headline: str) -> str:
    """The first lines of a docstring, indented as its function is."""
    return textwrap.fill(headline, 112, subsequent_indent="    ", break_on_hyphens=False)


def _listed(names: Iterable[str]) -> str:
    *others, last = (f"{name}, of the shape of {name[1:]}" for name in names)
    return "; ".join(others) + ("; and " if others else "") + last


def _tuple(names: list[str]) -> str:
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def _filled(template: str, body: Iterable[Line], **words: str) -> list[Line]:
    """A function: what stands before its body, the body, and what comes after it."""
    head, tail = template.split("{body}\n")
    lines = [[Line(text) for text in part.format(**words).splitlines()] for part in (head, tail)]
    return [*lines[0], *(Line(f"    {line.text}", line.stage) for line in body), *lines[1]]


def _text(lines: Iterable[Line]) -> str:
    return "".join(f"{line.text}\n" for line in lines)


def _indent(lines: Iterable[str], width: int = 4) -> str:
    return "\n".join(f"{' ' * width}{line}" for line in lines)
