"""The walkthrough as tables that show themselves in a notebook. Needs SymPy.

Each function returns a `Table`: `lines` and `steps` are made from a run on symbols (`walkthrough.py`), `buffers` from a
run on numbers, `fields` and `gpu` tell what was read (`source.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import sympy as sp

from l2norm_ref.caffe._values import Values
from l2norm_ref.caffe.normalize import Normalize
from l2norm_ref.caffe.source import BUFFERS, CPP, CU, FIELDS, GPU, url
from l2norm_ref.caffe.walkthrough import PARTS, Match, Row, home, steps_to_lines, walk
from l2norm_ref.emit.latex import symbol_latex
from l2norm_ref.symbolic import derive_l2norm


@dataclass(frozen=True)
class Table:
    """A heading and rows of HTML cells; mathematics between dollar signs, for whatever typesets the page."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    """The least width of each column in em, where formulas would shrink otherwise."""

    def _repr_html_(self) -> str:
        widths = self.widths or (0,) * len(self.heading)
        styles = [f' style="min-width: {width}em"' if width else "" for width in widths]
        head = "".join(f'<th scope="col"{s}>{cell}</th>' for s, cell in zip(styles, self.heading, strict=True))
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in self.rows)
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"


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
    derivation = derive_l2norm("cs" if across_spatial else "c", "" if channel_shared else "c")
    rows = []
    for row in walk(across_spatial, channel_shared):
        if row.part == part:
            what = f"{_code(row.call)}<br>{escape(row.equation)}<br><small>{row.shape}</small>"
            step = f"<br><small>{home(derivation, row.match.name)}</small>" if row.match else ""
            held = f"${escape(_large(row.latex), quote=False)}$"
            rows.append((_link(row.first, row.last), what, held, _matched(row) + step))
    return Table(
        ("Line", "Call, equation, shape", "Content after it", "In the derivation"), tuple(rows), (0, 15, 13, 8)
    )


def steps(*, across_spatial: bool, channel_shared: bool) -> Table:
    """The other way: each step of the derivation, the values that it gives their form, and the lines that hold them."""
    rows = []
    for heading, stages, found in steps_to_lines(across_spatial, channel_shared):
        names = ", ".join(f"${symbol_latex(name)}$" for name in stages)
        spans = dict.fromkeys((row.first, row.last) for row in found)
        where = ", ".join(_link(*span) for span in spans)
        rows.append((escape(heading), names, where or ("<strong>no line</strong>" if stages else "")))
    return Table(("Step of the derivation", "Final form of", "Lines"), tuple(rows), (9, 7, 11))


def gpu() -> Table:
    """Where the GPU code differs; it was read, not run."""
    rows = [(_link(*cpu), escape(here), _link(*cuda, file=CU), escape(there)) for cpu, here, cuda, there in GPU]
    return Table((".cpp", "CPU", ".cu", "GPU (read, not run)"), tuple(rows), (0, 9, 0, 9))


def fields() -> Table:
    """NormalizeParameter, field by field."""
    rows = [(_name(name), _name(kind), _code(default), escape(what)) for name, kind, default, what in FIELDS]
    return Table(("Field", "Type", "Default", "To know"), tuple(rows), (0, 0, 0, 14))


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
    return f"<code>{escape(text)}</code>"


def _name(text: str) -> str:
    return f'<code style="white-space: nowrap">{escape(text)}</code>'


def _link(first: int, last: int, file: str = CPP) -> str:
    text = str(first) if first == last else f"{first} to {last}"
    return f'<a href="{url(first, last, file)}">{text}</a>'


__all__ = ["Table", "buffers", "fields", "gpu", "lines", "steps"]
