"""Every preset with a peer that can be installed, against that peer: `make test-peers`.

What is measured goes into docs/data/peers.json, from which the page about presets takes its figures. A peer that is not
installed is skipped, loudly, and keeps the figures of the last run.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import engines
import numpy as np
import numpy1
import pytest
import training
from fixtures import EPS_MODES
from measure import Case, cases, error, truth

from l2norm_ref import presets

# What a peer may raise while it is imported or run is its own affair.
pytestmark = pytest.mark.filterwarnings("ignore")


@dataclass(frozen=True)
class Peer:
    """A preset and what runs its layer.

    Attributes:
        preset: The preset's name.
        run: The function of training.py or engines.py.
        package: The distribution whose version is noted.
        module: What has to be importable; empty for what runs in the Python that PEERS_NUMPY1 names.
        no_gradient_near_eps: Why the peer's own gradient is not measured where eps matters; empty if it is.
        bound: The largest error in ulp that passes; sums of many float32 numbers lose more.
    """

    preset: str
    run: Any
    package: str
    module: str
    no_gradient_near_eps: str = ""
    bound: float = 16.0


FOLDER = Path(__file__).resolve().parents[1] / "data" / "caffe_golden"
MANIFEST = json.loads((FOLDER / "MANIFEST.json").read_text("utf-8"))
SLOPE = "its gradient takes x / (n + eps) for the slope of the norm"
KERAS = "its gradient is 0 * inf = NaN where 1 / n**3 overflows float32"
PEERS = [
    Peer("TORCH_NORMALIZE", training.torch_normalize, "torch", "torch"),
    Peer("TORCHVISION_SSD", training.torchvision_ssd, "torchvision", "torchvision"),
    Peer("SSD_PYTORCH", training.ssd_pytorch, "torch", "torch"),
    Peer("MMDETECTION", training.ssd_pytorch, "torch", "torch"),
    Peer("A_PYTORCH_TUTORIAL", training.ssd_pytorch, "torch", "torch"),
    Peer("KERAS3", training.keras_normalize, "keras", "keras"),
    Peer("KERAS3_LAYER", training.keras_layer, "keras", "keras", KERAS),
    Peer("KERAS3_CONSTRAINT", training.keras_constraint, "keras", "keras"),
    Peer("PADDLE_NORM", training.paddle_norm, "paddlepaddle", "paddle"),
    Peer("PADDLE_NORMALIZE", training.paddle_normalize, "paddlepaddle", "paddle", SLOPE),
    Peer("FLAX", training.flax_normalize, "flax", "flax"),
    Peer("MXNET_INSTANCE", numpy1.run, "mxnet", "", bound=32),
    Peer("MXNET_CHANNEL", numpy1.run, "mxnet", ""),
    Peer("MXNET_SPATIAL", numpy1.run, "mxnet", ""),
    Peer("GLUONCV", numpy1.run, "mxnet", ""),
    Peer("CHAINER", numpy1.run, "chainer", ""),
    Peer("CHAINERCV", numpy1.run, "chainer", ""),
    Peer("NCNN_0", engines.ncnn_normalize, "ncnn", "ncnn"),
    Peer("NCNN_1", engines.ncnn_normalize, "ncnn", "ncnn"),
    Peer("NCNN_2", engines.ncnn_normalize, "ncnn", "ncnn"),
    Peer("OPENVINO_ADD", engines.openvino_normalize, "openvino", "openvino"),
    Peer("OPENVINO_MAX", engines.openvino_normalize, "openvino", "openvino"),
    Peer("OPENCV", engines.opencv_normalize, "opencv-python-headless", "cv2"),
    Peer("ONNX", engines.onnx_reference, "onnx", "onnx"),
    Peer("ONNXRUNTIME", engines.onnxruntime_normalize, "onnxruntime", "onnxruntime"),
    Peer("TFLITE", engines.litert_normalize, "ai-edge-litert", "ai_edge_litert.interpreter"),
]


def import_or_skip(module: str):
    """The module, or a skip that says what went wrong."""
    if not module:
        if "PEERS_NUMPY1" not in os.environ:
            pytest.skip(
                "PEERS_NUMPY1 does not name a Python with MXNet, Chainer and NumPy 1.23 (tests/peers/numpy1.py)"
            )
        return None
    if module == "keras":  # both are read while it is imported; it writes its settings into its home
        os.environ["KERAS_BACKEND"] = "torch"
        os.environ.setdefault("KERAS_HOME", tempfile.mkdtemp())
    if module == "torchvision":
        # Beside another build of torch its compiled operators do not load, and registering them fails. The layer uses
        # none of them; without the registration the rest of torchvision imports.
        sys.modules.setdefault("torchvision._meta_registrations", ModuleType("torchvision._meta_registrations"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(module)
        except (ImportError, RuntimeError) as problem:
            pytest.skip(f"{module} cannot be imported here: {problem}")


def measure(peer: Peer, case: Case) -> dict[str, tuple[float, float]]:
    preset = presets.get(peer.preset)
    found = peer.run(case.x, case.dy, case.scale, preset)
    if case.name == "near eps" and peer.no_gradient_near_eps:
        found = {"y": found["y"]}
    true = truth(preset, case, preset["eps_mode"])
    return {name: error(np.asarray(value), *true[name]) for name, value in found.items()}


@pytest.mark.parametrize("peer", PEERS, ids=[peer.preset for peer in PEERS])
def test_peer(peer: Peer, record) -> None:
    import_or_skip(peer.module)
    preset = presets.get(peer.preset)
    worst: dict[str, tuple[float, float]] = {}
    for case in cases(preset):
        for name, (ulp, relative) in measure(peer, case).items():
            print(f"{peer.preset} {case.name} {name}: {ulp:.2f} ulp, {relative:.2e}")
            before = worst.get(name, (0.0, 0.0))
            worst[name] = (max(before[0], ulp), max(before[1], relative))
    assert preset.status != "read"
    assert max(ulp for ulp, _ in worst.values()) <= peer.bound, worst
    known = {} if peer.module else numpy1.versions(os.environ["PEERS_NUMPY1"])
    version = known[peer.package] if known else importlib.metadata.version(peer.package)
    record(peer.preset, peer.package, version, worst)


@pytest.mark.parametrize("peer", PEERS, ids=[peer.preset for peer in PEERS])
def test_peer_tells_the_denominators_apart(peer: Peer) -> None:
    """Near eps no other denominator would have passed."""
    import_or_skip(peer.module)
    preset = presets.get(peer.preset)
    for case in cases(preset):
        if case.name == "near eps":
            y = np.asarray(peer.run(case.x, case.dy, case.scale, preset)["y"])
            for other in set(EPS_MODES) - {preset["eps_mode"]}:
                assert error(y, *truth(preset, case, other)["y"])[0] > 1000 * peer.bound, other


@pytest.mark.parametrize("name", ["CAFFE", "SSD_CAFFE"])
def test_recorded_results_of_caffe(name: str, record) -> None:
    """Caffe itself is not installed: its recorded results stand for it. tests/test_golden.py does more."""
    preset, worst = presets.get(name), (0.0, 0.0)
    files = [entry for entry in MANIFEST["files"] if entry["layer"] == "Normalize" and entry["dtype"] == "float32"]
    flags = ("across_spatial", "channel_shared")
    for entry in files:
        with np.load(FOLDER / entry["file"]) as data:
            x, scale, eps, y = (data[key] for key in ("x", "scale", "eps", "top"))
        if all(entry["params"][flag] == preset[flag] for flag in flags) and eps == preset["eps"] and np.all(x):
            found = error(y, *truth(preset, Case(entry["file"], x, x, scale), preset["eps_mode"])["y"])
            worst = tuple(map(max, worst, found))
    assert 0 < worst[0] <= 16
    record(name, "recorded results of Caffe", preset.commit[:7], {"y": worst})


def test_openvino_helper() -> None:
    """If this fails, OpenVINO has repaired its helper: say so in the note of OPENVINO_MAX and in docs/presets.md."""
    import_or_skip("openvino")
    opset = importlib.import_module("openvino.opset8")
    data = opset.parameter([1, 2, 1, 1], np.float32)
    axes = opset.constant(np.array([1], np.int64))
    assert opset.normalize_l2(data, axes, 1e-3, "max").get_attributes()["eps_mode"] == "add"
