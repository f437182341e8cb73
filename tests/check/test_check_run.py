"""Code that misbehaves: every time a failure that names the fixture, and never a traceback; the rest is still run."""

import warnings

import numpy as np
import pytest
from check_kernels import kernel

from l2norm_ref.check import check_l2norm

SSD = {"across_spatial": False, "channel_shared": False, "eps": 1e-6}
FORWARD, BACKWARD = kernel(**SSD)


class Lazy:
    """Something with __array__."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        if isinstance(self.array, Exception):
            raise self.array
        return self.array


class Exporter:
    """Something with DLPack and nothing else."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **arguments):
        return self.array.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Tensor:
    """One with a history and on a device, which refuses to convert itself."""

    def __init__(self, array, steps=()):
        self.array, self.steps = array, steps

    def detach(self):
        return Tensor(self.array, (*self.steps, "detach"))

    def cpu(self):
        return Tensor(self.array, (*self.steps, "cpu"))

    def __array__(self, dtype=None, copy=None):
        assert self.steps == ("detach", "cpu")
        return self.array


class CudaArray:
    """One that is converted by its own method only."""

    def __init__(self, array):
        self.array, self.__cuda_array_interface__ = array, {}

    def get(self):
        return self.array

    def __array__(self, dtype=None, copy=None):
        raise TypeError("implicit conversion is not allowed")


def fails(forward, backward=None, **arguments):
    """The messages of the failures, which are in every fixture, and of the kind that is asked."""
    report = check_l2norm(forward, backward, dtypes=("float32",), **SSD, **arguments)
    assert not report.passed
    fixtures = {r.fixture for r in report.results}
    assert len(fixtures) > 10
    assert str(report) and report.to_json() and report._repr_html_()
    return report


def only_message(report, kind):
    assert {r.kind for r in report.failures} == {kind}
    assert {r.fixture for r in report.failures} == {r.fixture for r in report.results if r.decides}
    assert report.diagnosis == []
    return report.failures[0].message


def raising(error):
    def forward(x, scale):
        raise error

    return forward


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    "error, text",
    [
        (ValueError("bad\n\x1b[31mshape"), "forward raised ValueError: bad ?[31mshape (test_check_run.py, line "),
        (SystemExit(3), "forward raised SystemExit: 3 (test_check_run.py, line "),
        (Unprintable(), "forward raised Unprintable: ... (test_check_run.py, line "),
        (MemoryError(), "forward raised MemoryError (test_check_run.py, line "),
        (StopIteration(), "forward raised StopIteration (test_check_run.py, line "),
        (RuntimeError("x" * 10_000), "forward raised RuntimeError: " + 297 * "x" + "... (test_check_run.py, line "),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_raised_is_reported(error, text):
    assert only_message(fails(raising(error)), "raised").startswith(text)


def test_an_interrupt_is_passed_on():
    with pytest.raises(KeyboardInterrupt):
        check_l2norm(raising(KeyboardInterrupt()))


def test_one_fixture_that_raises_leaves_the_others():
    def forward(x, scale):
        if x.shape == (1, 1, 1, 1):
            raise RuntimeError("no")
        return FORWARD(x, scale)

    report = fails(forward, BACKWARD)
    assert {(r.fixture, r.kind) for r in report.failures} == {("sizes of 1", "raised")}


def test_a_signature_that_does_not_fit():
    message = only_message(fails(lambda x: x), "raised")
    assert message.startswith("forward raised TypeError: ") and "positional argument" in message
    assert "_run.py" not in message


@pytest.mark.parametrize(
    "value, kind, text",
    [
        (lambda y: None, "returned", "y: expected an array, got None"),
        (lambda y: (v for v in y), "returned", "y: expected an array, got an object of type generator"),
        (lambda y: "y", "returned", "y: expected an array, got an object of type str"),
        (lambda y: y.tolist(), "returned", "y: expected an array, got an object of type list"),
        (lambda y: (y, None), "returned", "y: expected an array, got an object of type tuple"),
        (lambda y: 1.0, "returned", "y: expected an array, got an object of type float"),
        (lambda y: np.ma.array(y, mask=True), "returned", "y: expected an array without a mask, got a masked array"),
        (lambda y: y.astype(object), "dtype", "y: expected dtype float32, got object"),
        (lambda y: y.astype(np.float64), "dtype", "y: expected dtype float32, got float64"),
        (lambda y: y.astype(complex), "dtype", "y: expected dtype float32, got complex128"),
        (lambda y: y.astype(">f4"), "dtype", "y: expected dtype float32, got >f4"),
        (lambda y: y[0], "shape", "y: expected shape (2, 3, 5, 7), got (3, 5, 7)"),
        (lambda y: y.sum(), "shape", "y: expected shape (2, 3, 5, 7), got ()"),
        (lambda y: y[None], "shape", "y: expected shape (2, 3, 5, 7), got (1, 2, 3, 5, 7)"),
        (
            lambda y: Lazy(ValueError("broken")),
            "returned",
            "y: the Lazy could not be read as an array: ValueError: broken",
        ),
        (lambda y: Lazy([1.0]), "returned", "y: __array__ returned an object of type list"),
    ],
)
def test_what_is_returned_is_checked(value, kind, text):
    report = fails(lambda x, scale: value(FORWARD(x, scale)))
    assert only_message(report, kind).startswith(text)


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "backward: expected (dx, dscale), got None"),
        (np.ones(3), "backward: expected (dx, dscale), got an object of type ndarray"),
        ((), "backward: expected (dx, dscale), got a tuple of 0"),
        ([1, 2, 3], "backward: expected (dx, dscale), got a list of 3"),
    ],
    ids=str,
)
def test_the_backward_pass_returns_two(value, text):
    assert only_message(fails(FORWARD, lambda dy, x, scale: value), "returned") == text


