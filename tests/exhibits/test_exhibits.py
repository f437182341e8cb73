"""The exhibits are what they are said to be: wrong where they are said to be wrong, and right where they are right."""

import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from fixtures import complex_step, denominator, resolve

from l2norm_ref import exhibits

GOLDEN = Path(__file__).parents[1] / "data" / "caffe_golden"
FILES = [f for f in json.loads((GOLDEN / "MANIFEST.json").read_text())["files"] if f["layer"] == "Normalize"]
EVERY = (*exhibits.ALL, *exhibits.OURS)


def computed(name, dy, x, eps, scale=None, axes=(1,)):
    backward = exhibits.by_name(name).backward
    assert backward is not None
    return backward(dy, x, scale, eps, axes)


def exact(name, dy, x, eps, scale=None):
    """By the complex step of the tests' own forward pass, not the exhibits'."""
    mode = exhibits.by_name(name).eps_mode
    kwargs = {"across_spatial": False, "eps": eps, "eps_mode": mode}
    return complex_step(x, dy, scale, **kwargs)[::2]


def with_norm(n, dy_seed=0, shape=(2, 3, 5)):
    """Random x with one norm everywhere, and a random dy."""
    rng = np.random.default_rng(dy_seed)
    x = rng.normal(size=shape)
    return x * (n / np.sqrt(np.sum(x * x, axis=1, keepdims=True))), rng.normal(size=shape)


def off(name, n, eps):
    x, dy = with_norm(n)
    truth, size = exact(name, dy, x, eps)
    return np.max(np.abs(computed(name, dy, x, eps) - truth) / size)


@pytest.mark.parametrize("entry", FILES, ids=[f["file"].removesuffix(".npz") for f in FILES])
def test_caffe_is_the_real_layer(entry):
    with np.load(GOLDEN / entry["file"]) as data:
        arrays = dict(data)
    x, dy, scale, eps = (arrays[k].astype(np.float64) for k in ("x", "top_diff", "scale", "eps"))
    kwargs = {k: entry["params"][k] for k in ("across_spatial", "channel_shared")}
    axes, gamma = resolve(x.shape, scale, kwargs)
    dx = computed("caffe", dy, x, float(eps), np.broadcast_to(scale, x.shape[1]), axes)
    d = denominator(np.sum(x * x, axis=axes, keepdims=True), eps, "add_inside")
    size = np.maximum(np.abs(arrays["bottom_diff"]), np.max(np.abs(gamma * dy), axis=axes, keepdims=True) / d)
    assert np.max(np.abs(dx - arrays["bottom_diff"]) / size) <= {"float64": 1e-12, "float32": 1e-5}[entry["dtype"]]


def test_names_and_sources():
    assert len({e.name for e in EVERY}) == len(EVERY)
    for e in exhibits.ALL:
        assert e.source is not None and e.status in ("run", "transcribed", "read")
        for source in (e.source, *e.also):
            assert re.fullmatch(r"[0-9a-f]{40}", source.commit)
            assert re.fullmatch(r"[\w-]+/[\w.-]+", source.repository)
            assert source.lines[0] <= source.lines[1]
            assert source.url.startswith(f"https://github.com/{source.repository}/blob/{source.commit}/")
    assert all(e.source is None and e.status == "ours" for e in exhibits.OURS)
    for e in EVERY:
        assert (e.forward is None) != (e.backward is None)
    with pytest.raises(KeyError, match="no exhibit 'no_such'; there are caffe, "):
        exhibits.by_name("no_such")


@pytest.mark.parametrize("e", EVERY, ids=lambda e: e.name)
def test_the_claimed_forward_is_the_layer(e):
    rng = np.random.default_rng(3)
    x, scale = rng.normal(size=(2, 3, 2, 3)), rng.normal(size=3) if e.has_scale else None
    for axes in ((1,), (1, 2, 3)):
        _, gamma = resolve(x.shape, scale, {})
        d = denominator(np.sum(x * x, axis=axes, keepdims=True), 2.0, e.eps_mode)
        np.testing.assert_allclose(e.claimed(x, scale, 2.0, axes), gamma * x / d, rtol=1e-15)


@pytest.mark.parametrize("e", [e for e in EVERY if e.backward], ids=lambda e: e.name)
def test_counterexamples_hold(e):
    c = e.counterexample()
    truth, size = exact(e.name, c.dy, c.x, c.eps, c.scale)
    np.testing.assert_allclose(c.exact, truth, rtol=1e-12, atol=1e-12 * np.max(size))
    np.testing.assert_array_equal(computed(e.name, c.dy, c.x, c.eps, c.scale), c.computed)
    assert np.max(np.abs(c.computed - truth)) > 0.1 * np.min(size)
    assert c.eps == e.eps


def test_caffe_needs_two_channels_of_different_scale():
    c = exhibits.by_name("caffe").counterexample()
    np.testing.assert_array_equal(c.x, [[3, 4]])
    np.testing.assert_array_equal(c.scale, [1, 2])
    np.testing.assert_array_equal(c.dy, [[1, 0]])
    np.testing.assert_allclose(c.computed, [[0.128, -0.192]], rtol=1e-9)
    np.testing.assert_allclose(c.exact, [[0.128, -0.096]], rtol=1e-9)


