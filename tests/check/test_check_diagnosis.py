"""Each wrong implementation is called by its name, in float64 and under the noise of float32; nothing else is said."""

import numpy as np
import pytest
from check_kernels import EPS_MODES, broadcast, kernel, spoilt

from l2norm_ref import exhibits, presets
from l2norm_ref.check import check_l2norm

SSD = {"across_spatial": False, "channel_shared": False}
EVERY = (*exhibits.ALL, *exhibits.OURS)


def diagnosis(mode, *functions, **arguments):
    report = check_l2norm(*functions, **mode, **arguments)
    assert not report.passed
    return tuple(report.diagnosis)


def of_spoilt(mode, **spoils):
    return diagnosis(mode, *spoilt(mode, **spoils))


def exhibit_kernel(exhibit, mode, axes):
    """The exhibit in the dtype of x, in the place of one pass of a right kernel."""
    forward, backward = kernel(**mode)
    eps = mode["eps"]
    if exhibit.forward is not None:
        return lambda x, scale: exhibit.forward(x, scale, x.dtype.type(eps), axes), None

    def spoilt_backward(dy, x, scale):
        above = dy if exhibit.has_scale or scale is None else dy * broadcast(scale, x.ndim)
        dx = exhibit.backward(above, x, scale, x.dtype.type(eps), axes).astype(x.dtype)
        return dx, backward(dy, x, scale)[1]

    return forward, spoilt_backward


@pytest.mark.parametrize("dtypes", [("float32",), ("float64",)], ids=str)
@pytest.mark.parametrize("exhibit", EVERY, ids=lambda e: e.name)
def test_every_exhibit(exhibit, dtypes):
    axes = (1, 2, 3) if exhibit.only_axes == "sample" else (1,)
    mode = {"eps": exhibit.eps, "eps_mode": exhibit.eps_mode, "axes": axes, "channel_shared": False}
    said = diagnosis(mode, *exhibit_kernel(exhibit, mode, axes), dtypes=dtypes)
    assert len(said) == 1, said
    output = "y" if exhibit.forward else "dx"
    assert said[0].startswith(f"{output}: this matches the exhibit {exhibit.name} ({exhibit.title}), {exhibit.formula}")
    error = float(said[0].rpartition("(error ")[2].split()[0])
    assert error < {"float32": 1e-5, "float64": 1e-14}[dtypes[0]]


@pytest.mark.parametrize("exhibit", [e for e in EVERY if not e.has_scale and e.backward], ids=lambda e: e.name)
def test_every_exhibit_of_a_layer_without_scale(exhibit):
    mode = {"eps": exhibit.eps, "eps_mode": exhibit.eps_mode, "axes": (1,)}
    forward, backward = exhibit_kernel(exhibit, mode, (1,))
    said = diagnosis(mode, forward, backward, has_scale=False, dtypes=("float32",))
    assert len(said) == 1
    assert said[0].startswith(f"dx: this matches the exhibit {exhibit.name} ")


def test_the_exhibits_with_the_channels_last():
    mode = {"eps": 1e-10, "across_spatial": False, "channel_shared": False, "channel_axis": -1}
    forward, backward = kernel(**mode)
    caffe = exhibits.by_name("caffe").backward
    assert caffe is not None

    def wrong(dy, x, scale):
        first = [np.moveaxis(a, -1, 1) for a in (dy, x)]
        return np.moveaxis(caffe(*first, scale, x.dtype.type(1e-10), (1,)), 1, -1), backward(dy, x, scale)[1]

    assert "exhibit caffe " in diagnosis(mode, forward, wrong)[0]


@pytest.mark.parametrize("actual", EPS_MODES)
@pytest.mark.parametrize("claimed", EPS_MODES)
def test_every_convention_for_every_other(claimed, actual):
    eps = 1e-10 if claimed < actual else 1e-3
    mode = {"eps": eps, "eps_mode": claimed, **SSD}
    functions = kernel(**mode | {"eps_mode": actual})
    if actual == claimed:
        report = check_l2norm(*functions, **mode)
        assert report.passed and report.diagnosis == []
        return
    (said,) = diagnosis(mode, *functions)
    name = "none (without eps)" if actual == "none" else f"{actual} with eps {eps:g}"
    before = "none" if claimed == "none" else f"{claimed} with eps {eps:g}"
    assert said.startswith(f"y, dx, dscale: this is {name}, not {before}")
    if actual.startswith("clamp"):  # the two clamps are one, with another constant
        other, same = ("clamp_sum", eps**2) if actual == "clamp_norm" else ("clamp_norm", eps**0.5)
        assert claimed == other or f"; on what was run the same as {other} with eps {same:.6g} " in said
    elif actual != "none":
        assert "the same as" not in said


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_example_of_clamp_norm_for_add_inside(dtype):
    (said,) = diagnosis({"eps": 1e-10, **SSD}, kernel(eps_mode="clamp_norm", eps=1e-12, **SSD)[0], dtypes=(dtype,))
    assert said.startswith("y: this is clamp_norm with eps 1e-12, not add_inside with eps 1e-10")


