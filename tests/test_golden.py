"""The layer against recorded results of the real, unmodified Caffe layer (tests/data/caffe_golden).

Its forward pass and its scale gradient are matched everywhere. Its bottom gradient is the derivative of its forward
pass only where the scale is the same for all channels; elsewhere it takes the scale out of the inner product, and there
we hold with the differences of the real forward pass and *require* Caffe's value to differ.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from fixtures import complex_step, denominator, resolve

from l2norm_ref import l2norm_backward, l2norm_forward

FOLDER = Path(__file__).parent / "data" / "caffe_golden"
FILES = [f for f in json.loads((FOLDER / "MANIFEST.json").read_text())["files"] if f["layer"] == "Normalize"]
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


def worst(value, reference, floor=0.0):
    """The largest elementwise error relative to max(|reference|, floor)."""
    error = np.abs(value.astype(np.float64) - reference)
    size = np.maximum(np.abs(reference.astype(np.float64)), floor)
    return np.max(np.divide(error, size, out=np.where(error == 0, 0.0, np.inf), where=size > 0))


@pytest.fixture(params=FILES, ids=[f["file"].removesuffix(".npz") for f in FILES])
def record(request):
    entry = request.param
    with np.load(FOLDER / entry["file"]) as data:
        arrays = dict(data)
    kwargs = {k: entry["params"][k] for k in ("across_spatial", "channel_shared")} | {"eps": float(arrays["eps"])}
    y, saved = l2norm_forward(arrays["x"], arrays["scale"], **kwargs)
    dx, dscale = l2norm_backward(arrays["top_diff"], saved)
    return entry, arrays, kwargs, y, dx, dscale


def magnitude(arrays, kwargs):
    """The largest |gamma * dy| of every slice, divided by its d."""
    axes, gamma = resolve(arrays["x"].shape, arrays["scale"], kwargs)
    x = arrays["x"].astype(np.float64)
    d = denominator(np.sum(x * x, axis=axes, keepdims=True), kwargs["eps"], "add_inside")
    return np.max(np.abs(gamma * arrays["top_diff"]), axis=axes, keepdims=True) / d


def summands(arrays, kwargs):
    """The sum of the sizes of the terms of the scale gradient, a sum over samples and positions that may cancel."""
    xhat = arrays["top"].astype(np.float64) / resolve(arrays["x"].shape, arrays["scale"], kwargs)[1]
    return np.sum(np.abs(xhat * arrays["top_diff"]), axis=(0, 2, 3) if arrays["scale"].ndim else None)


def test_every_recorded_file_is_used():
    on_disk = {path.name for path in FOLDER.glob("normalize_*.npz")}
    assert on_disk == {entry["file"] for entry in FILES}
    assert len(FILES) == 104
    assert not any(entry["params"]["scale_diff_starts_nonzero"] for entry in FILES)


def test_forward_and_scale_gradient(record):
    entry, arrays, kwargs, y, _, dscale = record
    tolerance = TOLERANCE[entry["dtype"]]
    assert y.dtype == dscale.dtype == entry["dtype"]
    assert worst(y, arrays["top"]) <= tolerance
    assert worst(dscale, arrays["scale_diff"], summands(arrays, kwargs)) <= tolerance


def test_bottom_gradient(record):
    entry, arrays, kwargs, _, dx, _ = record
    floor = magnitude(arrays, kwargs)
    caffe = worst(dx, arrays["bottom_diff"], floor)
    if np.all(arrays["scale"] == arrays["scale"].reshape(-1)[0]):
        assert caffe <= TOLERANCE[entry["dtype"]]
        return
    truth, _, _ = complex_step(arrays["x"], arrays["top_diff"].astype(np.float64), arrays["scale"], **kwargs)
    assert worst(dx, truth, floor) <= TOLERANCE[entry["dtype"]]
    if entry["params"]["zeros"] != "sample" or entry["dtype"] == "float64":
        assert caffe > 1e-3


def test_against_differences_of_the_real_forward(record):
    _, arrays, kwargs, _, dx, dscale = record
    if "bottom_diff_fd" in arrays:
        assert worst(dx, arrays["bottom_diff_fd"], magnitude(arrays, kwargs)) <= 1e-8
        # Its differences carry less: they are of a loss that is small beside its terms.
        assert worst(dscale, arrays["scale_diff_fd"], summands(arrays, kwargs)) <= 1e-7
    else:
        assert "scale_diff_fd" not in arrays
