"""What a failing BatchNorm or Scale computes instead, if one of a few common mistakes fits every fixture that decides.

A hypothesis is a sentence, the output that it is about, and a function from the inputs (float64) to that output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from l2norm_ref.check import _tolerance

if TYPE_CHECKING:
    from l2norm_ref.check._relatives_fixtures import Case
    from l2norm_ref.check._result import Result

Inputs = Mapping[str, np.ndarray]
Hypothesis = tuple[str, str, Callable[[Inputs], np.ndarray]]


def diagnose(cases: Iterable[Case], results: Sequence[Result], hypotheses: Iterable[Hypothesis]) -> tuple[str, ...]:
    """The hypotheses that fit where the reference does not."""
    cases = [case for case in cases if case.core]
    wrong = {r.output for r in results if r.decides and not r.passed and r.kind == "value"}
    found = []
    for sentence, output, function in hypotheses:
        if output not in wrong:
            continue
        errors = [_error(case, output, function) for case in cases if output in case.outcome.arrays]
        if errors and all(error is not None and error[0] <= 4 for error in errors):
            worst = max(errors, key=lambda error: error[0] if error else 0)
            assert worst is not None
            found.append(f"{output}: {sentence} (error {worst[1]:.0e} in {worst[2]})")
    return tuple(found)


def _error(case: Case, output: str, function: Callable[[Inputs], np.ndarray]) -> tuple[float, float, str] | None:
    """How far the hypothesis is off, in units of the tolerance and of the natural magnitude; None without a value."""
    inputs = {name: value.astype(np.float64) for name, value in case.inputs.items() if value is not None}
    with np.errstate(all="ignore"):
        truth = function(inputs)
    got = case.outcome.arrays[output]
    if truth.shape != got.shape or not np.all(np.isfinite(truth)):
        return None
    size = np.maximum(case.size[output], np.abs(truth))
    error = _tolerance.worst(got, truth, truth, size, case.tolerance[output], got.dtype)
    return error.excess, error.relative, str(got.dtype)


def _constants(cases: Iterable[Case], axes: tuple[int, ...], eps: float) -> list[float]:
    """An eps read off the results where it is most of the variance, in the widest dtype; none if it is lost there."""
    found: dict[int, float] = {}
    for case in cases:
        if case.name != "eps dominant" or not case.core or "y" not in case.outcome.arrays:
            continue
        x, y = case.array("x").astype(np.float64), case.outcome.arrays["y"].astype(np.float64)
        u = x - np.mean(x, axis=axes, keepdims=True)
        with np.errstate(all="ignore"):
            sigma = np.median(u / y, axis=axes)
            value = float(np.median(sigma * sigma - np.mean(u * u, axis=axes)))
        if np.isfinite(value) and value > 1e-4 * eps:
            found[case.array("x").dtype.itemsize] = float(f"{value:.5g}")
    return [found[max(found)]] if found else []


def batch_norm_hypotheses(eps: float, axes: tuple[int, ...], cases: Iterable[Case]) -> list[Hypothesis]:
    """Of BatchNorm with the statistics of the batch; the values of eps are those in use and one read off the cases."""

    def parts(inputs: Inputs, over: tuple[int, ...] = axes, constant: float = eps) -> tuple[Any, ...]:
        x = inputs["x"]
        u = x - np.mean(x, axis=over, keepdims=True)
        var = np.mean(u * u, axis=over, keepdims=True)
        return u, var, np.sqrt(var + constant)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.mean(values, axis=axes, keepdims=True)

    def forward(over: tuple[int, ...] = axes, constant: float = eps) -> Callable[[Inputs], np.ndarray]:
        def y(inputs: Inputs) -> np.ndarray:
            u, _, sigma = parts(inputs, over, constant)
            return u / sigma

        return y

    def backward(first: bool, second: bool, times: float = 1.0) -> Callable[[Inputs], np.ndarray]:
        def dx(inputs: Inputs) -> np.ndarray:
            u, _, sigma = parts(inputs)
            dy, xhat, m = inputs["dy"], u / sigma, u[:, 0].size if 1 not in axes else u[..., 0].size
            factor = m if times == 0 else times
            one = mean(dy) * factor if first else 0
            two = xhat * mean(dy * xhat) * factor if second else 0
            return (dy - one - two) / sigma

        return dx

    def unbiased(inputs: Inputs) -> np.ndarray:
        u, var, _ = parts(inputs)
        m = u[:, 0].size if 1 not in axes else u[..., 0].size
        return u / np.sqrt(var * m / (m - 1) + eps)

    def outside(inputs: Inputs) -> np.ndarray:
        u, var, _ = parts(inputs)
        return u / (np.sqrt(var) + eps)

    def no_eps_in_projection(inputs: Inputs) -> np.ndarray:
        u, var, sigma = parts(inputs)
        dy = inputs["dy"]
        return (dy - mean(dy) - u * mean(dy * u) / np.where(var > 0, var, np.inf)) / sigma

    channel = next(k for k in range(4) if k not in axes)
    positions = tuple(k for k in axes if k)
    others = [value for value in (1e-3, 1e-5, 1e-8, 1e-12, 0.0) if abs(value - eps) > 1e-3 * eps]
    read = _constants(cases, axes, eps)
    others += [value for value in read if all(abs(value - known) > 0.01 * known for known in (eps, *others))]
    return [
        ("x is returned as it is", "y", lambda inputs: inputs["x"]),
        ("the mean is not subtracted", "y", lambda inputs: inputs["x"] / parts(inputs)[2]),
        ("nothing is divided: only the mean is subtracted", "y", lambda inputs: parts(inputs)[0]),
        ("the variance is divided by m - 1 instead of m", "y", unbiased),
        ("eps is added to the deviation instead of the variance", "y", outside),
        *((f"this is eps {value:g}, not {eps:g}", "y", forward(constant=value)) for value in others),
        ("the statistics are those of each sample (LayerNorm)", "y", forward((channel, *positions))),
        ("the statistics are those of each sample and channel (InstanceNorm)", "y", forward(positions)),
        ("the statistics are taken as constants: dy / sigma", "dx", backward(False, False)),
        ("the term through the mean, mean(dy), is missing", "dx", backward(False, True)),
        ("the term through the variance, xhat mean(dy xhat), is missing", "dx", backward(True, False)),
        ("sums stand where means should", "dx", backward(True, True, 0.0)),
        ("eps is missing from the term through the variance", "dx", no_eps_in_projection),
    ]


def scale_hypotheses(axes: tuple[int, ...]) -> list[Hypothesis]:
    """Of Scale."""
    channel = next(k for k in range(4) if k not in axes)

    def wide(values: np.ndarray) -> np.ndarray:
        return values.reshape([-1 if k == channel else 1 for k in range(4)])

    def batch(values: np.ndarray, inputs: Inputs) -> np.ndarray:
        return values / inputs["x"].shape[0]

    def dscale(inputs: Inputs) -> np.ndarray:
        return np.sum(inputs["x"] * inputs["dy"], axis=axes)

    def scaled(inputs: Inputs) -> np.ndarray:
        return wide(inputs["scale"]) * inputs["x"]

    return [
        ("the bias is missing", "y", scaled),
        (
            "the scale is missing",
            "y",
            lambda inputs: inputs["x"] + wide(inputs["bias"]) if "bias" in inputs else inputs["x"],
        ),
        ("dy is not multiplied by the scale", "dx", lambda inputs: inputs["dy"]),
        ("it is the mean over the samples instead of the sum", "dscale", lambda inputs: batch(dscale(inputs), inputs)),
        ("y stands where x should", "dscale", lambda inputs: np.sum(scaled(inputs) * inputs["dy"], axis=axes)),
        ("it is the mean over the samples instead of the sum", "dbias", lambda i: batch(np.sum(i["dy"], axis=axes), i)),
    ]
