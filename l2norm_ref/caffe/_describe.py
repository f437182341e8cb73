"""A recorded call in words: our notation for it, the equation that it stands for, and the shape of what it writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from l2norm_ref.caffe._calls import Call
from l2norm_ref.emit.tracer import Traced

INFIX = {"caffe_add": "+", "caffe_sub": "−", "caffe_mul": "·", "caffe_div": "/"}
GREEK = {"caffe_cpu_gemv": {3: "α", 6: "β"}, "caffe_cpu_gemm": {3: "α", 6: "β"}}
SHAPES = {"cs": "C×S", "c": "C", "s": "S", "": "1"}

SIGNS = (("**", "^"), ("*", "·"), ("eps + s", "s + ε"), ("eps", "ε"), ("gamma", "γ"), ("<", "⟨"), (">", "⟩"))
"""How SymPy writes, and how the tables do."""


def size(axes: frozenset[str]) -> str:
    """A product of N, C and S."""
    return "·".join(letter.upper() for letter in "ncs" if letter in axes)


def shape(call: Call) -> str:
    """The shape of what is written, for one sample (in line 93 and for a whole batch, for all)."""
    axes = "".join(letter for letter in "cs" if letter in call.value.axes)
    if call.line == 93:
        return "N×S" if axes else "N"
    return SHAPES[axes]


class Words:
    """Calls with their scalars written out; `value` gives the expression of a scalar."""

    def __init__(self, value: Callable[[Traced], Any]) -> None:
        self.value = value

    def text(self, argument: Any) -> str:
        """One argument."""
        if isinstance(argument, bool):
            return "Trans" if argument else "NoTrans"
        if isinstance(argument, frozenset):
            return size(argument)
        if isinstance(argument, Traced):
            text = str(self.value(argument))
            for old, new in SIGNS:
                text = text.replace(old, new)
            return text
        return str(argument)

    def call(self, call: Call) -> str:
        """`helper(sizes, operands → target)`, in the order of the source."""
        words = [self.text(argument) for argument in call.arguments]
        if call.name == "add_assign":
            return f"{words[-1]}[0] += … / scale[0]"
        if call.name in GREEK:
            for place, letter in GREEK[call.name].items():
                words[place] = f"{letter}={words[place]}"
        if not call.target:
            return f"{call.name}({', '.join(words)})"
        if call.name == "caffe_scal":
            return f"{call.name}({', '.join(words)})"
        return f"{call.name}({', '.join(words[:-1])} → {words[-1]})"

    def equation(self, call: Call) -> str:
        """What the call does to its target."""
        *words, last = [self.text(argument) for argument in call.arguments]
        name = call.name
        if name in INFIX:
            return f"{last} = {words[1]} {INFIX[name]} {words[2]}"
        if name in ("caffe_scal", "caffe_cpu_scale"):
            factor = f"({words[1]})" if any(sign in words[1] for sign in "+/·") else words[1]
            return f"{last} = {factor} · {last if name == 'caffe_scal' else words[2]}"
        if name == "caffe_cpu_gemv":
            axis = words[1] if words[0] == "Trans" else words[2]
            before = "" if words[6] == "0" else f" + {last}"
            return f"{last} = Σ_{axis} {words[4]} · {words[5]}{before}"
        return {
            "caffe_set": lambda: f"{last} = {words[1]}",
            "caffe_sqr": lambda: f"{last} = {words[1]}²",
            "caffe_powx": lambda: f"{last} = " + (f"√{words[1]}" if words[2] == "0.5" else f"{words[1]}²"),
            "caffe_cpu_asum": lambda: f"Σ_{words[0].replace('·', '')} |{last}|",
            "caffe_cpu_dot": lambda: f"Σ_{words[0].replace('·', '')} {words[1]} · {last}",
            "caffe_cpu_gemm": lambda: f"{last} = {words[4]} ⊗ {words[5]}",
            "pow": lambda: f"norm_ = √({words[0]})",
            "add_assign": lambda: f"{last} = {last} + (Σ y · dy) / γ",
        }[name]()
