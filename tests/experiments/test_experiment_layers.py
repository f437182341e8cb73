"""The hand-written layers: their forward passes against loops typed here, their gradients against the complex step."""

import numpy as np
import pytest
from experiment_gradients import close, complex_step

from l2norm_ref.experiments.layers import Conv, Dense, Factor, Pool, ReLU, cross_entropy


def conv(x, weight, bias):
    count, _, height, width = x.shape
    y = np.zeros((count, len(weight), height, width), dtype=x.dtype)
    for i in range(height):
        for j in range(width):
            for a in range(3):
                for b in range(3):
                    if 0 <= i + a - 1 < height and 0 <= j + b - 1 < width:
                        y[:, :, i, j] += x[:, :, i + a - 1, j + b - 1] @ weight[:, :, a, b].T
    return y + bias.reshape(1, -1, 1, 1)


def dense(x, weight, bias):
    return x.reshape(len(x), -1) @ weight.T + bias


def pool(x):
    rows = range(0, x.shape[2], 2)
    columns = range(0, x.shape[3], 2)
    y = [[x[:, :, i : i + 2, j : j + 2].sum(axis=(2, 3)) / 4 for j in columns] for i in rows]
    return np.moveaxis(np.array(y), (0, 1), (2, 3))


def with_random_parameters(layer, rng):
    for name, parameter in layer.parameters.items():
        layer.parameters[name] = rng.normal(size=parameter.shape)  # float64, so that truth can be seen closely
    return layer


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 1, 1, 1), (1, 2, 1, 7)])
def test_conv(shape):
    rng = np.random.default_rng(0)
    layer = with_random_parameters(Conv(shape[1], 5, rng), rng)
    x, dy = rng.normal(size=shape), rng.normal(size=(shape[0], 5, *shape[2:]))
    weight, bias = layer.parameters.values()
    assert close(layer.forward(x, True), conv(x, weight, bias), tolerance=1e-14)
    dx = layer.backward(dy)
    truth = complex_step(conv, [x, weight, bias], dy)
    for found, expected in zip((dx, *layer.gradients.values()), truth, strict=True):
        assert close(found, expected, tolerance=1e-13)


def test_first_conv_has_the_gradients_of_its_parameters_only():
    rng = np.random.default_rng(0)
    first, other = (Conv(2, 3, np.random.default_rng(1), first=first) for first in (True, False))
    x, dy = rng.normal(size=(2, 2, 3, 5)), rng.normal(size=(2, 3, 3, 5))
    for layer in (first, other):
        layer.forward(x, True)
    assert np.array_equal(first.backward(dy), np.zeros_like(x))
    assert np.any(other.backward(dy))
    for name in ("weight", "bias"):
        assert np.array_equal(first.gradients[name], other.gradients[name])


def test_dense():
    rng = np.random.default_rng(0)
    layer = with_random_parameters(Dense(3 * 2 * 5, 7, rng), rng)
    x, dy = rng.normal(size=(4, 3, 2, 5)), rng.normal(size=(4, 7))
    weight, bias = layer.parameters.values()
    assert close(layer.forward(x, True), dense(x, weight, bias), tolerance=1e-14)
    dx = layer.backward(dy)
    truth = complex_step(dense, [x, weight, bias], dy)
    for found, expected in zip((dx, *layer.gradients.values()), truth, strict=True):
        assert close(found, expected, tolerance=1e-13)


def test_pool():
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 3, 4, 6)), rng.normal(size=(2, 3, 2, 3))
    layer = Pool()
    assert close(layer.forward(x, True), pool(x), tolerance=1e-15)
    assert close(layer.backward(dy), complex_step(pool, [x], dy)[0], tolerance=1e-14)


def test_relu():
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 4, 5))
    x[0, 0, 0, 0] = 0.0
    layer = ReLU()
    y = layer.forward(x, True)
    assert np.array_equal(y, np.where(x > 0, x, 0.0))
    # Away from 0 the layer is linear on either side.
    truth = complex_step(lambda z: np.where(z.real > 0, z, 0.0), [x], dy)[0]
    assert close(layer.backward(dy), truth, tolerance=1e-15)
    assert truth[0, 0, 0, 0] == 0


def test_factor():
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    layer = Factor(32.0)
    assert np.array_equal(layer.forward(x, True), 32 * x)
    assert close(layer.backward(dy), complex_step(lambda z: 32 * z, [x], dy)[0], tolerance=1e-15)


def test_cross_entropy():
    rng = np.random.default_rng(0)
    logits, labels = 3 * rng.normal(size=(4, 5)), np.array([4, 0, 2, 2])

    def loss(z):
        probabilities = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
        return np.array(np.mean(-np.log(probabilities[np.arange(4), labels])))

    found, gradient = cross_entropy(logits, labels)
    assert found == pytest.approx(loss(logits), rel=1e-14)
    assert close(gradient, complex_step(loss, [logits], np.array(1.0))[0], tolerance=1e-14)


def test_cross_entropy_of_large_logits_does_not_overflow():
    loss, gradient = cross_entropy(np.array([[1000.0, 0.0]]), np.array([1]))
    assert loss == 1000
    assert gradient.tolist() == [[1, -1]]


def test_float32_stays_float32():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 4, 4)).astype(np.float32)
    for layer in (Conv(3, 5, rng), Dense(48, 2, rng), Pool(), ReLU(), Factor(2.0)):
        y = layer.forward(x, True)
        assert y.dtype == np.float32
        assert layer.backward(y).dtype == np.float32
        assert all(gradient.dtype == np.float32 for gradient in layer.gradients.values())
    assert cross_entropy(x[:, :, 0, 0], np.array([0, 1]))[1].dtype == np.float32
