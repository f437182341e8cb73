"""Turn a notebook's figure into HTML that suits the site: light and dark from one file, described in words.

Contract: ``svg_figure`` inlines a Matplotlib SVG: black becomes the text colour, white the paper's, and the colours of
the terms follow the theme; ids are unique and repeatable; pictures inside it move to files of their own and keep their
colours.  ``raster_figure`` makes a lazy ``<img>``.  Both carry the words of ``alt``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

import PIL
from PIL import Image

SVG = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
PAPER = "var(--md-default-bg-color, #fff)"
# The colours of the terms in the light theme, as docs/stylesheets/extra.css has them: draw with these.
TERM_COLOURS = {"x": "#0057b8", "h": "#a85100", "xhat": "#006b54", "d": "#7b3fa0", "dx": "#b0003a"}
THEME_COLOURS = {"#000000": "currentColor", "#ffffff": PAPER} | {
    colour: f"var(--tm-{term}, {colour})" for term, colour in TERM_COLOURS.items()
}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
KEPT = Path(__file__).resolve().parents[2] / ".cache" / "pictures"
COMPRESSOR = PIL.__version__.encode() + Path(__file__).read_bytes()
LONG = re.compile(r"-?\d+\.\d{3,}\b")
TRANSLATE = re.compile(r"translate\([^)]*\)")  # not scale(0.015625), which multiplies
POINTS_TO_PIXELS = 96 / 72

ET.register_namespace("", SVG)


@dataclass
class Figure:
    """HTML for the page, and the files it refers to as ``{files}/<name>``; the page fills in where they are."""

    html: str
    files: dict[str, bytes] = field(default_factory=dict)


def svg_figure(svg: str, *, alt: str, prefix: str) -> Figure:
    """Inline an SVG.

    Args:
        svg: Matplotlib's file.
        alt: What the picture shows, for those who cannot see it.
        prefix: Begins every id, and must differ between the figures of a page.
    """
    root = ET.fromstring(svg)
    figure = Figure("")
    for parent in list(root.iter()):
        for child in list(parent):
            # Matplotlib's <style> says `*`, which inlined would mean the whole page.
            if child.tag in {f"{{{SVG}}}metadata", f"{{{SVG}}}style"}:
                parent.remove(child)
    _rename_ids(root, prefix)
    for element in root.iter():
        if style := element.get("style"):
            element.set("style", COLOUR.sub(_theme_colour, style))
        if element.tag == f"{{{SVG}}}image":
            _move_out(element, figure)
        _round(element)
    _size_in_pixels(root)
    # What has no fill is black in SVG; on this site that is the text colour.
    root.attrib |= {"fill": "currentColor", "style": "stroke-linejoin:round;stroke-linecap:butt"}
    root.attrib |= {"role": "img", "aria-label": alt}
    figure.html = _wrap(ET.tostring(root, encoding="unicode"))
    return figure


def raster_figure(image: bytes, *, alt: str) -> Figure:
    """Show a PNG or JPEG from a file of its own; it keeps its colours in dark mode."""
    name, data = _compress(image)
    width, height = Image.open(io.BytesIO(image)).size
    size = f'width="{width}" height="{height}"'
    return Figure(_wrap(f'<img src="{{files}}/{name}" alt="{html.escape(alt)}" {size} loading="lazy">'), {name: data})


def _wrap(picture: str) -> str:
    return f'<figure class="nb-figure">{picture}</figure>'


def _theme_colour(match: re.Match[str]) -> str:
    return THEME_COLOURS.get(match[0].lower(), match[0])


def _rename_ids(root: ET.Element, prefix: str) -> None:
    """Give ids that are referred to a repeatable name, and drop the others."""
    text = ET.tostring(root, encoding="unicode")
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    names: dict[str, str] = {}
    for element in root.iter():
        if (old := element.attrib.pop("id", None)) in used and old is not None:
            names[old] = f"{prefix}-{len(names) + 1}"
            element.set("id", names[old])
    for element in root.iter():
        for attribute, value in list(element.items()):
            if attribute in {XLINK_HREF, "href"}:
                del element.attrib[attribute]
                element.set("href", f"#{names[value[1:]]}" if value.startswith("#") else value)
            elif "url(#" in value:
                element.set(attribute, re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{names[m[1]]})", value))


def _round(element: ET.Element) -> None:
    """Keep two decimals of a position: a hundredth of a point is not seen, and six decimals are a third of a page."""
    for attribute, value in element.attrib.items():
        if attribute in {"d", "x", "y"}:
            element.set(attribute, LONG.sub(_short, value))
        elif attribute == "transform":
            element.set(attribute, TRANSLATE.sub(lambda found: LONG.sub(_short, found[0]), value))


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def _size_in_pixels(root: ET.Element) -> None:
    for side in ("width", "height"):
        if (size := root.get(side, "")).endswith("pt"):
            root.set(side, f"{float(size[:-2]) * POINTS_TO_PIXELS:.0f}")


def _move_out(element: ET.Element, figure: Figure) -> None:
    match = re.match(r"data:image/\w+;base64,(.*)", element.get("href", ""), re.S)
    if match:
        name, data = _compress(base64.b64decode(match[1]))
        figure.files[name] = data
        element.set("href", f"{{files}}/{name}")


def _compress(image: bytes) -> tuple[str, bytes]:
    """WebP: without loss where that is small anyway (flat colours, pixel grids), else at high quality (photographs)."""
    kept = KEPT / hashlib.sha256(COMPRESSOR + image).hexdigest()[:32]
    if not kept.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_bytes(_webp(image))
        partial.replace(kept)  # so that nobody ever reads half a picture
    data = kept.read_bytes()
    return f"{hashlib.sha256(data).hexdigest()[:16]}.webp", data


def _webp(image: bytes) -> bytes:
    picture = Image.open(io.BytesIO(image))
    candidates = []
    for options in ({"lossless": True}, {"quality": 88}):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", method=6, **options)
        candidates.append(buffer.getvalue())
    exact, lossy = candidates
    return exact if len(exact) <= 16_000 or len(exact) <= len(lossy) else lossy
