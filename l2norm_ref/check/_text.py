"""A report as text of at most 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from l2norm_ref.check._report import Report
    from l2norm_ref.check._result import Result

WIDTH = 100
SHOWN = 8  # failures, and notes, that are printed


def headline(report: Report) -> str:
    """PASSED or FAILED, and how many."""
    deciding = [r for r in report.results if r.decides]
    fixtures = {(r.fixture, r.dtype) for r in deciding}
    if report.passed:
        return f"PASSED: {len(deciding)} results of {len(fixtures)} fixtures"
    where = {(r.fixture, r.dtype) for r in report.failures}
    return f"FAILED: {len(report.failures)} of {len(deciding)} results, in {len(where)} of {len(fixtures)} fixtures"


def full(report: Report) -> str:
    """Everything."""
    lines = [*wrap(f"{headline(report)}; {report.mode}"), "", *_table(report), "", *_tolerances(report)]
    return "\n".join([*lines, *_sections(report)])


def summary(report: Report) -> str:
    """Without the table."""
    return "\n".join([*wrap(f"{headline(report)}; {report.mode}"), *_sections(report)])


def wrap(text: str, indent: str = "") -> list[str]:
    """Lines of at most `WIDTH` columns; continued ones are indented."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "    ", break_on_hyphens=False)


def sentence(result: Result) -> str:
    """A failure, with the fixture that shows it."""
    return f"{result.fixture}, {result.dtype}: {result.message}"


def rows(report: Report) -> Iterable[tuple[str, str, dict[str, Result], list[Result]]]:
    """Fixture, dtype, the results that are numbers by output, and the problems."""
    by_fixture: dict[tuple[str, str], list[Result]] = {}
    for result in report.results:
        by_fixture.setdefault((result.dtype, result.fixture), []).append(result)
    for (dtype, fixture), results in by_fixture.items():
        values = {r.output: r for r in results if r.kind == "value"}
        yield fixture, dtype, values, [r for r in results if r.kind != "value"]


def outputs(report: Report) -> tuple[str, ...]:
    """The columns."""
    has_scale = any(count for _, count in report.lengths.values())
    learned = ("dscale", "dbias") if has_scale else ()
    names = ("y", "dx", *learned) if report.has_backward else ("y",)
    return tuple(name for name in names if name in report.tolerances)


def verdict(results: Iterable[Result]) -> str:
    """ok, FAIL, or off where the result does not decide."""
    wrong = [r for r in results if not r.passed]
    if not wrong:
        return "ok"
    return "FAIL" if any(r.decides for r in wrong) else "off"


def _table(report: Report) -> Iterable[str]:
    columns = outputs(report)
    yield f"{'fixture':17} {'dtype':7} {'K':>4} {'L':>4} {'':4}" + "".join(
        f"  {name + ' ulp':>10} {'rel':>7}" for name in columns
    )
    for fixture, dtype, values, problems in rows(report):
        k, count = report.lengths[fixture]
        line = f"{fixture:17} {dtype:7} {k:4} {count or '-':>4} {verdict([*values.values(), *problems]):4}"
        for name in columns:
            line += "  " + (_cell(values[name]) if name in values else f"{_reason(name, problems):>18}")
        yield line.rstrip()


def _cell(result: Result) -> str:
    assert result.ulp is not None and result.relative is not None
    mark = " " if result.passed else "!"
    ulp = f"{result.ulp:.2f}" if result.ulp < 1000 else f"{result.ulp:.1e}"
    return f"{mark}{ulp:>9} {result.relative:7.0e}"


def _reason(output: str, problems: list[Result]) -> str:
    call = "forward" if output == "y" else "backward"
    return next((f"! {p.kind}" for p in problems if p.output in (output, call) and p.kind != "mutated"), "")


def _tolerances(report: Report) -> Iterable[str]:
    yield "allowed:"
    for name in outputs(report):
        yield f"    {name:7} {report.tolerances[name]}"
    roundoff = ", ".join(f"{u:.2e} ({dtype})" for dtype, u in report.roundoff.items())
    terms = "K elements of a norm that are not 0" + (", L in a dscale" if "dscale" in outputs(report) else "")
    yield from wrap(
        f"u = {roundoff}; {terms}; ulp and rel: the worst error in units of the natural magnitude, the last "
        "factor of these",
        "    ",
    )


def _sections(report: Report) -> Iterable[str]:
    failures = report.failures
    if failures:
        yield "failures:"
        for result in failures[:SHOWN]:
            yield from wrap(sentence(result), "  ")
        if len(failures) > SHOWN:
            yield f"  and {len(failures) - SHOWN} more, in report.failures"
    if report.notes:
        yield "notes, which do not decide:"
        for text in report.notes[:SHOWN]:
            yield from wrap(text, "  ")
        if len(report.notes) > SHOWN:
            yield f"  and {len(report.notes) - SHOWN} more, in report.notes"
    if report.diagnosis:
        yield "diagnosis:"
        for text in report.diagnosis:
            yield from wrap(text, "  ")
