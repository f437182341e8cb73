"""BatchNorm's statistics in and out of Caffe's blobs, PyTorch's and Keras' parameters, and folding. NumPy only.

Caffe has two layers where the others have one: `BatchNorm` with the blobs [sum of means, sum of variances, factor], and
`Scale` with [gamma] or [gamma, beta]. No blob holds eps: it goes into `batch_norm_param { eps: ... }`, where Caffe's
default is 1e-5 (PyTorch's too, but Keras' is 1e-3), and Caffe rounds it to float32.

For inference that is all there is to it. Training that goes on differs in what enters the moving averages and how much:

    PyTorch   running = (1 - momentum) * running + momentum * new        new variance unbiased, as Caffe's
    Keras 3   moving = momentum * moving + (1 - momentum) * new          new variance biased: Caffe's times (m - 1) / m
    Caffe     sum = lambda * sum + new, factor = lambda * factor + 1     estimate = sum / factor

So lambda (moving_average_fraction) is 1 - momentum of PyTorch, or Keras' momentum, and the estimates move as theirs do
if the factor is 1 / (1 - lambda), which Caffe's update leaves as it is. With a factor of 1 the first new batch counts
for a half, about. Everything is computed in float64 and returned in the dtype that came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from l2norm_ref._arguments import refusal
from l2norm_ref.caffe._checks import real_array, real_number

Arrays = list[np.ndarray]


def statistics(blobs: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """The estimates of mean and variance that a `BatchNorm` with these blobs normalizes with.

        mean = blobs[0] / blobs[2],   var = blobs[1] / blobs[2];   both 0 where blobs[2] is 0, as in Caffe

    Args:
        blobs: Three arrays of shapes (C,), (C,), (1,).

    Returns:
        mean, var: Shape (C,), the dtypes of the first two blobs.

    Raises:
        TypeError, ValueError: these are not the blobs of a `BatchNorm`, or an estimate is beyond its dtype.

    Example:
        >>> mean, var = statistics([[3.0, 4.0], [1.0, 2.0], [2.0]])
        >>> mean.tolist(), var.tolist()
        ([1.5, 2.0], [0.5, 1.0])
    """
    mean, var, factor = _batch_norm("blobs", blobs)
    weight = np.float64(factor[0])
    if weight == 0:
        return np.zeros_like(mean), np.zeros_like(var)
    with np.errstate(over="ignore"):
        return _as("mean", mean, _wide(mean) / weight), _as("var", var, _wide(var) / weight)


def blobs_from_statistics(mean: Any, var: Any, factor: float = 1.0) -> Arrays:
    """The blobs of a `BatchNorm` whose estimates are these: [mean * factor, var * factor, [factor]].

    Args:
        mean: Shape (C,).
        var: Shape (C,).
        factor: What the last blob shall hold; for training that goes on, 1 / (1 - moving_average_fraction).

    Raises:
        TypeError, ValueError: a negative variance, a factor that is not above 0, shapes that differ, or a product
            beyond its dtype.

    Example:
        >>> [blob.tolist() for blob in blobs_from_statistics([1.5, 2.0], [0.5, 1.0], factor=2.0)]
        [[3.0, 4.0], [1.0, 2.0], [2.0]]
    """
    mean, var = _vector("mean", mean), _vector("var", var)
    _same_shape("var", var, mean.shape)
    number = real_number("factor", factor, "a real number above 0")
    with np.errstate(over="ignore"):
        weight = np.float64(mean.dtype.type(number))  # as the blob holds it
    if not 0 < weight < np.inf:
        raise refusal(ValueError, "factor", f"a finite number above 0 of dtype {mean.dtype}", factor)
    if np.any(var < 0):
        raise ValueError(f"var: expected no negative element, got {np.min(var)}")
    with np.errstate(over="ignore"):
        sums = _as("mean * factor", mean, _wide(mean) * weight), _as("var * factor", var, _wide(var) * weight)
    return [*sums, np.array([weight], mean.dtype)]


def from_batch_norm(gamma: Any, beta: Any, mean: Any, var: Any, *, factor: float = 1.0) -> tuple[Arrays, Arrays | None]:
    """The blobs of `BatchNorm` and of `Scale` for the parameters of a BatchNorm layer of PyTorch or Keras.

    The order is that of both: weight, bias, running_mean, running_var in PyTorch's state_dict (num_batches_tracked has
    no counterpart); gamma, beta, moving_mean, moving_variance in Keras' get_weights(), which leaves out what
    scale=False or center=False does away with.

    Args:
        gamma: Shape (C,), or None where the layer has none (PyTorch: affine=False).
        beta: Shape (C,), or None likewise.
        mean: The moving estimate, shape (C,).
        var: The moving estimate, shape (C,).
        factor: As in `blobs_from_statistics`.

    Returns:
        The three blobs of `BatchNorm`, and those of `Scale`: [gamma] without beta; [gamma, beta] with `bias_term`,
        gamma being 1 where there is none (then `param { lr_mult: 0 }` keeps it so); None without both: no `Scale`.

    Raises:
        TypeError, ValueError: as `blobs_from_statistics`, or shapes that differ.

    Example:
        >>> batch_norm, scale = from_batch_norm(None, [5.0], [1.5], [0.5])
        >>> [blob.tolist() for blob in batch_norm], [blob.tolist() for blob in scale]
        ([[1.5], [0.5], [1.0]], [[1.0], [5.0]])
    """
    batch_norm = blobs_from_statistics(mean, var, factor)
    shape = batch_norm[0].shape
    given = {
        name: _same_shape(name, _vector(name, value), shape).copy()
        for name, value in (("gamma", gamma), ("beta", beta))
        if value is not None
    }
    if not given:
        return batch_norm, None
    ones = np.ones(shape, given["beta"].dtype) if "gamma" not in given else given["gamma"]
    return batch_norm, [ones, given["beta"]] if "beta" in given else [ones]


def to_batch_norm(
    batch_norm: Sequence[Any], scale: Sequence[Any] | None = None
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray, np.ndarray]:
    """The way back: gamma, beta, mean, var, in the order of PyTorch and Keras; None for what there is no blob of.

    Args:
        batch_norm: The blobs of `BatchNorm`.
        scale: Those of a `Scale` with one axis for the channels, or None.

    Raises:
        TypeError, ValueError: these are not such blobs.

    Example:
        >>> gamma, beta, mean, var = to_batch_norm([[3.0], [1.0], [2.0]], [[7.0]])
        >>> gamma.tolist(), beta, mean.tolist(), var.tolist()
        ([7.0], None, [1.5], [0.5])
    """
    mean, var = statistics(_batch_norm("batch_norm", batch_norm))
    gamma, beta = _scale(scale, mean.shape)
    return None if gamma is None else gamma.copy(), None if beta is None else beta.copy(), mean, var


def fold(
    weight: Any, bias: Any, batch_norm: Sequence[Any], scale: Sequence[Any] | None, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fold a `BatchNorm` with global statistics, and its `Scale`, into the convolution or inner product before them.

    The layer before gives u = W x + b, linear in x for each output channel. What follows is affine in each channel:

        gamma * (u - mean) / sqrt(var + eps) + beta = g * W x + (g * (b - mean) + beta),   g = gamma / sqrt(var + eps)

    so W' = g * W along the output channels and b' = g * (b - mean) + beta. `l2norm_ref.symbolic.fold_convolution`
    derives this in steps, and a test holds it against this function. Padding with 0 does not disturb it: it comes
    before W. For inference only: in training, mean and var depend on x.

    Args:
        weight: Caffe's blob, shape (out, in / group, kh, kw), or (out, in) of an inner product; PyTorch's has the same
            layout. Keras' kernel (kh, kw, in, out) needs `transpose(3, 2, 0, 1)`, a Deconvolution's (in, out, kh, kw)
            the axes exchanged, group by group.
        bias: Shape (out,), or None.
        batch_norm: The blobs of `BatchNorm`.
        scale: Those of a `Scale` with one axis for the channels, or None.
        eps: That of the `BatchNorm`, as it is used: Caffe's value is `BatchNorm(eps=...).eps`, rounded to float32.

    Returns:
        weight, bias: As they came in shape and in weight's dtype; there is always a bias (`bias_term: true`).

    Raises:
        TypeError, ValueError: dtypes or shapes that do not fit, var + eps not above 0, or a result beyond the dtype.

    Example:
        >>> weight, bias = fold([[2.0]], None, [[1.0], [3.0], [1.0]], [[4.0], [5.0]], eps=1.0)
        >>> weight.tolist(), bias.tolist()  # 4 * (2 x - 1) / 2 + 5
        ([[4.0]], [3.0])
    """
    weight = real_array("weight", weight)
    if weight.ndim < 2:
        raise refusal(ValueError, "weight", "an array of shape (out, in, ...)", weight)
    mean, var = statistics([_wide(blob) for blob in _batch_norm("batch_norm", batch_norm)])
    _same_shape("the statistics", mean, weight.shape[:1])
    variance = var + real_number("eps", eps)
    if not np.all(variance > 0):
        raise ValueError(f"var + eps: expected numbers above 0, got {np.min(variance)}")
    gamma, beta = _scale(scale, mean.shape)
    b = 0.0 if bias is None else _wide(_same_shape("bias", _vector("bias", bias), mean.shape))
    with np.errstate(over="ignore"):
        g = (1.0 if gamma is None else _wide(gamma)) / np.sqrt(variance)
        shift = g * (b - mean) + (0.0 if beta is None else _wide(beta))
        folded = _wide(weight) * g.reshape(-1, *[1] * (weight.ndim - 1))
        return _as("the folded weight", weight, folded), _as("the folded bias", weight, shift)


