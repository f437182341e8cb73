"""MXNet and Chainer, which need a NumPy older than this package does: they run in a Python of their own.

    python numpy1.py PRESET input.npz output.npz        (with MXNet 1.9.1, Chainer 7.8.1 and NumPy 1.23.5)

The environment variable PEERS_NUMPY1 names that Python; without it these peers are skipped. The ChainerCV and GluonCV
layers are two lines on top of the operators; they are typed here, after their source.
"""

import importlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np


def chainer_normalize(preset, x, dy, scale):
    chainer = importlib.import_module("chainer")
    leaf = chainer.Variable(x)
    y = chainer.functions.normalize(leaf)
    found = {}
    if preset == "CHAINERCV":
        gamma = chainer.Variable(scale)
        y = y * chainer.functions.broadcast_to(gamma[:, None, None], x.shape)
        y.grad = dy
        y.backward()
        found["dscale"] = gamma.grad
    else:
        y.grad = dy
        y.backward()
    return {"y": y.array, "dx": leaf.grad, **found}


def mxnet_normalize(preset, x, dy, scale):
    mxnet = importlib.import_module("mxnet")
    leaf = mxnet.nd.array(x)
    gamma = mxnet.nd.array(np.ones(1) if scale is None else scale)
    leaf.attach_grad()
    gamma.attach_grad()
    with mxnet.autograd.record():
        if preset == "GLUONCV":
            y = mxnet.nd.L2Normalization(leaf, mode="channel", eps=1e-5)
            y = mxnet.nd.broadcast_mul(y, gamma.reshape((1, -1, 1, 1)))
        else:
            y = mxnet.nd.L2Normalization(leaf, mode=preset.partition("_")[2].lower())
    y.backward(mxnet.nd.array(dy))
    found = {"y": y.asnumpy(), "dx": leaf.grad.asnumpy()}
    return found if scale is None else {**found, "dscale": gamma.grad.asnumpy()}


def versions(python: str) -> dict[str, str]:
    """What is installed beside that Python."""
    code = "import importlib.metadata as m; print({n: m.version(n) for n in ('chainer', 'mxnet')})"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return importlib.import_module("ast").literal_eval(done.stdout)


def run(x, dy, scale, preset):
    """A peer as test_peers.py knows it: asks the other Python."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, x=x, dy=dy, **({} if scale is None else {"scale": scale}))
        command = [os.environ["PEERS_NUMPY1"], __file__, preset.name, str(source), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with np.load(result) as data:
            return dict(data)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    name, given, wanted = sys.argv[1:]
    with np.load(given) as data:
        arrays = dict(data)
    function = chainer_normalize if name.startswith("CHAINER") else mxnet_normalize
    np.savez(wanted, **function(name, arrays["x"], arrays["dy"], arrays.get("scale")))
