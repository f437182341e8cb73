"""The generated files: which derivations are printed into which module, and what the modules say of themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..symbolic.definitions import DENOMINATORS
from ..symbolic.derivation import (
    derive_batch_norm,
    derive_batch_norm_scale,
    derive_global_batch_norm,
    derive_l2norm,
    derive_rms_norm,
    derive_scale,
)
from .functions import Pair

MODES = (("c", "c"), ("c", ""), ("cs", "c"), ("cs", ""))
"""(reduced axes, axes of gamma): across_spatial false and true, channel_shared false and true."""

EXAMPLE_EPS = {"add_inside": 75, "add_outside": 5, "clamp_norm": 10, "clamp_sum": 100, "none": 0}
"""For the docstring examples: eps such that the denominator of x = (3, 4) is 10 (5 where eps is not used)."""

L2NORM = '''"""L2Norm in NumPy: forward and backward for every denominator in use. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, definitions {fingerprint}

This file needs NumPy and nothing else; it may be copied into another project. Any rank, any axes: `axes` is the tuple
of axes along which x is summed, gamma is an array of the rank of x that broadcasts against it, and `gamma_axes` is the
tuple of axes along which it does. For x of shape (N, C, H, W):

    one norm for each position     axes = (1,)             (across_spatial=False)
    one norm for each sample       axes = (1, 2, 3)        (across_spatial=True)
    one scale for each channel     gamma of shape (1, C, 1, 1), gamma_axes = (0, 2, 3)
    one scale for all              gamma of shape (1, 1, 1, 1), gamma_axes = (0, 1, 2, 3)

Below, <a, b> is the sum of a * b along axes, and a condition in brackets switches off the term before it where it does
not hold. Arguments are not validated here, and where d is 0 (x = 0 without eps) the results are NaN: that, other number
types and extreme magnitudes are the business of `l2norm_ref.l2norm_forward` and `l2norm_ref.l2norm_backward`.
"""

import numpy as np
'''

BATCH_NORM = '''"""BatchNorm, Scale and their relatives in NumPy, forward and backward. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/batch_norm.py, definitions {fingerprint}

This file needs NumPy and nothing else; it may be copied into another project. Any rank, any axes: `axes` is the tuple
of axes that are averaged over, and m is the number of elements along them. For x of shape (N, C, H, W):

    BatchNorm       axes = (0, 2, 3), m = N * H * W
    LayerNorm       axes = (1, 2, 3), m = C * H * W
    InstanceNorm    axes = (2, 3), m = H * W
    GroupNorm       x of shape (N, G, C // G, H, W), axes = (2, 3, 4), m = C // G * H * W
    RMSNorm         axes = (1,), m = C

gamma, beta, mu and var are arrays of the rank of x that broadcast against it, (1, C, 1, 1) for one number a channel;
`gamma_axes` is the tuple of axes along which gamma is broadcast, (0, 2, 3). `global_batch_norm` is BatchNorm with
statistics that are given, `batch_norm_scale` BatchNorm followed by Scale.

Below, mean(a) is the mean of a along axes. y may be one of the arrays in `saved`: change a copy of it. Arguments are
not validated here, and where sigma is 0 (x constant, without eps) the results are NaN: that, other number types and
extreme magnitudes are the business of `l2norm_ref.batch_norm_forward` and the functions beside it.
"""

import numpy as np
'''


def l2norm_pair(variant: str) -> Pair:
    """Both functions of one denominator, printed alike in every mode of the layer."""
    return Pair(
        variant,
        tuple(derive_l2norm(*mode, variant) for mode in MODES),
        {"x": [[3, 4]], "gamma": [[1, 2]], "eps": EXAMPLE_EPS[variant], "dy": [[1, 0]]},
        closed_form=True,
    )


def l2norm_pairs() -> Iterator[Pair]:
    """The functions of every denominator, one after the other."""
    return map(l2norm_pair, DENOMINATORS)


def batch_norm_pairs() -> list[Pair]:
    """BatchNorm, with given statistics, RMSNorm, Scale, and BatchNorm followed by Scale; over all axes in use."""
    x, eps, dy, two = [[1], [5]], 12, [[8], [0]], {"m": 2}  # variance 4, sigma 4
    affine = {"gamma": [[3]], "beta": [[2]]}
    family = (("ns", "c", "ncs"), ("cs", "cs", "ncs"), ("s", "c", "ncs"), ("ks", "gk", "ngks"))
    return [
        Pair(
            "batch_norm",
            tuple(derive_batch_norm(over, x_axes) for over, _, x_axes in family),
            {"x": x, "eps": eps, "dy": dy, **two},
        ),
        Pair(
            "global_batch_norm",
            (derive_global_batch_norm(),),
            {"x": x, "mu": [[1]], "var": [[4]], "eps": eps, "dy": dy},
        ),
        Pair(
            "rms_norm",
            (derive_rms_norm("c"), derive_rms_norm("cs")),
            {"x": [[1, 7]], "eps": 0, "dy": [[5, 0]], **two},
        ),
        Pair(
            "scale",
            tuple(derive_scale(axes, bias=False) for axes in ("c", "", "cs")),
            {"x": [[3, 4]], "gamma": [[1, 2]], "dy": [[1, 2]]},
        ),
        Pair(
            "scale_bias",
            tuple(derive_scale(axes) for axes in ("c", "", "cs")),
            {"x": [[3, 4]], "gamma": [[1, 2]], "beta": [[5, 6]], "dy": [[1, 2]]},
        ),
        Pair(
            "batch_norm_scale",
            tuple(derive_batch_norm_scale(*mode) for mode in family),
            {"x": x, "eps": eps, "dy": dy, **affine, **two},
        ),
    ]


def l2norm_module() -> str:
    """The text of `l2norm_ref/reference/l2norm.py`.

    Raises:
        ReadBackError: the text does not say what was derived.
        ValueError: two modes of one denominator print different text.
    """
    return _module(L2NORM, list(l2norm_pairs()))


def batch_norm_module() -> str:
    """The text of `l2norm_ref/reference/batch_norm.py`; raises as `l2norm_module` does."""
    return _module(BATCH_NORM, batch_norm_pairs())


def find(variant: str) -> tuple[str, int, Pair]:
    """Where the functions of a variant are printed: the file, the number of lines before them, and the Pair.

    Raises:
        ValueError: no file has such a variant.

    Example:
        >>> file, before, pair = find("add_inside")
        >>> file, before, [line.text for line in pair.lines()].index("def add_inside_forward(x, gamma, eps, axes):")
        ('reference/l2norm.py', 20, 2)
    """
    files: tuple[tuple[str, str, Callable[[], Iterable[Pair]]], ...] = (
        ("reference/l2norm.py", L2NORM, l2norm_pairs),
        ("reference/batch_norm.py", BATCH_NORM, batch_norm_pairs),
    )
    for file, header, pairs in files:  # derived one by one: nobody waits for what comes after the variant
        before = len(header.splitlines())
        for pair in pairs():
            if pair.variant == variant:
                return file, before, pair
            before += len(pair.lines())
    raise ValueError(f"variant={variant!r}: no generated file has functions of this name")


def _module(header: str, pairs: Sequence[Pair]) -> str:
    prints = [derivation.forward.fingerprint() for pair in pairs for derivation in pair.modes]
    fingerprint = hashlib.sha256("".join(prints).encode()).hexdigest()[:16]
    text = header.format(fingerprint=fingerprint) + "".join(pair.text() for pair in pairs)
    for pair in pairs:
        pair.check(text)
    return text
