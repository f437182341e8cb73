"""The public Scale layer: gradients against the complex step, shapes, and the affine BatchNorm of torch."""

from fractions import Fraction

import numpy as np
import pytest
from torch_gate import import_torch

from l2norm_ref import batch_norm_backward, batch_norm_forward, scale_backward, scale_forward

STEP = 1e-30


def example(shape=(2, 3, 5, 7), channel_axis=1, dtype=np.float64):
    rng = np.random.default_rng([*shape])
    x, dy = rng.normal(size=(2, *shape)).astype(dtype)
    scale, bias = rng.uniform(-3, 3, size=(2, shape[channel_axis]))
    return x, dy, scale, bias


@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (1, 1), (4, 2), (3, 5, 2), (2, 1, 3, 1, 2)], ids=str)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("with_bias", [False, True])
def test_gradients(shape, shared, with_bias):
    x, dy, scale, bias = example(shape)
    scale, bias = (scale[0], bias[0]) if shared else (scale, bias)
    expand = (lambda v: v) if shared else (lambda v: v.reshape(-1, *[1] * (len(shape) - 2)))

    def loss(x, scale, bias):
        """Typed a second time."""
        return np.sum(dy * (expand(scale) * x + (expand(bias) if with_bias else 0)))

    y, saved = scale_forward(x, scale, bias if with_bias else None)
    dx, dscale, dbias = scale_backward(dy, saved)
    np.testing.assert_allclose(y, expand(scale) * x + (expand(bias) if with_bias else 0), rtol=1e-14, atol=1e-15)
    for place, found in enumerate((dx, dscale, dbias)):
        if found is None:
            assert place == 2
            assert not with_bias
            continue
        inputs = [np.array(value, complex) for value in (x, scale, bias)]
        slopes = np.empty(inputs[place].shape)
        for index in np.ndindex(slopes.shape):
            nudged = [value.copy() for value in inputs]
            nudged[place][index] += STEP * 1j
            slopes[index] = loss(*nudged).imag / STEP
        assert found.shape == slopes.shape
        np.testing.assert_allclose(found, slopes, rtol=1e-13, atol=1e-13)


def test_channels_last_and_dtypes():
    x, dy, scale, bias = example((2, 5, 7, 3), -1, "float32")
    y, saved = scale_forward(x, scale, bias, channel_axis=-1)
    dx, dscale, dbias = scale_backward(dy, saved)
    assert y.dtype == dx.dtype == dscale.dtype == dbias.dtype == "float32"
    other, _ = scale_forward(np.moveaxis(x, -1, 1), scale, bias)
    assert np.array_equal(np.moveaxis(y, -1, 1), other)
    np.testing.assert_allclose(y, (scale * x.astype("float64") + bias).astype("float32"), rtol=0)
    assert dscale.shape == dbias.shape == (3,)


def test_the_result_is_rounded_once():
    """scale * x and bias cancel but for the last bits of the product, which plain float64 does not have."""
    x = np.array([[1 + 2.0**-30]])
    y, _ = scale_forward(x, 1 + 2.0**-30, -(1 + 2.0**-29))
    assert y[0, 0] == 2.0**-60


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_scale_of_more_digits_than_x(dtype):
    """10 * 0.1 and -1 cancel but for what 0.1 is above a tenth."""
    x = np.array([[10.0, 3.0]], dtype)
    for scale, bias in ((0.1, -1.0), (1e300, -1e301), (0.1, 0.7)):
        y, _ = scale_forward(x, scale, bias)
        exact = [Fraction(scale) * Fraction(float(value)) + Fraction(bias) for value in x[0]]
        with np.errstate(over="ignore"):
            assert y[0].tolist() == np.array([float(value) for value in exact]).astype(dtype).tolist()


def test_gradients_that_cancel():
    """Sums that are exactly 0, in an order in which those of float64 are not."""
    x = dy = np.array([[1e16], [1.0], [-1e16], [-1.0]])
    _, saved = scale_forward(np.ones_like(x), [2.0], [0.0])
    dx, dscale, dbias = scale_backward(dy, saved)
    assert dx.tolist() == (2 * x).tolist()
    assert dscale.tolist() == dbias.tolist() == [0.0]


def test_nothing_is_changed_or_shared():
    x, dy, scale, bias = example()
    before = [array.copy() for array in (x, dy, scale, bias)]
    y, saved = scale_forward(x, scale, bias)
    first = scale_backward(dy, saved)
    assert all(np.array_equal(a, b) for a, b in zip((x, dy, scale, bias), before, strict=True))
    for array in (x, y, scale, bias):
        array[...] = np.nan
    assert all(np.array_equal(a, b) for a, b in zip(scale_backward(dy, saved), first, strict=True))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"scale": None}, TypeError, "scale: expected a real scalar or an array of shape"),
        ({"scale": np.ones(4)}, ValueError, r"scale: expected a real scalar or an array of shape \(3,\)"),
        ({"scale": np.ones((3, 1))}, ValueError, "scale: expected a real scalar"),
        ({"scale": np.ones(3, complex)}, TypeError, "scale: expected a real scalar"),
        ({"bias": 1.0}, ValueError, r"bias: expected the shape of the scale, \(3,\)"),
        ({"channel_axis": 0}, ValueError, "channel_axis"),
        ({"x": [1.0, 2.0]}, ValueError, "x: expected rank 2 to 6"),
    ],
)
def test_what_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        scale_forward(**{"x": np.zeros((2, 3)), "scale": np.ones(3), **arguments})


def test_what_backward_refuses():
    _, saved = scale_forward(np.zeros((2, 3)), 2.0)
    with pytest.raises(ValueError, match=r"dy: expected the shape of y, \(2, 3\)"):
        scale_backward(np.zeros((3, 2)), saved)
    with pytest.raises(TypeError, match="saved: expected what scale_forward returned"):
        scale_backward(np.zeros((2, 3)), None)


def test_batch_norm_and_scale_are_the_affine_batch_norm_of_torch():
    torch = import_torch()
    x, dy, gamma, beta = example((3, 5, 4, 2))
    layer = torch.nn.BatchNorm2d(5, dtype=torch.float64)
    with torch.no_grad():
        layer.weight[:], layer.bias[:] = torch.tensor(gamma), torch.tensor(beta)
    inputs = torch.tensor(x, requires_grad=True)
    outputs = layer(inputs)
    outputs.backward(torch.tensor(dy))
    xhat, first = batch_norm_forward(x)
    y, second = scale_forward(xhat, gamma, beta)
    dxhat, dgamma, dbeta = scale_backward(dy, second)
    assert layer.weight.grad is not None
    assert layer.bias.grad is not None
    for ours, theirs in (
        (y, outputs.detach()),
        (batch_norm_backward(dxhat, first), inputs.grad),
        (dgamma, layer.weight.grad),
        (dbeta, layer.bias.grad),
    ):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-12, atol=1e-13)