@pytest.mark.parametrize(
    "eps, text",
    [
        (1e-5, "add_inside with eps 1e-05, not 1e-10"),
        (1e-12, "add_inside with eps 1e-12, not 1e-10"),
        (3.7e-9, "add_inside with eps 3.7e-09, not 1e-10"),  # read off the results
        (0.0421, "add_inside with eps 0.0421, not 1e-10"),
        (1e-20, "add_inside with eps squared, 1e-20, not 1e-10"),
    ],
)
def test_another_eps(eps, text):
    said = diagnosis({"eps": 1e-10, **SSD}, *kernel(eps=eps, **SSD), dtypes=("float64",))
    assert said[0].startswith(f"y, dx, dscale: this is {text}")


def test_eps_in_float32():
    said = diagnosis({"eps": 1e-10, **SSD}, *kernel(eps=float(np.float32(1e-10)), **SSD))
    (only,) = said
    assert "y, dx, dscale: this is add_inside with eps rounded to float32, 1.000000013e-10, not 1e-10" in only


def test_an_eps_that_is_almost_the_same_is_told_apart():
    eps = presets.SSD_CAFFE["eps"]
    (said,) = diagnosis(presets.SSD_CAFFE, *kernel(eps=1e-10, **SSD))
    assert said.startswith("y, dx, dscale: this is add_inside with eps 1e-10, not 1.000000013e-10 (error ")
    assert eps == float(np.float32(1e-10))


def test_a_large_eps():
    said = diagnosis({"eps": 1e160, **SSD}, *kernel(eps=1e158, **SSD), dtypes=("float64",))
    assert said[0].startswith("y, dx, dscale: this is add_inside with eps 1e+158, not 1e+160")


def test_the_backward_pass_alone_has_another_eps():
    said = diagnosis({"eps": 1e-10, **SSD}, kernel(eps=1e-10, **SSD)[0], kernel(eps=2.5e-7, **SSD)[1])
    assert said[0].startswith("dx, dscale: this is add_inside with eps 2.5e-07, not 1e-10")


@pytest.mark.parametrize("actual", [(1, 2, 3), (3,), (0, 1, 2, 3)], ids=str)
def test_other_axes(actual):
    mode = {"eps": 1e-6, "axes": (1,), "channel_shared": False}
    (said,) = diagnosis(mode, *kernel(**mode | {"axes": actual}), dtypes=("float32",))
    assert said.startswith(f"y, dx, dscale: this is a norm over axes {actual}, not (1,)")


def test_a_mean_of_squares():
    """RMSNorm: sqrt(K) times the L2Norm of eps K times as large."""
    mode = {"eps": 1e-5, **SSD}

    def forward(x, scale):
        return x / np.sqrt(np.mean(x * x, axis=1, keepdims=True) + x.dtype.type(1e-5)) * broadcast(scale, 4)

    (said,) = diagnosis(mode, forward)
    expected = (
        "y: this is a norm from the mean of squares (add_inside with eps 1e-05), not the root of the sum of squares"
    )
    assert said.startswith(expected)


def moved(x, scale, axis):
    """The right scale along the wrong axis, as broadcasting does it: an error where the sizes differ."""
    return scale.reshape([-1 if k == axis else 1 for k in range(x.ndim)])


@pytest.mark.parametrize("axis, name", [(0, "axis 0"), (2, "axis 2"), (3, "the last axis")])
def test_gamma_along_another_axis(axis, name):
    mode = {"eps": 1e-6, "across_spatial": True, "channel_shared": False}

    def forward(x, scale):
        y = kernel(eps=1e-6)[0](x, np.ones((), x.dtype))
        return y * moved(x, scale, axis)

    said = diagnosis(mode, forward)
    assert f"y: gamma is multiplied along {name}, not along the channels" in said[0]


def test_gamma_along_the_last_axis_is_an_exhibit_too():
    def forward(x, scale):
        return kernel(**SSD)[0](x, np.ones((), x.dtype)) * scale

    said = diagnosis({"eps": 1e-10, **SSD}, forward)
    assert "gamma is multiplied along the last axis" in said[0]


