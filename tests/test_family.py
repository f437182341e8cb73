"""The family of normalisations that share two definitions: every member against the complex step and against PyTorch.

One generated text serves all of them; what is tested here is that the right axes make it the layer of that name. The
forward passes are typed a second time, with loops over the sets of numbers that share a statistic; no gradient is.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest
from torch_gate import import_torch

from l2norm_ref.reference import batch_norm, l2norm
from l2norm_ref.symbolic import (
    agrees,
    compose,
    derive_batch_norm_scale,
    derive_l2norm,
    differentiate,
    rms_norm,
    scale,
    variance_points,
)
from l2norm_ref.symbolic.derivation import derive
from l2norm_ref.symbolic.rules import merge_aliases

STEP = 1e-30
GROUPS = 2
LENGTH, ROOT_MEAN_SQUARE, DEVIATION = "length", "root mean square", "standard deviation"


@dataclass(frozen=True)
class Member:
    """A layer on x of shape (N, C, ...): which axes share a statistic, and along which gamma differs.

    `together` and `gamma` are letters as in the definitions: n sample, c channel, s all positions, g group of channels,
    k place in the group.
    """

    name: str
    kind: str
    together: str
    gamma: str

    @property
    def grouped(self) -> bool:
        return "g" in self.gamma


MEMBERS = [
    Member("l2norm-position", LENGTH, "c", "c"),
    Member("l2norm-sample", LENGTH, "cs", "c"),
    Member("rms-norm", ROOT_MEAN_SQUARE, "c", "c"),
    Member("layer-norm-position", DEVIATION, "c", "c"),
    Member("layer-norm-sample", DEVIATION, "cs", "cs"),
    Member("batch-norm", DEVIATION, "ns", "c"),
    Member("instance-norm", DEVIATION, "s", "c"),
    Member("group-norm", DEVIATION, "ks", "gk"),
]
# Pairwise different sizes, sizes of 1, no position, one position, one sample; the channels are even for GroupNorm.
SHAPES = [(2, 4, 3, 5), (3, 2, 1, 1), (1, 6, 5, 2), (5, 4), (2, 4, 7), (2, 2, 1, 3, 2)]
EPS = [1e-5, 1.0]

each_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
each_eps = pytest.mark.parametrize("eps", EPS)


def arranged(member: Member, x: np.ndarray) -> np.ndarray:
    return x.reshape(x.shape[0], GROUPS, -1, *x.shape[2:]) if member.grouped else x


def axes_of(member: Member, letters: str, rank: int) -> tuple[int, ...]:
    """Of an arranged array."""
    first = {"n": 0, "g": 1, "k": 2} if member.grouped else {"n": 0, "c": 1}
    positions = range(len(first), rank)
    return tuple(sorted(axis for letter in letters for axis in (positions if letter == "s" else [first[letter]])))


def gamma_axes(member: Member, rank: int) -> tuple[int, ...]:
    own = axes_of(member, member.gamma, rank)
    return tuple(axis for axis in range(rank) if axis not in own)


def example(member: Member, shape: tuple[int, ...], seed: int = 0) -> dict[str, np.ndarray]:
    """Random and signed: x, dy and, one for each place where they differ, gamma and beta."""
    rng = np.random.default_rng([seed, *shape])
    x, dy = arranged(member, rng.normal(size=shape) + 0.3), arranged(member, rng.normal(size=shape))
    free = gamma_axes(member, x.ndim)
    learned = [1 if axis in free else size for axis, size in enumerate(x.shape)]
    inputs = {"x": x, "gamma": rng.normal(size=learned)}
    if member.kind == DEVIATION:
        inputs["beta"] = rng.normal(size=learned)
    return inputs | {"dy": dy}


def generated(member: Member, inputs: dict[str, np.ndarray], eps: float) -> dict[str, np.ndarray]:
    """y, dx, dgamma and dbeta of the committed reference."""
    x, gamma, dy = inputs["x"], inputs["gamma"], inputs["dy"]
    axes, spread = axes_of(member, member.together, x.ndim), gamma_axes(member, x.ndim)
    m = math.prod(x.shape[axis] for axis in axes)
    if member.kind == LENGTH:
        y, saved = l2norm.add_inside_forward(x, gamma, eps, axes)
        gradients = l2norm.add_inside_backward(dy, saved, axes, spread)
    elif member.kind == ROOT_MEAN_SQUARE:
        xhat, first = batch_norm.rms_norm_forward(x, eps, m, axes)
        y, second = batch_norm.scale_forward(xhat, gamma)
        dxhat, dgamma = batch_norm.scale_backward(dy, second, spread)
        gradients = batch_norm.rms_norm_backward(dxhat, first, axes), dgamma
    else:
        y, saved = batch_norm.batch_norm_scale_forward(x, gamma, inputs["beta"], eps, m, axes)
        gradients = batch_norm.batch_norm_scale_backward(dy, saved, axes, spread)
    return {"y": y, **dict(zip(("dx", "dgamma", "dbeta"), gradients, strict=False))}


def typed(member: Member, inputs: dict[str, np.ndarray], eps: float) -> np.ndarray:
    """The forward pass, a second time: a loop over the sets that share a statistic. Works on complex numbers."""
    x = inputs["x"]
    together = axes_of(member, member.together, x.ndim)
    out = np.empty(x.shape, np.result_type(*(value.dtype for value in inputs.values())))
    for place in itertools.product(*([slice(None)] if k in together else range(n) for k, n in enumerate(x.shape))):
        v = x[place]
        if member.kind == DEVIATION:
            v = v - v.sum() / v.size
        square = (v * v).sum() if member.kind == LENGTH else (v * v).sum() / v.size
        out[place] = v / np.sqrt(square + eps)
    return out * inputs["gamma"] + inputs.get("beta", 0)


def complex_step(member: Member, inputs: dict[str, np.ndarray], eps: float, wrt: str) -> np.ndarray:
    gradient = np.empty(inputs[wrt].shape)
    for place in np.ndindex(gradient.shape):
        moved = inputs[wrt].astype(complex)
        moved[place] += 1j * STEP
        gradient[place] = np.sum(np.imag(typed(member, inputs | {wrt: moved}, eps)) * inputs["dy"]) / STEP
    return gradient


def natural(member: Member, inputs: dict[str, np.ndarray], eps: float) -> dict[str, np.ndarray]:
    """The size of the terms of which each gradient is the sum or difference, from the forward pass only."""
    x, dy = inputs["x"], inputs["dy"]
    axes, spread = axes_of(member, member.together, x.ndim), gamma_axes(member, x.ndim)
    v = x - np.mean(x, axis=axes, keepdims=True) if member.kind == DEVIATION else x
    reduce = np.sum if member.kind == LENGTH else np.mean
    d = np.sqrt(reduce(v * v, axis=axes, keepdims=True) + eps)
    h, xhat = np.abs(inputs["gamma"] * dy), np.abs(v / d)
    mean = np.mean(h, axis=axes, keepdims=True) if member.kind == DEVIATION else 0
    return {
        "dx": (h + mean + xhat * reduce(xhat * h, axis=axes, keepdims=True)) / d,
        # Where a centred x is rounding only, xhat is no more than what rounding of x leaves over d.
        "dgamma": np.sum(np.abs(dy) * (xhat + np.abs(x) / d), axis=spread, keepdims=True),
        "dbeta": np.sum(np.abs(dy), axis=spread, keepdims=True),
    }


@each_member
@each_shape
@each_eps
def test_against_the_complex_step(member: Member, shape: tuple[int, ...], eps: float) -> None:
    inputs = example(member, shape)
    found = generated(member, inputs, eps)
    np.testing.assert_allclose(found["y"], typed(member, inputs, eps), rtol=1e-12, atol=1e-13)
    sizes = natural(member, inputs, eps)
    learned = [name for name in ("gamma", "beta") if name in inputs]
    assert set(found) == {"y", "dx", *(f"d{name}" for name in learned)}
    for wrt in ("x", *learned):
        truth = complex_step(member, inputs, eps, wrt)
        assert found[f"d{wrt}"].shape == truth.shape
        assert np.max(np.abs(found[f"d{wrt}"] - truth) / sizes[f"d{wrt}"]) <= 1e-13, wrt


def torch_forward(torch, member: Member, x, gamma, beta, eps: float):
    """PyTorch's own layer of that name, on x of shape (N, C, ...)."""
    functional = torch.nn.functional
    each_channel = gamma.reshape(-1)
    shift = None if beta is None else beta.reshape(-1)
    last = torch.movedim(x, 1, -1)  # PyTorch's LayerNorm and RMSNorm run over the last axes
    count = (x.shape[1],)
    match member.name:
        case "l2norm-position" | "l2norm-sample":
            over = (1,) if member.together == "c" else tuple(range(1, x.ndim))
            # PyTorch has no layer with eps under the root (its `normalize` has a clamp); its autograd judges.
            d = torch.sqrt(torch.sum(x * x, dim=over, keepdim=True) + eps)
            return each_channel.reshape(1, -1, *[1] * (x.ndim - 2)) * x / d
        case "rms-norm":
            return torch.movedim(functional.rms_norm(last, count, each_channel, eps), -1, 1)
        case "layer-norm-position":
            return torch.movedim(functional.layer_norm(last, count, each_channel, shift, eps), -1, 1)
        case "layer-norm-sample":
            return functional.layer_norm(x, x.shape[1:], gamma[0], beta[0], eps)
        case "batch-norm":
            return functional.batch_norm(x, None, None, each_channel, shift, training=True, eps=eps)
        case "instance-norm":
            return functional.instance_norm(x, weight=each_channel, bias=shift, eps=eps)
        case "group-norm":
            return functional.group_norm(x, GROUPS, each_channel, shift, eps)
    raise AssertionError(f"no layer for {member.name}")


