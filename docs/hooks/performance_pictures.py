"""The two pictures of the page "Performance": inline SVG that takes the page's colours.

Contract: ``bars()`` and ``growth()`` draw ``docs/data/performance.json``; each says in words what it shows.
"""

from __future__ import annotations

import html
import math

import figures
import performance_data


def bars() -> str:
    """A bar for each contender on the first shape."""
    shape = performance_data.first()
    rows = [row for row in shape["rows"] if "new arrays" not in row["name"]]
    rows.sort(key=lambda row: row["ratio"])
    longest, width, step = max(row["ratio"] for row in rows), 480, 48
    lines, words = list[str](), list[str]()
    for k, row in enumerate(rows):
        top, length = 8 + step * k, width * row["ratio"] / longest
        look = 'class="tm-x" fill="currentColor"' if row["ours"] else 'fill="currentColor" fill-opacity="0.35"'
        lines += [
            f'<text x="8" y="{top + 16}" fill="currentColor">{html.escape(row["name"])}</text>',
            f'<rect {look} x="8" y="{top + 22}" width="{length:.1f}" height="14"/>',
            f'<text x="{length + 16:.1f}" y="{top + 36}" fill="currentColor">{row["ratio"]:.2f}</text>',
        ]
        words.append(f"{row['name']} {row['ratio']:.2f}")
    label = f"Time as a multiple of the copy, {shape['name']}, {shape['dtype']}: {'; '.join(words)}."
    return _figure(lines, label, 16 + step * len(rows))


LEFT, PANEL, GAP, HEIGHT = 74, 178, 18, 210
LOOKS = {
    "copy": 'stroke-dasharray="2 4"',
    "Numba": 'class="tm-x" stroke-width="2.5"',
    "NumPy": 'stroke-dasharray="8 4"',
}


def growth() -> str:
    """Time against size, both in powers: straight lines of slope 1 are linear growth."""
    grown = performance_data.measured()["growth"]
    everything = [value for times in grown["axes"].values() for values in times.values() for value in values]
    low, high = math.floor(math.log10(min(everything))), math.ceil(math.log10(max(everything)))
    lines = list[str]()
    for k, (axis, times) in enumerate(grown["axes"].items()):
        left = LEFT + k * (PANEL + GAP)

        def across(factor: float, left: float = left) -> float:
            return left + PANEL * math.log(factor) / math.log(grown["factors"][-1])

        def down(milliseconds: float) -> float:
            return 34 + HEIGHT * (high - math.log10(milliseconds)) / (high - low)

        lines.append(f'<text x="{left}" y="18" fill="currentColor">{axis} grows</text>')
        for power in range(low, high + 1):
            y = down(10.0**power)
            ends = f'x1="{left}" x2="{left + PANEL}" y1="{y:.1f}" y2="{y:.1f}"'
            lines.append(f'<line {ends} stroke="currentColor" stroke-opacity="0.25"/>')
            if not k:
                at = f'x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end" font-size="15"'
                lines.append(f'<text {at} fill="currentColor">{10.0**power:g} ms</text>')
        for factor, anchor in ((1, "start"), (8, "middle"), (64, "end")):
            at = f'x="{across(factor):.1f}" y="{HEIGHT + 54}" text-anchor="{anchor}" font-size="15"'
            lines.append(f'<text {at} fill="currentColor">{factor}×</text>')
        for engine, values in times.items():
            points = " ".join(f"{across(f):.1f},{down(v):.1f}" for f, v in zip(grown["factors"], values, strict=True))
            lines.append(f'<polyline {LOOKS[engine]} fill="none" stroke="currentColor" points="{points}"/>')
    for k, (engine, look) in enumerate(LOOKS.items()):
        left, y = LEFT + k * (PANEL + GAP), HEIGHT + 84
        lines.append(f'<line {look} x1="{left}" x2="{left + 50}" y1="{y}" y2="{y}" stroke="currentColor"/>')
        lines.append(f'<text x="{left + 60}" y="{y + 6}" fill="currentColor">{engine}</text>')
    label = (
        "Time against size on logarithmic scales, in three panels, for N, C and S from 1 to 64 times; the lines of the "
        "copy, of Numba and of NumPy rise side by side. The table below has their slopes."
    )
    return _figure(lines, label, HEIGHT + 100)


def _figure(lines: list[str], label: str, height: float) -> str:
    head = (
        f'<svg xmlns="{figures.SVG}" viewBox="0 0 660 {height:g}" role="img" aria-label="{html.escape(label)}" '
        'font-family="system-ui, sans-serif" font-size="18">'
    )
    return "\n".join(['<figure class="home-picture" markdown="0">', head, *lines, "</svg>", "</figure>"])
