"""The checks of BatchNorm and Scale: right code passes without a diagnosis, wrong code is named, bad code reported."""

import json
import warnings

import numpy as np
import pytest
from torch_gate import import_torch

from l2norm_ref.check import check_batch_norm, check_scale

AXES = (0, 2, 3)


def parts(x, eps=1e-5, axes=AXES):
    u = x - x.mean(axis=axes, keepdims=True)
    return u, np.sqrt((u * u).mean(axis=axes, keepdims=True) + x.dtype.type(eps))


def mean(values):
    return values.mean(axis=AXES, keepdims=True)


def forward(x):
    u, sigma = parts(x)
    return u / sigma


def backward(dy, x):
    u, sigma = parts(x)
    xhat = u / sigma
    return (dy - mean(dy) - xhat * mean(dy * xhat)) / sigma


def scaled(x, scale, bias):
    return scale.reshape(1, -1, 1, 1) * x + bias.reshape(1, -1, 1, 1)


def unscaled(dy, x, scale):
    return scale.reshape(1, -1, 1, 1) * dy, np.sum(x * dy, axis=AXES), np.sum(dy, axis=AXES)


DTYPES = ("float16", "float32", "float64")


def test_right_code_passes_and_gets_no_diagnosis():
    for report in (
        check_batch_norm(forward, backward, dtypes=DTYPES[1:]),
        check_batch_norm(forward),
        check_scale(scaled, unscaled, dtypes=DTYPES),
        check_scale(lambda x, scale: scale * x, has_bias=False, channel_axis=-1),
    ):
        assert report.passed, str(report)
        assert report.diagnosis == []
        assert json.loads(report.to_json())["passed"] is True
        assert "<table>" in report._repr_html_()
        assert max(map(len, str(report).splitlines())) <= 120


def test_a_one_pass_variance_passes():
    def one_pass(x):
        var = mean(x * x) - mean(x) ** 2
        return (x - mean(x)) / np.sqrt(np.maximum(var, 0) + x.dtype.type(1e-5))

    assert check_batch_norm(one_pass).passed


def test_given_statistics():
    def given(x, mean, var):
        return (x - mean.reshape(1, -1, 1, 1)) / np.sqrt(var.reshape(1, -1, 1, 1) + x.dtype.type(1e-3))

    def gradient(dy, x, mean, var):
        return dy / np.sqrt(var.reshape(1, -1, 1, 1) + x.dtype.type(1e-3))

    assert check_batch_norm(given, gradient, eps=1e-3, given=True).passed
    assert not check_batch_norm(given, gradient, eps=1e-5, given=True).passed


def test_huge_numbers_decide_only_under_strict():
    report = check_batch_norm(forward, dtypes=("float32",))
    assert report.passed
    assert any("huge" in note for note in report.notes)
    assert not check_batch_norm(forward, dtypes=("float32",), strict=True).passed


@pytest.mark.parametrize("dtype", DTYPES[1:])
def test_torch_passes(dtype):
    torch = import_torch()

    def theirs(x):
        return torch.nn.functional.batch_norm(x, None, None, training=True, eps=1e-5)

    def gradient(dy, x):
        x = x.requires_grad_()
        theirs(x).backward(dy)
        return x.grad

    report = check_batch_norm(theirs, gradient, dtypes=(dtype,), convert=torch.from_numpy)
    assert report.passed, str(report)


def wrong_forwards():
    def unbiased(x):
        u, _ = parts(x)
        return u / np.sqrt(u.var(axis=AXES, ddof=1, keepdims=True) + x.dtype.type(1e-5))

    def outside(x):
        u, _ = parts(x)
        return u / (np.sqrt((u * u).mean(axis=AXES, keepdims=True)) + x.dtype.type(1e-5))

    yield "the variance is divided by m - 1 instead of m", unbiased
    yield "eps is added to the deviation instead of the variance", outside
    yield "this is eps 0.001, not 1e-05", lambda x: parts(x, 1e-3)[0] / parts(x, 1e-3)[1]
    yield "the mean is not subtracted", lambda x: x / parts(x)[1]
    yield "nothing is divided: only the mean is subtracted", lambda x: parts(x)[0]
    yield "x is returned as it is", lambda x: x.copy()
    for words, axes in (("each sample (LayerNorm)", (1, 2, 3)), ("each sample and channel (InstanceNorm)", (2, 3))):
        yield f"the statistics are those of {words}", lambda x, axes=axes: np.divide(*parts(x, axes=axes))


