"""The check of an L2Norm: run the fixtures, compare, explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from l2norm_ref import _arguments as arguments
from l2norm_ref.check import _tolerance
from l2norm_ref.check._diagnosis import at_zero_scale, diagnose
from l2norm_ref.check._fixtures import fixtures
from l2norm_ref.check._mode import resolve
from l2norm_ref.check._report import Report
from l2norm_ref.check._result import Case, Result, judge
from l2norm_ref.check._run import run


def check_l2norm(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *,
    dtypes: Iterable[str] = ("float32", "float64"),
    strict: bool = False,
    convert: Callable[[np.ndarray], Any] | None = None,
    has_scale: bool = True,
    rank: int | None = None,
    **mode: Any,
) -> Report:
    r"""Check an implementation of L2Norm against the reference, and say what it computes if it is wrong.

    The core fixtures decide: random arrays with a scale that differs between channels, norms on both sides of eps,
    zero, the tie of a clamp, sizes of 1, 67 and 4099, arrays that are not contiguous, and the same call twice. Range
    fixtures, where the squares leave the dtype's range, where a scale is 0, or where 0/0 is a matter of convention, are
    reported in `report.notes` and decide only with `strict`: `torch.nn.functional.normalize` gives 0 for 1e20 in
    float32.

    At the tie of a clamp either one-sided derivative passes, and what lies between them. How large an error may be
    follows from the dtype and the number of elements that are summed, so that code which computes in its own dtype
    passes; `print(report)` shows the formulas.

    Args:
        forward: `forward(x, scale) -> y`. The scale is None where the mode has none, an array of shape () where it is
            shared, of shape (C,) otherwise.
        backward: `backward(dy, x, scale) -> (dx, dscale)`; without scale `dx` alone will do, or `(dx, None)`. None
            checks the forward pass only.
        dtypes: One or more of float16, float32 and float64. All arrays have that dtype, and the results must.
        strict: Whether range fixtures decide.
        convert: Makes of each array what the functions take, `torch.from_numpy` for instance. NumPy arrays otherwise.
        has_scale: Whether the layer has a scale. `False` for `presets.TORCH_NORMALIZE` and all others whose
            `preset.scale` is `"none"`: a mode alone does not say it.
        rank: The rank of x, 1 to 6; 4 unless an axis of the mode asks for more.
        **mode: `across_spatial`, `channel_shared`, `eps`, `eps_mode`, `channel_axis` and `axes`, as `l2norm_forward`
            takes them; a preset is such a mapping. The eps of some is a float32: code that computes float64 with the
            decimal is right in `SSD_CAFFE | {"eps": 1e-10}`.

    Returns:
        The report: `passed`, `failures`, `notes`, `diagnosis`, `raise_for_failures()`, `to_json()`; `print` shows it.
        Whatever the functions do, an exception too, is a failure that names the fixture, and the rest is still run.
        They may return anything with `__array__` or DLPack. Only KeyboardInterrupt and its like are passed on.

    Raises:
        TypeError: An argument of the check is of the wrong type, or is no keyword of a mode.
        ValueError: An argument has a wrong value, or eps leaves no core fixture in a dtype.

    Example:
        >>> import numpy as np
        >>> from l2norm_ref import presets
        >>> from l2norm_ref.check import check_l2norm
        >>> def forward(x, scale):
        ...     d = np.sqrt(np.sum(x * x, axis=1, keepdims=True) + x.dtype.type(1e-10))
        ...     return x / d * scale.reshape(1, -1, 1, 1)
        >>> check_l2norm(forward, **presets.SSD_CAFFE | {"eps": 1e-10}).passed
        True
        >>> check_l2norm(forward, dtypes=("float64",), **presets.TORCHVISION_SSD).diagnosis
        ['y: this is add_inside with eps 1e-10, not clamp_norm with eps 1e-12 (error 3e-16 in float64)']
    """
    for name, function in (("forward", forward), ("backward", backward), ("convert", convert)):
        if not callable(function) and (name == "forward" or function is not None):
            raise arguments.refusal(TypeError, name, "a function" + (" or None" if name != "forward" else ""), function)
    strict = arguments.flag("strict", strict)
    wanted = dtypes_of(dtypes)
    resolved = resolve(mode, has_scale=has_scale, rank=rank)
    results: list[Result] = []
    cases: list[Case] = []
    notes = [] if backward is not None else ["no backward was given: only the forward pass was checked"]
    lengths: dict[str, tuple[int, int]] = {}
    with np.errstate(all="ignore"):
        for chosen in [fixtures(resolved, dtype) for dtype in wanted]:
            for fixture in chosen:
                outcome = run(fixture, forward, backward, convert)
                case, judged = judge(fixture, resolved, outcome, strict=strict)
                lengths[fixture.name] = case.lengths
                cases.append(case)
                results += judged
                notes += outcome.warnings
        diagnosis = diagnose(cases) + (at_zero_scale(cases) if strict else ())
    notes += () if strict else at_zero_scale(cases)
    notes += [f"{r.fixture}, {r.dtype}: {r.message}" for r in results if not r.passed and not r.decides]
    return Report(
        layer="l2norm",
        mode=str(resolved),
        settings=resolved.settings(),
        dtypes=tuple(map(str, wanted)),
        strict=strict,
        has_backward=backward is not None,
        results=tuple(results),
        notes=tuple(dict.fromkeys(notes)),
        diagnosis=list(diagnosis),
        tolerances=dict(_tolerance.FORMULAS),
        roundoff={str(dtype): _tolerance.unit_roundoff(dtype) for dtype in wanted},
        lengths=lengths,
    )


def dtypes_of(value: object) -> tuple[np.dtype, ...]:
    expected = f"some of {', '.join(arguments.FLOATS)}, in a tuple"
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise arguments.refusal(TypeError, "dtypes", expected, value)
    dtypes = []
    for one in value:
        try:
            dtype = np.dtype(one).newbyteorder("=")
        except TypeError as error:
            raise arguments.refusal(TypeError, "dtypes", expected, one) from error
        if one is None or dtype.name not in arguments.FLOATS:
            raise arguments.refusal(ValueError, "dtypes", expected, one)
        dtypes.append(dtype)
    if not dtypes:
        raise arguments.refusal(ValueError, "dtypes", expected, value)
    return tuple(dict.fromkeys(dtypes))
