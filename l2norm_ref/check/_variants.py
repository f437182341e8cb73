"""What goes wrong in an L2Norm, as formulas: each with the sentence that a diagnosis says of it.

Every function takes `Quantities` and returns what such code computes, or None where the question does not arise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from l2norm_ref.check._quantities import Quantities
from l2norm_ref.check._sized import Sized


class Variant(NamedTuple):
    """A sentence and a formula. `needs_scale`: without scale it is right, or the same as another one."""

    text: str
    values: Callable[[Quantities], Sized | None]
    needs_scale: bool = False


FORWARD: tuple[Variant, ...] = (
    Variant("the scale is not applied: y = x / d", lambda q: q.centred / q.d, True),
    Variant(
        "y is divided by the scale instead of multiplied: y = x / (gamma d)",
        lambda q: q.centred / q.d / q.g.value,
        True,
    ),
    Variant("the scale is applied twice: y = gamma^2 x / d", lambda q: q.g * q.g * q.centred / q.d, True),
    Variant("y is not divided by the norm: y = gamma x", lambda q: q.g * q.centred, True),
    Variant("x is returned as it is", lambda q: q.x),
    Variant("the root is missing: y = gamma x / d^2", lambda q: q.g * q.centred / q.d**2),
    Variant("y is multiplied by the denominator: y = gamma x d", lambda q: q.g * q.centred * q.d),
    Variant("x is missing: y = gamma / d", lambda q: q.g * np.ones_like(q.x.value) / q.d),
    Variant("y has the wrong sign", lambda q: -(q.g * q.centred / q.d)),
)

DX: tuple[Variant, ...] = (
    Variant(
        "the scale comes after the inner product, as in Caffe's gradient: dx = gamma (dy - x <x,dy> / d^2) / d",
        lambda q: q.g * (q.dy / q.d - q.v * q.dot(q.dy) / q.d**2),
        True,
    ),
    Variant(
        "the scale is missing: dx is the gradient of x / d", lambda q: q.dy / q.d - q.v * q.dot(q.dy) / q.d**2, True
    ),
    Variant(
        "the scale is missing from the inner product: dx = h / d - x <x,dy> k",
        lambda q: q.direct - q.v * q.dot(q.dy) / q.d**2,
        True,
    ),
    Variant("the scale is applied twice", lambda q: q.g * q.dx, True),
    Variant(
        "y in the projection holds the scale: dx = (h - y <y,dy>) / d",
        lambda q: q.direct - q.g * q.g * q.v * q.dot(q.dy) / q.d**2,
        True,
    ),
    Variant(
        "y in the projection holds the scale twice: dx = (h - y <y,h>) / d",
        lambda q: q.direct - q.g * q.g * q.projected,
        True,
    ),
    Variant("the projection is missing: dx = h / d", lambda q: q.direct),
    Variant("the projection has the wrong sign: dx = h / d + x <x,h> k", lambda q: q.direct + q.projected),
    Variant("only the projection is there", lambda q: -q.projected),
    Variant("the projection is twice what it should be", lambda q: q.direct - q.projected * 2.0),
    Variant("the projection is half of what it should be", lambda q: q.direct - q.projected * 0.5),
    Variant(
        "eps is missing from the projection: dx = (h - x <x,h> / s) / d",
        lambda q: q.direct - q.x * q.dot(q.h) / np.where(q.s > 0, q.s, 1.0) / q.d,
    ),
    Variant(
        "the projection is kept below the clamp: dx = h / d - x <x,h> / d^3",
        lambda q: q.direct - q.x * q.dot(q.h) / q.d**3,
    ),
    Variant(
        "the projection is not divided by d: dx = h / d - xhat <xhat,h>",
        lambda q: q.direct - q.x * q.dot(q.h) / q.d**2,
    ),
    Variant("the inner product is a mean, not a sum", lambda q: q.direct - q.projected / q.count),
    Variant("dx is not divided by d", lambda q: q.dx * q.d),
    Variant("dx is divided by d twice", lambda q: q.dx / q.d),
    Variant("h = gamma dy is passed on: dx = gamma dy", lambda q: q.h, True),
    Variant("dy is passed on: dx = dy", lambda q: q.dy),
    Variant("dx has the wrong sign", lambda q: -q.dx),
    Variant("dx is averaged over the samples", lambda q: q.dx / q.x.value.shape[0]),
    Variant("dx is divided by the number of elements of x", lambda q: q.dx / q.x.value.size),
    Variant("dx is divided by the number of elements of a norm", lambda q: q.dx / q.count),
    Variant("dx is zero", lambda q: q.dx * 0.0),
)

DSCALE: tuple[Variant, ...] = (
    Variant("dscale is divided by the scale", lambda q: q.dscale / q.g.value),
    Variant("dscale is multiplied by the scale: y in the place of x / d", lambda q: q.g * q.dscale),
    Variant("dscale is not normalised: the sum of dy x", lambda q: (q.dy * q.centred).sum(q.scale_sum)),
    Variant("dscale is the sum of dy", lambda q: q.dy.sum(q.scale_sum)),
    Variant("dscale is averaged, not summed", lambda q: q.dscale / (q.x.value.size // q.g.value.size)),
    Variant("dscale is averaged over the samples", lambda q: q.dscale / q.x.value.shape[0]),
    Variant(
        "dscale is averaged over the positions",
        lambda q: q.dscale / (q.x.value.size // q.g.value.size // q.x.value.shape[0]),
    ),
    Variant("dscale is that of the last sample only", lambda q: _samples(q, slice(-1, None))),
    Variant("dscale is that of the first sample only", lambda q: _samples(q, slice(0, 1))),
    Variant("dscale is divided by d twice", lambda q: (q.dy * q.centred / q.d**2).sum(q.scale_sum)),
    Variant("dscale has the wrong sign", lambda q: -q.dscale),
    Variant("dscale is twice what it should be", lambda q: q.dscale * 2.0),
    Variant("dscale is zero", lambda q: q.dscale * 0.0),
    Variant(
        "dscale is summed over the channels too",
        lambda q: q.dscale.sum(tuple(range(q.x.value.ndim))) * np.ones(q.g.value.shape),
    ),
)


def _samples(q: Quantities, which: slice) -> Sized:
    """dscale from some of the samples."""
    return (q.dy * q.centred / q.d).part(which).sum(q.scale_sum)


def along_other_axes(q: Quantities) -> Iterator[tuple[int, np.ndarray]]:
    """The scale laid along each axis that it does not belong to, where the sizes let that happen unnoticed."""
    own = q.case.mode.scale_axis
    scale = q.case.fixture.scale
    if own is None or scale is None:
        return
    shape = q.x.value.shape
    for axis, size in enumerate(shape):
        if axis != own and size == scale.size:
            yield axis, scale.astype(np.float64).reshape([-1 if k == axis else 1 for k in range(len(shape))])
