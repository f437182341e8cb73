"""Kernels that reduce one block and forget the rest, the commonest mistake on a GPU, do not conform; right ones do."""

import numpy as np
import pytest
from check_kernels import broadcast, kernel, reduced

from l2norm_ref import batch_norm_backward, batch_norm_forward
from l2norm_ref.check import check_batch_norm, check_l2norm
from l2norm_ref.check._batch_norm_fixtures import fixtures as batch_norm_fixtures
from l2norm_ref.check._fixtures import fixtures
from l2norm_ref.check._long import BLOCKS, LONG
from l2norm_ref.check._mode import resolve
from l2norm_ref.check._result import judge
from l2norm_ref.check._run import run
from l2norm_ref.check._scale_fixtures import fixtures as scale_fixtures
from l2norm_ref.check._tolerance import worst

MODES = {
    "ssd": {"across_spatial": False, "channel_shared": False, "eps": 1e-10},
    "last": {"across_spatial": False, "channel_shared": False, "channel_axis": -1, "eps": 1e-3},
    "caffe": {"eps": 1e-10},
    "across": {"channel_shared": False, "eps": 0.3},
    "torch": {"across_spatial": False, "eps_mode": "clamp_norm", "eps": 1e-12},
    "spatial": {"axes": "spatial", "channel_shared": False, "eps": 5.0, "eps_mode": "add_outside"},
    "all": {"axes": "all", "eps_mode": "none"},
    "samples": {"axes": (0,), "eps": 1e-5, "channel_shared": False},
}
SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
DTYPES = ("float16", "float32", "float64")


def first(values, count, axes):
    """The values with 0 in the place of all but the first `count` of those that are summed over the axes."""
    sizes = [values.shape[k] for k in axes]
    kept = (np.arange(np.prod(sizes)) < count).reshape(sizes)
    shape = [values.shape[k] if k in axes else 1 for k in range(values.ndim)]
    return np.where(kept.reshape(shape), values, 0).astype(values.dtype)


def over(mode, rank):
    names = ("across_spatial", "channel_axis", "axes")
    return reduced(rank, **{name: mode[name] for name in names if name in mode})


def short(mode, count):
    """Three kernels: the norm, the inner product, or dscale is a sum of the first `count` terms."""
    forward, backward = kernel(**mode)

    def norm(x, scale):
        axes = over(mode, x.ndim)
        cut = first(x, count, axes)
        with np.errstate(all="ignore"):
            d = np.max(np.where(cut == 0, 0, cut / forward(cut, None)), axis=axes, keepdims=True)
        return (broadcast(scale, x.ndim, mode.get("channel_axis", 1)) * x / d).astype(x.dtype)

    def inner(dy, x, scale):
        cut = first(dy, count, over(mode, x.ndim))
        with np.errstate(all="ignore"):
            y = forward(x, scale)
            direct = np.where(x == 0, 0, (dy - cut) * y / np.where(x == 0, 1, x))  # gamma dy / d of what is cut off
        dx, _ = backward(cut, x, scale)
        return (dx + direct).astype(x.dtype), backward(dy, x, scale)[1]

    def dscale(dy, x, scale):
        own = None if scale.ndim == 0 else mode.get("channel_axis", 1) % x.ndim
        axes = tuple(k for k in range(x.ndim) if k != own)
        return backward(dy, x, scale)[0], backward(first(dy, count, axes), x, scale)[1]

    return (norm, None), (forward, inner), (forward, dscale)


def failed(functions, mode, dtype):
    report = check_l2norm(*functions, dtypes=(dtype,), **mode)
    return {(r.fixture, r.output) for r in report.failures}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MODES)
def test_each_sum_is_followed_to_its_end(name, dtype):
    mode = MODES[name]
    resolved = resolve(mode, has_scale=True, rank=None)
    chosen = [f for f in fixtures(resolved, np.dtype(dtype)) if f.name in ("many channels", "many positions")]
    assert all(f.core for f in chosen)
    cases = [judge(f, resolved, run(f, *kernel(**mode), None), strict=False) for f in chosen]
    assert all(r.passed for _, results in cases for r in results)
    for count in SIZES:
        for functions, output in zip(short(mode, count), ("y", "dx", "dscale"), strict=True):
            assert any(is_wrong(case, run(case.fixture, *functions, None), output) for case, _ in cases), (
                count,
                output,
            )


def is_wrong(case, outcome, output):
    assert not outcome.problems
    truth = case.low[output], case.high[output], case.size[output]
    return worst(outcome.arrays[output], *truth, case.tolerance(output), case.dtype).excess > 1


@pytest.mark.parametrize("name", MODES)
def test_right_kernels_conform_in_float16(name):
    mode = MODES[name] | ({"eps": 0.3} if name in ("last", "samples") else {})
    assert failed(kernel(**mode), mode, "float16") == set()