def test_parts_of_the_backward_pass():
    def without_dscale(dy, x, scale):
        return BACKWARD(dy, x, scale)[0], None

    report = fails(FORWARD, without_dscale)
    assert only_message(report, "returned") == "dscale: expected an array, got None"
    assert all(r.passed for r in report.results if r.output == "dx" and r.decides)
    report = fails(FORWARD, lambda dy, x, scale: (BACKWARD(dy, x, scale)[0], np.float32(1)))
    assert only_message(report, "shape") == "dscale: expected shape (3,), got ()"


def test_without_scale_nothing_second():
    report = check_l2norm(lambda x, scale: FORWARD(x, None), lambda dy, x, scale: (dy, dy), has_scale=False, **SSD)
    text = "backward: expected dx or (dx, None), got a second an object of type ndarray"
    assert {r.message for r in report.failures} == {text}


@pytest.mark.parametrize("shape", ["()", "(1,)", "float"])
def test_the_gradient_of_a_shared_scale(shape):
    forward, backward = kernel(eps=1e-6)

    def reshaped(dy, x, scale):
        dx, dscale = backward(dy, x, scale)
        return dx, {"()": dscale, "(1,)": dscale.reshape(1), "float": float(dscale)}[shape]

    assert check_l2norm(forward, reshaped, eps=1e-6).passed


@pytest.mark.parametrize(
    "wrap",
    [Lazy, Exporter, Tensor, CudaArray, lambda a: a.view(np.matrix) if a.ndim == 2 else a],
    ids=["lazy", "exporter", "tensor", "cuda", "matrix"],
)
def test_other_arrays_are_read(wrap):
    def backward(dy, x, scale):
        return tuple(map(wrap, BACKWARD(dy, x, scale)))

    assert check_l2norm(lambda x, scale: wrap(FORWARD(x, scale)), backward, **SSD).passed


@pytest.mark.parametrize("name", ["x", "scale"])
def test_a_forward_pass_that_changes_its_argument(name):
    def forward(x, scale):
        y = FORWARD(x, scale)
        {"x": x, "scale": scale}[name][...] = 7
        return y

    message = only_message(fails(forward, BACKWARD), "mutated")
    assert message == f"forward changes its argument {name} in place"


@pytest.mark.parametrize("name", ["dy", "x", "scale"])
def test_a_backward_pass_that_changes_its_argument(name):
    def backward(dy, x, scale):
        out = BACKWARD(dy, x, scale)
        {"dy": dy, "x": x, "scale": scale}[name].fill(0.5)
        return out

    message = only_message(fails(FORWARD, backward), "mutated")
    assert message == f"backward changes its argument {name} in place"


def test_in_place_work_is_seen_but_the_result_is_judged():
    def forward(x, scale):
        x[...] = FORWARD(x, scale)
        return x

    report = fails(forward)
    assert {r.kind for r in report.failures} == {"mutated"}
    assert all(r.passed for r in report.results if r.kind == "value" and r.decides)


def test_arguments_can_be_kept_and_changed_later():
    """What is handed out is a copy each time: whoever spoils it later spoils nothing."""
    kept = []

    def forward(x, scale):
        for old in kept:
            old[...] = np.nan
        kept[:] = [x, scale]
        return FORWARD(x, scale)

    assert check_l2norm(forward, **SSD).passed


