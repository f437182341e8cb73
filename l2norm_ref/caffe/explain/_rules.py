"""What a finding is, and the list of everything that is looked for.

A rule is a small function that looks at one layer in one phase and says where, what, why, and how to mend it. Its code
is stable. "wrong": Caffe refuses it, or computes what nobody can want. "risky": it is legal, and sometimes meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from l2norm_ref.caffe.explain._graph import Graph
from l2norm_ref.caffe.net import EXPLAINED, Layer, Net

Severity = Literal["wrong", "risky"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong or risky.

    Attributes:
        code: What is found; stable, such as "batchnorm-without-scale".
        severity: "wrong" or "risky".
        line: Where.
        layer: The name of the layer; None for what stands outside the layers.
        phases: The phases in which it matters.
        message: What it is, and why it matters.
        fix: What to write, or to do, instead.
    """

    code: str
    severity: Severity
    line: int
    layer: str | None
    phases: tuple[str, ...]
    message: str
    fix: str


@dataclass(frozen=True)
class Place:
    """What a rule looks at: a layer, the phase's graph, and the graphs of all phases in which the net can run."""

    net: Net
    layer: Layer
    graph: Graph
    graphs: Mapping[str, Graph]

    @property
    def phase(self) -> str:
        return self.graph.phase


@dataclass(frozen=True)
class Hint:
    """What a rule says: the line, the message, the fix."""

    line: int
    message: str
    fix: str


Check = Callable[[Place], Iterable[Hint]]


@dataclass(frozen=True)
class Rule:
    """A rule with its code, its severity, and the types of layers and the phases that it is for."""

    code: str
    severity: Severity
    types: tuple[str, ...]
    phases: tuple[str, ...]
    check: Check


RULES: list[Rule] = []


def rule(
    code: str, severity: Severity, *types: str, phases: tuple[str, ...] = ("TRAIN", "TEST")
) -> Callable[[Check], Check]:
    """Put a function on the list."""

    def register(check: Check) -> Check:
        RULES.append(Rule(code, severity, types or tuple(EXPLAINED), phases, check))
        return check

    return register


def findings(net: Net, graphs: Mapping[str, Graph], reported: Iterable[str]) -> list[tuple[int, Finding]]:
    """All findings with the index of their layer, in the order of the file: one where a rule says the same twice.

    Args:
        net: The net.
        graphs: Of every phase in which it can run: what is wrong in one may be seen only beside the other.
        reported: The phases to report on.
    """
    found: dict[tuple[int, int, str, Hint], list[str]] = {}
    for phase in reported:
        graph = graphs[phase]
        for layer in graph.layers:
            for number, entry in enumerate(RULES):
                if layer.type in entry.types and phase in entry.phases:
                    for hint in entry.check(Place(net, layer, graph, graphs)):
                        found.setdefault((layer.index, number, layer.name, hint), []).append(phase)
    return [
        (
            index,
            Finding(
                code=RULES[number].code,
                severity=RULES[number].severity,
                line=hint.line,
                layer=name,
                phases=tuple(phases),
                message=hint.message,
                fix=hint.fix,
            ),
        )
        for (index, number, name, hint), phases in sorted(found.items(), key=lambda item: item[0][:2])
    ]
