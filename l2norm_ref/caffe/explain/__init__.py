"""What the BatchNorm, Scale and Normalize layers of a net compute, phase by phase, and what is wrong or risky in it.

Example:
    >>> from l2norm_ref.caffe.prototxt import parse_prototxt
    >>> report = explain(parse_prototxt('''
    ... layer { name: "norm" type: "Normalize" bottom: "x" top: "x"
    ...         norm_param { across_spatial: false channel_shared: true } }
    ... '''))
    >>> [(finding.line, finding.code) for finding in report.findings]
    [(2, 'normalize-in-place')]
    >>> report.layers[0].phases["TEST"].formula
    'y = scale * x / d, d = sqrt(s + eps), s = sum(x**2), eps = 1e-10'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from l2norm_ref._arguments import refusal
from l2norm_ref.caffe._tokens import shown

# The rules are listed in the order of these imports.
from l2norm_ref.caffe.explain import _batch_norm, _fields, _limits, _normalize, _scale  # noqa: F401
from l2norm_ref.caffe.explain._graph import Graph, phases_of
from l2norm_ref.caffe.explain._layers import Blob, Computation, blobs, computation, in_place
from l2norm_ref.caffe.explain._rules import RULES, Finding, findings
from l2norm_ref.caffe.net import EXPLAINED, PHASES, Layer, Net

__all__ = ["CODES", "Blob", "Computation", "Explained", "Finding", "Report", "explain"]

CODES: tuple[str, ...] = tuple(dict.fromkeys(["unknown-field", "include-and-exclude", *(rule.code for rule in RULES)]))


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A BatchNorm, Scale or Normalize, explained.

    Attributes:
        layer: The layer.
        phases: What it computes in each phase in which it is active.
        blobs: What it stores.
        in_place: What in place means for it; empty if it is not in place.
        findings: What is wrong or risky in it.
    """

    layer: Layer
    phases: Mapping[str, Computation]
    blobs: tuple[Blob, ...]
    in_place: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A net, explained.

    Attributes:
        net: The net.
        phases: The phases that were looked at.
        notes: What was assumed, and what could not be told.
        layers: Its BatchNorm, Scale and Normalize layers, in the order of the file.
        findings: Everything that is wrong or risky, likewise.
    """

    net: Net
    phases: tuple[str, ...]
    notes: tuple[str, ...]
    layers: tuple[Explained, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        """The text that `l2norm-ref explain` prints."""
        from l2norm_ref.caffe.explain._text import as_text  # it imports this module

        return "\n".join(as_text(self))


def explain(net: Net, phases: Iterable[str] | None = None) -> Report:
    """Explain a net.

    Args:
        net: As `read_prototxt` returns it.
        phases: Of "TRAIN" and "TEST". Default: both, but for a phase in which the net cannot run as it stands, because
            it has no data there or, for TRAIN, no loss; a fragment without data is explained in both.

    Raises:
        TypeError: net is no `Net`, or phases are not words.
        ValueError: an unknown phase.
    """
    if not isinstance(net, Net):
        raise refusal(TypeError, "net", "a Net, as read_prototxt returns it", net)
    runnable, notes = phases_of(net)
    chosen = runnable
    if phases is not None:
        chosen, notes = _chosen(phases), ()
    graphs = {phase: Graph(net, phase) for phase in PHASES if phase in runnable or phase in chosen}
    own = [layer for layer in net.layers if layer.type in EXPLAINED]
    found = _fields.unknown_fields(net, chosen) + _limits.include_and_exclude(net, chosen)
    found = sorted(found + findings(net, graphs, chosen), key=_order)
    by_layer: dict[int, list[Finding]] = {}
    for index, finding in found:
        by_layer.setdefault(index, []).append(finding)
    return Report(
        net=net,
        phases=chosen,
        notes=(*notes, *_notes(net, own)),
        layers=tuple(
            Explained(
                layer=layer,
                phases={phase: computation(layer, phase) for phase in chosen if phase in layer.phases},
                blobs=blobs(layer),
                in_place=in_place(layer),
                findings=tuple(by_layer.get(layer.index, ())),
            )
            for layer in own
        ),
        findings=tuple(finding for _, finding in found),
    )


def _chosen(phases: Iterable[str]) -> tuple[str, ...]:
    expected = f"some of {', '.join(PHASES)}"
    given = [phases] if isinstance(phases, str) else phases
    if not isinstance(given, Iterable):
        raise refusal(TypeError, "phases", expected, phases)
    given = list(given)
    if not all(isinstance(phase, str) for phase in given):
        raise refusal(TypeError, "phases", expected, given)
    if not given or not set(given) <= set(PHASES):
        raise ValueError(f"phases: expected {expected}, got {sorted(set(given))}")
    return tuple(phase for phase in PHASES if phase in given)


def _order(item: tuple[int, Finding]) -> tuple[int, bool, int]:
    """By layer; within one, what is wrong first, then by line."""
    index, finding = item
    return index, finding.severity != "wrong", finding.line


def _notes(net: Net, own: list[Layer]) -> list[str]:
    notes = []
    if net.old_format:
        notes.append(
            "the net is in the old format (`layers`), which has no BatchNorm, Scale or Normalize; "
            "Caffe's tool upgrade_net_proto_text converts it"
        )
    meant = {kind.lower(): kind for kind in EXPLAINED}
    for layer in net.layers:
        kind = meant.get(layer.type.lower().replace("_", "").removesuffix("layer"))
        if kind and layer.type != kind and not net.old_format:
            notes.append(f"line {layer.line}: Caffe has no layer of type {shown(layer.type)}; {kind} may be meant")
            break
    if net.state_line is not None:
        notes.append(
            f"the `state` of the net (line {net.state_line}) is not looked at: a solver goes by its phase, stages "
            "and level; `caffe test` and pycaffe replace its phase"
        )
    if any(layer.type == "Normalize" for layer in own):
        notes.append("Normalize is a layer of SSD's fork (weiliu89/caffe, branch ssd), not of BVLC's Caffe")
    conditional = [layer for layer in own if layer.conditional]
    if conditional:
        notes.append(
            f"rules on stages and levels are taken as met (line {conditional[0].include[0].line})"
            if conditional[0].include
            else f"rules on stages and levels are taken as not met (line {conditional[0].exclude[0].line})"
        )
    return notes
