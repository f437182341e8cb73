"""Naming, kept in one place: names survive the derivation, so that a reader recognises them in the emitted code.

The cotangent of an output `y` is `dy` and the gradient of an input `x` is `dx`; the adjoint of anything in between is
written with a bar, `d_bar`, and a tangent with a dot, `d_dot`, as in the literature on automatic differentiation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


class Names:
    """Hands out names that are not yet taken, a number added where the plain one is."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)

    def fresh(self, name: str) -> str:
        """`name`, or `name2`, `name3`, ... if it is taken; taken from now on."""
        candidate, count = name, 1
        while candidate in self.taken:
            count += 1
            candidate = f"{name}{count}"
        self.taken.add(candidate)
        return candidate


def adjoint_name(name: str) -> str:
    """The name of the adjoint of an intermediate value."""
    return f"{name}_bar"


def is_adjoint(name: str) -> bool:
    """Whether a stage only carries an adjoint, or one term of it, from one stage to the next."""
    return re.search(r"_bar\d*(_part\d*)?$", name) is not None
