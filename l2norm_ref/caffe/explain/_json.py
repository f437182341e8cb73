"""A report as a JSON object. Its form is fixed; what may come later are more keys, under the same version."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from l2norm_ref.caffe.explain import Explained, Finding, Report

VERSION = 1


def as_json(report: Report) -> dict[str, Any]:
    """The report as dictionaries, lists, strings and finite numbers.

        {version, file, net, phases: [..], notes: [..], layers: [..], findings: [..]}
        layer:   {name, type, line, bottoms, tops, in_place: bool, phases: {TRAIN: phase, TEST: phase}, blobs: [..],
                  parameter: {..}}
        phase:   {formula, gradient, statistics, updates}: strings, empty where there is nothing to say
        blob:    {name, shape, learned: bool, about}
        finding: {code, severity: "wrong" | "risky", line, layer (null outside the layers), phases, message, fix}

    `parameter` holds every field of the layer's parameter block, defaults included, null for a field without default;
    numbers are float32, those that are not finite are the strings "inf", "-inf" and "nan".
    """
    return {
        "version": VERSION,
        "file": report.net.file,
        "net": report.net.name,
        "phases": list(report.phases),
        "notes": list(report.notes),
        "layers": [_layer(entry) for entry in report.layers],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _layer(entry: Explained) -> dict[str, Any]:
    layer = entry.layer
    return {
        "name": layer.name,
        "type": layer.type,
        "line": layer.line,
        "bottoms": list(layer.bottoms),
        "tops": list(layer.tops),
        "in_place": layer.in_place,
        "phases": {phase: dict(vars(value)) for phase, value in entry.phases.items()},
        "blobs": [dict(vars(blob)) for blob in entry.blobs],
        "parameter": _plain(layer.parameter),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {**vars(finding), "phases": list(finding.phases)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
