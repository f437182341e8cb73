"""The interactive figures as elements of a page, with the words and numbers that they hold where no script runs.

Contract: ``TABLES[name]()`` is HTML, to be put into Markdown: one ``<div class="play">`` with the element, and in it
the figure's first state in words.  docs/javascripts/figures/ takes over from there.

    figure-projection, figure-block, figure-epsilon

The numbers come from ``l2norm_ref``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SIZES = {"N": 2, "C": 6, "H": 4, "W": 4}  # of the block
GROUPS = 2
LAYERS = {  # what is added up; G: the channels of one group
    "L2Norm, per position (across_spatial: false)": "C",
    "L2Norm, per sample (across_spatial: true)": "CHW",
    "BatchNorm, in training": "NHW",
    "BatchNorm, stored statistics": "",
    "LayerNorm, per position": "C",
    "LayerNorm, per sample": "CHW",
    "InstanceNorm": "HW",
    "GroupNorm, 2 groups": "GHW",
    "RMSNorm": "C",
}
WORDS = {"N": "samples", "C": "channels", "G": "channels of a group", "H": "positions"}
EPS = 0.1  # where the epsilon explorer starts
DENOMINATORS = {
    "add_inside": "√(x² + ε)",
    "add_outside": "|x| + ε",
    "clamp_norm": "max(|x|, ε)",
    "clamp_sum": "√max(x², ε)",
    "none": "|x|",
}


def element(name: str, words: Callable[[], str]) -> str:
    """A custom element around its words."""
    # Markdown takes a <div> as it is, up to the end; to an element that it does not know it would add paragraphs.
    return f'\n<div class="play"><{name}>\n{words()}\n</{name}></div>\n'


def projection() -> str:
    """The smallest example, as a sentence."""
    import numpy as np

    from l2norm_ref import caffe, l2norm_backward, l2norm_forward

    x, gamma, dy = np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), np.array([[1.0, 0.0]])
    y, saved = l2norm_forward(x, gamma, channel_shared=False)
    dx, _ = l2norm_backward(dy, saved)
    layer = caffe.Normalize(across_spatial=False, channel_shared=False, scale=gamma, dtype="float64")
    layer.forward(x)
    wrong = layer.backward(dy)
    cosine = abs(np.vdot(x, wrong)) / (np.linalg.norm(x) * np.linalg.norm(wrong))
    angle = math.degrees(math.asin(cosine))
    return (
        f"<p>One position with two channels: x = {pair(x)}, γ = {pair(gamma)}, dy = {pair(dy)}. "
        f"Then y = {pair(y)} and h = γ dy = {pair(gamma * dy)}. The gradient is what is left of h, divided by the "
        f"length of x, when its part along x is taken away: dx = {pair(dx)}. It lies on the tangent of the circle "
        f"around the origin that goes through x: ⟨x, dx⟩ = {number(float(np.vdot(x, dx)))}. Caffe’s layer projects "
        f"dy first and multiplies by γ afterwards: {pair(wrong)}, which is {angle:.1f}° off the tangent.</p>"
    )


def block() -> str:
    """Which axes each layer adds up, and how many numbers that are."""
    rows = []
    for name, over in LAYERS.items():
        sizes = SIZES | {"G": SIZES["C"] // GROUPS}
        share = math.prod(sizes[axis] for axis in over)
        along = " and ".join(WORDS[axis] for axis in over if axis != "W") or "nothing"
        statistics = math.prod(SIZES.values()) // share if over else 0
        rows.append((name, along, str(share), str(statistics)))
    size = " × ".join(f"{size} {WORDS[axis]}" for axis, size in SIZES.items() if axis in "NC")
    lead = f"<p>A feature map of {size} × {SIZES['H']} rows × {SIZES['W']} columns.</p>"
    return lead + table(("layer", "added up along", "numbers that share a statistic", "statistics"), rows)


def epsilon() -> str:
    """The slope at zero for each denominator."""
    import numpy as np

    from l2norm_ref import l2norm_backward, l2norm_forward

    rows = []
    for mode, formula in DENOMINATORS.items():
        _, saved = l2norm_forward(np.zeros((1, 1)), eps=EPS, eps_mode=mode)
        slope, _ = l2norm_backward(np.ones((1, 1)), saved)
        shown = "none; 0 by convention" if mode == "none" else f"{slope.item():.4g}"
        rows.append((f"<code>{mode}</code>", formula, shown))
    lead = f"<p>One channel, so that x is a number and y = x / d; ε = {EPS}.</p>"
    return lead + table(("eps_mode", "d", "slope of y at x = 0"), rows)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows as an HTML table, whose first cells are their headings."""
    headings = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = [f"<thead><tr>{headings}</tr></thead><tbody>"]
    for first, *rest in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return f'<table class="play-table">{"".join(lines)}</tbody></table>'


def number(value: float) -> str:
    """Three digits at most, with a real minus sign."""
    return f"{round(value, 3) + 0:g}".replace("-", "−")


def pair(vector: np.ndarray) -> str:
    """A vector as (1, 0.5)."""
    return f"({', '.join(map(number, vector.ravel().tolist()))})"


TABLES: dict[str, Callable[[], str]] = {
    "figure-projection": partial(element, "l2-projection", projection),
    "figure-block": partial(element, "nchw-block", block),
    "figure-epsilon": partial(element, "epsilon-explorer", epsilon),
}