def wrong_backwards():
    def parts_of(x):
        u, sigma = parts(x)
        return u / sigma, sigma

    def constants(dy, x):
        return dy / parts_of(x)[1]

    def no_mean(dy, x):
        xhat, sigma = parts_of(x)
        return (dy - xhat * mean(dy * xhat)) / sigma

    def no_variance(dy, x):
        return (dy - mean(dy)) / parts_of(x)[1]

    def sums(dy, x):
        xhat, sigma = parts_of(x)
        return (dy - (mean(dy) + xhat * mean(dy * xhat)) * (x.size // x.shape[1])) / sigma

    def eps_missing(dy, x):
        u, sigma = parts(x)
        var = (u * u).mean(axis=AXES, keepdims=True)
        return (dy - mean(dy) - u * mean(dy * u) / np.where(var > 0, var, np.inf)) / sigma

    yield "the statistics are taken as constants: dy / sigma", constants
    yield "the term through the mean, mean(dy), is missing", no_mean
    yield "the term through the variance, xhat mean(dy xhat), is missing", no_variance
    yield "sums stand where means should", sums
    yield "eps is missing from the term through the variance", eps_missing


@pytest.mark.parametrize("dtype", DTYPES[1:])
@pytest.mark.parametrize(("sentence", "function"), [pytest.param(s, f, id=s) for s, f in wrong_forwards()])
def test_a_wrong_forward_is_named(sentence, function, dtype):
    report = check_batch_norm(function, dtypes=(dtype,))
    assert [text.partition(" (error")[0] for text in report.diagnosis] == [f"y: {sentence}"]


@pytest.mark.parametrize("dtype", DTYPES[1:])
@pytest.mark.parametrize(("sentence", "function"), [pytest.param(s, f, id=s) for s, f in wrong_backwards()])
def test_a_wrong_backward_is_named(sentence, function, dtype):
    report = check_batch_norm(forward, function, dtypes=(dtype,))
    assert [text.partition(" (error")[0] for text in report.diagnosis] == [f"dx: {sentence}"]


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("dx: dy is not multiplied by the scale", lambda dy, x, s: (dy, *unscaled(dy, x, s)[1:])),
        (
            "dscale: it is the mean over the samples instead of the sum",
            lambda dy, x, s: (unscaled(dy, x, s)[0], unscaled(dy, x, s)[1] / len(x), unscaled(dy, x, s)[2]),
        ),
        (
            "dbias: it is the mean over the samples instead of the sum",
            lambda dy, x, s: (*unscaled(dy, x, s)[:2], unscaled(dy, x, s)[2] / len(x)),
        ),
        (
            "dscale: y stands where x should",
            lambda dy, x, s: (*unscaled(dy, s.reshape(1, -1, 1, 1) * x, s)[:2], unscaled(dy, x, s)[2]),
        ),
    ],
)
def test_a_wrong_scale_is_named(sentence, change):
    report = check_scale(scaled, change, dtypes=("float64",))
    assert [text.partition(" (error")[0] for text in report.diagnosis] == [sentence]
    missing = check_scale(lambda x, scale, bias: scale.reshape(1, -1, 1, 1) * x)
    assert [text.partition(" (error")[0] for text in missing.diagnosis] == ["y: the bias is missing"]


def test_what_misbehaves_is_reported_and_the_rest_is_run():
    def raises(x):
        if x.shape == (2, 3, 1, 1):
            raise RuntimeError("too few elements")
        return forward(x)

    report = check_batch_norm(raises, dtypes=("float32",))
    assert [(r.fixture, r.kind) for r in report.failures] == [("few elements", "raised")]
    assert "too few elements" in report.failures[0].message

    def mutates(x):
        y = forward(x)
        x += 1
        return y

    assert {r.kind for r in check_batch_norm(mutates).failures} == {"mutated"}
    assert {r.kind for r in check_batch_norm(lambda x: None).failures} == {"returned"}
    assert {r.kind for r in check_batch_norm(lambda x: forward(x)[:1]).failures} == {"shape"}
    assert {r.kind for r in check_batch_norm(lambda x: forward(x).astype("f2")).failures} == {"dtype"}
    assert {r.kind for r in check_scale(scaled, lambda dy, x, s: dy).failures} == {"returned"}