def _batch_norm(name: str, blobs: Sequence[Any]) -> Arrays:
    arrays = [_vector(f"{name}[{k}]", blob) for k, blob in _each(name, "the three blobs of BatchNorm", blobs)]
    if len(arrays) != 3:
        raise ValueError(f"{name}: expected the three blobs of BatchNorm, got {len(arrays)}")
    _same_shape(f"{name}[1]", arrays[1], arrays[0].shape)
    _same_shape(f"{name}[2]", arrays[2], (1,))
    return arrays


def _scale(blobs: Sequence[Any] | None, shape: tuple[int, ...]) -> tuple[np.ndarray | None, np.ndarray | None]:
    if blobs is None:
        return None, None
    expected = "the one or two blobs of Scale, or None"
    given = _each("scale", expected, blobs)
    arrays = [_same_shape(f"scale[{k}]", _vector(f"scale[{k}]", blob), shape) for k, blob in given]
    if len(arrays) not in (1, 2):
        raise ValueError(f"scale: expected {expected}, got {len(arrays)} blobs")
    return arrays[0], arrays[1] if len(arrays) == 2 else None


def _each(name: str, expected: str, blobs: Any) -> Iterator[tuple[int, Any]]:
    """The blobs with their numbers."""
    try:
        yield from enumerate(blobs)
    except TypeError as error:
        raise refusal(TypeError, name, expected, blobs) from error


def _vector(name: str, value: Any) -> np.ndarray:
    array = real_array(name, value)
    if array.ndim != 1:
        raise refusal(ValueError, name, "an array with one axis", array)
    return array


def _same_shape(name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if array.shape != shape:
        raise refusal(ValueError, name, f"an array of shape {shape}", array)
    return array


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)


def _as(name: str, like: np.ndarray, value: np.ndarray) -> np.ndarray:
    """In the dtype of another; an infinity in it is one that came."""
    result = value.astype(like.dtype)
    if np.any(np.isinf(result)) and np.all(np.isfinite(like)):
        worst = value.flat[np.argmax(np.abs(value))]
        raise ValueError(f"{name}: expected numbers within {like.dtype}, got {worst}")
    return result
