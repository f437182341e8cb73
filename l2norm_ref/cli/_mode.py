"""The arguments by which commands are told which variant of L2Norm is meant: a preset, and what differs from it."""

from __future__ import annotations

import argparse
from typing import Any

from l2norm_ref.cli import Refused

FLAG = argparse.BooleanOptionalAction
DTYPES = ("float32", "float64")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add --preset and one option for each argument of `l2norm_forward` that makes a variant."""
    group = parser.add_argument_group(
        "the variant", "Caffe's defaults, unless a preset or these options say otherwise."
    )
    group.add_argument("--preset", metavar="NAME", help="a key of l2norm_ref.presets.ALL, such as SSD_CAFFE")
    group.add_argument("--across-spatial", action=FLAG, default=None, help="one norm for a sample, or for a position")
    group.add_argument("--channel-shared", action=FLAG, default=None, help="one scale for all channels, or for each")
    group.add_argument("--eps", type=float, metavar="E", help="the constant that keeps the denominator from 0")
    group.add_argument("--eps-mode", metavar="MODE", help="add_inside, add_outside, clamp_norm, clamp_sum or none")
    group.add_argument("--channel-axis", type=int, metavar="K", help="1 for NCHW, -1 for NHWC")
    group.add_argument(
        "--axes", metavar="AXES", help="all, spatial, or numbers such as 2,3, instead of --across-spatial"
    )
    group.add_argument("--scale", action=FLAG, default=None, help="whether there is a scale (default: as the preset)")


def add_dtypes(parser: argparse.ArgumentParser) -> None:
    """Add --dtype, which may be repeated."""
    about = "may be given several times (default: float32 and float64)"
    parser.add_argument("--dtype", action="append", choices=("float16", *DTYPES), help=about)


def chosen(options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """The keyword arguments of `l2norm_forward`, and whether the layer has a scale.

    Raises:
        Refused: there is no such preset, or --axes is neither a word nor numbers.
    """
    mode: dict[str, Any] = {}
    has_scale = True
    if options.preset is not None:
        from l2norm_ref import presets

        try:
            preset = presets.get(options.preset)
        except ValueError as error:
            raise Refused(str(error).replace("name:", "--preset:", 1)) from error
        mode, has_scale = dict(preset), preset.scale != "none"
    for name in ("across_spatial", "channel_shared", "eps", "eps_mode", "channel_axis"):
        value = getattr(options, name)
        if value is not None:
            mode[name] = value
            if name == "across_spatial":
                mode.pop("axes", None)
    if options.axes is not None:
        mode["axes"] = _axes(options.axes)
    return mode, has_scale if options.scale is None else options.scale


def _axes(text: str) -> str | tuple[int, ...]:
    if text in ("all", "spatial"):
        return text
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise Refused(f"--axes: expected all, spatial or numbers such as 2,3, got {text!r}") from None