def test_counterexamples_of_the_forward_passes():
    c = exhibits.by_name("tensorrt").counterexample()
    assert c.dy is None
    assert str(c) == "x = 1, gamma = 2: computed 0.5, exact 2"
    c = exhibits.by_name("ssd-keras").counterexample()
    assert c.x.shape[1] == c.x.shape[3] == 2
    np.testing.assert_array_equal(c.scale, [1, 2])


def test_right_above_the_clamp_and_wrong_below():
    """Each is right where its `right` says so, and off where it does not."""
    for n in (1e-2, 0.3, 7.0):
        assert off("mindspore", n * (1 + 1e-9), 1e-4) < 1e-13
    assert off("mindspore", 5e-3, 1e-4) > 0.5
    assert off("mindspore", 1e-5, 1e-4) > 90
    for n in (2.2e-3, 0.3, 7.0):
        assert off("deeplearning4j", n, 1e-8) < 1e-13
    for n in (2e-3, 1e-3, 1e-4, 2e-8):
        assert off("deeplearning4j", n, 1e-8) > 0.1
    assert off("deeplearning4j", 1.5, 2.0) > 0.1  # eps above 1: n**3 is above it and n is not
    for n in (1.0 + 1e-9, 2.0, 1e6):
        assert off("caffe2", n * 1e-12, 1e-12) < 1e-13
    for n in (0.99, 0.5):
        assert off("caffe2", n * 1e-12, 1e-12) > 0.1
    for n in (0.01, 1.0):
        assert off("l2n", n, 1e-12) < 1e-5
    assert off("l2n", 1e-5, 1e-12) > 0.1


def test_paddle_is_off_by_eps_over_n():
    for ratio in (1e-12, 1e-6, 1e-3, 0.1, 0.5):
        assert 0.1 * ratio <= off("paddle", 1.0, ratio) + 1e-12 <= 10 * ratio + 1e-11
    assert off("paddle", 0.5, 1.0) < 1e-15


def test_where_x_is_zero():
    rng = np.random.default_rng(0)
    x, dy = np.zeros((1, 3, 2)), rng.normal(size=(1, 3, 2))
    for name in ("deeplearning4j", "caffe2", "paddle", "l2n", "eps-dropped", "caffe"):
        truth, size = exact(name, dy, x, 1e-3)
        assert np.max(np.abs(computed(name, dy, x, 1e-3) - truth) / size) < 1e-13, name
    truth, _ = exact("mindspore", dy, x, 1e-4)
    np.testing.assert_allclose(computed("mindspore", dy, x, 1e-4), 100 * truth)
    assert np.all(np.isfinite(computed("darknet-gpu", dy, x, 0.0)))


def test_caffe_returns_j_dy():
    """It is exact for a uniform scale, and otherwise the Jacobian times dy where its transpose is wanted."""
    rng = np.random.default_rng(5)
    x, dy, scale, eps = rng.normal(size=(1, 4)), rng.normal(size=(1, 4)), rng.normal(size=4), 0.3
    truth, size = exact("caffe", dy, x, eps, np.full(4, -2.5))
    assert np.max(np.abs(computed("caffe", dy, x, eps, np.full(4, -2.5)) - truth) / size) < 1e-14
    rows = [exact("caffe", row[None], x, eps, scale)[0][0] for row in np.eye(4)]  # row i of J is J^T e_i
    np.testing.assert_allclose(computed("caffe", dy, x, eps, scale)[0], rows @ dy[0], rtol=1e-12)


def test_nobody_but_numpy_is_needed():
    code = """
import sys
for name in ("sympy", "mpmath", "torch", "scipy", "matplotlib", "paddle"):
    sys.modules[name] = None  # importing it fails
import l2norm_ref.exhibits
l2norm_ref.exhibits.kill_matrix()
"""
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)


def test_paddle_itself():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        paddle = pytest.importorskip("paddle", reason="paddlepaddle is not installed; 3.3.1 was run for the exhibit")
    for n in (1.0, 5.0, 40.0):
        for eps in (2.0**-40, 0.25, 1.0, 5.0, 6.0):  # the same in float32, which is what Paddle keeps it in
            x, dy = with_norm(n)
            x = np.round(x, 3) if n != 5 else np.array([[[3.0], [4.0]]])  # 5: the exact tie
            dy = dy if n != 5 else np.array([[[1.0], [0.0]]])
            tensor = paddle.to_tensor(x, stop_gradient=False)
            y = paddle.nn.functional.normalize(tensor, axis=1, epsilon=eps)
            paddle.sum(y * paddle.to_tensor(dy)).backward()
            _, size = exact("paddle", dy, x, eps)
            assert np.max(np.abs(tensor.grad.numpy() - computed("paddle", dy, x, eps))) < 1e-14 * np.max(size)
