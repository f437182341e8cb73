"""The walkthrough as tables that show themselves in a notebook. Needs SymPy.

Each function returns a `Table`: `lines` and `steps` are made from a run on symbols (`walkthrough.py`), `buffers` from a
run on numbers, `fields` and `gpu` tell what was read (`source.py`). Each row of `lines` has an id and leads to the
formula, the step and the line of emitted code of the value that it holds; `places` leads from the values to the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np
import sympy as sp

from l2norm_ref.caffe._values import Values
from l2norm_ref.caffe.normalize import Normalize
from l2norm_ref.caffe.source import BUFFERS, CPP, CU, FIELDS, GPU, url
from l2norm_ref.caffe.walkthrough import DEFINITION, PARTS, Match, Row, home, stages_to_lines, steps_to_lines, walk
from l2norm_ref.emit.html import Place, code_html, links_html
from l2norm_ref.emit.latex import symbol_latex
from l2norm_ref.emit.linked import formula_place, step_place
from l2norm_ref.emit.listing import listing
from l2norm_ref.symbolic import Derivation, derive_l2norm

DERIVATION, WALKTHROUGH = "02-backward.ipynb", "05-caffe-walkthrough.ipynb"
"""The notebooks that show the derivation and these tables, as seen from each other."""


@dataclass(frozen=True)
class Table:
    """A heading and rows of HTML cells; mathematics between dollar signs, for whatever typesets the page."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    """The least width of each column in em, where formulas would shrink otherwise."""
    ids: tuple[str, ...] = ()
    """An id for each row, or nothing."""
    fixed: bool = False
    """Whether the columns have just these widths, so that they do not move while a slow reader gets row after row."""

    def _repr_html_(self) -> str:
        widths = self.widths or (0,) * len(self.heading)
        name = "width" if self.fixed else "min-width"
        styles = [f' style="{name}: {width}em"' if width else "" for width in widths]
        head = "".join(f'<th scope="col"{s}>{cell}</th>' for s, cell in zip(styles, self.heading, strict=True))
        ids = [f' id="{name}"' for name in self.ids] or [""] * len(self.rows)
        cells = ["".join(f"<td>{cell}</td>" for cell in row) for row in self.rows]
        body = "".join(f"<tr{name}>{row}</tr>\n" for name, row in zip(ids, cells, strict=True))
        fixed = f' style="table-layout: fixed; width: {sum(widths)}em"' if self.fixed else ""
        return f"<table{fixed}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"


def lines(part: str, *, across_spatial: bool, channel_shared: bool) -> Table:
    r"""Line by line: the call, what it means, what the target holds after it, and which value of the derivation it is.

    Args:
        part: "Forward", "Scale gradient" or "Bottom gradient".
        across_spatial: As in `Normalize`.
        channel_shared: As in `Normalize`.

    Raises:
        ValueError: there is no such part.

    Example:
        >>> table = lines("Forward", across_spatial=False, channel_shared=False)
        >>> table.rows[3][2]  # what norm_ holds after line 113
        '$\\sqrt{s + \\varepsilon}$'
    """
    if part not in PARTS:
        raise ValueError(f"part={part!r}: expected one of {', '.join(PARTS)}")
    derivation = _derivation(across_spatial, channel_shared)
    rows, ids = [], []
    for row, anchor in _anchors(across_spatial, channel_shared):
        if row.part != part:
            continue
        what = f"{_code(row.call)}<br>{code_html(row.equation)}<br><small>{row.shape}</small>"
        held = f"${escape(_large(row.latex), quote=False)}$"
        more = f"<br>{links_html(_back(derivation, row.match.name))}" if row.match else ""
        rows.append((_link(row.first, row.last), what, held, _matched(row) + more))
        ids.append(anchor)
    return Table(
        ("Line", "Call, equation, shape", "Content after it", "In the derivation"),
        tuple(rows),
        (0, 15, 13, 8),
        tuple(ids),
    )


def places(*, across_spatial: bool, channel_shared: bool) -> dict[str, tuple[Place, ...]]:
    """For each stage of the derivation, links to the rows of `lines` that hold it, or say that none does.

    Example:
        >>> found = places(across_spatial=False, channel_shared=False)
        >>> [(place.group, place.text) for place in found["d"][:2]], found["dx"][0].text
        ([('Caffe line', '113'), ('Caffe line', '115')], 'no line in Caffe')
        >>> found["xhat"][0].href
        '05-caffe-walkthrough.ipynb#caffe-position-channels-118'
    """
    anchors = _anchors(across_spatial, channel_shared)
    result = {}
    for name, rows in stages_to_lines(across_spatial, channel_shared).items():
        linked = []
        for group, exact in (("Caffe line", True), ("on the way to it", False)):
            for row, anchor in anchors:
                if row in rows and row.exact is exact:
                    spoken = f"Caffe, line {row.first}: {row.equation}"
                    linked.append(Place(f"{WALKTHROUGH}#{anchor}", str(row.first), spoken, group))
            if exact and not linked:
                linked.append(Place("", "no line in Caffe"))
        result[name] = tuple(linked)
    return result


def steps(*, across_spatial: bool, channel_shared: bool) -> Table:
    """The other way: each step of the derivation, the values that it gives their form, and the lines that hold them.

    The row of a step has an id: `caffe-steps-position-channels-3`.
    """
    derivation, rows = _derivation(across_spatial, channel_shared), []
    for k, (heading, stages, found) in enumerate(steps_to_lines(across_spatial, channel_shared), -1):
        names = ", ".join(f"${symbol_latex(name)}$" for name in stages)
        spans = dict.fromkeys((row.first, row.last) for row in found)
        where = ", ".join(_link(*span) for span in spans)
        place = step_place(derivation, k, DERIVATION) if k >= 0 else formula_place(stages[0], DERIVATION)
        step = links_html([replace(place, text=heading, name="", group="")])
        rows.append((step, names, where or ("<strong>no line</strong>" if stages else "")))
    ids = tuple(f"caffe-steps-{_mode(across_spatial, channel_shared)}-{k}" for k in range(len(rows)))
    return Table(("Step of the derivation", "Final form of", "Lines"), tuple(rows), (9, 7, 11), ids)


def gpu() -> Table:
    """Where the GPU code differs; it was read, not run."""
    rows = [(_link(*cpu), escape(here), _link(*cuda, file=CU), escape(there)) for cpu, here, cuda, there in GPU]
    return Table((".cpp", "CPU", ".cu", "GPU (read, not run)"), tuple(rows), (0, 9, 0, 9))


def fields() -> Table:
    """NormalizeParameter, field by field."""
    rows = [(_name(name), _name(kind), _code(default), escape(what)) for name, kind, default, what in FIELDS]
    return Table(("Field", "Type", "Default", "To know"), tuple(rows), (11, 11, 7, 24), fixed=True)


def buffers(shape: Sequence[int] = (2, 3, 4, 5)) -> Table:
    """The blobs' shapes after a forward pass on an input of this shape, with and without `across_spatial`."""
    layers = [Normalize(across, False) for across in (False, True)]
    for layer in layers:
        layer.forward(np.ones(shape))
    rows = [
        (_name(name), *(_name(str(getattr(layer, name).shape)) for layer in layers), escape(where))
        for name, where in BUFFERS
    ]
    rows.append(
        (
            "<code>blobs_[0]</code>, the scale",
            *(_name(str(layer.blobs[0].shape)) for layer in layers),
            "set-up 36 to 41; with channel_shared a blob without axes, " + _code(str(Normalize().blobs[0].shape)),
        )
    )
    return Table(
        ("Blob", "A norm per position", "A norm per sample", "Where it gets its shape (lines)"),
        tuple(rows),
        (0, 0, 0, 13),
    )


