"""A derivation step as HTML: heading, reason, equation, evidence, and the whole Program behind a click."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from .latex import changes_latex, program_latex

if TYPE_CHECKING:
    from ..symbolic.derivation import Step


def step_html(step: Step) -> str:
    """The step as one `<section class="step">`; mathematics is left as `$$...$$` for whatever typesets the page."""
    heading = step.rule[0].upper() + step.rule[1:]
    return (
        f'<section class="step"><p class="step-rule"><strong>{escape(heading)}</strong></p>'
        f'<p class="step-reason">{_reason(step.reason)}</p>\n'
        f"{escape(changes_latex(step.before, step.after), quote=False)}\n"
        f'<p class="step-evidence">{escape(str(step.evidence))}</p>'
        f"<details><summary>The whole program after this step</summary>\n"
        f"{escape(program_latex(step.after), quote=False)}\n</details></section>"
    )


def _reason(text: str) -> str:
    """A rule's docstring: text in backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
