"""The checks of BatchNorm and of Scale: the same way of running and judging, with fixtures of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref import batch_norm_backward, batch_norm_forward, scale_backward, scale_forward
from l2norm_ref.check import _tolerance
from l2norm_ref.check._call import call
from l2norm_ref.check._l2norm import dtypes_of
from l2norm_ref.check._relatives_diagnosis import batch_norm_hypotheses, diagnose, scale_hypotheses
from l2norm_ref.check._report import Report
from l2norm_ref.check._result import Result

Arrays = dict[str, np.ndarray]
Function = Callable[..., Any]

SHAPES = {
    "random": (2, 3, 5, 7),
    "equal sizes": (3, 3, 3, 3),
    "few elements": (2, 3, 1, 1),
    "one channel": (3, 1, 2, 2),
    "odd sizes": (3, 5, 11, 3),
}


@dataclass(eq=False)
class Case:
    """A fixture and what came of it: inputs, the truth, the sizes of the terms, and the outputs."""

    name: str
    inputs: dict[str, np.ndarray | None]
    count: int
    length: int
    core: bool = True
    strided: bool = False
    repeat: bool = False
    truth: Arrays = field(default_factory=dict)
    size: Arrays = field(default_factory=dict)
    tolerance: dict[str, float] = field(default_factory=dict)
    got: Arrays = field(default_factory=dict)

    def array(self, name: str) -> np.ndarray:
        """An input that is there."""
        value = self.inputs[name]
        assert value is not None
        return value


def check_batch_norm(
    forward: Function,
    backward: Function | None = None,
    *,
    dtypes: Iterable[str] = ("float32", "float64"),
    strict: bool = False,
    convert: Callable[[np.ndarray], Any] | None = None,
    eps: float = 1e-5,
    channel_axis: int = 1,
    given: bool = False,
) -> Report:
    """Check an implementation of BatchNorm without gamma and beta, as `check_l2norm` checks L2Norm.

    Args:
        forward: `forward(x) -> y`; with `given`, `forward(x, mean, var) -> y`.
        backward: `backward(dy, x) -> dx`; with `given`, `backward(dy, x, mean, var) -> dx`. None: forward only.
        dtypes: One or more of float16, float32 and float64.
        strict: Whether range fixtures decide: a mean that is large beside the deviation, and squares that overflow.
        convert: Makes of each array what the functions take.
        eps: Added to the variance; above 0, as constant channels are among the fixtures.
        channel_axis: 1 or -1.
        given: Whether the statistics are given (Caffe's use_global_stats) instead of those of the batch.

    Returns:
        The report; see `check_l2norm`. One-pass variances (mean of squares less squared mean) are allowed for.

    Raises:
        TypeError, ValueError: An argument of the check is wrong.

    Example:
        >>> import numpy as np
        >>> def forward(x):
        ...     u = x - x.mean(axis=(0, 2, 3), keepdims=True)
        ...     return u / np.sqrt(u.var(axis=(0, 2, 3), keepdims=True, ddof=1) + x.dtype.type(1e-5))
        >>> check_batch_norm(forward, dtypes=("float64",)).diagnosis[0].partition(" (error")[0]
        'y: the variance is divided by m - 1 instead of m'
    """
    given, eps = arguments.flag("given", given), arguments.epsilon(eps)
    if eps == 0:
        raise arguments.refusal(ValueError, "eps", "a number above 0", eps)
    axes = _axes(channel_axis)

    def cases(dtype: np.dtype) -> Iterator[Case]:
        for case in _batch_norm_fixtures(dtype, channel_axis, eps, given):
            _batch_norm_truth(case, eps, channel_axis, axes)
            yield case

    what = "given statistics" if given else "statistics of the batch"
    mode = f"BatchNorm with {what}, eps {eps:.10g}, channels on axis {channel_axis}, x of rank 4"
    extra = ("mean", "var") if given else ()
    formulas = {
        "y": "(K + 16) u (|x| + |mean|) q / sigma,  q = 1 + mean^2 / sigma^2",
        "dx": "(3 K + 32) u (|dy| + mean|dy| + |xhat| mean|dy xhat|) q / sigma",
    }
    hypotheses = () if given else batch_norm_hypotheses(eps, axes)
    settings = {"eps": eps, "channel_axis": channel_axis, "given": given}
    return _check(
        "batch_norm",
        mode,
        settings,
        (forward, backward),
        extra,
        ("dx",),
        cases,
        dtypes,
        strict,
        convert,
        formulas,
        hypotheses,
    )


def check_scale(
    forward: Function,
    backward: Function | None = None,
    *,
    dtypes: Iterable[str] = ("float32", "float64"),
    convert: Callable[[np.ndarray], Any] | None = None,
    has_bias: bool = True,
    channel_axis: int = 1,
) -> Report:
    """Check an implementation of Scale, y = scale * x + bias, with a scale for each channel.

    Args:
        forward: `forward(x, scale, bias) -> y`; without bias, `forward(x, scale) -> y`.
        backward: `backward(dy, x, scale) -> (dx, dscale, dbias)`; without bias, `(dx, dscale)`. None: forward only.
        dtypes: As in `check_batch_norm`.
        convert: As in `check_batch_norm`.
        has_bias: Whether there is a bias.
        channel_axis: 1 or -1.

    Returns:
        The report; see `check_l2norm`.

    Raises:
        TypeError, ValueError: An argument of the check is wrong.

    Example:
        >>> check_scale(lambda x, scale: scale * x, has_bias=False, channel_axis=-1).passed
        True
    """
    has_bias = arguments.flag("has_bias", has_bias)
    axes = _axes(channel_axis)

    def cases(dtype: np.dtype) -> Iterator[Case]:
        for case in _scale_fixtures(dtype, channel_axis, has_bias):
            _scale_truth(case, channel_axis, axes)
            yield case

    mode = f"Scale {'with' if has_bias else 'without'} bias, channels on axis {channel_axis}, x of rank 4"
    outputs = ("dx", "dscale", "dbias") if has_bias else ("dx", "dscale")
    formulas = {"y": "16 u (|scale x| + |bias|)", "dx": "16 u |scale dy|"}
    formulas |= {"dscale": "(L + 16) u sum|x dy|"} | ({"dbias": "(L + 16) u sum|dy|"} if has_bias else {})
    extra = ("scale", "bias") if has_bias else ("scale",)
    hypotheses = scale_hypotheses(axes)
    settings = {"has_bias": has_bias, "channel_axis": channel_axis}
    return _check(
        "scale",
        mode,
        settings,
        (forward, backward),
        extra,
        outputs,
        cases,
        dtypes,
        False,
        convert,
        formulas,
        hypotheses,
    )


def _check(
    layer, mode, settings, functions, extra, outputs, cases, dtypes, strict, convert, formulas, hypotheses
) -> Report:
    """Run every case in every dtype, judge it, explain what failed."""
    for name, function in (("forward", functions[0]), ("backward", functions[1]), ("convert", convert)):
        if not callable(function) and (name == "forward" or function is not None):
            raise arguments.refusal(TypeError, name, "a function" + (" or None" if name != "forward" else ""), function)
    strict, chosen = arguments.flag("strict", strict), dtypes_of(dtypes)
    results: list[Result] = []
    run: list[Case] = []
    notes = [] if functions[1] is not None else ["no backward was given: only the forward pass was checked"]
    for dtype in chosen:
        for case in cases(dtype):
            run.append(case)
            results += _run(case, functions, extra, outputs, convert, strict)
    notes += [f"{r.fixture}, {r.dtype}: {r.message}" for r in results if not r.passed and not r.decides]
    return Report(
        layer=layer,
        mode=mode,
        settings=settings,
        dtypes=tuple(map(str, chosen)),
        strict=strict,
        has_backward=functions[1] is not None,
        results=tuple(results),
        notes=tuple(dict.fromkeys(notes)),
        diagnosis=list(diagnose(run, results, hypotheses)),
        tolerances=formulas,
        roundoff={str(dtype): _tolerance.unit_roundoff(dtype) for dtype in chosen},
        lengths={case.name: (case.count, case.length) for case in run},
    )


def _run(case: Case, functions, extra, outputs, convert, strict: bool) -> list[Result]:
    x, common = case.array("x"), {"fixture": case.name, "decides": case.core or strict}
    learned = {"dx": x.shape} | {
        f"d{name}": case.array(name).shape for name in ("scale", "bias") if f"d{name}" in outputs
    }
    rest = {name: case.inputs[name] for name in extra}
    problems = []
    for _ in range(2 if case.repeat else 1):
        arrays, problems = call("forward", functions[0], {"x": x, **rest}, {"y": x.shape}, convert, case.strided)
        if functions[1] is not None:
            inputs = {"dy": case.array("dy"), "x": x, **{k: v for k, v in rest.items() if k != "bias"}}
            more, others = call("backward", functions[1], inputs, learned, convert, case.strided)
            arrays, problems = arrays | more, problems + others
        case.got = arrays
    results = []
    for output, got in case.got.items():
        tolerance, truth = case.tolerance[output], case.truth[output]
        error = _tolerance.worst(got, truth, truth, case.size[output], tolerance, x.dtype)
        place = f"[{', '.join(map(str, error.index))}]"
        message = f"{output}{place} is {error.got:.6g}, expected {error.expected:.6g}: off by {error.relative:.2g} of "
        message += f"its natural magnitude ({error.ulp:.2g} ulp), allowed are {tolerance:.2g}"
        passed = error.excess <= 1
        numbers = {"tolerance": tolerance, "relative": error.relative, "ulp": error.ulp, "index": error.index}
        numbers |= {"expected": error.expected, "got": error.got}
        said = "" if passed else message
        results.append(
            Result(**common, dtype=str(x.dtype), output=output, passed=passed, kind="value", message=said, **numbers)
        )
    wrong = {"dtype": str(x.dtype), "passed": False}
    return results + [Result(**common, **wrong, output=p.output, kind=p.kind, message=p.message) for p in problems]


def _axes(channel_axis: int) -> tuple[int, ...]:
    if channel_axis not in (1, -1):
        raise arguments.refusal(ValueError, "channel_axis", "1 or -1", channel_axis)
    return tuple(k for k in range(4) if k != channel_axis % 4)


def _moved(shape: tuple[int, ...], channel_axis: int) -> tuple[int, ...]:
    return shape if channel_axis == 1 else (shape[0], *shape[2:], shape[1])


def _wide(values: np.ndarray, channel_axis: int) -> np.ndarray:
    return values.astype(np.float64).reshape([-1 if k == channel_axis % 4 else 1 for k in range(4)])


def _batch_norm_fixtures(dtype: np.dtype, channel_axis: int, eps: float, given: bool) -> Iterator[Case]:
    root, largest = math.sqrt(eps), float(np.finfo(dtype).max)
    kinds = [("repeated call", "random", 1.0, 1.0), ("not contiguous", "random", 1.0, 1.0)]
    kinds += [(name, name, 1.0, 1.0) for name in SHAPES]
    kinds += [("near eps", "random", root, 0.0), ("eps dominant", "random", 0.1 * root, 0.0)]
    kinds += [
        ("constant", "odd sizes", 0.0, 3.0),
        ("large mean", "random", 1.0, 1e3),
        ("huge", "random", largest**0.6, 0.0),
    ]
    for name, shape_of, spread, mean in kinds:
        shape = SHAPES[shape_of]
        rng = np.random.default_rng([len(name), *shape])
        x = spread * rng.normal(size=shape) + mean * rng.normal(size=(1, shape[1], 1, 1))
        dy = rng.normal(size=shape)
        arrays = {
            key: np.ascontiguousarray(np.moveaxis(a, 1, channel_axis)).astype(dtype)
            for key, a in (("x", x), ("dy", dy))
        }
        if given:
            arrays["mean"] = (mean * rng.normal(size=shape[1])).astype(dtype)
            arrays["var"] = (np.clip(spread, root, 100.0) ** 2 * rng.uniform(0.5, 2, size=shape[1])).astype(dtype)
        core = name not in ("large mean", "huge")
        count = math.prod(shape) // shape[1]
        yield Case(name, {**arrays}, count, 0, core, name == "not contiguous", name == "repeated call")


def _batch_norm_truth(case: Case, eps: float, channel_axis: int, axes: tuple[int, ...]) -> None:
    x, dy, dtype = case.array("x"), case.array("dy"), case.array("x").dtype
    given = {key: case.array(key).astype(np.float64) for key in ("mean", "var") if key in case.inputs}
    wide = x.astype(np.float64)
    y, saved = batch_norm_forward(wide, eps=eps, channel_axis=channel_axis, **given)
    case.truth = {"y": y, "dx": batch_norm_backward(dy.astype(np.float64), saved)}
    mean = _wide(given["mean"], channel_axis) if given else np.mean(wide, axis=axes, keepdims=True)
    with np.errstate(all="ignore"):
        if given:
            sigma = np.sqrt(_wide(given["var"], channel_axis) + eps)
        else:  # in units of the largest deviation, as the squares of huge ones are none
            unit = np.maximum(1.0, np.max(np.abs(wide - mean), axis=axes, keepdims=True))
            squares = np.mean(((wide - mean) / unit) ** 2, axis=axes, keepdims=True)
            sigma = unit * np.sqrt(squares + (math.sqrt(eps) / unit) ** 2)
        condition = 1.0 if given else 1 + (mean / sigma) ** 2
        xhat = (np.abs(wide) + np.abs(mean)) / sigma
        terms = np.abs(dy).astype(np.float64)
        if not given:
            along = xhat * np.mean(terms * xhat, axis=axes, keepdims=True)
            terms = terms + np.mean(terms, axis=axes, keepdims=True) + along
    case.size = {"y": xhat * condition, "dx": terms / sigma * condition}
    u, k = _tolerance.unit_roundoff(dtype), 0 if given else case.count
    case.tolerance = {"y": (k + 16) * u, "dx": (3 * k + 32) * u}


def _scale_fixtures(dtype: np.dtype, channel_axis: int, has_bias: bool) -> Iterator[Case]:
    for name, shape in {"repeated call": SHAPES["random"], "not contiguous": SHAPES["random"], **SHAPES}.items():
        rng = np.random.default_rng([len(name), *shape])
        x, dy = rng.normal(size=(2, *_moved(shape, channel_axis))).astype(dtype)
        scale, bias = (rng.uniform(0.5, 3, size=(2, shape[1])) * rng.choice([-1, 1], shape[1])).astype(dtype)
        inputs: dict[str, np.ndarray | None] = {"x": x, "dy": dy, "scale": scale} | ({"bias": bias} if has_bias else {})
        length = math.prod(shape) // shape[1]
        yield Case(name, inputs, 1, length, True, name == "not contiguous", name == "repeated call")


def _scale_truth(case: Case, channel_axis: int, axes: tuple[int, ...]) -> None:
    wide = {name: value.astype(np.float64) for name, value in case.inputs.items() if value is not None}
    y, saved = scale_forward(wide["x"], wide["scale"], wide.get("bias"), channel_axis=channel_axis)
    dx, dscale, dbias = scale_backward(wide["dy"], saved)
    scale = _wide(wide["scale"], channel_axis)
    bias = np.abs(_wide(wide["bias"], channel_axis)) if "bias" in wide else 0.0
    case.truth = {"y": y, "dx": dx, "dscale": dscale} | ({} if dbias is None else {"dbias": dbias})
    with np.errstate(all="ignore"):
        case.size = {"y": np.abs(scale * wide["x"]) + bias, "dx": np.abs(scale * wide["dy"])}
        case.size["dscale"] = np.sum(np.abs(wide["x"] * wide["dy"]), axis=axes)
        case.size["dbias"] = np.sum(np.abs(wide["dy"]), axis=axes)
    u = _tolerance.unit_roundoff(case.array("x").dtype)
    case.tolerance = {name: (16 if name in ("y", "dx") else case.length + 16) * u for name in case.truth}