def _derivation(across_spatial: bool, channel_shared: bool) -> Derivation:
    return derive_l2norm("cs" if across_spatial else "c", "" if channel_shared else "c")


def _anchors(across_spatial: bool, channel_shared: bool) -> list[tuple[Row, str]]:
    """Each row with its id: `caffe-position-channels-113`, and `...-104-2` for the second call of a line."""
    seen: Counter[int] = Counter()
    result = []
    for row in walk(across_spatial, channel_shared):
        seen[row.first] += 1
        again = f"-{seen[row.first]}" if seen[row.first] > 1 else ""
        result.append((row, f"caffe-{_mode(across_spatial, channel_shared)}-{row.first}{again}"))
    return result


def _mode(across_spatial: bool, channel_shared: bool) -> str:
    return f"{'sample' if across_spatial else 'position'}-{'shared' if channel_shared else 'channels'}"


def _back(derivation: Derivation, name: str) -> tuple[Place, ...]:
    """Links to a value of the derivation: its formula, the step that gave it its form, and its line of emitted code."""
    step = home(derivation, name)
    formula = formula_place(name, DERIVATION)
    found = [replace(formula, text=DEFINITION, name=f"{DEFINITION} of {name}")] if step == DEFINITION else [formula]
    for k, other in enumerate(derivation.steps):
        if other.rule == step:
            found.append(replace(step_place(derivation, k, DERIVATION), text=step, name="", group="step"))
    row = listing(derivation.name).stages[name]
    return (*found, replace(row.place(DERIVATION), group="code"))


def _matched(row: Row) -> str:
    if row.match is not None:
        return _match_text(row.match)
    spread = {"gamma": r"$\gamma$", "eps": r"$\varepsilon$"}
    names = {symbol.name for symbol in row.content.free_symbols}
    if len(names) == 1 and names <= set(spread):
        return f"{spread[names.pop()]}, spread out"
    return "<strong>no value of it</strong>"


def _match_text(match: Match) -> str:
    """The content as the value of the derivation times a factor: `value = factor * content`, solved for the content."""
    others = Values("c", "c")
    value = sp.Symbol(match.name, real=True)
    if match.part == "whole":
        if match.name == "d":
            return f"${others.latex(sp.Symbol('d', positive=True) / match.factor)}$"
        others.axes[match.name] = others.axes["x"]
        return f"${_large(others.latex(value / match.factor))}$"
    where = {"summand": "under the sum in", "term": "a term of"}[match.part]
    text = f"{where} ${symbol_latex(match.name)}$"
    if match.factor == 1:
        return text
    return f"{text}, times ${_large(others.latex(1 / match.factor))}$"


def _large(latex: str) -> str:
    """Fractions of the size that they have in a displayed formula."""
    return latex.replace(r"\frac", r"\dfrac")


def _code(text: str) -> str:
    return f"<code>{code_html(text)}</code>"


def _name(text: str) -> str:
    return f'<code style="white-space: nowrap">{escape(text)}</code>'


def _link(first: int, last: int, file: str = CPP) -> str:
    text = str(first) if first == last else f"{first} to {last}"
    return f'<a href="{url(first, last, file)}">{text}</a>'


__all__ = ["Table", "buffers", "fields", "gpu", "lines", "places", "steps"]