def test_a_gradient_that_accumulates_is_found_by_the_repeated_call():
    total = {}

    def accumulates(dy, x):
        key = (x.shape, str(x.dtype), x.tobytes())
        total[key] = total.get(key, 0) + backward(dy, x)
        return total[key].astype(x.dtype)

    failed = {r.fixture for r in check_batch_norm(forward, accumulates).failures}
    assert "repeated call" in failed


@pytest.mark.parametrize("what", ["raises", "returns x", "float16"])
def test_what_is_wrong_in_the_first_call_only(what):
    calls = []

    def first(x):
        calls.append(None)
        if len(calls) > 1:
            return forward(x)
        return {"raises": lambda: 1 / 0, "returns x": lambda: x, "float16": lambda: forward(x).astype("f2")}[what]()

    failures = check_batch_norm(first, backward, dtypes=("float32",)).failures
    kind = {"raises": "raised", "returns x": "value", "float16": "dtype"}[what]
    assert [(r.fixture, r.kind) for r in failures] == [("repeated call", kind)]


@pytest.mark.parametrize("eps", [1.0, 1e-3, 1e-7, 1e-12, 1e-300])
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_eps_that_the_dtype_can_hardly_hold(eps, dtype):
    """Right code in its own dtype passes; a fixture where eps, a square or a cube is lost does not decide."""

    def theirs(x):
        u = x - x.mean(axis=AXES, keepdims=True, dtype=x.dtype)
        return u / np.sqrt((u * u).mean(axis=AXES, keepdims=True, dtype=x.dtype) + x.dtype.type(eps))

    report = check_batch_norm(theirs, dtypes=(dtype,), eps=eps)
    assert report.passed, str(report)
    assert sum(r.decides for r in report.results) >= 6


def test_warnings_are_notes():
    def warns(x):
        warnings.warn("slow path", UserWarning, stacklevel=1)
        return forward(x)

    report = check_batch_norm(warns)
    assert report.passed
    assert report.notes.count("forward warned: UserWarning: slow path") == 1


@pytest.mark.parametrize("eps", [1.1e-5, 1e-4, 0.02])
def test_an_eps_that_is_not_in_use_is_read_off_the_results(eps):
    for dtype in DTYPES[1:]:
        report = check_batch_norm(lambda x: np.divide(*parts(x, eps)), dtypes=(dtype,))
        assert [text.partition(" (error")[0] for text in report.diagnosis] == [f"y: this is eps {eps:g}, not 1e-05"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_batch_norm(3), TypeError, "forward: expected a function"),
        (lambda: check_batch_norm(forward, 3), TypeError, "backward: expected a function or None"),
        (lambda: check_batch_norm(forward, eps=0), ValueError, "eps: expected a number above 0"),
        (lambda: check_batch_norm(forward, channel_axis=2), ValueError, "channel_axis: expected 1 or -1, got int 2"),
        (lambda: check_batch_norm(forward, channel_axis=1.0), TypeError, "channel_axis: expected an int, 1 or -1"),
        (lambda: check_batch_norm(forward, channel_axis=np.ones(2)), TypeError, "channel_axis: .*, got an array"),
        (lambda: check_scale(scaled, channel_axis=True), TypeError, "channel_axis: expected an int, 1 or -1"),
        (lambda: check_batch_norm(forward, eps=1e30), ValueError, r"eps: expected one that float32 can hold .*1e\+30"),
        (lambda: check_batch_norm(forward, eps=1e300), ValueError, r"eps: expected one that float32 can hold"),
        (lambda: check_batch_norm(forward, dtypes="float32"), TypeError, "dtypes: expected"),
        (lambda: check_scale(scaled, has_bias=1), TypeError, "has_bias: expected True or False"),
    ],
)
def test_wrong_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
