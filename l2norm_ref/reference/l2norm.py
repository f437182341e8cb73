"""L2Norm in NumPy: forward and backward for every denominator in use. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, definitions c8e8e7e45d6a044b

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


def add_inside_forward(x, gamma, eps, axes):
    """y = gamma * xhat, xhat = x / d, d = sqrt(s + eps), s = sum(x**2, axis=axes).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        eps: a number; see d.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (gamma, d, xhat) that `add_inside_backward` needs.

    Example:
        >>> x, gamma = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = add_inside_forward(x, gamma, 75.0, (1,))
        >>> np.round(y, 12).tolist()
        [[0.3, 0.8]]
    """
    s = np.sum(x**2, axis=axes, keepdims=True)
    d = np.sqrt(s + eps)
    xhat = x / d
    y = gamma * xhat
    return y, (gamma, d, xhat)


def add_inside_backward(dy, saved, axes, gamma_axes):
    """dx = h / d - x * <x, h> / d**3, dgamma = sum(dy * xhat, axis=gamma_axes), where h = gamma * dy.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `add_inside_forward` returned beside y.
        axes: tuple of the axes that are summed.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; and dgamma, of the shape of gamma.

    Example:
        >>> x, gamma, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
        >>> y, saved = add_inside_forward(x, gamma, 75.0, (1,))
        >>> dx, dgamma = add_inside_backward(dy, saved, (1,), (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist()
        ([[0.091, -0.012]], [[0.3, 0.0]])
    """
    gamma, d, xhat = saved
    h = gamma * dy
    p = np.sum(xhat * h, axis=axes, keepdims=True)
    dx = (h - xhat * p) / d
    dgamma = np.sum(dy * xhat, axis=gamma_axes, keepdims=True)
    return dx, dgamma


def add_outside_forward(x, gamma, eps, axes):
    """y = gamma * xhat, xhat = x / d, d = n + eps, n = sqrt(s), s = sum(x**2, axis=axes).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        eps: a number; see d.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (gamma, n, d, xhat) that `add_outside_backward` needs.

    Example:
        >>> x, gamma = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = add_outside_forward(x, gamma, 5.0, (1,))
        >>> np.round(y, 12).tolist()
        [[0.3, 0.8]]
    """
    s = np.sum(x**2, axis=axes, keepdims=True)
    n = np.sqrt(s)
    d = n + eps
    xhat = x / d
    y = gamma * xhat
    return y, (gamma, n, d, xhat)


def add_outside_backward(dy, saved, axes, gamma_axes):
    """dx = h / d - x * <x, h> / (d**2 * n) [n > 0], dgamma = sum(dy * xhat, axis=gamma_axes), where h = gamma * dy.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `add_outside_forward` returned beside y.
        axes: tuple of the axes that are summed.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; and dgamma, of the shape of gamma.

    Example:
        >>> x, gamma, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
        >>> y, saved = add_outside_forward(x, gamma, 5.0, (1,))
        >>> dx, dgamma = add_outside_backward(dy, saved, (1,), (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist()
        ([[0.082, -0.024]], [[0.3, 0.0]])
    """
    gamma, n, d, xhat = saved
    h = gamma * dy
    p = np.sum(xhat * h, axis=axes, keepdims=True)
    dx = h / d - np.where(0 >= n, 0, xhat * p / np.where(0 >= n, 1, n))
    dgamma = np.sum(dy * xhat, axis=gamma_axes, keepdims=True)
    return dx, dgamma


def clamp_norm_forward(x, gamma, eps, axes):
    """y = gamma * xhat, xhat = x / d, d = maximum(n, eps), n = sqrt(s), s = sum(x**2, axis=axes).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        eps: a number; see d.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (gamma, eps, n, d, xhat) that `clamp_norm_backward` needs.

    Example:
        >>> x, gamma = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = clamp_norm_forward(x, gamma, 10.0, (1,))
        >>> np.round(y, 12).tolist()
        [[0.3, 0.8]]
    """
    s = np.sum(x**2, axis=axes, keepdims=True)
    n = np.sqrt(s)
    d = np.maximum(n, eps)
    xhat = x / d
    y = gamma * xhat
    return y, (gamma, eps, n, d, xhat)


def clamp_norm_backward(dy, saved, axes, gamma_axes):
    """dx = h / d - x * <x, h> / d**3 [n >= eps], dgamma = sum(dy * xhat, axis=gamma_axes), where h = gamma * dy.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `clamp_norm_forward` returned beside y.
        axes: tuple of the axes that are summed.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; and dgamma, of the shape of gamma.

    Example:
        >>> x, gamma, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
        >>> y, saved = clamp_norm_forward(x, gamma, 10.0, (1,))
        >>> dx, dgamma = clamp_norm_backward(dy, saved, (1,), (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist()
        ([[0.1, 0.0]], [[0.3, 0.0]])
    """
    gamma, eps, n, d, xhat = saved
    h = gamma * dy
    p = np.sum(xhat * h, axis=axes, keepdims=True)
    dx = (h - np.where(n >= eps, xhat * p, 0)) / d
    dgamma = np.sum(dy * xhat, axis=gamma_axes, keepdims=True)
    return dx, dgamma


def clamp_sum_forward(x, gamma, eps, axes):
    """y = gamma * xhat, xhat = x / d, d = sqrt(maximum(s, eps)), s = sum(x**2, axis=axes).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        eps: a number; see d.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (gamma, eps, s, d, xhat) that `clamp_sum_backward` needs.

    Example:
        >>> x, gamma = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = clamp_sum_forward(x, gamma, 100.0, (1,))
        >>> np.round(y, 12).tolist()
        [[0.3, 0.8]]
    """
    s = np.sum(x**2, axis=axes, keepdims=True)
    d = np.sqrt(np.maximum(s, eps))
    xhat = x / d
    y = gamma * xhat
    return y, (gamma, eps, s, d, xhat)


def clamp_sum_backward(dy, saved, axes, gamma_axes):
    """dx = h / d - x * <x, h> / d**3 [s >= eps], dgamma = sum(dy * xhat, axis=gamma_axes), where h = gamma * dy.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `clamp_sum_forward` returned beside y.
        axes: tuple of the axes that are summed.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; and dgamma, of the shape of gamma.

    Example:
        >>> x, gamma, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
        >>> y, saved = clamp_sum_forward(x, gamma, 100.0, (1,))
        >>> dx, dgamma = clamp_sum_backward(dy, saved, (1,), (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist()
        ([[0.1, 0.0]], [[0.3, 0.0]])
    """
    gamma, eps, s, d, xhat = saved
    h = gamma * dy
    p = np.sum(xhat * h, axis=axes, keepdims=True)
    dx = (h - np.where(s >= eps, xhat * p, 0)) / d
    dgamma = np.sum(dy * xhat, axis=gamma_axes, keepdims=True)
    return dx, dgamma


def none_forward(x, gamma, eps, axes):
    """y = gamma * xhat, xhat = x / d, d = sqrt(s), s = sum(x**2, axis=axes).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        eps: a number; it is not used.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (gamma, d, xhat) that `none_backward` needs.

    Example:
        >>> x, gamma = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = none_forward(x, gamma, 0.0, (1,))
        >>> np.round(y, 12).tolist()
        [[0.6, 1.6]]
    """
    s = np.sum(x**2, axis=axes, keepdims=True)
    d = np.sqrt(s)
    xhat = x / d
    y = gamma * xhat
    return y, (gamma, d, xhat)


def none_backward(dy, saved, axes, gamma_axes):
    """dx = h / d - x * <x, h> / d**3, dgamma = sum(dy * xhat, axis=gamma_axes), where h = gamma * dy.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `none_forward` returned beside y.
        axes: tuple of the axes that are summed.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; and dgamma, of the shape of gamma.

    Example:
        >>> x, gamma, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[1.0, 0.0]])
        >>> y, saved = none_forward(x, gamma, 0.0, (1,))
        >>> dx, dgamma = none_backward(dy, saved, (1,), (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist()
        ([[0.128, -0.096]], [[0.6, 0.0]])
    """
    gamma, d, xhat = saved
    h = gamma * dy
    p = np.sum(xhat * h, axis=axes, keepdims=True)
    dx = (h - xhat * p) / d
    dgamma = np.sum(dy * xhat, axis=gamma_axes, keepdims=True)
    return dx, dgamma
