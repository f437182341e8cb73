"""A report as text: layer by layer, findings below the layer that they concern, those on other layers first.

Plain ASCII but for names.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from l2norm_ref.caffe._tokens import printable, shown
from l2norm_ref.caffe.explain import Computation, Explained, Finding, Report
from l2norm_ref.caffe.net import EXPLAINED, PHASES

WIDTH = 80


def as_text(report: Report) -> Iterator[str]:
    """The lines of the text. What was said of one layer in full is only referred to in the next."""
    net, file = report.net, printable(report.net.file)
    counts = {kind: sum(entry.layer.type == kind for entry in report.layers) for kind in EXPLAINED}
    of = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "no BatchNorm, Scale or Normalize"
    name = f" {shown(net.name)}" if net.name else ""
    yield from _wrapped(f"{file}: net{name}, {_count(len(net.layers), 'layer')}: {of}", "", "    ")
    left_out = "".join(f" (--phase {phase} for {phase})" for phase in PHASES if phase not in report.phases)
    yield f"phases: {', '.join(report.phases)}{left_out}"
    for note in report.notes:
        yield from _wrapped(f"note: {note}", "", "    ")
    said: dict[object, int] = {}
    below = {id(finding) for entry in report.layers for finding in entry.findings}
    for finding in report.findings:
        if id(finding) not in below:
            yield ""
            yield from _finding(file, finding, said, "")
    for entry in report.layers:
        yield ""
        yield from _layer(file, entry, report.phases, said)
    yield ""
    yield _summary(report)


def _layer(file: str, entry: Explained, phases: tuple[str, ...], said: dict[object, int]) -> Iterator[str]:
    layer = entry.layer
    tops = "in place" if layer.in_place else f"-> {_names(layer.tops)}"
    only = f", in {' and '.join(entry.phases)} only" if entry.phases and len(entry.phases) < len(phases) else ""
    yield f"{file}:{layer.line}: {layer.type} {shown(layer.name)}, {_names(layer.bottoms)} {tops}{only}"
    about = (layer.type, tuple(entry.phases.items()), entry.blobs, entry.in_place)
    if about in said:
        yield f"    as the layer in line {said[about]}"
    else:
        said[about] = layer.line
        yield from _about(entry)
    for finding in entry.findings:
        yield from _finding(file, finding, said, "    ")


def _about(entry: Explained) -> Iterator[str]:
    """First what holds in every phase, then the rest phase by phase, then the blobs."""
    rows = {phase: _rows(value) for phase, value in entry.phases.items()}
    common = [row for row in next(iter(rows.values()), []) if all(row in other for other in rows.values())]
    if len(rows) == 1:
        common = common[:1]
    if not rows:
        yield "    not in the phases that are explained"
    for row in common:
        yield from _row("", row)
    for phase, own in rows.items():
        rest = [row for row in own if row not in common]
        for number, row in enumerate(rest):
            yield from _row("" if number else phase, row)
    if not any(blob.learned for blob in entry.blobs) and len(entry.blobs) > 1:
        listed = ", ".join(f"[{number}] {blob.name} {blob.shape}" for number, blob in enumerate(entry.blobs))
        yield from _row("blobs", f"{listed}; not learned, {entry.blobs[0].about}")
    else:
        for number, blob in enumerate(entry.blobs):
            state = "learned" if blob.learned else "not learned"
            text = f"[{number}] {blob.name} {blob.shape}, {state}, {blob.about}"
            yield from _row("" if number else "blobs", text)
    if entry.in_place:
        yield from _row("in place", entry.in_place)


def _rows(computation: Computation) -> list[str]:
    rows = [computation.formula]
    if computation.statistics:
        rows.append(f"statistics {computation.statistics}")
    if computation.gradient:
        rows.append(computation.gradient)
    if computation.updates:
        updates, _, names = computation.updates.partition(", with ")
        rows += [f"each forward pass, with {names}:", *(f"  {update}" for update in updates.split(", "))]
    return rows


def _finding(file: str, finding: Finding, said: dict[object, int], indent: str) -> Iterator[str]:
    yield f"{indent}{file}:{finding.line}: {finding.severity} [{finding.code}] in {' and '.join(finding.phases)}"
    about = (finding.code, finding.message, finding.fix)
    if about in said:
        yield f"{indent}    as in line {said[about]}"
        return
    said[about] = finding.line
    yield from _wrapped(finding.message, f"{indent}    ", f"{indent}    ")
    yield from _wrapped(f"fix: {finding.fix}", f"{indent}    ", f"{indent}         ")


def _summary(report: Report) -> str:
    wrong = sum(finding.severity == "wrong" for finding in report.findings)
    risky = len(report.findings) - wrong
    if not report.findings:
        return "no findings"
    return f"{_count(len(report.findings), 'finding')}: {wrong} wrong, {risky} risky"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _names(blobs: tuple[str, ...]) -> str:
    some = ", ".join(shown(blob) for blob in blobs[:4])
    return (f"{some}, ..." if len(blobs) > 4 else some) or "nothing"


def _row(label: str, text: str) -> list[str]:
    return _wrapped(text, f"    {label:<9} " if len(label) <= 9 else f"    {label} ", " " * 14)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
