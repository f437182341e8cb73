"""Conversions of parameters: round trips, the layers themselves as the judge, and PyTorch where it is installed."""

import numpy as np
import pytest
from torch_gate import import_torch

from l2norm_ref import caffe

EPS = float(np.float32(1e-5))


def parameters(channels=5, seed=11, dtype="float64"):
    """gamma, beta, mean, var: signed, different for every channel, one variance small beside eps."""
    rng = np.random.default_rng(seed)
    gamma = rng.uniform(0.3, 3, channels) * rng.choice([-1, 1], channels)
    var = rng.uniform(0.2, 4, channels)
    var[1] = 1e-5
    return [a.astype(dtype) for a in (gamma, rng.normal(size=channels), rng.normal(size=channels), var)]


def inference(x, gamma, beta, mean, var, eps):
    """BatchNorm of PyTorch and Keras with its moving estimates, typed here."""
    gamma, beta, mean, var = (np.reshape(a, (1, -1) + (1,) * (x.ndim - 2)) for a in (gamma, beta, mean, var))
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def convolution(x, weight, bias, pad=1, stride=2, group=1):
    """A convolution, typed here."""
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    outs, ins = weight.shape[0] // group, weight.shape[1]
    parts = [
        np.einsum("nchwij,ocij->nohw", windows[:, g * ins : (g + 1) * ins], weight[g * outs : (g + 1) * outs])
        for g in range(group)
    ]
    return np.concatenate(parts, axis=1) + (0 if bias is None else bias[:, None, None])


def in_caffe(x, batch_norm, scale, eps):
    """Through the layers, in the phase TEST."""
    layer = caffe.BatchNorm(phase="TEST", eps=eps, dtype="float64")
    layer.set_up(x.shape, batch_norm)
    return scaled(layer.forward(x), scale)


def scaled(x, scale):
    """Through a Scale with these blobs, if there are any."""
    if scale is None:
        return x
    layer = caffe.Scale(bias_term=len(scale) == 2, dtype="float64")
    layer.set_up(x.shape, blobs=scale)
    return layer.forward(x)


def close(value, expected):
    assert value.shape == expected.shape
    assert np.max(np.abs(value - expected)) <= 1e-12 * np.max(np.abs(expected))


GIVEN = [(True, True), (True, False), (False, True), (False, False)]
each_affine = pytest.mark.parametrize(("gammas", "betas"), GIVEN)


def case(gammas, betas, **kwargs):
    """Parameters with and without gamma and beta; the layer's own reading of None is 1 and 0."""
    gamma, beta, mean, var = parameters()
    given = gamma if gammas else None, beta if betas else None
    blobs = caffe.from_batch_norm(*given, mean, var, **kwargs)
    return given, (gamma if gammas else np.ones(5), beta if betas else np.zeros(5), mean, var), blobs


@each_affine
@pytest.mark.parametrize("factor", [1.0, 999.98, 2.5])
def test_the_layers_compute_the_same_with_the_blobs(gammas, betas, factor):
    given, full, (batch_norm, scale) = case(gammas, betas, factor=factor)
    assert [blob.shape for blob in batch_norm] == [(5,), (5,), (1,)]
    assert (scale is None) == (not gammas and not betas)
    assert scale is None or len(scale) == 1 + betas
    x = np.random.default_rng(0).normal(size=(2, 5, 3, 7))
    close(in_caffe(x, batch_norm, scale, 1e-5), inference(x, *full, EPS))
    back = caffe.to_batch_norm(batch_norm, scale)
    for value, expected in zip(back[2:], full[2:], strict=True):
        np.testing.assert_allclose(value, expected, rtol=3e-16)
    if betas and not gammas:  # the Scale that adds a bias has a gamma, of 1
        assert np.array_equal(back[0], np.ones(5))
    else:
        assert (back[0] is None) == (given[0] is None)
    assert (back[1] is None) == (given[1] is None)
    for value, expected in zip(back[:2], given, strict=True):
        assert expected is None or np.array_equal(value, expected)


def test_a_round_trip_with_factor_1_is_exact():
    given = parameters()
    for value, expected in zip(caffe.to_batch_norm(*caffe.from_batch_norm(*given)), given, strict=True):
        assert np.array_equal(value, expected)
        assert not np.shares_memory(value, expected)


def test_from_caffe_and_back():
    rng = np.random.default_rng(1)
    batch_norm = [rng.normal(size=5), rng.uniform(1, 2, 5), np.array([3.25])]
    mean, var = caffe.statistics(batch_norm)
    for blob, expected in zip(caffe.blobs_from_statistics(mean, var, 3.25), batch_norm, strict=True):
        np.testing.assert_allclose(blob, expected, rtol=3e-16)