def test_the_scale_has_more_channels_than_a_block_has_threads():
    def forgets(x, scale):
        y = np.asarray(kernel(**MODES["ssd"])[0](x, scale))
        y[:, 512:] = 0
        return y

    assert ("many channels", "y") in failed((forgets,), MODES["ssd"], "float32")


def test_the_size():
    assert BLOCKS == SIZES
    assert BLOCKS[-1] < LONG and all(LONG % block for block in BLOCKS)
    for mode in MODES.values():
        for f in fixtures(resolve(mode, has_scale=True, rank=None), np.dtype("float64")):
            assert f.x.size <= 2 * LONG


def test_the_usual_kernel_of_one_block_is_refused_by_the_check():
    def norm(x, scale):
        part = x[:, :1024]
        return (
            scale.reshape(1, -1, 1, 1) * x / np.sqrt(np.sum(part * part, axis=1, keepdims=True) + x.dtype.type(1e-10))
        )

    assert failed((norm,), MODES["ssd"], "float32") == {("many channels", "y")}


# ------------------------------------------------------------------------------------------------- the relatives

AXES = (0, 2, 3)


def normalized(x, count, mean_of=None, variance_of=None):
    """BatchNorm with a mean, a variance or both from the first `count` positions."""
    mean_of, variance_of = ((x if n is None else first(x, n, AXES)) for n in (mean_of, variance_of))
    mean = np.mean(mean_of, axis=AXES, keepdims=True, dtype=x.dtype)
    u = x - mean
    squares = u * u if variance_of is x else first(u * u, count, AXES)
    return u / np.sqrt(np.mean(squares, axis=AXES, keepdims=True, dtype=x.dtype) + x.dtype.type(1e-3))


def failing(case, arrays):
    """The outputs that are wrong on a fixture of the relatives."""
    for output, got in arrays.items():
        truth, dtype = case.truth[output], case.array("x").dtype
        if worst(got, truth, truth, case.size[output], case.tolerance[output], dtype).excess > 1:
            yield output


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_sums_of_batch_norm(dtype):
    (case,) = (c for c in batch_norm_fixtures(np.dtype(dtype), 1, 1e-3, False) if c.name == "many positions")
    assert case.core
    assert not set(failing(case, {"y": normalized(case.array("x"), LONG)}))
    for count in SIZES:
        for cut in ({"mean_of": count}, {"variance_of": count}, {"mean_of": count, "variance_of": count}):
            assert set(failing(case, {"y": normalized(case.array("x"), count, **cut)})) == {"y"}, (count, cut)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_sums_of_the_gradients(dtype):
    (case,) = (c for c in scale_fixtures(np.dtype(dtype), 1, True) if c.name == "many positions")
    for count in (*SIZES, LONG):
        dy, x = first(case.array("dy"), count, AXES), case.array("x")
        got = {"dscale": np.sum(x * dy, axis=AXES), "dbias": np.sum(dy, axis=AXES)}
        assert set(failing(case, got)) == (set() if count == LONG else {"dscale", "dbias"}), count


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_sums_of_the_gradient_of_batch_norm(dtype):
    """Of dy and of dy xhat: the gradient is linear in dy, so a short sum is that of a shorter dy."""
    (case,) = (c for c in batch_norm_fixtures(np.dtype(dtype), 1, 1e-3, False) if c.name == "many positions")
    x, dy = case.array("x").astype(float), case.array("dy").astype(float)
    _, saved = batch_norm_forward(x, eps=1e-3)
    scaled = dy / np.sqrt(np.mean(x * x, axis=AXES, keepdims=True) + 1e-3)  # the mean of x is 0
    for count in (*SIZES, LONG):
        cut = first(dy, count, AXES)
        dx = batch_norm_backward(cut, saved) + np.where(cut == dy, 0, scaled)
        assert set(failing(case, {"dx": dx.astype(dtype)})) == (set() if count == LONG else {"dx"}), count


def test_welford_conforms():
    """A running mean and a running sum of squares, as PyTorch has them, in the dtype of x."""

    def forward(x):
        values = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
        mean, squares = np.zeros((2, len(values)), x.dtype)
        for k, column in enumerate(values.T, 1):
            before = column - mean
            mean = mean + before / x.dtype.type(k)
            squares = squares + before * (column - mean)
        d = np.sqrt(squares / x.dtype.type(values.shape[1]) + x.dtype.type(1e-3))
        return (x - mean.reshape(1, -1, 1, 1)) / d.reshape(1, -1, 1, 1)

    report = check_batch_norm(forward, dtypes=("float32", "float64"), eps=1e-3)
    assert report.passed, str(report)
