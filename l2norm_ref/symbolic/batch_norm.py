"""The forward definitions of BatchNorm, Scale and their relatives, beside `definitions.py`: mathematics typed by hand.

BatchNorm (arXiv:1502.03167; Caffe's `BatchNorm` layer, which has no gamma and no beta), with m the number of elements
that are averaged:

    mu = sum of x / m            the mean over samples and positions
    u = x - mu
    var = sum of u**2 / m        the biased variance
    sigma = sqrt(var + eps)
    y = xhat = u / sigma

Scale is y = gamma * x + beta (Caffe's `Scale` layer). With other axes averaged, BatchNorm goes by other names: {n, s}
BatchNorm, {c, s} LayerNorm, {s} InstanceNorm, {k, s} GroupNorm, where a channel is a group g and a place k in it.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from .definitions import EVERYTHING
from .program import Axes, Map, Program, Stage, Tensor, Total


def batch_norm(over: Iterable[str] = "ns", x_axes: Iterable[str] = EVERYTHING) -> Program:
    """BatchNorm with the statistics of the batch: `y = (x - mean) / sqrt(variance + eps)`.

    Args:
        over: the axes that are averaged, some of `x_axes`: {n, s} for BatchNorm.
        x_axes: the axes of x.

    Returns:
        The Program with inputs x, eps and m (which counts the elements along `over`) and output y.

    Raises:
        ValueError: `over` is empty or not among `x_axes`.

    Example:
        >>> print(batch_norm())
        t[c] = sum over n,s of x
        mu[c] = t/m
        u[n,c,s] = -mu + x
        v[c] = sum over n,s of u**2
        var[c] = v/m
        sigma[c] = sqrt(eps + var)
        xhat[n,c,s] = u/sigma
        y[n,c,s] = xhat
    """
    averaged, carried = _axes(over, x_axes)
    kept = carried - averaged
    x, eps, m = Tensor("x", carried), Tensor("eps"), Tensor("m", counts=averaged)
    t, mu, u, v = Tensor("t", kept), Tensor("mu", kept), Tensor("u", carried), Tensor("v", kept)
    return Program(
        inputs=(x, eps, m),
        stages=(
            Total(t, x.symbol, averaged),
            Map(mu, t.symbol / m.symbol),
            Map(u, x.symbol - mu.symbol),
            Total(v, u.symbol**2, averaged),
            Map(Tensor("var", kept), v.symbol / m.symbol),
            *_divide(u, kept),
        ),
        outputs=("y",),
    )


def global_batch_norm(x_axes: Iterable[str] = EVERYTHING) -> Program:
    """BatchNorm with statistics that are given (`use_global_stats` in Caffe): mu and var are inputs, one a channel.

    Example:
        >>> print(global_batch_norm())
        u[n,c,s] = -mu + x
        sigma[c] = sqrt(eps + var)
        xhat[n,c,s] = u/sigma
        y[n,c,s] = xhat
    """
    carried, channel = frozenset(x_axes), frozenset("c")
    x, mu, u = Tensor("x", carried), Tensor("mu", channel), Tensor("u", carried)
    return Program(
        inputs=(x, mu, Tensor("var", channel), Tensor("eps")),
        stages=(Map(u, x.symbol - mu.symbol), *_divide(u, channel)),
        outputs=("y",),
    )


def rms_norm(over: Iterable[str] = "c", x_axes: Iterable[str] = EVERYTHING) -> Program:
    """RMSNorm (arXiv:1910.07467) without its scale: `y = x / sqrt(mean of x**2 + eps)`. Nothing is subtracted.

    Example:
        >>> print(rms_norm().definitions["sigma"])
        sigma[n,s] = sqrt(eps + ms)
    """
    averaged, carried = _axes(over, x_axes)
    kept = carried - averaged
    x, eps, m, v = Tensor("x", carried), Tensor("eps"), Tensor("m", counts=averaged), Tensor("v", kept)
    ms = Tensor("ms", kept)
    return Program(
        inputs=(x, eps, m),
        stages=(Total(v, x.symbol**2, averaged), Map(ms, v.symbol / m.symbol), *_divide(x, kept, ms)),
        outputs=("y",),
    )


def scale(gamma_axes: Iterable[str] = "c", bias: bool = True, x_axes: Iterable[str] = EVERYTHING) -> Program:
    """The Scale layer, `y = gamma * x + beta`, or `y = gamma * x` without bias.

    Example:
        >>> print(scale())
        y[n,c,s] = beta + gamma*x
    """
    carried, scaled = frozenset(x_axes), frozenset(gamma_axes)
    if not scaled <= carried:
        raise ValueError(f"gamma_axes={sorted(scaled)}: expected some of {sorted(carried)}")
    x, gamma, beta = Tensor("x", carried), Tensor("gamma", scaled), Tensor("beta", scaled)
    product = gamma.symbol * x.symbol
    return Program(
        inputs=(gamma, beta, x) if bias else (gamma, x),  # in the order in which one writes gamma * x
        stages=(Map(Tensor("y", carried), product + beta.symbol if bias else product),),
        outputs=("y",),
    )


def folded_batch_norm(over: Iterable[str] = "ns", x_axes: Iterable[str] = EVERYTHING) -> Program:
    """BatchNorm with gamma and beta as TensorFlow and Keras compute it: `y = x * a + (beta - mu * a)`, a = gamma/sigma.

    Read in tf.nn.batch_normalization and in Keras 3 (`keras.ops.batch_normalization`). One multiplication and one
    addition an element, where BatchNorm and Scale one after the other need two of each.

    Example:
        >>> print(folded_batch_norm().definitions["y"])
        y[n,c,s] = -a*mu + a*x + beta
    """
    plain, channel = batch_norm(over, x_axes), frozenset("c")
    names = {"gamma": channel, "beta": channel, "a": channel | plain.tensors["sigma"].axes}
    gamma, beta, a = (Tensor(name, axes) for name, axes in names.items())
    x, mu, sigma = (plain.tensors[name] for name in ("x", "mu", "sigma"))
    shift = beta.symbol - mu.symbol * a.symbol
    kept = [stage for stage in plain.stages if stage.out.name not in ("xhat", "y")]
    last = (Map(a, gamma.symbol / sigma.symbol), Map(Tensor("y", x.axes), x.symbol * a.symbol + shift))
    return Program((*plain.inputs, gamma, beta), (*kept, *last), ("y",))


def convolution() -> Program:
    """What a convolution computes at a position: the inner product of a patch with a filter, plus a bias.

    The axis k runs through a patch (input channels and kernel); x holds the patches, as after Caffe's `im2col`.

    Example:
        >>> print(convolution())
        a[n,c,s] = sum over k of w*x
        y[n,c,s] = a + b
    """
    x, w, b = Tensor("x", frozenset("nks")), Tensor("w", frozenset("ck")), Tensor("b", frozenset("c"))
    a = Tensor("a", EVERYTHING)
    return Program(
        inputs=(x, w, b),
        stages=(Total(a, w.symbol * x.symbol, frozenset("k")), Map(Tensor("y", EVERYTHING), a.symbol + b.symbol)),
        outputs=("y",),
    )


def _divide(u: Tensor, kept: Axes, square: Tensor | None = None) -> tuple[Stage, ...]:
    """From the mean square (the variance, unless told) to the output."""
    var, eps, sigma = square or Tensor("var", kept), Tensor("eps"), Tensor("sigma", kept)
    xhat = Tensor("xhat", u.axes)
    return (
        Map(sigma, sp.sqrt(var.symbol + eps.symbol)),
        Map(xhat, u.symbol / sigma.symbol),
        Map(Tensor("y", u.axes), xhat.symbol),
    )


def _axes(over: Iterable[str], x_axes: Iterable[str]) -> tuple[Axes, Axes]:
    averaged, carried = frozenset(over), frozenset(x_axes)
    if not averaged or not averaged <= carried:
        raise ValueError(f"over={sorted(averaged)}: expected at least one of the axes of x, {sorted(carried)}")
    return averaged, carried
