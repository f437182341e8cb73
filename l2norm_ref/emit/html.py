"""Derivation steps, links and code as HTML. Mathematics is left between dollar signs for whatever typesets the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from .latex import changes_latex, program_latex

if TYPE_CHECKING:
    from ..symbolic.derivation import Derivation, Step

TERMS = ("x", "h", "xhat", "d", "dx")
"""The names that have one colour each in formulas, prose, code and figures, as CSS classes: `tm-x`."""

KEYWORDS = ("def", "return")


@dataclass(frozen=True)
class Place:
    """Somewhere that tells more of a stage.

    Attributes:
        href: its address; empty for a place that does not exist, of which only the text is shown.
        text: what the link says beside others of its group, "line 76".
        name: what it says alone, to those who hear it: "line 76 of the generated code". It contains the text.
        group: what stands before the links of one kind, "code".
    """

    href: str
    text: str
    name: str = ""
    group: str = ""


def links_html(places: Iterable[Place]) -> str:
    """Links in their groups, as one `<span class="links">`; nothing for no places.

    Example:
        >>> links_html([Place("#a", "line 7", "line 7 of the code", "code")])
        '<span class="links">code <a href="#a" aria-label="line 7 of the code">line 7</a></span>'
    """
    kinds = groupby(places, key=lambda place: (place.group, bool(place.href)))
    texts = [f"{escape(group)} {', '.join(map(_link, members))}".strip() for (group, _), members in kinds]
    return f'<span class="links">{"; ".join(texts)}</span>' if texts else ""


def code_html(text: str) -> str:
    """Code with the terms that have a colour and the keywords marked.

    Example:
        >>> code_html("d = dx")
        '<span class="tm-d">d</span> = <span class="tm-dx">dx</span>'
    """

    def marked(match: re.Match[str]) -> str:
        word = match[0].strip()
        css = f"tm-{word}" if word in TERMS else "k" if word in KEYWORDS else ""
        return f'<span class="{css}">{match[0]}</span>' if css else escape(match[0])

    # Indentation goes with the word after it: parsers of HTML make one space of a text that is nothing but spaces.
    return re.sub(r"^ *[A-Za-z_]\w*|[A-Za-z_]\w*|[^A-Za-z_]+", marked, text, flags=re.ASCII)


def step_html(step: Step) -> str:
    """The step as one `<section class="step">`: heading, reason, equation, evidence, the whole Program on a click."""
    changes = escape(changes_latex(step.before, step.after), quote=False)
    return f'<section class="step">{opening_html(step)}\n{changes}\n{closing_html(step)}</section>'


def opening_html(step: Step, number: int | None = None) -> str:
    """The rule of a step and its reason."""
    count = "" if number is None else f"Step {number}. "
    return (
        f'<p class="step-rule"><strong>{count}{escape(_heading(step))}</strong></p>'
        f'<p class="step-reason">{_reason(step.reason)}</p>'
    )


def closing_html(step: Step) -> str:
    """The evidence of a step, and the whole Program on a click."""
    return (
        f'<p class="step-evidence">{escape(str(step.evidence))}</p>'
        f"<details><summary>The whole program after this step</summary>\n"
        f"{escape(program_latex(step.after), quote=False)}\n</details>"
    )


def _reason(text: str) -> str:
    """A rule's docstring: text in backticks is code."""
    parts = text.split("`")  # every second one is code
    return "".join(f"<code>{code_html(p)}</code>" if k % 2 else escape(p) for k, p in enumerate(parts))


def derivation_html(derivation: Derivation) -> str:
    """All steps of a derivation behind one click: the rule and what it changed."""
    steps = "\n".join(
        f"<li><strong>{escape(_heading(step))}</strong>\n"
        f"{escape(changes_latex(step.before, step.after), quote=False)}\n</li>"
        for step in derivation.steps
    )
    summary = f"<code>{escape(derivation.name)}</code>: {len(derivation.steps)} steps, each checked exactly"
    return f'<details class="derivation"><summary>{summary}</summary>\n<ol>\n{steps}\n</ol></details>'


def _heading(step: Step) -> str:
    return step.rule[0].upper() + step.rule[1:]


def _link(place: Place) -> str:
    if not place.href:
        return escape(place.text)
    label = f' aria-label="{escape(place.name)}"' if place.name else ""
    return f'<a href="{escape(place.href)}"{label}>{escape(place.text)}</a>'
