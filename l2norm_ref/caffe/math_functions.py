"""The helpers that Caffe's layers call (util/math_functions, mkl_alternate), on NumPy arrays. Names are Caffe's.

A pointer is a flat view: every function uses as many elements of it as its sizes say, writes in place into its last
argument (`caffe_scal` changes it), and returns nothing, save the two that reduce to a scalar. Matrices are stored by
rows, M rows of N. `symbols.py` offers the same names on symbols.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Pointer = np.ndarray


def caffe_set(n: int, alpha: Any, y: Pointer) -> None:
    """Y = alpha."""
    y[:n] = alpha


def caffe_sqr(n: int, a: Pointer, y: Pointer) -> None:
    """Y = a * a."""
    np.multiply(a[:n], a[:n], out=y[:n])


def caffe_powx(n: int, a: Pointer, b: Any, y: Pointer) -> None:
    """Y = a ** b; the layer asks for b = 0.5 and b = 2 only.

    Raises:
        ValueError: another power.
    """
    if b == 0.5:
        np.sqrt(a[:n], out=y[:n])
    elif b == 2:
        np.multiply(a[:n], a[:n], out=y[:n])
    else:
        raise ValueError(f"caffe_powx: power {b!r}, expected 0.5 or 2")


def caffe_add(n: int, a: Pointer, b: Pointer, y: Pointer) -> None:
    """Y = a + b."""
    np.add(a[:n], b[:n], out=y[:n])


def caffe_sub(n: int, a: Pointer, b: Pointer, y: Pointer) -> None:
    """Y = a - b; where b is y and shares memory with a, the result is 0, as it is in Caffe."""
    np.subtract(a[:n], b[:n], out=y[:n])


def caffe_mul(n: int, a: Pointer, b: Pointer, y: Pointer) -> None:
    """Y = a * b."""
    np.multiply(a[:n], b[:n], out=y[:n])


def caffe_div(n: int, a: Pointer, b: Pointer, y: Pointer) -> None:
    """Y = a / b; a zero in b gives inf or NaN without a warning, as in C++."""
    np.divide(a[:n], b[:n], out=y[:n])


def caffe_scal(n: int, alpha: Any, x: Pointer) -> None:
    """X = alpha * x, in place."""
    np.multiply(x[:n], alpha, out=x[:n])


def caffe_cpu_scale(n: int, alpha: Any, x: Pointer, y: Pointer) -> None:
    """Y = alpha * x."""
    np.multiply(x[:n], alpha, out=y[:n])


def caffe_cpu_asum(n: int, x: Pointer) -> Any:
    """Sum of |x|. The layer calls it on squares."""
    return np.sum(np.abs(x[:n]))


def caffe_cpu_dot(n: int, x: Pointer, y: Pointer) -> Any:
    """Sum of x * y."""
    return np.dot(x[:n], y[:n])


def caffe_cpu_gemv(trans: bool, m: int, n: int, alpha: Any, a: Pointer, x: Pointer, beta: Any, y: Pointer) -> None:
    """Y = alpha A x + beta y with A of shape (m, n), or A transposed. beta = 0 does not read y."""
    matrix = a[: m * n].reshape(m, n)
    product = matrix.T @ x[:m] if trans else matrix @ x[:n]
    target = y[: len(product)]
    target[...] = alpha * product if beta == 0 else alpha * product + beta * target


def caffe_cpu_gemm(m: int, n: int, k: int, alpha: Any, a: Pointer, b: Pointer, beta: Any, c: Pointer) -> None:
    """C = alpha a b + beta C with a of shape (m, 1), b of shape (1, n): an outer product, Caffe's way to broadcast.

    beta = 0 does not read C.

    Raises:
        ValueError: k is not 1; the layers never ask for another.
    """
    if k != 1:
        raise ValueError(f"caffe_cpu_gemm: k = {k}, expected 1")
    target = c[: m * n].reshape(m, n)
    product = a[:m, np.newaxis] * (b[np.newaxis, :n] * alpha)
    target[...] = product if beta == 0 else product + beta * target


def caffe_copy(n: int, x: Pointer, y: Pointer) -> None:
    """Y = x."""
    y[:n] = x[:n]


def caffe_add_scalar(n: int, alpha: Any, y: Pointer) -> None:
    """Y = y + alpha, in place."""
    y[:n] += alpha


def caffe_cpu_axpby(n: int, alpha: Any, x: Pointer, beta: Any, y: Pointer) -> None:
    """Y = alpha x + beta y: y is scaled first, then alpha x is added, as Caffe does without MKL."""
    np.multiply(y[:n], beta, out=y[:n])
    y[:n] += alpha * x[:n]


def pow(value: Any, exponent: Any) -> Any:
    """The C library's pow, of one scalar; the layer asks for the exponent 0.5 only."""
    if exponent != 0.5:
        raise ValueError(f"pow: exponent {exponent!r}, expected 0.5")
    return np.sqrt(value)


def reciprocal(value: Any) -> Any:
    """1.0 / value in double precision, then rounded to the layer's type, as `Dtype(1.0 / value)` does in C++."""
    return value.dtype.type(np.float64(1.0) / np.float64(value))


def at(blob: Pointer, offset: int = 0) -> Pointer:
    """A pointer into a blob: the elements from `offset` on. The blob is contiguous, so this is a view."""
    return blob.reshape(-1)[offset:]


def add_assign(n: int, value: Any, y: Pointer) -> None:
    """Y += value: no helper of Caffe but an operator of C++."""
    y[:n] += value


def mul_assign(n: int, value: Any, y: Pointer) -> None:
    """Y *= value: no helper of Caffe but an operator of C++."""
    y[:n] *= value


def assign(n: int, value: Any, y: Pointer) -> None:
    """Y = value: no helper of Caffe but an operator of C++."""
    y[:n] = value
