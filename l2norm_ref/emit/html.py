"""A derivation step as HTML: heading, reason, equation, evidence, and the whole Program behind a click."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from .latex import changes_latex, program_latex

if TYPE_CHECKING:
    from ..symbolic.derivation import Derivation, Step


def step_html(step: Step) -> str:
    """The step as one `<section class="step">`; mathematics is left as `$$...$$` for whatever typesets the page."""
    return (
        f'<section class="step"><p class="step-rule"><strong>{escape(_heading(step))}</strong></p>'
        f'<p class="step-reason">{_reason(step.reason)}</p>\n'
        f"{escape(changes_latex(step.before, step.after), quote=False)}\n"
        f'<p class="step-evidence">{escape(str(step.evidence))}</p>'
        f"<details><summary>The whole program after this step</summary>\n"
        f"{escape(program_latex(step.after), quote=False)}\n</details></section>"
    )


def _reason(text: str) -> str:
    """A rule's docstring: text in backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


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