REFUSED = {
    # With one position, or none, InstanceNorm has one number for each statistic: PyTorch refuses, in these words.
    ("instance-norm", (3, 2, 1, 1)): "more than 1 spatial element",
    ("instance-norm", (5, 4)): "spatial",
}


@each_member
@each_shape
@each_eps
def test_against_torch(member: Member, shape: tuple[int, ...], eps: float) -> None:
    torch = import_torch()
    inputs = example(member, shape, seed=1)
    found, sizes = generated(member, inputs, eps), natural(member, inputs, eps)
    x = torch.tensor(inputs["x"].reshape(shape), requires_grad=True)
    names = [name for name in ("gamma", "beta") if name in inputs]
    learned = [torch.tensor(inputs[name], requires_grad=True) for name in names]
    gamma, beta = (*learned, None)[:2]
    if message := REFUSED.get((member.name, shape)):
        with pytest.raises(ValueError, match=message):
            torch_forward(torch, member, x, gamma, beta, eps)
        return
    y = torch_forward(torch, member, x, gamma, beta, eps)
    np.testing.assert_allclose(found["y"].reshape(shape), y.detach().numpy(), rtol=1e-12, atol=1e-12)
    y.backward(torch.tensor(inputs["dy"].reshape(shape)))
    for name, leaf in zip(("x", *names), (x, *learned), strict=True):
        got, size = found[f"d{name}"], sizes[f"d{name}"]
        assert np.max(np.abs(got - leaf.grad.numpy().reshape(got.shape)) / size) <= 1e-13, name


