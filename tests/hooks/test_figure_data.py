"""What the interactive figures say where no script runs."""

from __future__ import annotations

import re

import figure_data
import numpy as np
from bs4 import BeautifulSoup
from markdown import Markdown

from l2norm_ref import l2norm_backward, l2norm_forward


def test_markdown_leaves_the_elements_alone() -> None:
    for name, make in figure_data.TABLES.items():
        soup = BeautifulSoup(
            Markdown(extensions=["md_in_html", "tables"]).convert(f"Before\n\n{make()}\n\nAfter"), "html.parser"
        )
        (box,) = soup.select("div.play")
        (figure,) = box.find_all(recursive=False)
        assert figure.name in {"l2-projection", "nchw-block", "epsilon-explorer"}, name
        assert figure.parent is box
        assert len(figure.get_text(" ", strip=True)) > 100
        assert [tag.get_text() for tag in soup.find_all("p", recursive=True)][-1] == "After"


def test_the_smallest_example_in_words() -> None:
    words = figure_data.projection().replace("−", "-")
    x, gamma, dy, y, h, dx, wrong = (np.fromstring(pair, sep=",") for pair in re.findall(r"\(([-\d., ]+)\)", words))
    truth, saved = l2norm_forward(x[np.newaxis], gamma, channel_shared=False)
    exact, _ = l2norm_backward(dy[np.newaxis], saved)
    np.testing.assert_allclose(y, truth[0], atol=5e-4)
    np.testing.assert_allclose(dx, exact[0], atol=5e-4)
    np.testing.assert_array_equal(h, gamma * dy)
    assert abs(x @ wrong) > 0.1
    assert re.findall(r"([\d.]+)° off", words) == [
        f"{90 - np.degrees(np.arccos(-x @ wrong / 5 / np.hypot(*wrong))):.1f}"
    ]


def test_every_layer_and_every_denominator_has_a_row() -> None:
    rows = [
        [cell.get_text() for cell in row]
        for row in BeautifulSoup(figure_data.block(), "html.parser").select("tbody tr")
    ]
    found = {row[0]: [int(number) for number in row[-2:]] for row in rows}
    assert set(found) == set(figure_data.LAYERS)
    assert all(share * statistics == 192 for name, (share, statistics) in found.items() if "stored" not in name)
    assert found["GroupNorm, 2 groups"] == [48, 4]
    text = figure_data.epsilon()
    for slope, count in (("3.162", 2), (">10<", 2), ("none; 0 by convention", 1)):
        assert text.count(slope) == count
