"""What a failing implementation computes instead, said only where it fits everything that was run.

A hypothesis is accepted for an output of a dtype if every core fixture's result agrees with it within twice the
tolerance, and if the reference is off by several tolerances somewhere. Nothing is said of a deviation that is small
beside the tolerance, nor of one that no hypothesis fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from l2norm_ref.check._hypotheses import Hypotheses, Hypothesis, Known
from l2norm_ref.check._result import Case
from l2norm_ref.check._slices import norms

CLEAR = 4.0  # tolerances by which a result must deviate before it is explained
OUTPUTS = ("y", "dx", "dscale")
Errors = dict[str, float]  # by dtype


def diagnose(cases: Iterable[Case]) -> tuple[str, ...]:
    """Sentences, one for each explanation; none for an implementation that is right."""
    cases, known = [case for case in cases if case.fixture.core], {}
    said: dict[tuple[str, tuple[str, ...]], tuple[list[str], dict[str, float]]] = {}
    for output in OUTPUTS:
        failing = tuple(dict.fromkeys(str(c.dtype) for c in cases if c.excess.get(output, 0.0) > 1))
        for dtypes, text, errors in _of_dtypes(cases, output, failing, known):
            outputs, largest = said.setdefault((text, () if dtypes == failing else dtypes), ([], {}))
            outputs.append(output)
            for dtype, error in errors.items():
                largest[dtype] = max(error, largest.get(dtype, 0.0))
    sentences = []
    for (text, dtypes), (outputs, errors) in said.items():
        where = f" in {' and '.join(dtypes)}" if dtypes else ""
        measured = ", ".join(f"{error:.0e} in {dtype}" if error else f"0 in {dtype}" for dtype, error in errors.items())
        sentences.append(f"{', '.join(outputs)}{where}: {text}" + (f" (error {measured})" if measured else ""))
    return tuple(sentences)


def at_zero_scale(cases: Iterable[Case]) -> tuple[str, ...]:
    """What a dscale says that is finite everywhere but where the scale is 0."""
    for case in cases:
        dscale, scale = case.outcome.arrays.get("dscale"), case.fixture.scale
        if case.fixture.name != "zero scale" or dscale is None or scale is None:
            continue
        if np.array_equal(~np.isfinite(dscale), scale == 0):
            return ("dscale is not finite where the scale is 0: it looks like sum(y dy) / scale, 0/0 there",)
    return ()


def _of_dtypes(
    cases: list[Case], output: str, failing: tuple[str, ...], known: Known
) -> Iterator[tuple[tuple[str, ...], str, Errors]]:
    """Explanations that hold for all the dtypes that fail; where there is none, for one of them."""
    for dtypes in (failing, *((dtype,) for dtype in failing)):
        run = [c for c in cases if str(c.dtype) in dtypes and output in c.outcome.arrays]
        said = _of_state(run, output)
        if not said:
            said = _of_formula(run, output, known, deep=dtypes == failing)
            if not any("this is none" in text for text, _ in said):  # where that goes without saying
                said = [*_of_zero(run, output, explained=bool(said)), *said]
        if said:
            yield from ((dtypes, text, errors) for text, errors in said)
            return


def _of_state(cases: list[Case], output: str) -> list[tuple[str, Errors]]:
    return [(text, {}) for text in dict.fromkeys(t for c in cases if c.fixture.repeat for t in _state(c, output))]


def _of_zero(cases: list[Case], output: str, *, explained: bool) -> list[tuple[str, Errors]]:
    """What is NaN at zero; not said where there is more that is wrong and nothing explains it."""
    skips = [_not_finite_at_zero(case, output) for case in cases]
    rest_is_right = all(_deviation(case, output, skip) <= 1 for case, skip in zip(cases, skips, strict=True))
    if not any(skip.any() for skip in skips) or not (explained or rest_is_right):
        return []
    right = "h / d" if output == "dx" else "0"
    return [(f"{output} is not finite where x is 0 throughout a norm; {right} is right there", {})]


@dataclass(frozen=True, eq=False)
class _Measured:
    """One output of a case: what came, which elements say nothing, and what is allowed."""

    case: Case
    got: np.ndarray
    skip: np.ndarray
    deviation: float
    tolerance: float
    least: float


def _measured(case: Case, output: str) -> _Measured:
    got, skip = case.outcome.arrays[output].astype(np.float64), _not_finite_at_zero(case, output)
    least = 4 * float(np.finfo(case.dtype).smallest_subnormal)
    return _Measured(case, got, skip, _deviation(case, output, skip), 2 * case.tolerance(output), least)


def _of_formula(cases: list[Case], output: str, known: Known, *, deep: bool) -> list[tuple[str, Errors]]:
    """The first stage of hypotheses in which one fits."""
    cases = [c for c in cases if not c.fixture.repeat and not (output == "dx" and c.fixture.tie)]
    measured = [_measured(c, output) for c in cases]
    if not any(m.deviation >= CLEAR for m in measured):
        return []
    measured.sort(key=lambda m: (m.deviation < CLEAR, m.got.size))  # those that refute, the quick ones first
    hypotheses = Hypotheses(output, cases[0].mode, _constants(sorted(cases, key=lambda c: -c.dtype.itemsize)), known)
    for stage in hypotheses.stages(deep=deep):
        fitting: dict[str, tuple[Hypothesis, Errors]] = {}
        for hypothesis in stage:
            if hypothesis.family not in fitting and (errors := _fit(hypothesis, measured)):
                fitting[hypothesis.family] = hypothesis, errors
            if fitting and hypothesis.last:
                break
        if fitting:
            (first, errors), *others = fitting.values()
            also = " or ".join(other.short or other.text for other, _ in others[:2])
            return [(first.text + (f"; on what was run the same as {also}" if also else ""), errors)]
    return []


def _fit(hypothesis: Hypothesis, measured: list[_Measured]) -> Errors:
    """The largest error by dtype, in units of the hypothesis' own magnitude; empty where it does not explain it all."""
    errors: Errors = {}
    explained: set[str] = set()
    for m in measured:
        sized = hypothesis.values(m.case)
        if sized is None:
            continue
        if sized.value.size == m.got.size:
            value, size = sized.value.reshape(m.got.shape), sized.size.reshape(m.got.shape)
        else:
            value, size = np.broadcast_to(sized.value, m.got.shape), np.broadcast_to(sized.size, m.got.shape)
        silent = np.isnan(value) | m.skip
        error = np.abs(m.got - value)
        if not np.all((error <= m.tolerance * size + m.least) | silent):
            return {}
        if np.all(silent):
            continue
        ratio = np.divide(error, size, out=np.zeros_like(error), where=(error > 0) & ~silent)
        dtype = str(m.case.dtype)
        errors[dtype] = max(errors.get(dtype, 0.0), float(np.max(ratio)))
        if m.deviation >= CLEAR:
            explained.add(dtype)
    return errors if explained == {str(m.case.dtype) for m in measured if m.deviation >= CLEAR} else {}