@pytest.mark.parametrize("eps", [0.0, 1e-6, 1.0])
def test_rms_norm_is_l2norm_times_the_root_of_the_number_of_channels(eps: float) -> None:
    """L2Norm sums squares; only RMSNorm averages them."""
    x = np.random.default_rng(2).normal(size=(2, 7, 3, 5))
    rms, _ = batch_norm.rms_norm_forward(x, eps, 7, (1,))
    unit, _ = l2norm.add_inside_forward(x, np.ones((1, 1, 1, 1)), 7 * eps, (1,))
    np.testing.assert_allclose(rms, math.sqrt(7) * unit, rtol=1e-15)


@each_member
@pytest.mark.parametrize("change", ["size", "mean"])
def test_what_is_forgotten(member: Member, change: str) -> None:
    """Without eps, y does not see the size of what shares a statistic, nor, where it is subtracted, the mean."""
    inputs = example(member, (2, 4, 3, 5), seed=3)
    x = inputs["x"]
    rng = np.random.default_rng(4)
    one_each = np.mean(x, axis=axes_of(member, member.together, x.ndim), keepdims=True).shape
    moved = x * rng.uniform(0.5, 4, size=one_each) if change == "size" else x + rng.normal(size=one_each)
    before, after = (generated(member, inputs | {"x": v}, 0.0)["y"] for v in (x, moved))
    forgotten = change == "size" or member.kind == DEVIATION
    assert (np.max(np.abs(after - before)) < 1e-12) == forgotten


