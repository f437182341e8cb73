"""The public BatchNorm and Scale against recorded results of the real, unmodified Caffe layers.

Caffe's bookkeeping (running sums, diffs that accumulate) is the business of tests/caffe; here its blobs are read as the
statistics that they stand for.
"""

import json

import numpy as np
import pytest
from test_golden import FOLDER, TOLERANCE, worst

from l2norm_ref import batch_norm_backward, batch_norm_forward, scale_backward, scale_forward

FILES = json.loads((FOLDER / "MANIFEST.json").read_text())["files"]


def files(layer):
    chosen = [f for f in FILES if f["layer"] == layer]
    return pytest.mark.parametrize("entry", chosen, ids=[f["file"].removesuffix(".npz") for f in chosen])


def check(entry, *triples):
    """Elementwise, relative to the size of the terms of which the value is a sum, as they may cancel."""
    for value, reference, size in triples:
        assert value.dtype == entry["dtype"]
        assert worst(value, reference, size) <= TOLERANCE[entry["dtype"]]


def wide(values):
    """One number a channel, broadcast against NCHW; scalars as they are."""
    return values.astype(np.float64).reshape(-1, 1, 1) if values.ndim else values


class Terms:
    """The sizes of what is added up in the float64 formulas of a layer: typed here, as sizes only."""

    def __init__(self, x, eps, gamma=None, mean=None, var=None):
        axes, self.batch = (0, 2, 3), mean is None
        x = x.astype(np.float64)
        mean = np.mean(x, axis=axes, keepdims=True) if mean is None else wide(mean)
        var = np.var(x, axis=axes, keepdims=True) if var is None else wide(var)
        self.sigma = np.sqrt(var + eps)
        self.xhat = np.maximum(np.abs(x), np.abs(mean)) / self.sigma
        self.gamma = 1 if gamma is None else np.abs(wide(gamma))

    def dx(self, dy):
        h = self.gamma * np.abs(dy.astype(np.float64))
        if not self.batch:
            return h / self.sigma
        mean, along = (np.mean(v, axis=(0, 2, 3), keepdims=True) for v in (h, h * self.xhat))
        return (h + mean + self.xhat * along) / self.sigma


def statistics(arrays, prefix=""):
    """The blobs as mean and variance: the sums divided by their factor, 0 where the factor is 0."""
    mean, var, factor = (arrays[f"{prefix}{name}"].astype(np.float64) for name in ("mean", "variance", "factor"))
    return {"mean": mean / factor, "var": var / factor} if factor else {"mean": 0 * mean, "var": 0 * var}


def load(entry):
    with np.load(FOLDER / entry["file"]) as data:
        return dict(data)


@files("BatchNorm")
def test_batch_norm(entry):
    arrays, eps = load(entry), float(load(entry)["eps"])
    use_global = entry["params"]["use_global_stats"]
    for k in [""] if use_global else ["1", "2"]:
        given = statistics(arrays) if use_global else {}
        y, saved = batch_norm_forward(arrays[f"x{k}"], eps=eps, **given)
        dx = batch_norm_backward(arrays["top_diff"], saved)
        terms = Terms(arrays[f"x{k}"], eps, **given)
        check(entry, (y, arrays[f"top{k}"], terms.xhat), (dx, arrays[f"bottom_diff{k}"], terms.dx(arrays["top_diff"])))


@files("Scale")
def test_scale(entry):
    arrays, params = load(entry), entry["params"]
    x, dy, scale = arrays["x"], arrays["top_diff"], arrays["scale"]
    if scale.shape not in ((), (x.shape[1],)):
        assert (params["axis"], params["num_axes"]) in ((1, -1), (0, 1)), "a scale for each channel, or one for all"
        return
    y, saved = scale_forward(x, scale, arrays.get("bias"))
    dx, dscale, dbias = scale_backward(dy, saved)
    axes = (0, 2, 3) if scale.ndim else None
    bias = np.abs(wide(arrays["bias"])) if "bias" in arrays else 0
    check(entry, (y, arrays["top"], np.abs(wide(scale) * x) + bias), (dx, arrays["bottom_diff"], 0))
    if not params["diffs_start_nonzero"]:
        check(entry, (dscale, arrays["scale_diff"], np.sum(np.abs(x * dy), axis=axes)))
        if dbias is not None:
            check(entry, (dbias, arrays["bias_diff"], np.sum(np.abs(dy), axis=axes)))


@files("BatchNorm+Scale")
def test_batch_norm_and_scale(entry):
    arrays, eps = load(entry), float(load(entry)["eps"])
    given = {}
    if entry["params"]["use_global_stats"]:
        before = {k.removeprefix("bn_").removesuffix("_before"): v for k, v in arrays.items() if k.endswith("_before")}
        given = statistics(before)
    gamma, beta, dy = arrays["gamma"], arrays["beta"], arrays["top_diff"]
    xhat, first = batch_norm_forward(arrays["x"], eps=eps, **given)
    y, second = scale_forward(xhat, gamma, beta)
    dxhat, dgamma, dbeta = scale_backward(dy, second)
    dx = batch_norm_backward(dxhat, first)
    terms = Terms(arrays["x"], eps, gamma, **given)
    check(entry, (y, arrays["top"], terms.gamma * terms.xhat + np.abs(wide(beta))))
    check(entry, (dx, arrays["bottom_diff"], terms.dx(dy)))
    check(entry, (dgamma, arrays["gamma_diff"], np.sum(np.abs(dy) * terms.xhat, axis=(0, 2, 3))))
    check(entry, (dbeta, arrays["beta_diff"], np.sum(np.abs(dy), axis=(0, 2, 3))))


def test_every_recorded_file_is_used():
    layers = {layer: sum(f["layer"] == layer for f in FILES) for layer in ("BatchNorm", "Scale", "BatchNorm+Scale")}
    assert layers == {"BatchNorm": 22, "Scale": 40, "BatchNorm+Scale": 8}
    assert sum(layers.values()) + 104 == len(FILES) == len(list(FOLDER.glob("*.npz")))
