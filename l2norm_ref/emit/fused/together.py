"""A few rows of elements at once, where a sweep reads or adds to a row of numbers that is the same for all of them.

A row of float64 numbers is longer than the row of float32 elements that goes with it, and would be read (and written)
again for each row of elements. For a few rows of elements at once that costs as much less; the rest of the rows comes
first, one at a time.
"""

from __future__ import annotations

import re

TOGETHER = {"adds": 4, "writes": 2}
"""So many rows at once in a sweep that only adds, and in one that writes, too, and so has more to hold in registers."""

WIDTH = 120
"""A longer line is broken at its terms."""

STATEMENT = re.compile(r"( *)(.*) (\+?=) (.*)")


def loops(name: str, begin: str, end: str, body: list[str], margin: int, count: int) -> list[str]:
    """The loop over the rows, as two.

    Args:
        name: of the loop.
        begin: its first step, or nothing for 0.
        end: the step after its last.
        body: what is done in one step: names that get a value, a loop, and sums.
        margin: the columns before the body.
        count: of rows at once.
    """
    rest = f"{begin} + ({end} - {begin}) % {count}" if begin else f"{end} % {count}"
    lines = [f"rest = {rest}", f"for {name} in range({f'{begin}, ' if begin else ''}rest):"]
    lines += [f"    {line}" for line in body]
    lines.append(f"for {name} in range(rest, {end}, {count}):")
    return lines + [f"    {line}" for line in _together(name, body, margin, count)]


def _together(loop: str, body: list[str], margin: int, count: int) -> list[str]:
    """The body for a few steps: what depends on the step is done for each, or added at once to what does not."""
    stepped = _stepped(loop, body)
    word = re.compile(rf"\b({'|'.join(stepped)})\b")

    def at(k: int, text: str) -> str:
        return word.sub(lambda match: (f"{loop} + {k}" if k else loop) if match[0] == loop else f"{match[0]}{k}", text)

    lines = []
    for line in body:
        statement = STATEMENT.fullmatch(line)
        if not statement or not word.search(line):
            lines.append(line)
        elif word.search(statement[2]):
            lines += [at(k, line) for k in range(count)]
        else:
            indent, target, sign, term = statement.groups()
            terms = [at(k, term) for k in range(count)]
            if margin + len(one := f"{indent}{target} {sign} {' + '.join(terms)}") <= WIDTH:
                lines.append(one)
            else:
                lines += [f"{indent}{target} {sign} (", f"{indent}    {terms[0]}"]
                lines += [*(f"{indent}    + {term}" for term in terms[1:]), f"{indent})"]
    return lines


def _stepped(loop: str, body: list[str]) -> list[str]:
    """The names that have another value at each step: of what is read there, of what depends on it, of sums."""
    found = [loop]
    for statement in filter(None, map(STATEMENT.fullmatch, body)):
        _, target, sign, value = statement.groups()
        depends = sign == "+=" or re.search(rf"\b({'|'.join(found)})\b", value)
        if target.isidentifier() and target not in found and depends:
            found.append(target)
    return found
