"""The arithmetic of the interactive figures, run in QuickJS: against the reference, Caffe's layer, the complex step."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures import EPS_MODES, complex_step

from l2norm_ref import batch_norm_forward, caffe, l2norm_backward, l2norm_forward

quickjs = pytest.importorskip("quickjs", reason="no wheel of quickjs-ng for this platform")

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "javascripts" / "figures" / "formulas.js"
NAMES = ("l2norm", "offTangent", "SIZES", "LAYERS", "sharesStatistic", "count", "MODES", "value", "slope")
SHAPE = (2, 6, 4, 4)


@pytest.fixture(scope="module")
def script() -> Any:
    context = quickjs.Context()
    # A module keeps its names to itself; this one hands them out.
    context.module(SCRIPT.read_text("utf-8") + f"\nglobalThis.f = {{{', '.join(NAMES)}}};")
    return context


@pytest.fixture(scope="module")
def call(script: Any) -> Callable[..., Any]:
    def run(name: str, *arguments: Any) -> Any:
        return json.loads(script.eval(f"JSON.stringify(f.{name}(...{json.dumps(arguments)}))"))

    return run


@pytest.mark.parametrize("eps", [2.0**-33, 2.0**-3, 4.0])  # floats of 32 bits, as Caffe rounds it
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_the_gradients_are_those_of_the_reference_and_of_caffe(
    call: Callable[..., Any], channels: int, eps: float
) -> None:
    rng = np.random.default_rng(channels)
    for _ in range(20):
        x, dy = rng.normal(size=(2, 1, channels)) * 10.0 ** rng.uniform(-1, 1)
        gamma = rng.normal(size=channels) * 3
        found = call("l2norm", x[0].tolist(), gamma.tolist(), dy[0].tolist(), eps)
        y, saved = l2norm_forward(x, gamma, channel_shared=False, eps=eps)
        exact, _ = l2norm_backward(dy, saved)
        truth, _, natural = complex_step(x, dy, gamma, channel_shared=False, eps=eps)
        layer = caffe.Normalize(across_spatial=False, channel_shared=False, eps=eps, scale=gamma, dtype="float64")
        layer.forward(x)
        wrong = layer.backward(dy)
        size = np.abs(gamma * dy).max() / found["d"]
        np.testing.assert_allclose(found["y"], y[0], rtol=1e-14)
        assert np.all(np.abs(found["dx"] - exact[0]) <= 1e-14 * natural[0])
        assert np.all(np.abs(found["dx"] - truth[0]) <= 1e-14 * natural[0])
        np.testing.assert_allclose(found["caffe"], wrong[0], atol=1e-14 * size * channels, rtol=1e-13)
        if channels > 1:
            assert np.abs(wrong - exact).max() > 1e-6 * size  # the two gradients are told apart


def test_the_angle_is_that_to_the_tangent(call: Callable[..., Any]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, v = rng.normal(size=(2, 2))
        tangent = np.array([-x[1], x[0]])
        turned = np.degrees(np.arctan2(x @ v, tangent @ v))  # from the tangent, -180 to 180
        assert call("offTangent", v.tolist(), x.tolist()) == pytest.approx(min(abs(turned), 180 - abs(turned)))
    assert call("offTangent", [0.0, 0.0], [3.0, 4.0]) == 0


@pytest.mark.parametrize("eps", [1e-12, 1e-10, 0.1, 0.25, 10.0])
@pytest.mark.parametrize("mode", EPS_MODES)
def test_values_and_slopes_near_zero(call: Callable[..., Any], mode: str, eps: float) -> None:
    ties = [eps, np.sqrt(eps), np.nextafter(eps, 0), np.nextafter(eps, 1)]  # 0.25 has an exact root
    x = np.array([0.0, *ties, *10.0 ** np.arange(-13.0, 2.0, 0.7)])
    x = np.concatenate([-x, x])
    y, saved = l2norm_forward(x[:, np.newaxis], eps=eps, eps_mode=mode)
    slope, _ = l2norm_backward(np.ones((x.size, 1)), saved)
    np.testing.assert_allclose([call("value", mode, v, eps) for v in x.tolist()], y[:, 0], rtol=1e-14)
    # The script squares in float64 and the reference does not: between a tie and a square that is rounded to one
    # they may differ, and only there.
    squares, tie = [Fraction(v) ** 2 for v in x.tolist()], Fraction(eps)
    far = np.array([square == tie or abs(square / tie - 1) > 1e-15 for square in squares])
    assert far.sum() >= far.size - 4
    found = np.array([call("slope", mode, v, eps) for v in x.tolist()])
    np.testing.assert_allclose(found[far], slope[far, 0], rtol=1e-13, atol=0)


def test_the_slopes_are_derivatives(call: Callable[..., Any]) -> None:
    for mode in EPS_MODES:
        for x in (-0.7, -0.05, 0.02, 0.3, 2.0):
            truth, *_ = complex_step(np.array([[x]]), np.ones((1, 1)), None, eps=0.1, eps_mode=mode)
            assert call("slope", mode, x, 0.1) == pytest.approx(truth.item(), rel=1e-13, abs=1e-13)


def test_modes_are_those_of_the_package(script: Any) -> None:
    assert json.loads(script.eval("JSON.stringify(f.MODES)")) == list(EPS_MODES)


def centred(axes: tuple[int, ...], groups: int = 1) -> Callable[[np.ndarray], np.ndarray]:
    def forward(x: np.ndarray) -> np.ndarray:
        grouped = x.reshape(x.shape[0], groups, -1, *x.shape[2:])
        mean = grouped.mean(axis=axes, keepdims=True)
        return ((grouped - mean) / np.sqrt(grouped.var(axis=axes, keepdims=True) + 1e-5)).reshape(x.shape)

    return forward


# Forward passes; which elements of y depend on which of x decides who shares a statistic.
FORWARD: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "L2Norm, per position (across_spatial: false)": lambda x: l2norm_forward(x, across_spatial=False)[0],
    "L2Norm, per sample (across_spatial: true)": lambda x: l2norm_forward(x, across_spatial=True)[0],
    "BatchNorm, in training": lambda x: batch_norm_forward(x)[0],
    "BatchNorm, stored statistics": lambda x: batch_norm_forward(x, mean=np.arange(6.0), var=np.arange(1.0, 7.0))[0],
    "LayerNorm, per position": centred((2,)),
    "LayerNorm, per sample": centred((2, 3, 4)),
    "InstanceNorm": centred((3, 4)),
    "GroupNorm, 2 groups": centred((2, 3, 4), groups=2),
    "RMSNorm": lambda x: x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + 1e-5),
}


def test_the_numbers_lit_are_those_that_depend_on_each_other(script: Any, call: Callable[..., Any]) -> None:
    layers = json.loads(script.eval("JSON.stringify(f.LAYERS)"))
    assert json.loads(script.eval("JSON.stringify(f.SIZES)")) == dict(zip("NCHW", SHAPE, strict=True))
    assert [layer["name"] for layer in layers] == list(FORWARD)
    rng = np.random.default_rng(0)
    for layer in layers:
        forward = FORWARD[layer["name"]]
        x = rng.normal(size=SHAPE)
        for place in ((0, 2, 1, 2), (1, 5, 3, 0)):
            moved = x.copy()
            moved[place] += 1
            depends = forward(moved) != forward(x)
            cell = dict(zip("NCHW", place, strict=True))
            others = [dict(zip("NCHW", other, strict=True)) for other in np.ndindex(SHAPE)]
            lit = [call("sharesStatistic", layer, cell, other) for other in others]
            assert np.array_equal(np.reshape(lit, SHAPE), depends), layer["name"]
            counted = call("count", layer)
            assert counted["share"] == depends.sum()
            assert counted["statistics"] * counted["share"] == x.size
            assert np.prod([size for _, size in counted["kept"]]) == counted["statistics"]