SPOILS = {
    "y": {
        "the scale is not applied: y = x / d": lambda y, x, g: y / broadcast(g, 4),
        "the scale is applied twice: y = gamma^2 x / d": lambda y, x, g: y * broadcast(g, 4),
        "y is not divided by the norm: y = gamma x": lambda y, x, g: x * broadcast(g, 4),
        "y has the wrong sign": lambda y, x, g: -y,
        "x is returned as it is": lambda y, x, g: x,
    },
    "dx": {
        "the scale is applied twice": lambda dx, dy, x, g: dx * broadcast(g, 4),
        "dx has the wrong sign": lambda dx, dy, x, g: -dx,
        "dy is passed on: dx = dy": lambda dx, dy, x, g: dy,
        "dx is averaged over the samples": lambda dx, dy, x, g: dx / x.shape[0],
        "dx is divided by the number of elements of a norm": lambda dx, dy, x, g: dx / x.shape[1],
        "dx is zero": lambda dx, dy, x, g: 0 * dx,
        "the projection is missing: dx = h / d": lambda dx, dy, x, g: (
            dy * broadcast(g, 4) / np.sqrt(np.sum(x * x, axis=1, keepdims=True) + x.dtype.type(1e-6))
        ),
    },
    "dscale": {
        "dscale is divided by the scale": lambda d, dy, x, g: d / g,
        "dscale is multiplied by the scale": lambda d, dy, x, g: d * g,
        "dscale is averaged, not summed": lambda d, dy, x, g: d / (x.size // g.size),
        "dscale is averaged over the samples": lambda d, dy, x, g: d / x.shape[0],
        "dscale is the sum of dy": lambda d, dy, x, g: dy.sum(axis=(0, 2, 3)),
        "dscale is not normalised": lambda d, dy, x, g: (dy * x).sum(axis=(0, 2, 3)),
        "dscale has the wrong sign": lambda d, dy, x, g: -d,
        "dscale is zero": lambda d, dy, x, g: 0 * d,
        "dscale is that of the last sample only": lambda d, dy, x, g: kernel(eps=1e-6, **SSD)[1](dy[-1:], x[-1:], g)[1],
        "dscale is that of the first sample only": lambda d, dy, x, g: kernel(eps=1e-6, **SSD)[1](dy[:1], x[:1], g)[1],
        "dscale is summed over the channels too": lambda d, dy, x, g: np.full_like(d, d.sum()),
    },
}


@pytest.mark.parametrize("output, text", [(output, text) for output, texts in SPOILS.items() for text in texts])
def test_what_is_spoilt_is_said(output, text):
    (said,) = of_spoilt({"eps": 1e-6, **SSD}, **{output: SPOILS[output][text]})
    assert said.startswith(f"{output}: {text}")
    assert "the same as" not in said


def with_direct(combine):
    """From the right dx, h / d and d; the projection is the difference of the first two."""

    def spoil(dx, dy, x, g):
        d = np.sqrt(np.sum(x * x, axis=1, keepdims=True) + x.dtype.type(1e-6))
        return combine(dx, dy * broadcast(g, 4) / d, d)

    return spoil


TERMS = {
    "the projection has the wrong sign": lambda dx, direct, d: 2 * direct - dx,
    "the projection is twice what it should be": lambda dx, direct, d: 2 * dx - direct,
    "the projection is half of what it should be": lambda dx, direct, d: (dx + direct) / 2,
    "the projection is not divided by d": lambda dx, direct, d: direct - (direct - dx) * d,
    "the inner product is a mean, not a sum": lambda dx, direct, d: direct - (direct - dx) / dx.shape[1],
    "dx is not divided by d": lambda dx, direct, d: dx * d,
    "dx is divided by d twice": lambda dx, direct, d: dx / d,
}


@pytest.mark.parametrize("text", TERMS)
def test_a_wrong_term_is_said(text):
    (said,) = of_spoilt({"eps": 1e-6, **SSD}, dx=with_direct(TERMS[text]))
    assert said.startswith(f"dx: {text}")


def scaled_before(dy, x, scale, mode):
    """The gradient of x / d: that of the layer with a scale of ones."""
    return kernel(**mode)[1](dy, x, np.ones_like(scale))[0]


def test_the_place_of_the_scale():
    """Two ways to lose it in another denominator than Caffe's, made of right gradients."""
    mode = {"eps": 1e-4, "eps_mode": "clamp_sum", **SSD}
    (said,) = of_spoilt(mode, dx=lambda dx, dy, x, g: scaled_before(dy, x, g, mode))
    assert said.startswith("dx: the scale is missing: dx is the gradient of x / d")
    (said,) = of_spoilt(mode, dx=lambda dx, dy, x, g: broadcast(g, 4) * scaled_before(dy, x, g, mode))
    assert said.startswith("dx: the scale comes after the inner product, as in Caffe's gradient")


def test_eps_missing_from_the_projection_in_another_denominator():
    mode = {"eps": 1e-3, "eps_mode": "add_outside", **SSD}

    def without_eps(dx, dy, x, g):
        h, s = dy * broadcast(g, 4), np.sum(x * x, axis=1, keepdims=True)
        along = np.sum(x * h, axis=1, keepdims=True) / np.where(s > 0, s, 1)
        return (h - x * along) / (np.sqrt(s) + x.dtype.type(1e-3))

    (said,) = of_spoilt(mode, dx=without_eps)
    assert said.startswith("dx: eps is missing from the projection: dx = (h - x <x,h> / s) / d")


def test_two_things_at_once():
    mode = {"eps": 1e-10, **SSD}
    forward, _ = kernel(eps_mode="clamp_norm", eps=1e-6, **SSD)
    (said,) = diagnosis(mode, lambda x, scale: -forward(x, scale))
    assert said.startswith(
        "y: y has the wrong sign; and this is clamp_sum with eps 1e-12, not add_inside with eps 1e-10"
    )
    assert "; on what was run the same as clamp_norm with eps 1e-06 (" in said


@pytest.mark.parametrize("which", ["dx", "dscale"])
def test_accumulation(which):
    mode = {"eps": 1e-6, **SSD}
    forward, backward = kernel(**mode)
    left: dict = {}

    def accumulating(dy, x, scale):
        dx, dscale = backward(dy, x, scale)
        out = {"dx": dx, "dscale": dscale}
        buffer = left.setdefault((x.shape, x.dtype), np.zeros_like(out[which]))
        buffer += out[which]
        out[which] = buffer
        return out["dx"], out["dscale"]

    said = diagnosis(mode, forward, accumulating)
    assert said == (f"{which}: the gradient accumulates into {which}: a call adds to what the call before it left",)


def test_a_forward_pass_that_remembers():
    calls = iter(np.linspace(0.5, 0.9, 1000))
    forward, _ = kernel(**SSD)
    said = diagnosis(SSD, lambda x, scale: (forward(x, scale) * (1 + 5 * next(calls))).astype(x.dtype))
    assert said == ("y: two identical calls give different y: something is left over, or was never set",)


@pytest.mark.parametrize("wrong_call", [1, 2])
def test_either_of_two_identical_calls_may_be_the_wrong_one(wrong_call):
    """Unset memory is right by chance as often as not."""
    mode = {"eps": 1e-6, **SSD}
    forward, calls = kernel(**mode)[0], []

    def sometimes(x, scale):
        calls.append(x)
        return forward(x, scale) * x.dtype.type(3 if len(calls) == wrong_call else 1)

    report = check_l2norm(sometimes, dtypes=("float32",), **mode)
    assert {r.fixture for r in report.failures} == {"repeated call"}
    assert report.diagnosis == ["y: two identical calls give different y: something is left over, or was never set"]


def test_one_dtype_only():
    mode = {"eps": 1e-6, **SSD}
    forward, _ = kernel(**mode)
    (said,) = diagnosis(mode, lambda x, scale: -forward(x, scale) if x.dtype == np.float32 else forward(x, scale))
    assert said.startswith("y: y has the wrong sign (error ")
    assert "float64" not in said


def test_each_dtype_its_own():
    mode = {"eps": 1e-6, **SSD}
    forward, _ = kernel(**mode)
    said = diagnosis(mode, lambda x, scale: -forward(x, scale) if x.dtype == np.float32 else x)
    assert [s.partition(" (")[0] for s in said] == ["y in float32: y has the wrong sign"] or len(said) == 1


@pytest.mark.parametrize("spoil", [np.tanh, lambda dx: dx * 1.01])
def test_nothing_is_said_of_what_nothing_fits(spoil):
    mode = {"eps": 1e-6, **SSD}
    spoils = {"dx": lambda dx, dy, x, g: spoil(dx), "y": lambda y, x, g: spoil(y)}
    assert diagnosis(mode, *spoilt(mode, **spoils), dtypes=("float64",)) == ()


@pytest.mark.parametrize("factor", [1 + 1e-5, 1 + 3e-6, 1 + 1.5e-6])
def test_nothing_is_said_of_inaccuracy(factor):
    """In float32, off by little more than the tolerance."""
    forward, _ = kernel(eps=1e-6, **SSD)
    report = check_l2norm(
        lambda x, scale: forward(x, scale) * x.dtype.type(factor), dtypes=("float32",), eps=1e-6, **SSD
    )
    assert not report.passed
    assert report.diagnosis == []