def _deviation(case: Case, output: str, skip: np.ndarray) -> float:
    """The worst error in tolerances, without the elements to skip."""
    if not skip.any():
        return case.excess.get(output, 0.0)
    got = np.where(skip, case.low[output], case.outcome.arrays[output].astype(np.float64))
    allowed = case.tolerance(output) * case.size[output] + 4 * float(np.finfo(case.dtype).smallest_subnormal)
    error = np.abs(got - np.clip(got, case.low[output], case.high[output])) / allowed
    return float(np.max(np.where(np.isnan(got), np.inf, error)))


def _not_finite_at_zero(case: Case, output: str) -> np.ndarray:
    """The slices of x that are zero throughout, if what came is finite nowhere in them and everywhere else."""
    got = case.outcome.arrays[output]
    if output == "dscale" or case.fixture.name != "zero slices":
        return np.zeros(got.shape, dtype=bool)
    wrong, zero = ~np.isfinite(got), np.broadcast_to(norms(case.fixture.x, case.mode.axes) == 0, got.shape)
    return wrong if np.array_equal(wrong, zero) else np.zeros_like(wrong)


def _state(case: Case, output: str) -> list[str]:
    """What the second of two identical calls says of the first."""
    first, second = (a.get(output) for a in (case.outcome.first, case.outcome.arrays))
    if first is None or second is None:
        return []
    first, second = first.astype(np.float64), second.astype(np.float64)
    size = case.size[output] + np.nan_to_num(np.abs(first) + np.abs(second), posinf=0.0)
    allowed = 2 * case.tolerance(output) * size + 4 * float(np.finfo(case.dtype).smallest_subnormal)
    same = (np.abs(second - first) <= allowed) | (np.isnan(first) & np.isnan(second)) | (first == second)
    if np.all(same):
        return []
    added = second - first
    if np.all(np.abs(added - case.low[output]) <= allowed) or np.all(np.abs(added - first) <= allowed):
        what = "the gradient accumulates into" if output != "y" else "the result accumulates into"
        return [f"{what} {output}: a call adds to what the call before it left"]
    return [f"two identical calls give different {output}: something is left over, or was never set"]


def _constants(cases: list[Case]) -> dict[str, list[float]]:
    """Values of eps read off the results: from the denominator at the smallest norm, and from the gradient at x = 0."""
    found: dict[str, list[float]] = {}
    for case in cases:
        x = case.fixture.x.astype(np.float64)
        gamma = np.broadcast_to(case.mode.gamma(case.fixture.scale), x.shape)
        n = np.broadcast_to(norms(x, case.mode.axes), x.shape)
        pairs = []
        if (y := case.outcome.arrays.get("y")) is not None and np.any(n > 0):
            pairs.append((gamma * x, y, n == np.min(n[n > 0])))
        if (dx := case.outcome.arrays.get("dx")) is not None:
            pairs.append((gamma * case.fixture.dy, dx, n == 0))
        for above, below, where in pairs:
            if case.fixture.name.split()[0] not in ("magnitudes", "zero", "eps") or not where.any():
                continue
            norm, d = float(n[where][0]), float(np.median(above[where] / below[where].astype(np.float64)))
            for mode, eps in (
                ("add_inside", (d - norm) * (d + norm)),
                ("add_outside", d - norm),
                ("clamp_norm", d),
                ("clamp_sum", d * d),
            ):
                if np.isfinite(eps) and eps > 0:
                    found.setdefault(mode, []).append(eps)
    return found