@each_member
def test_the_gradient_is_orthogonal_to_what_is_forgotten(member: Member) -> None:
    for eps in (0.0, 0.5):
        inputs = example(member, (3, 4, 5, 2), seed=5)
        x = inputs["x"]
        axes = axes_of(member, member.together, x.ndim)
        dx, sizes = generated(member, inputs, eps)["dx"], natural(member, inputs, eps)["dx"]
        v = x - np.mean(x, axis=axes, keepdims=True) if member.kind == DEVIATION else x
        d = np.sqrt((np.sum if member.kind == LENGTH else np.mean)(v * v, axis=axes, keepdims=True) + eps)
        xhat, h = v / d, inputs["gamma"] * inputs["dy"]
        along = np.sum(xhat * dx - eps * xhat * h / d**3, axis=axes)
        assert np.all(np.abs(along) <= 1e-14 * np.sum(np.abs(xhat) * sizes, axis=axes))
        if member.kind == DEVIATION:
            assert np.all(np.abs(np.sum(dx, axis=axes)) <= 1e-14 * np.sum(sizes, axis=axes))


@each_member
def test_only_batch_norm_looks_at_other_samples(member: Member) -> None:
    inputs = example(member, (3, 4, 2, 5), seed=6)
    other = inputs["x"].copy()
    other[1:] = np.random.default_rng(7).normal(size=other[1:].shape)
    before, after = (generated(member, inputs | {"x": x}, 1e-5)["y"][0] for x in (inputs["x"], other))
    assert np.array_equal(before, after) == (member.name != "batch-norm")


@each_member
def test_comes_out_of_the_pipeline(member: Member) -> None:
    """Derived with these axes, each gradient is the formula of the second road, for every size."""
    if member.kind == LENGTH:
        derivation = derive_l2norm(member.together, member.gamma)
    elif member.kind == ROOT_MEAN_SQUARE:
        both = merge_aliases(compose(rms_norm(member.together), scale(member.gamma, bias=False)))
        derivation = derive("rms_norm_scale", both, ("x", "gamma"), variance_points)
    else:
        derivation = derive_batch_norm_scale(member.together, member.gamma, "ngks" if member.grouped else "ncs")
    learned = [name for name in ("gamma", "beta") if name in derivation.forward.tensors]
    for wrt in ("x", *learned):
        assert agrees(differentiate(derivation.forward, wrt), derivation.closed_form), wrt
        assert agrees(differentiate(derivation.forward, wrt), derivation.backward), wrt
    assert "beta" in learned or member.kind != DEVIATION
