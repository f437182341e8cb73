from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import figures
import nbformat
import pytest
from PIL import Image

STYLE_SHEET = Path(__file__).resolve().parents[2] / "docs" / "stylesheets" / "extra.css"


@pytest.fixture(scope="module")
def svg(executed: Path) -> str:
    cells = {cell.id: cell for cell in nbformat.read(executed, as_version=4).cells}
    return cells["figure"].outputs[0].data["image/svg+xml"]


@pytest.fixture(scope="module")
def figure(svg: str) -> figures.Figure:
    return figures.svg_figure(svg, alt='A "diagonal"', prefix="figure-1")


def test_one_file_for_light_and_dark(figure: figures.Figure) -> None:
    assert 'fill="currentColor"' in figure.html
    assert "stroke: currentColor" in figure.html
    assert "#000000" not in figure.html
    assert "#ffffff" not in figure.html
    assert "var(--tm-x, #0057b8)" in figure.html


def test_described_in_words(figure: figures.Figure) -> None:
    assert 'role="img"' in figure.html
    assert 'aria-label="A &quot;diagonal&quot;"' in figure.html


def test_nothing_of_it_reaches_the_rest_of_the_page(figure: figures.Figure) -> None:
    assert "<style" not in figure.html
    ids = re.findall(r'\bid="([^"]+)"', figure.html)
    assert ids
    assert all(name.startswith("figure-1-") for name in ids)
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', figure.html)) == set(ids)


def test_the_same_bytes_whatever_matplotlibs_random_ids(svg: str, figure: figures.Figure) -> None:
    other = re.sub(r"p([0-9a-f]{10})", r"pff\1", svg)
    assert other != svg
    assert figures.svg_figure(other, alt='A "diagonal"', prefix="figure-1") == figure


def test_positions_have_two_decimals_and_keep_their_place(svg: str, figure: figures.Figure) -> None:
    """A factor of a scale keeps its digits; everything else is within a hundredth of a point."""
    numbers = re.compile(r"-?\d+(?:\.\d+)?")
    for attribute in ("d", "transform"):
        pattern = re.compile(rf'\b{attribute}="([^"]*)"')
        before, after = (pattern.findall(text) for text in (svg, figure.html))
        assert len(before) == len(after) > 0
        for one, other in zip(before, after, strict=True):
            if "scale" in one:
                assert re.findall(r"scale\(.*?\)", one) == re.findall(r"scale\(.*?\)", other)
            found = [[float(n) for n in numbers.findall(text)] for text in (one, other)]
            assert found[1] == pytest.approx(found[0], abs=0.0051)
    assert not re.search(r'\bd="[^"]*\.\d{3}', figure.html)


def test_pictures_move_to_files(figure: figures.Figure) -> None:
    ((name, data),) = figure.files.items()
    assert f'href="{{files}}/{name}"' in figure.html
    assert "base64" not in figure.html
    assert Image.open(io.BytesIO(data)).format == "WEBP"


def test_a_small_picture_keeps_every_pixel() -> None:
    picture = Image.new("RGB", (4, 3), "#123456")
    picture.putpixel((1, 1), (250, 1, 2))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    figure = figures.raster_figure(buffer.getvalue(), alt="Dots & <more>")
    ((name, data),) = figure.files.items()
    assert Image.open(io.BytesIO(data)).convert("RGB").tobytes() == picture.tobytes()
    expected = f'<img src="{{files}}/{name}" alt="Dots &amp; &lt;more&gt;" width="4" height="3" loading="lazy">'
    assert figure.html == f'<figure class="nb-figure">{expected}</figure>'


def test_svg_may_hold_a_picture_and_no_ids() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    svg = f'<svg xmlns="{figures.SVG}" width="72pt" height="36pt"><image href="data:image/png;base64,{data}"/></svg>'
    figure = figures.svg_figure(svg, alt="Black", prefix="f")
    assert 'width="96" height="48"' in figure.html
    assert len(figure.files) == 1


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_colours_of_the_terms_are_those_of_the_style_sheet_and_readable() -> None:
    values = re.findall(r"--tm-(\w+): (#[0-9a-f]{6});", STYLE_SHEET.read_text("utf-8"))
    light, dark = dict(values[: len(values) // 2]), dict(values[len(values) // 2 :])
    assert light == figures.TERM_COLOURS
    assert dark.keys() == light.keys()
    # The papers of the two themes: the page's, and the darker or lighter one of code and of derivation steps.
    assert min(contrast(colour, paper) for colour in light.values() for paper in ("#ffffff", "#f5f5f5")) >= 4.5
    assert min(contrast(colour, paper) for colour in dark.values() for paper in ("#1e2129", "#282c36")) >= 4.5
