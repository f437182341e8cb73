"""The layers under test as layers: they are the public functions, and every gradient is a derivative."""

from functools import partial

import numpy as np
import pytest
from experiment_gradients import close, complex_step

from l2norm_ref import batch_norm_forward, caffe, l2norm_backward, l2norm_forward, scale_backward, scale_forward
from l2norm_ref.experiments.normalization import (
    BatchNorm,
    CaffeL2Norm,
    GroupNorm,
    L2Norm,
    Scale,
    instance_norm,
    layer_norm,
)
from l2norm_ref.experiments.response import LocalResponseNorm

SHAPE = (2, 6, 3, 5)
SIGNED = np.array([2.0, -0.5, 1.5, 3.0, -1.0, 0.25])


def arrays(dtype="float64"):
    rng = np.random.default_rng(0)
    return rng.normal(size=SHAPE).astype(dtype), rng.normal(size=SHAPE).astype(dtype)


@pytest.mark.parametrize("scale", [20.0, SIGNED])
def test_l2norm_is_the_public_function(scale):
    x, dy = arrays("float32")
    layer = L2Norm(scale)
    y, saved = l2norm_forward(x, scale, across_spatial=False, channel_shared=np.ndim(scale) == 0)
    dx, dscale = l2norm_backward(dy, saved)
    assert np.array_equal(layer.forward(x, True), y)
    assert close(layer.backward(dy), dx, tolerance=1e-6)  # "plain" leaves the last bits of dx
    assert layer.gradients["scale"].shape == np.shape(scale)
    assert close(layer.gradients["scale"], dscale, tolerance=1e-6)


def test_a_fixed_scale_is_no_parameter():
    x, dy = arrays("float32")
    layer = L2Norm(10.0, learned=False)
    layer.forward(x, True)
    layer.backward(dy)
    assert layer.parameters == layer.gradients == {}


def test_a_learned_scale_is_changed_in_place():
    x, _ = arrays("float32")
    layer = L2Norm(1.0)
    before = layer.forward(x, True)
    layer.parameters["scale"] += np.float32(1)
    assert np.array_equal(layer.forward(x, True), 2 * before)


def test_the_gradient_of_caffe_is_that_of_the_transliterated_layer():
    x, dy = arrays("float32")
    layer, exact = CaffeL2Norm(SIGNED), L2Norm(SIGNED)
    original = caffe.Normalize(across_spatial=False, channel_shared=False, scale=SIGNED, dtype="float64")
    original.forward(x)
    wrong = original.backward(dy)
    assert close(layer.forward(x, True), exact.forward(x, True), tolerance=0)
    found = layer.backward(dy)
    assert close(found, wrong, tolerance=1e-6)
    assert not close(exact.backward(dy), wrong, tolerance=1e-2)
    assert np.array_equal(layer.gradients["scale"], exact.gradients["scale"])


def test_batch_norm_uses_the_batch_in_training_and_what_it_collected_in_a_test():
    x, _ = arrays("float32")
    layer = BatchNorm(6, kept=0.75)
    assert np.array_equal(layer.forward(x, True), batch_norm_forward(x)[0])
    mean, var = (statistic(x.astype(float), axis=(0, 2, 3)) for statistic in (np.mean, np.var))
    assert np.allclose(layer.mean, 0.25 * mean, rtol=1e-12)
    assert np.allclose(layer.var, 0.75 + 0.25 * var, rtol=1e-12)
    before = layer.mean.copy()
    assert np.array_equal(layer.forward(x, False), batch_norm_forward(x, mean=layer.mean, var=layer.var)[0])
    assert np.array_equal(layer.mean, before)


def test_batch_norm_gradient():
    x, dy = arrays()
    layer = BatchNorm(6)
    layer.forward(x, True)
    truth = complex_step(lambda z: normalised(z, (0, 2, 3)), [x], dy)[0]
    assert close(layer.backward(dy), truth, tolerance=1e-12)


def test_scale_is_the_public_function():
    x, dy = arrays("float32")
    layer = Scale(6)
    layer.parameters["scale"] += np.arange(6, dtype=np.float32)
    y, saved = scale_forward(x, layer.parameters["scale"], layer.parameters["bias"])
    assert np.array_equal(layer.forward(x, True), y)
    found = (layer.backward(dy), layer.gradients["scale"], layer.gradients["bias"])
    for mine, public in zip(found, scale_backward(dy, saved), strict=True):
        assert np.array_equal(mine, public)


def normalised(z, axes, eps=1e-5):
    u = z - np.mean(z, axis=axes, keepdims=True)
    return u / np.sqrt(np.mean(u * u, axis=axes, keepdims=True) + eps)


def grouped(z, scale, bias, groups, axes):
    parts = z.reshape(len(z), groups, -1, *z.shape[2:])
    return normalised(parts, axes).reshape(z.shape) * scale.reshape(1, -1, 1, 1) + bias.reshape(1, -1, 1, 1)


@pytest.mark.parametrize(
    ("layer", "groups", "axes"),
    [(layer_norm(6), 1, (2,)), (instance_norm(6), 6, (2, 3, 4)), (GroupNorm(6, 3), 3, (2, 3, 4))],
    ids=["layer", "instance", "group"],
)
def test_relatives(layer, groups, axes):
    x, dy = arrays()
    rng = np.random.default_rng(1)
    for name in layer.parameters:
        layer.parameters[name] = rng.normal(size=6)
    forward = partial(grouped, groups=groups, axes=axes)
    arguments = [x, *layer.parameters.values()]
    assert close(layer.forward(x, True), forward(*arguments), tolerance=1e-13)
    dx = layer.backward(dy)
    for found, expected in zip((dx, *layer.gradients.values()), complex_step(forward, arguments, dy), strict=True):
        assert close(found, expected, tolerance=1e-12)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_local_response_norm(size):
    x, dy = arrays()
    alpha, beta, k = 2.0, 0.75, 0.5

    def forward(z):
        y = np.empty_like(z)
        for c in range(z.shape[1]):
            window = z[:, max(c - size // 2, 0) : c + size // 2 + 1]
            y[:, c] = z[:, c] / (k + alpha / size * np.sum(window**2, axis=1)) ** beta
        return y

    layer = LocalResponseNorm(size, alpha, beta, k)
    assert close(layer.forward(x, True), forward(x), tolerance=1e-14)
    assert close(layer.backward(dy), complex_step(forward, [x], dy)[0], tolerance=1e-12)


@pytest.mark.parametrize(
    "layer",
    [L2Norm(20.0), CaffeL2Norm(SIGNED), BatchNorm(6), Scale(6), layer_norm(6), LocalResponseNorm()],
    ids=lambda layer: type(layer).__name__,
)
def test_float32_stays_float32(layer):
    x, dy = arrays("float32")
    assert layer.forward(x, True).dtype == layer.backward(dy).dtype == np.float32
    for name, gradient in layer.gradients.items():
        assert gradient.dtype == np.float32
        assert gradient.shape == layer.parameters[name].shape