def test_a_result_can_be_overwritten_later():
    buffers: dict = {}

    def forward(x, scale):
        buffer = buffers.setdefault((x.shape, x.dtype), np.empty_like(x))
        buffer[...] = FORWARD(x, scale)
        return buffer

    assert check_l2norm(forward, **SSD).passed


def test_nothing_finite():
    report = fails(lambda x, scale: np.full_like(x, np.nan))
    assert report.failures[0].message.startswith("y[0, 0, 0, 0] is nan, expected ")
    assert report.diagnosis == []
    report = fails(lambda x, scale: np.full_like(x, np.inf))
    assert report.failures[0].got == np.inf


def test_convert():
    seen = set()

    def convert(array):
        assert type(array) is np.ndarray
        return Lazy(array)

    def forward(x, scale):
        seen.update((type(x), type(scale)))
        return Lazy(FORWARD(x.array, scale.array))

    assert check_l2norm(forward, convert=convert, **SSD).passed
    assert seen == {Lazy}
    report = fails(FORWARD, convert=lambda array: 1 / 0)
    assert only_message(report, "raised").startswith("forward raised ZeroDivisionError")


def test_strides():
    layouts = set()

    def forward(x, scale):
        layouts.add((x.flags.c_contiguous, x.flags.f_contiguous, min(x.strides) > 0, x.flags.writeable))
        return FORWARD(x, scale)

    assert check_l2norm(forward, dtypes=("float64",), **SSD).passed
    assert (False, False, True, True) in layouts
    assert {writeable for *_, writeable in layouts} == {True}

    def careless(x, scale):
        return FORWARD(np.ascontiguousarray(x).ravel(order="K").reshape(x.shape), scale)

    def wrong(x, scale):
        return FORWARD(x.ravel(order="K").reshape(x.shape), scale)

    assert check_l2norm(careless, **SSD).passed
    report = fails(wrong)
    assert {r.fixture for r in report.failures} == {"not contiguous"}


def test_warnings_are_notes():
    def forward(x, scale):
        warnings.warn("slow path", UserWarning, stacklevel=1)
        return FORWARD(x, scale)

    report = check_l2norm(forward, **SSD)
    assert report.passed
    assert report.notes.count("forward warned: UserWarning: slow path") == 1
    assert all("RuntimeWarning" not in note for note in report.notes)


def test_a_generator_function():
    def forward(x, scale):
        yield FORWARD(x, scale)

    assert only_message(fails(forward), "returned") == "y: expected an array, got an object of type generator"


def once(what):
    """A forward pass whose first call is not like the others."""
    calls = []

    def forward(x, scale):
        calls.append(None)
        return FORWARD(x, scale) if len(calls) > 1 else what(x, scale)

    return forward


def spoils(x, scale):
    y = FORWARD(x, scale)
    x[...] = 0
    return y


@pytest.mark.parametrize(
    "what, kind, text",
    [
        (raising(RuntimeError("cold start")), "raised", "forward raised RuntimeError: cold start (test_check_run.py"),
        (spoils, "mutated", "forward changes its argument x in place"),
        (lambda x, scale: np.asarray(FORWARD(x, scale), np.float16), "dtype", "y: expected dtype float32, got float16"),
        (lambda x, scale: FORWARD(x, scale)[0], "shape", "y: expected shape (2, 3, 5, 7), got (3, 5, 7)"),
        (lambda x, scale: None, "returned", "y: expected an array, got None"),
        (lambda x, scale: np.zeros_like(x), "value", "y["),
    ],
)
def test_what_is_wrong_in_the_first_call_only(what, kind, text):
    report = fails(once(what))
    assert [(r.fixture, r.kind) for r in report.failures] == [("repeated call", kind)]
    assert report.failures[0].message.startswith(text)
    if kind != "value":
        assert report.failures[0].message.endswith(", in the first of two identical calls")


def test_the_same_problem_in_both_calls_is_one():
    report = fails(lambda x, scale: None)
    assert [r.message for r in report.failures if r.fixture == "repeated call"] == ["y: expected an array, got None"]


def test_one_gradient_may_come_alone_in_a_tuple():
    def alone(dy, x, scale):
        return (BACKWARD(dy, x, None)[0],)

    assert check_l2norm(lambda x, scale: FORWARD(x, None), alone, has_scale=False, **SSD).passed
