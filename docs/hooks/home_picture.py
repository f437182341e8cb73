"""The picture of the home page and of the README: the layer and its gradient at one position with two channels.

Contract: every point is computed by the reference when the picture is drawn.  On the site it takes the page's colours;
``docs/images/l2norm.svg`` is the same picture with colours of its own, for places without a style sheet.
``python docs/hooks/home_picture.py`` writes that file, and a test draws it again.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import figures

FILE = Path(__file__).resolve().parents[1] / "images" / "l2norm.svg"
COMMAND = "python docs/hooks/home_picture.py"
X, GAMMA, DY = (3.0, 4.0), (1.0, 2.0), (1.0, 0.0)
# The same hues as docs/stylesheets/extra.css, in the dark theme.
DARK = {"x": "#7ab8ff", "h": "#ffb066", "xhat": "#5fd6b8", "d": "#e0c2ff", "dx": "#ff7d97"}
WORDS = (
    "Left: the vector x is divided by its length d, which gives x-hat on the unit circle; the scale stretches each "
    "channel and gives y. Right: the scaled gradient h, put at the tip of x, is split into a part along x, which is "
    "dropped, and a part on the tangent of the circle of radius d, which divided by d is the gradient dx. Caffe's "
    "gradient, dashed, leaves the tangent because the two scales differ."
)

Point = tuple[float, float]


def points() -> dict[str, Point]:
    """What is drawn, from the reference: y, xhat, h and the gradients by x, the exact one and Caffe's, times d."""
    import numpy as np

    from l2norm_ref import caffe, l2norm_backward, l2norm_forward

    x, gamma, dy = (np.array(values) for values in (X, GAMMA, DY))
    d = float(np.linalg.norm(x))
    y, saved = l2norm_forward(x[None], gamma, channel_shared=False, eps=0.0)
    dx, _ = l2norm_backward(dy[None], saved)
    layer = caffe.Normalize(across_spatial=False, channel_shared=False, scale=gamma, eps=0.0, dtype="float64")
    layer.forward(x.reshape(1, 2, 1, 1))
    wrong = layer.backward(dy.reshape(1, 2, 1, 1))
    arrays = {"y": y, "xhat": y / gamma, "h": gamma * dy, "tangent": d * dx, "caffe": d * wrong}
    return {name: (float(a.ravel()[0]), float(a.ravel()[1])) for name, a in arrays.items()}


def _line(term: str, *places: Point, dash: str = "", faint: bool = False, width: float = 1) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    look = f' stroke-dasharray="{dash}"' * bool(dash) + ' stroke-opacity="0.4"' * faint
    return (
        f'<polyline class="{term}" points="{corners}" fill="none" stroke="currentColor" stroke-width="{width}"{look}/>'
    )


def _arrow(term: str, start: Point, end: Point, *, dash: str = "") -> str:
    """A line with a head of its own: not every viewer lets a marker have the line's colour."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down)
    ux, uy = across / length, down / length
    base = (end[0] - 9 * ux, end[1] - 9 * uy)
    head = (end, (base[0] - 4 * uy, base[1] + 4 * ux), (base[0] + 4 * uy, base[1] - 4 * ux))
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in head)
    shaft = _line(term, start, base, dash=dash, width=2.2)
    return f'{shaft}<polygon class="{term}" points="{corners}" fill="currentColor"/>'


def _text(term: str, at: Point, words: str, anchor: str = "start") -> str:
    place = f'x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}"'
    return f'<text class="{term}" {place} fill="currentColor">{words}</text>'


def _forward(p: dict[str, Point]) -> list[str]:
    def at(point: Point) -> Point:
        return 78 + 50 * point[0], 262 - 50 * point[1]

    origin, x, y, xhat = at((0, 0)), at(X), at(p["y"]), at(p["xhat"])
    circle = [at((math.cos(t * math.pi / 40), math.sin(t * math.pi / 40))) for t in range(21)]
    return [
        _text("title", (78, 20), "Forward"),
        _line("axes", (origin[0], 30), origin, (290, origin[1]), faint=True),
        _line("tm-xhat", *circle, dash="2 3"),
        _arrow("tm-x", origin, x),
        _text("tm-x", (x[0] + 8, x[1] + 4), "x, length d = 5"),
        _arrow("y", origin, y),
        _text("y", (origin[0] - 8, y[1] + 8), "y = γ x̂", "end"),
        _arrow("tm-xhat", origin, xhat),
        _text("tm-xhat", (xhat[0] + 26, xhat[1] + 16), "x̂ = x/d, length 1"),
    ]


def _backward(p: dict[str, Point]) -> list[str]:
    def at(point: Point, times: float = 1) -> Point:
        return 448 + 120 * times * point[0], 132 - 120 * times * point[1]

    tip, h, tangent, wrong = at((0, 0)), at(p["h"]), at(p["tangent"]), at(p["caffe"])
    along = at((p["h"][0] - p["tangent"][0], p["h"][1] - p["tangent"][1]))
    below, above = at(p["xhat"], -0.62), at(p["xhat"], 0.75)
    left, right = at(p["tangent"], -0.55), at(p["tangent"], 1.35)
    return [
        _text("title", (412, 20), "Backward"),
        _line("tm-x", below, tip, width=2.2),
        _line("tm-x", tip, above, dash="2 3", faint=True),
        _line("tangent", left, right, faint=True),
        _line("split", along, h, tangent, dash="2 3", faint=True),
        _arrow("tm-h", tip, h),
        _arrow("tm-dx", tip, wrong, dash="5 4"),
        _arrow("tm-dx", tip, tangent),
        _text("tm-x", (below[0] - 10, below[1] + 4), "x", "end"),
        _text("tm-h", (h[0] + 6, h[1] + 5), "h = γ dy"),
        _text("split", (along[0] + 2, along[1] - 10), "part along x"),
        _text("tm-dx", (tangent[0] + 10, tangent[1] + 5), "d · dx"),
        _text("tm-dx", (wrong[0] + 10, wrong[1] + 5), "Caffe's"),
        _text("tangent", (left[0], left[1] - 8), "tangent", "middle"),
    ]


def drawing() -> str:
    """The picture without colours: classes tm-x, tm-h, tm-xhat, tm-dx name the terms."""
    p = points()
    head = (
        f'<svg xmlns="{figures.SVG}" viewBox="0 0 660 280" role="img" aria-label="{WORDS}" '
        'font-family="system-ui, sans-serif" font-size="19">'
    )
    return "\n".join([head, *_forward(p), *_backward(p), "</svg>"])


def inline() -> str:
    """For a page of the site, whose style sheet colours the terms."""
    return f'<figure class="home-picture" markdown="0">\n{drawing()}\n</figure>'


def standalone() -> str:
    """A file that needs no style sheet and follows the reader's light or dark theme."""

    def rules(colours: dict[str, str], ink: str) -> str:
        return f"svg{{color:{ink}}}" + "".join(f".tm-{term}{{color:{colour}}}" for term, colour in colours.items())

    dark = f"@media(prefers-color-scheme:dark){{{rules(DARK, '#e6e6e6')}}}"
    style = f"<style>{rules(figures.TERM_COLOURS, '#222')}{dark}</style>"
    head, _, rest = drawing().partition("\n")
    return f"<!-- Written by `{COMMAND}`; do not edit. -->\n{head}\n{style}\n{rest}\n"


TABLES = {"home-picture": inline}

if __name__ == "__main__":
    sys.path.insert(0, str(FILE.parents[2]))
    written = FILE.with_suffix(".tmp")
    written.write_text(standalone(), "utf-8")
    os.replace(written, FILE)
