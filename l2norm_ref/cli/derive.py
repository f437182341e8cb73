"""Derive the backward pass of one variant of L2Norm, and print it: as text, LaTeX or HTML.

for example:
  l2norm-ref derive --preset SSD_CAFFE
  l2norm-ref derive --preset TORCHVISION_SSD --steps
  l2norm-ref derive --eps-mode add_outside --steps --format latex

exit status: 0, or 2 if the arguments make no variant that can be derived
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from l2norm_ref.cli import Refused, _mode

if TYPE_CHECKING:
    from l2norm_ref.symbolic import Derivation, Program

FORMATS = ("text", "latex", "html")
AXES = {"n": "samples", "c": "channels", "s": "positions"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--steps", action="store_true", help="every step, with the rule, its reason and the evidence")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how formulas are written (default: text)")
    _mode.configure(parser)


def run(options: argparse.Namespace) -> int:
    """Derive and print."""
    from l2norm_ref.emit.generate import Variant

    mode, has_scale = _mode.chosen(options)
    try:
        derivation = Variant.of(mode, has_scale).derivation
    except ValueError as error:
        raise Refused(str(error)) from error
    lines = {"text": _text, "latex": _latex, "html": _html}[options.format](derivation, options.steps)
    for line in lines:
        print(line)
    return 0


def _text(derivation: Derivation, steps: bool) -> Iterator[str]:
    yield "forward"
    yield from _statements(derivation.forward)
    for number, step in enumerate(derivation.steps if steps else (), 1):
        yield f"\nstep {number}: {step.rule}"
        yield textwrap.fill(" ".join(step.reason.split()), 96, initial_indent="    ", subsequent_indent="    ")
        new = [stage.out.name for stage in step.after.stages if step.before.definitions.get(stage.out.name) != stage]
        gone = [name for name in step.before.definitions if name not in step.after.tensors]
        yield from _statements(step.after, new) if new else (f"    no longer needed: {name}" for name in gone)
        yield textwrap.fill(str(step.evidence), 96, initial_indent="    ", subsequent_indent="    ")
    for title, program in (("closed form", derivation.closed_form), ("as it is computed", derivation.backward)):
        yield f"\n{title}"
        yield from _statements(program, [n for n in program.definitions if n not in derivation.forward.tensors])


def _statements(program: Program, names: Collection[str] | None = None) -> Iterator[str]:
    """Stages in words: <a, b> is an inner product, [condition] switches off the term before it."""
    from l2norm_ref.emit.inline import without_a_line
    from l2norm_ref.emit.numpy import TextPrinter
    from l2norm_ref.symbolic.program import axis_order

    words = TextPrinter(program)
    for stage in program.stages:
        if not without_a_line(program, stage) and (names is None or stage.out.name in names):
            over = ", ".join(AXES[axis] for axis in axis_order(stage.over))
            text = re.sub(r"axis=\w+, keepdims=True", f"over {over}", words.statement(stage))
            yield f"    {text}"


def _latex(derivation: Derivation, steps: bool) -> Iterator[str]:
    from l2norm_ref.emit.latex import changes_latex, program_latex

    yield program_latex(derivation.forward)
    for step in derivation.steps if steps else ():
        yield f"\n% {step.rule}\n{changes_latex(step.before, step.after)}"
    yield f"\n{program_latex(derivation.closed_form)}"


def _html(derivation: Derivation, steps: bool) -> Iterator[str]:
    from l2norm_ref.emit.html import step_html
    from l2norm_ref.emit.latex import program_latex

    yield f"<p>{program_latex(derivation.forward)}</p>".replace("&", "&amp;")
    for step in derivation.steps if steps else ():
        yield step_html(step)
    yield f"<p>{program_latex(derivation.closed_form)}</p>".replace("&", "&amp;")
