"""The checks of BatchNorm and of Scale: the same way of running and judging, with fixtures of their own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref.check import _batch_norm_fixtures, _scale_fixtures, _tolerance
from l2norm_ref.check._l2norm import dtypes_of
from l2norm_ref.check._relatives_diagnosis import Hypothesis, batch_norm_hypotheses, diagnose, scale_hypotheses
from l2norm_ref.check._relatives_fixtures import Case, reduced
from l2norm_ref.check._report import Report
from l2norm_ref.check._result import Result, compared, problems
from l2norm_ref.check._run import run_passes

Function = Callable[..., Any]


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
        strict: Whether range fixtures decide: a mean that is large beside the deviation, squares that overflow, and an
            eps that the dtype can hardly hold.
        convert: Makes of each array what the functions take.
        eps: Added to the variance; above 0, as constant channels are among the fixtures.
        channel_axis: 1 or -1.
        given: Whether the statistics are given (Caffe's use_global_stats) instead of those of the batch.

    Returns:
        The report; see `check_l2norm`. One-pass variances (mean of squares less squared mean) are allowed for.

    Raises:
        TypeError, ValueError: An argument of the check is wrong, or eps leaves no core fixture in a dtype.

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
    channel_axis = _channel_axis(channel_axis)

    def cases(dtype: np.dtype) -> list[Case]:
        return _batch_norm_fixtures.fixtures(dtype, channel_axis, eps, given)

    what = "given statistics" if given else "statistics of the batch"
    mode = f"BatchNorm with {what}, eps {eps:.10g}, channels on axis {channel_axis}, x of rank 4"
    extra = ("mean", "var") if given else ()
    offset = "|mean|" if given else "mean|x|"
    formulas = {
        "y": f"(K + 16) u (|x| + {offset}) q / sigma,  q = 1 + mean^2 / sigma^2",
        "dx": "(3 K + 32) u (|dy| + mean|dy| + |xhat| mean|dy xhat|) q / sigma",
    }

    def hypotheses(run: list[Case]) -> list[Hypothesis]:
        return [] if given else batch_norm_hypotheses(eps, reduced(channel_axis), run)

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
    channel_axis = _channel_axis(channel_axis)

    def cases(dtype: np.dtype) -> list[Case]:
        return _scale_fixtures.fixtures(dtype, channel_axis, has_bias)

    mode = f"Scale {'with' if has_bias else 'without'} bias, channels on axis {channel_axis}, x of rank 4"
    outputs = ("dx", "dscale", "dbias") if has_bias else ("dx", "dscale")
    formulas = {"y": "16 u (|scale x| + |bias|)", "dx": "16 u |scale dy|"}
    formulas |= {"dscale": "(L + 16) u sum|x dy|"} | ({"dbias": "(L + 16) u sum|dy|"} if has_bias else {})
    extra = ("scale", "bias") if has_bias else ("scale",)

    def hypotheses(run: list[Case]) -> list[Hypothesis]:
        return scale_hypotheses(reduced(channel_axis))

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
    notes = [] if functions[1] is not None else ["no backward was given: only the forward pass was checked"]
    with np.errstate(all="ignore"):
        run = [case for dtype in chosen for case in cases(dtype)]
        for case in run:
            results += _run(case, functions, extra, outputs, convert, strict)
            notes += case.outcome.warnings
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
        diagnosis=list(diagnose(run, results, hypotheses(run))),
        tolerances=formulas,
        roundoff={str(dtype): _tolerance.unit_roundoff(dtype) for dtype in chosen},
        lengths={case.name: (case.count, case.length) for case in run},
    )


def _run(case: Case, functions, extra, outputs, convert, strict: bool) -> list[Result]:
    x, dtype = case.array("x"), case.array("x").dtype
    inputs = {"x": x} | {name: case.inputs[name] for name in extra}
    passes = [("forward", functions[0], inputs, {"y": x.shape})]
    if functions[1] is not None:
        learned = {name: x.shape if name == "dx" else case.array(name[1:]).shape for name in outputs}
        above = {"dy": case.array("dy")} | {name: value for name, value in inputs.items() if name != "bias"}
        passes.append(("backward", functions[1], above, learned))
    case.outcome = run_passes(passes, convert, strided=case.strided, repeat=case.repeat)
    common = {"fixture": case.name, "dtype": str(dtype), "decides": case.core or strict}
    results = []
    for output in dict.fromkeys((*case.outcome.first, *case.outcome.arrays)):
        truth, size, tolerance = case.truth[output], case.size[output], case.tolerance[output]
        errors = [_tolerance.worst(got, truth, truth, size, tolerance, dtype) for got in case.outcome.runs(output)]
        results.append(compared(common, output, errors, tolerance))
    return results + problems(common, case.outcome)


def _channel_axis(value: Any) -> int:
    """1 or -1, as it was given."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        axis = operator.index(value)
    except Exception as error:
        raise arguments.refusal(TypeError, "channel_axis", "an int, 1 or -1", value) from error
    if axis not in (1, -1):
        raise arguments.refusal(ValueError, "channel_axis", "1 or -1", value)
    return axis
