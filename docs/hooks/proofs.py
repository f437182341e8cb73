r"""The page "Proofs": the theorems, typeset beside the Coq text that was proved, and what they rest on.

Contract: ``TABLES[name]()`` is Markdown.

    proofs-measured     when and with what the proofs were checked, in a sentence
    proofs-count        the number of theorems
    proofs-axioms       the axioms, in words
    proofs-vocabulary   the words of the statements, as Coq text
    proofs-example      one statement, as Coq text
    proofs-l2norm, proofs-batch-norm, proofs-scale, proofs-caffe    the theorems

The theorems are those that `python tests/proofs/compile.py --record` wrote to docs/data/proofs.json; the formulas come
from the same Programs as the Coq text, which is read from tests/proofs/statements.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from l2norm_ref.emit.coq import Statement
    from l2norm_ref.symbolic import Program

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "docs" / "data" / "proofs.json"
STATEMENTS = ROOT / "tests" / "proofs" / "statements"


@cache
def recorded() -> dict[str, Any]:
    """The file that the proof check wrote."""
    return json.loads(DATA.read_text("utf-8"))


def coq(file: str, module: str, *names: str) -> str:
    """The definitions of these names in an emitted module, as a block of Coq."""
    text = (STATEMENTS / f"{file}.v").read_text("utf-8")
    inside = text.split(f"Module {module}.\n")[1].split(f"End {module}.")[0]
    found = []
    for name in names:
        match = re.search(rf"^  Definition {name} .*?\.$", inside, re.DOTALL | re.MULTILINE)
        if match is None:
            raise ValueError(f"{file}.{module} has no {name}")
        found.append(re.sub(r"^  ", "", match[0], flags=re.MULTILINE))
    return "```coq\n" + "\n\n".join(found) + "\n```"


def folded(title: str, body: str) -> str:
    """A block that opens on a click."""
    return f'??? note "{title}"\n\n' + "\n".join(f"    {line}" if line else "" for line in body.splitlines())


def proved_names(prefix: str) -> list[str]:
    """The statements of an emitted file that are proved, without the name of the file."""
    found = [t["statement"] for t in recorded()["theorems"] if t["statement"].startswith(f"{prefix}.")]
    if not found:
        raise ValueError(f"no theorem about {prefix} is recorded")
    return [name.partition(".")[2] for name in found]


def names_list(prefix: str) -> str:
    """The proved statements of an emitted file: a row for each module, a column for each statement."""
    pairs = [name.split(".") for name in proved_names(prefix)]
    modules, names = (list(dict.fromkeys(column)) for column in zip(*pairs, strict=True))
    rows = [
        f"| `{module}` | " + " | ".join("proved" if [module, name] in pairs else "" for name in names) + " |"
        for module in modules
    ]
    head = ["| module | " + " | ".join(f"`{name}`" for name in names) + " |", "|---" * (len(names) + 1) + "|"]
    return "\n".join([*head, *rows])


def measured() -> str:
    """When, with what, how long."""
    data = recorded()
    versions = ", ".join(f"{name} {number}" for name, number in data["versions"].items())
    return (
        f"Checked on {data['date']} with `{data['command']}` ({versions}): {len(data['theorems'])} theorems in "
        f"{data['seconds']} seconds."
    )


def axioms() -> str:
    """A row for each axiom."""
    rows = [f"| `{name}` | {words} |" for name, words in recorded()["axioms"].items()]
    return "\n".join(["| axiom | in words |", "|---|---|", *rows])


SIGNS = {">": ">", ">=": r"\ge", "!=": r"\ne", "==": "="}


def conditions_latex(program: Program, statement: Statement) -> str:
    """The conditions of a statement; one on a tensor is asked of every slice."""
    from l2norm_ref.emit.latex import LatexPrinter

    printer, texts = LatexPrinter(program), []
    for rel in statement.conditions:
        if isinstance(rel, str):
            raise TypeError(f"{statement.name}: the condition {rel!r} is Coq text and has no formula")
        every = r" \text{ in every slice}" if program.carried(rel) else ""
        texts.append(f"{printer.expression(rel.lhs)} {SIGNS[rel.rel_op]} {printer.expression(rel.rhs)}{every}")
    return r", \; ".join(texts)


def identity_latex(program: Program, statement: Statement) -> str:
    """An identity, below its conditions."""
    from l2norm_ref.emit.latex import LatexPrinter

    equation = " = ".join(map(LatexPrinter(program).expression, statement.equation))
    return f"If ${conditions_latex(program, statement)}$:\n\n$${equation}$$"


def gradient_latex(wrt: str, conditions: str = "") -> str:
    """The theorem of a gradient, below its conditions."""
    from l2norm_ref.emit.latex import symbol_latex

    x, dx = symbol_latex(wrt), symbol_latex(f"d{wrt}")
    under = f"If ${conditions}$, for every direction $v$:" if conditions else "For every direction $v$:"
    derivative = rf"\frac{{\mathrm{{d}}}}{{\mathrm{{d}}t}} \, L({x} + t \, v) \Big|_{{t = 0}}"
    return rf"{under}" + "\n\n" + rf"$${derivative} = \langle {dx}, v \rangle$$"


def l2norm() -> str:
    """A section for each denominator."""
    from l2norm_ref.emit.coq import CONDITIONS, l2norm_statements
    from l2norm_ref.emit.latex import formula
    from l2norm_ref.symbolic import derive_l2norm

    sections = []
    for mode in CONDITIONS:
        derivation = derive_l2norm("c", "c", mode)
        program, statements = l2norm_statements(derivation, frozenset("c"), mode)
        file, module = f"l2norm_{mode}", "position_per_channel"
        sections += [
            f"### `{mode}` {{#l2norm-{mode.replace('_', '-')}}}",
            f"$${formula(program, 'd')}, \\qquad {formula(program, 'dx')}$$",
            gradient_latex("x", conditions_latex(program, statements[0])),
            "The scale needs no condition, because $y$ is linear in it.",
            gradient_latex("gamma"),
        ]
        sections += [identity_latex(program, statement) for statement in statements if statement.equation]
        names = [stage.out.name for stage in program.stages] + [statement.name for statement in statements]
        text = coq(file, module, *names)
        sections.append(folded("The Coq text: one norm for each position, one scale for each channel", text))
        sections.append(names_list(file))
    return "\n\n".join(sections)


def batch_norm() -> str:
    """BatchNorm and its relatives."""
    from l2norm_ref.emit.coq import batch_norm_statements
    from l2norm_ref.emit.latex import formula
    from l2norm_ref.symbolic import derive_batch_norm_scale, derive_rms_norm

    program, statements = batch_norm_statements()
    names = [stage.out.name for stage in program.stages] + [statement.name for statement in statements]
    return "\n\n".join(
        [
            f"$${formula(program, 'dx')}$$",
            gradient_latex("x", conditions_latex(program, statements[0])),
            "There must be at least one sample and one position, because a mean of nothing is no number. Two "
            "invariants hold for each channel, under the same conditions:",
            *(identity_latex(program, statement) for statement in statements if statement.equation),
            folded("The Coq text of BatchNorm", coq("batch_norm", "batch_norm", *names)),
            "BatchNorm followed by Scale, and RMSNorm, are proved in the same way:",
            f"$${formula(derive_batch_norm_scale().closed_form, 'dx')}$$",
            f"$${formula(derive_rms_norm().closed_form, 'dx')}$$",
            names_list("batch_norm"),
        ]
    )


def scale() -> str:
    """The Scale layer."""
    from l2norm_ref.emit.latex import formula
    from l2norm_ref.symbolic import derive_scale

    closed = derive_scale().closed_form
    return "\n\n".join(
        [
            "$$" + r", \qquad ".join(formula(closed, name) for name in ("dx", "dgamma", "dbeta")) + "$$",
            folded(
                "The Coq text of Scale",
                coq(
                    "scale",
                    "scale",
                    "y",
                    "dx",
                    "dgamma",
                    "dbeta",
                    "dx_is_the_gradient",
                    "dgamma_is_the_gradient",
                    "dbeta_is_the_gradient",
                ),
            ),
            names_list("scale"),
        ]
    )


def caffe() -> str:
    """Caffe's bottom gradient: the refutation and the theorem."""
    from l2norm_ref.emit.coq import INSTANCE, caffe_backward
    from l2norm_ref.emit.latex import formula, symbol_latex

    program = caffe_backward(across_spatial=False, channel_shared=False)
    instance = r", \quad ".join(f"{symbol_latex(name)} = ({', '.join(map(str, at))})" for name, at in INSTANCE.items())
    file, module = "caffe", "position_per_channel"
    return "\n\n".join(
        [
            "The formula is what a run of the transliterated layer on symbols leaves in the bottom diff:",
            f"$${formula(program, 'caffe_dx')}$$",
            f"**Refuted.** Take one sample of one position with two channels, ${instance}$, and any "
            "$\\varepsilon \\ge 0$. There it is false that the derivative of the loss along every direction $v$ is the "
            "inner product of this formula with $v$.",
            folded(
                "The Coq text of the refutation",
                coq(file, module, "caffe_dx", "is_the_gradient_at", "caffe_dx_is_not_the_gradient"),
            ),
            "**Proved.** If all channels have the same scale, and $\\varepsilon > 0$, it is the gradient. This is why "
            "a test with a constant scale cannot see the error.",
            folded("The Coq text of the theorem", coq(file, module, "caffe_dx_is_the_gradient_where_gamma_is_uniform")),
            names_list(file),
        ]
    )


def vocabulary() -> str:
    """The whole file of words."""
    text = (STATEMENTS.parent / "vocabulary.v").read_text("utf-8").strip()
    return folded("All words of the statements", f"```coq\n{text}\n```")


TABLES: dict[str, Callable[[], str]] = {
    "proofs-measured": measured,
    "proofs-count": lambda: str(len(recorded()["theorems"])),
    "proofs-axioms": axioms,
    "proofs-vocabulary": vocabulary,
    "proofs-l2norm": l2norm,
    "proofs-batch-norm": batch_norm,
    "proofs-scale": scale,
    "proofs-caffe": caffe,
    "proofs-example": partial(coq, "l2norm_add_inside", "position_per_channel", "dx_is_the_gradient"),
}
