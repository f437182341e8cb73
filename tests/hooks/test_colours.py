"""The five colours of the style sheet: readable on every paper, and apart for readers who do not see all hues."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import figures
import pytest

from l2norm_ref.emit.html import TERMS

STYLES = (Path(__file__).resolve().parents[2] / "docs" / "stylesheets" / "extra.css").read_text("utf-8")

PAPERS = {"light": ("#ffffff", "#f5f5f5"), "dark": ("#1e2129", "#272a35")}
"""The theme's backgrounds of text and of code: white and slate of Material for MkDocs."""

VIEWERS = {
    "all hues": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE
Transactions on Visualization and Computer Graphics 15(6), 2009: the matrices of severity 1.0, on linear RGB."""


def palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r"\{\s*(--tm-x:.*?)\}", STYLES, re.S)
    read = (dict(re.findall(r"--tm-(\w+): (#\w{6});", block)) for block in (light, dark))
    return dict(zip(PAPERS, read, strict=True))


def linear(colour: str) -> tuple[float, ...]:
    channels = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def seen(colour: tuple[float, ...], viewer: str) -> tuple[float, ...]:
    return tuple(min(1, max(0, sum(a * b for a, b in zip(row, colour, strict=True)))) for row in VIEWERS[viewer])


def contrast(one: str, other: str) -> float:
    luminance = (sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (one, other))
    low, high = sorted(luminance)
    return (high + 0.05) / (low + 0.05)


def lab(colour: tuple[float, ...]) -> tuple[float, ...]:
    to_xyz = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
    white = (0.95047, 1.0, 1.08883)
    scaled = [sum(a * b for a, b in zip(row, colour, strict=True)) / w for row, w in zip(to_xyz, white, strict=True)]
    x, y, z = (t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29 for t in scaled)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: str, other: str, viewer: str) -> float:
    """CIE 1976; about 2.3 is just noticeable side by side."""
    points = (lab(seen(linear(colour), viewer)) for colour in (one, other))
    return sum((a - b) ** 2 for a, b in zip(*points, strict=True)) ** 0.5


def test_the_terms_are_the_same_everywhere():
    light, dark = palettes().values()
    assert light == figures.TERM_COLOURS
    assert set(light) == set(dark) == set(TERMS)
    for term in TERMS:
        assert re.search(rf"^\.tm-{term} +\{{ color: var\(--tm-{term}\); \}}$", STYLES, re.M)


@pytest.mark.parametrize("scheme", PAPERS)
def test_each_colour_is_readable_on_each_paper(scheme):
    low = {(c, p): contrast(c, p) for c in palettes()[scheme].values() for p in PAPERS[scheme]}
    assert min(low.values()) >= 4.5, low


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("scheme", PAPERS)
def test_no_two_colours_look_alike(scheme, viewer):
    """The nearest are x and d under protanopia: 8.7 in light, 11.9 in dark. The names stay beside the colours."""
    pairs = itertools.combinations(palettes()[scheme].items(), 2)
    found = {f"{a}, {b}": round(distance(p, q, viewer), 1) for (a, p), (b, q) in pairs}
    assert min(found.values()) >= 8, sorted(found.items(), key=lambda item: item[1])[:3]