def test_statistics_are_those_of_the_layer():
    x = np.random.default_rng(2).normal(size=(4, 3, 2, 5)) + 7
    layer = caffe.BatchNorm(dtype="float64")
    layer.set_up(x.shape)
    assert not any(np.any(array) for array in caffe.statistics(layer.blobs))  # the factor is 0
    for _ in range(3):
        layer.forward(x)
    mean, var = caffe.statistics(layer.blobs)
    np.testing.assert_allclose(mean, x.mean(axis=(0, 2, 3)), rtol=1e-14)
    np.testing.assert_allclose(var, x.var(axis=(0, 2, 3), ddof=1), rtol=1e-14)
    test = caffe.BatchNorm(True, eps=0, dtype="float64")
    test.set_up(x.shape, layer.blobs)
    test.forward(x)
    np.testing.assert_allclose(test.variance_**2, var, rtol=1e-15)


@each_affine
@pytest.mark.parametrize(("group", "biased"), [(1, False), (1, True), (5, True)])
def test_folding_into_a_convolution(gammas, betas, group, biased):
    _, full, (batch_norm, scale) = case(gammas, betas, factor=2.5)
    rng = np.random.default_rng(6)
    x, weight = rng.normal(size=(2, 10, 6, 7)), rng.normal(size=(5, 10 // group, 3, 2))
    bias = rng.normal(size=5) if biased else None
    folded = caffe.fold(weight, bias, batch_norm, scale, EPS)
    before = convolution(x, weight, bias, group=group)
    after = convolution(x, *folded, group=group)
    close(after, in_caffe(before, batch_norm, scale, 1e-5))
    close(after, inference(before, *full, EPS))
    assert np.max(np.abs(after - before)) > 0.1


def test_folding_into_an_inner_product():
    _, _, (batch_norm, scale) = case(True, True)
    rng = np.random.default_rng(7)
    x, weight, bias = rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=5)
    weight.flags.writeable = False
    folded = caffe.fold(weight, bias, batch_norm, scale, EPS)
    close(x @ folded[0].T + folded[1], in_caffe(x @ weight.T + bias, batch_norm, scale, 1e-5))


def test_eps_has_to_be_carried_over_and_is_rounded():
    """Keras' 1e-3 under Caffe's default is another function; and where var is as small as eps, the rounding counts."""
    _, full, (batch_norm, scale) = case(True, True)
    x = np.random.default_rng(8).normal(size=(2, 5, 3, 7))
    close(in_caffe(x, batch_norm, scale, 1e-3), inference(x, *full, float(np.float32(1e-3))))
    forgotten = in_caffe(x, batch_norm, scale, 1e-5) - inference(x, *full, 1e-3)
    assert np.max(np.abs(forgotten)) > 1
    rounded = in_caffe(x, batch_norm, scale, 1e-5) / inference(x, *full, 1e-5) - 1
    assert 1e-10 < np.max(np.abs(rounded[:, 1])) < 1e-6


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtypes_are_kept_and_the_arithmetic_is_in_float64(dtype):
    given = parameters(dtype=dtype)
    batch_norm, scale = caffe.from_batch_norm(*given, factor=3.0)
    assert scale is not None
    weight = np.random.default_rng(9).normal(size=(5, 2)).astype(dtype)
    results = [*batch_norm, *scale, *caffe.to_batch_norm(batch_norm, scale)]
    results += caffe.fold(weight, None, batch_norm, scale, 1e-3)
    assert {array.dtype for array in results} == {np.dtype(dtype)}
    wide = [[blob.astype("float64") for blob in blobs] for blobs in (batch_norm, scale)]
    exact = caffe.fold(weight.astype("float64"), None, *wide, 1e-3)
    for value, expected in zip(results[-2:], exact, strict=True):
        assert np.array_equal(value, expected.astype(dtype))  # rounded once
    assert caffe.statistics([[1, 2], [3, 4], [2]])[0].dtype == np.float64


def test_inputs_are_not_mutated():
    given = parameters()
    for array in given:
        array.flags.writeable = False
    batch_norm, scale = caffe.from_batch_norm(*given)
    assert scale is not None
    for array in (*batch_norm, *scale):
        array[...] += 1  # copies
        array.flags.writeable = False
    caffe.fold(np.ones((5, 1)), None, batch_norm, scale, 0.0)
    caffe.to_batch_norm(batch_norm, scale)[0][...] = 0


def moving(batches, mean, var, fraction, ddof):
    """The moving averages of PyTorch (ddof 1) and Keras 3 (ddof 0), typed here."""
    for x in batches:
        mean = fraction * mean + (1 - fraction) * x.mean(axis=(0, 2, 3))
        var = fraction * var + (1 - fraction) * x.var(axis=(0, 2, 3), ddof=ddof)
    return mean, var


def trained(batches, mean, var, factor):
    layer = caffe.BatchNorm(moving_average_fraction=0.9, dtype="float64")
    layer.set_up(batches[0].shape, caffe.blobs_from_statistics(mean, var, factor))
    for x in batches:
        layer.forward(x)
    return layer, caffe.statistics(layer.blobs)


def batches_of(shape=(2, 5, 3, 1), count=4):
    return np.random.default_rng(10).normal(size=(count, *shape)) * 3 + 1


def test_training_goes_on_as_in_the_others_if_the_factor_is_right():
    batches, (_, _, mean, var) = batches_of(), parameters()
    fraction = float(np.float32(0.9))
    layer, (means, variances) = trained(batches, mean, var, 1 / (1 - fraction))
    np.testing.assert_allclose(layer.blobs[2], 1 / (1 - fraction), rtol=1e-14)  # stays
    expected = moving(batches, mean, var, fraction, ddof=1)
    np.testing.assert_allclose(means, expected[0], rtol=1e-12)
    np.testing.assert_allclose(variances, expected[1], rtol=1e-12)
    biased = moving(batches, mean, var, fraction, ddof=0)[1]  # m is 6
    np.testing.assert_allclose(variances - fraction**4 * var, 6 / 5 * (biased - fraction**4 * var), rtol=1e-12)


def test_with_a_factor_of_1_the_first_batch_counts_for_a_half():
    batches, (_, _, mean, var) = batches_of(count=1), parameters()
    _, (means, _) = trained(batches, mean, var, 1.0)
    weight = 1 / (1 + float(np.float32(0.9)))
    np.testing.assert_allclose(means, (1 - weight) * mean + weight * batches[0].mean(axis=(0, 2, 3)), rtol=1e-12)


@pytest.mark.parametrize("affine", [True, False])
def test_against_pytorch(affine):
    torch = import_torch()
    gamma, beta, mean, var = parameters()
    layer = torch.nn.BatchNorm2d(5, eps=EPS, momentum=1 - float(np.float32(0.9)), affine=affine, dtype=torch.float64)
    values = {"running_mean": mean, "running_var": var} | ({"weight": gamma, "bias": beta} if affine else {})
    layer.load_state_dict({name: torch.from_numpy(value) for name, value in values.items()}, strict=False)
    found = {name: value.numpy() for name, value in layer.state_dict().items()}
    read = found.get("weight"), found.get("bias"), found["running_mean"], found["running_var"]
    batch_norm, scale = caffe.from_batch_norm(*read, factor=1 / layer.momentum)
    layer.eval()
    x = np.random.default_rng(12).normal(size=(2, 5, 3, 7))
    with torch.no_grad():
        close(in_caffe(x, batch_norm, scale, 1e-5), layer(torch.from_numpy(x)).numpy())
        rng = np.random.default_rng(13)
        image, weight, bias = rng.normal(size=(2, 10, 6, 7)), rng.normal(size=(5, 2, 3, 2)), rng.normal(size=5)
        kwargs = {"stride": 2, "padding": 1, "groups": 5}
        conv = torch.nn.functional.conv2d(*map(torch.from_numpy, (image, weight, bias)), **kwargs)
        folded = caffe.fold(weight, bias, batch_norm, scale, layer.eps)
        after = torch.nn.functional.conv2d(*map(torch.from_numpy, (image, *folded)), **kwargs)
        close(after.numpy(), layer(conv).numpy())
        close(convolution(image, weight, bias, group=5), conv.numpy())
        layer.train()
        batches = batches_of()
        caffe_layer, (means, variances) = trained(batches, mean, var, 1 / layer.momentum)
        for batch in batches:
            y = layer(torch.from_numpy(batch)).numpy()
            close(scaled(caffe_layer.forward(batch), scale), y)
    np.testing.assert_allclose(means, layer.running_mean.numpy(), rtol=1e-12)
    np.testing.assert_allclose(variances, layer.running_var.numpy(), rtol=1e-12)


ONE = [np.ones(2), np.ones(2), np.ones(1)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: caffe.statistics(ONE[:2]), "blobs: expected the three blobs of BatchNorm, got 2"),
        (lambda: caffe.statistics([*ONE[:2], np.ones(2)]), r"blobs\[2\]: expected an array of shape \(1,\)"),
        (lambda: caffe.statistics([np.ones((1, 2)), *ONE[1:]]), r"blobs\[0\]: expected an array with one axis"),
        (lambda: caffe.blobs_from_statistics([1.0], [1.0, 2.0]), r"var: expected an array of shape \(1,\)"),
        (lambda: caffe.blobs_from_statistics([1.0], [-1.0]), "var: expected no negative element, got -1.0"),
        (lambda: caffe.blobs_from_statistics([1.0], [1.0], 0), "factor: expected a finite number above 0"),
        (lambda: caffe.blobs_from_statistics([1.0], [1.0], float("nan")), "factor: expected a finite number"),
        (lambda: caffe.blobs_from_statistics(*np.ones((2, 1), "float16"), 1e6), "factor: .* of dtype float16"),
        (lambda: caffe.blobs_from_statistics([1.0], [1.0], 10**400), "factor: .* within float64, got int 1000"),
        (
            lambda: caffe.blobs_from_statistics(*np.full((2, 1), 1000, "float16"), 1000),
            r"mean \* factor: expected numbers within float16, got 1000000\.0",
        ),
        (
            lambda: caffe.blobs_from_statistics([1.0], [1e300], 1e10),
            r"var \* factor: expected numbers within float64, got inf",
        ),
        (
            lambda: caffe.statistics([np.float32([1]), np.float32([1e30]), np.float32([1e-20])]),
            r"var: expected numbers within float32, got 1\..*e\+50",
        ),
        (
            lambda: caffe.fold(np.float32([[2]]), None, [[1e30], [1.0], [1e-20]], None, 1e-5),
            r"the folded bias: expected numbers within float32, got -.*e\+",
        ),
        (
            lambda: caffe.fold(np.float16([[2]]), None, [[0.0], [1e-9], [1.0]], [[1e4]], 0.0),
            "the folded weight: expected numbers within float16",
        ),
        (lambda: caffe.fold(np.ones((2, 1)), None, ONE, None, 10**400), "eps: .* within float64, got int 1000"),
        (lambda: caffe.from_batch_norm([1.0, 2.0], None, [1.0], [1.0]), r"gamma: expected an array of shape \(1,\)"),
        (lambda: caffe.to_batch_norm(ONE, []), "scale: expected the one or two blobs of Scale, or None, got 0"),
        (lambda: caffe.to_batch_norm(ONE, [np.ones(3)]), r"scale\[0\]: expected an array of shape \(2,\)"),
        (lambda: caffe.fold(np.ones(2), None, ONE, None, 0), r"weight: expected an array of shape \(out, in, ...\)"),
        (lambda: caffe.fold(np.ones((3, 1)), None, ONE, None, 0), r"the statistics: expected an array of shape \(3,\)"),
        (lambda: caffe.fold(np.ones((2, 1)), np.ones(3), ONE, None, 0), r"bias: expected an array of shape \(2,\)"),
        (lambda: caffe.fold(np.ones((2, 1)), None, ONE, None, -1), r"var \+ eps: expected numbers above 0, got 0.0"),
    ],
)
def test_errors_name_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: caffe.statistics([["a"], [1.0], [1.0]]), r"blobs\[0\]: expected an array of real numbers"),
        (lambda: caffe.blobs_from_statistics([1.0], [1j]), "var: expected an array of real numbers"),
        (lambda: caffe.blobs_from_statistics([1.0], [1.0], "2"), "factor: expected a real number above 0"),
        (lambda: caffe.fold(np.ones((2, 1)), None, ONE, None, None), "eps: expected a real number"),
        (lambda: caffe.statistics(None), "blobs: expected the three blobs of BatchNorm, got None"),
        (lambda: caffe.fold([[2.0]], None, None, None, 1.0), "batch_norm: expected the three blobs of .*, got None"),
        (
            lambda: caffe.fold(np.ones((2, 1)), None, ONE, 5, 1.0),
            "scale: expected the one or two blobs of .*, got int 5",
        ),
        (lambda: caffe.to_batch_norm(5), "batch_norm: expected the three blobs of BatchNorm, got int 5"),
    ],
)
def test_wrong_types_are_named(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_infinities_that_came_are_carried():
    blobs = caffe.blobs_from_statistics([np.inf, 1.0], [1.0, np.nan])
    assert blobs[0].tolist() == [np.inf, 1.0]
    assert np.isnan(blobs[1][1])
