"""A report as HTML, for a notebook: a table with header cells, and the sentences as lists."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from l2norm_ref.check import _text

if TYPE_CHECKING:
    from l2norm_ref.check._report import Report
    from l2norm_ref.check._result import Result


def page(report: Report) -> str:
    """One `<div>`; everything that came from outside is escaped."""
    columns = _text.outputs(report)
    head = ["fixture", "dtype", "K", *(["L"] if "dscale" in columns else []), "verdict", *columns]
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = []
    for fixture, dtype, values, problems in _text.rows(report):
        k, count = report.lengths[fixture]
        cells = [dtype, str(k), *([str(count)] if "dscale" in columns else [])]
        cells += [_text.verdict([*values.values(), *problems])]
        cells += [_cell(values[name]) if name in values else "" for name in columns]
        row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        body.append(f'<tr><th scope="row">{escape(fixture)}</th>{row}</tr>')
    allowed = [f"{name}: {report.tolerances[name]}" for name in columns]
    allowed += [f"u = {u:.2e} ({dtype})" for dtype, u in report.roundoff.items()]
    return "".join(
        (
            '<div class="l2norm-check"><table>',
            f"<caption>{escape(_text.headline(report))}; {escape(report.mode)}</caption>",
            f"<thead><tr>{top}</tr></thead>",
            f"<tbody>{''.join(body)}</tbody></table>",
            _list("Allowed", allowed),
            _list("Failures", [_text.sentence(result) for result in report.failures]),
            _list("Notes, which do not decide", report.notes),
            _list("Diagnosis", report.diagnosis),
            "</div>",
        )
    )


def _cell(result: Result) -> str:
    sign = "" if result.passed else "✗ "
    return f"{sign}{result.ulp:.3g} ulp, {result.relative:.0e}"


def _list(title: str, sentences) -> str:
    if not sentences:
        return ""
    return f"<p><strong>{title}</strong></p><ul>{''.join(f'<li>{escape(s)}</li>' for s in sentences)}</ul>"
