"""BatchNorm, Scale and their relatives in NumPy, forward and backward. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/batch_norm.py, definitions 4cf3bbe0af83e99d

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


def batch_norm_forward(x, eps, m, axes):
    """y = xhat, xhat = u / sigma, sigma = sqrt(var + eps), var = mean(u**2), u = x - mu, mu = mean(x).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        eps: a number; see sigma.
        m: the number of elements along axes.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (m, sigma, xhat) that `batch_norm_backward` needs.

    Example:
        >>> x = np.array([[1.0], [5.0]])
        >>> y, saved = batch_norm_forward(x, 12.0, 2, (0,))
        >>> np.round(y, 12).tolist()
        [[-0.5], [0.5]]
    """
    t = np.sum(x, axis=axes, keepdims=True)
    mu = t / m
    u = x - mu
    v = np.sum(u**2, axis=axes, keepdims=True)
    var = v / m
    sigma = np.sqrt(var + eps)
    xhat = u / sigma
    y = xhat
    return y, (m, sigma, xhat)


def batch_norm_backward(dy, saved, axes):
    """dx = (dy - mean(dy) - xhat * mean(dy * xhat)) / sigma.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `batch_norm_forward` returned beside y.
        axes: tuple of the axes that are summed.

    Returns:
        dx, of the shape of x.

    Example:
        >>> x, dy = np.array([[1.0], [5.0]]), np.array([[8.0], [0.0]])
        >>> y, saved = batch_norm_forward(x, 12.0, 2, (0,))
        >>> dx = batch_norm_backward(dy, saved, (0,))
        >>> np.round(dx, 12).tolist()
        [[0.75], [-0.75]]
    """
    m, sigma, xhat = saved
    p = np.sum(dy * xhat, axis=axes, keepdims=True)
    dy_sum = np.sum(dy, axis=axes, keepdims=True)
    dx = (dy - dy_sum / m - xhat * p / m) / sigma
    return dx


def global_batch_norm_forward(x, mu, var, eps):
    """y = xhat, xhat = u / sigma, sigma = sqrt(var + eps), u = x - mu.

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        mu: the mean, of the rank of x and broadcast against it.
        var: the variance, of the shape of mu.
        eps: a number; see sigma.

    Returns:
        y, of the shape of x, and the tuple (sigma,) that `global_batch_norm_backward` needs.

    Example:
        >>> x, mu, var = np.array([[1.0], [5.0]]), np.array([[1.0]]), np.array([[4.0]])
        >>> y, saved = global_batch_norm_forward(x, mu, var, 12.0)
        >>> np.round(y, 12).tolist()
        [[0.0], [1.0]]
    """
    u = x - mu
    sigma = np.sqrt(var + eps)
    xhat = u / sigma
    y = xhat
    return y, (sigma,)


def global_batch_norm_backward(dy, saved):
    """dx = dy / sigma.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `global_batch_norm_forward` returned beside y.

    Returns:
        dx, of the shape of x.

    Example:
        >>> x, mu, var = np.array([[1.0], [5.0]]), np.array([[1.0]]), np.array([[4.0]])
        >>> dy = np.array([[8.0], [0.0]])
        >>> y, saved = global_batch_norm_forward(x, mu, var, 12.0)
        >>> dx = global_batch_norm_backward(dy, saved)
        >>> np.round(dx, 12).tolist()
        [[2.0], [0.0]]
    """
    (sigma,) = saved
    dx = dy / sigma
    return dx


def rms_norm_forward(x, eps, m, axes):
    """y = xhat, xhat = x / sigma, sigma = sqrt(ms + eps), ms = mean(x**2).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        eps: a number; see sigma.
        m: the number of elements along axes.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (m, sigma, xhat) that `rms_norm_backward` needs.

    Example:
        >>> x = np.array([[1.0, 7.0]])
        >>> y, saved = rms_norm_forward(x, 0.0, 2, (1,))
        >>> np.round(y, 12).tolist()
        [[0.2, 1.4]]
    """
    v = np.sum(x**2, axis=axes, keepdims=True)
    ms = v / m
    sigma = np.sqrt(ms + eps)
    xhat = x / sigma
    y = xhat
    return y, (m, sigma, xhat)


def rms_norm_backward(dy, saved, axes):
    """dx = (dy - xhat * mean(dy * xhat)) / sigma.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `rms_norm_forward` returned beside y.
        axes: tuple of the axes that are summed.

    Returns:
        dx, of the shape of x.

    Example:
        >>> x, dy = np.array([[1.0, 7.0]]), np.array([[5.0, 0.0]])
        >>> y, saved = rms_norm_forward(x, 0.0, 2, (1,))
        >>> dx = rms_norm_backward(dy, saved, (1,))
        >>> np.round(dx, 12).tolist()
        [[0.98, -0.14]]
    """
    m, sigma, xhat = saved
    p = np.sum(dy * xhat, axis=axes, keepdims=True)
    dx = (dy - xhat * p / m) / sigma
    return dx


def scale_forward(x, gamma):
    """y = gamma * x.

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.

    Returns:
        y, of the shape of x, and the tuple (gamma, x) that `scale_backward` needs.

    Example:
        >>> x, gamma = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = scale_forward(x, gamma)
        >>> np.round(y, 12).tolist()
        [[3.0, 8.0]]
    """
    y = gamma * x
    return y, (gamma, x)


def scale_backward(dy, saved, gamma_axes):
    """dx = gamma * dy, dgamma = sum(x * dy, axis=gamma_axes).

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `scale_forward` returned beside y.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; and dgamma, of the shape of gamma.

    Example:
        >>> x, gamma, dy = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[1.0, 2.0]])
        >>> y, saved = scale_forward(x, gamma)
        >>> dx, dgamma = scale_backward(dy, saved, (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist()
        ([[1.0, 4.0]], [[3.0, 8.0]])
    """
    gamma, x = saved
    dx = gamma * dy
    dgamma = np.sum(x * dy, axis=gamma_axes, keepdims=True)
    return dx, dgamma


def scale_bias_forward(x, gamma, beta):
    """y = gamma * x + beta.

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        beta: the bias, of the shape of gamma.

    Returns:
        y, of the shape of x, and the tuple (gamma, x) that `scale_bias_backward` needs.

    Example:
        >>> x, gamma, beta = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[5.0, 6.0]])
        >>> y, saved = scale_bias_forward(x, gamma, beta)
        >>> np.round(y, 12).tolist()
        [[8.0, 14.0]]
    """
    y = gamma * x + beta
    return y, (gamma, x)


def scale_bias_backward(dy, saved, gamma_axes):
    """dx = gamma * dy, dgamma = sum(x * dy, axis=gamma_axes), dbeta = sum(dy, axis=gamma_axes).

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `scale_bias_forward` returned beside y.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; dgamma, of the shape of gamma; and dbeta, of the shape of beta.

    Example:
        >>> x, gamma, beta = np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]]), np.array([[5.0, 6.0]])
        >>> dy = np.array([[1.0, 2.0]])
        >>> y, saved = scale_bias_forward(x, gamma, beta)
        >>> dx, dgamma, dbeta = scale_bias_backward(dy, saved, (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist(), np.round(dbeta, 12).tolist()
        ([[1.0, 4.0]], [[3.0, 8.0]], [[1.0, 2.0]])
    """
    gamma, x = saved
    dx = gamma * dy
    dgamma = np.sum(x * dy, axis=gamma_axes, keepdims=True)
    dbeta = np.sum(dy, axis=gamma_axes, keepdims=True)
    return dx, dgamma, dbeta


def batch_norm_scale_forward(x, gamma, beta, eps, m, axes):
    """y = gamma * xhat + beta, xhat = u / sigma, sigma = sqrt(var + eps), var = mean(u**2), u = x - mu, mu = mean(x).

    Args:
        x: the input, float64 (or any number type that NumPy's functions accept).
        gamma: the scale, of the rank of x and broadcast against it.
        beta: the bias, of the shape of gamma.
        eps: a number; see sigma.
        m: the number of elements along axes.
        axes: tuple of the axes that are summed.

    Returns:
        y, of the shape of x, and the tuple (m, gamma, sigma, xhat) that `batch_norm_scale_backward` needs.

    Example:
        >>> x, gamma, beta = np.array([[1.0], [5.0]]), np.array([[3.0]]), np.array([[2.0]])
        >>> y, saved = batch_norm_scale_forward(x, gamma, beta, 12.0, 2, (0,))
        >>> np.round(y, 12).tolist()
        [[0.5], [3.5]]
    """
    t = np.sum(x, axis=axes, keepdims=True)
    mu = t / m
    u = x - mu
    v = np.sum(u**2, axis=axes, keepdims=True)
    var = v / m
    sigma = np.sqrt(var + eps)
    xhat = u / sigma
    y = gamma * xhat + beta
    return y, (m, gamma, sigma, xhat)


def batch_norm_scale_backward(dy, saved, axes, gamma_axes):
    """dx = (h - mean(h) - xhat * mean(xhat * h)) / sigma, dgamma = sum(dy * xhat, axis=gamma_axes), dbeta = sum(dy,
    axis=gamma_axes), where h = gamma * dy.

    Args:
        dy: the gradient of a loss by y, of the shape of y.
        saved: what `batch_norm_scale_forward` returned beside y.
        axes: tuple of the axes that are summed.
        gamma_axes: tuple of the axes along which gamma was broadcast.

    Returns:
        dx, of the shape of x; dgamma, of the shape of gamma; and dbeta, of the shape of beta.

    Example:
        >>> x, gamma, beta = np.array([[1.0], [5.0]]), np.array([[3.0]]), np.array([[2.0]])
        >>> dy = np.array([[8.0], [0.0]])
        >>> y, saved = batch_norm_scale_forward(x, gamma, beta, 12.0, 2, (0,))
        >>> dx, dgamma, dbeta = batch_norm_scale_backward(dy, saved, (0,), (0,))
        >>> np.round(dx, 12).tolist(), np.round(dgamma, 12).tolist(), np.round(dbeta, 12).tolist()
        ([[2.25], [-2.25]], [[-4.0]], [[8.0]])
    """
    m, gamma, sigma, xhat = saved
    h = gamma * dy
    p = np.sum(xhat * h, axis=axes, keepdims=True)
    h_sum = np.sum(h, axis=axes, keepdims=True)
    dx = (h - h_sum / m - xhat * p / m) / sigma
    dgamma = np.sum(dy * xhat, axis=gamma_axes, keepdims=True)
    dbeta = np.sum(dy, axis=gamma_axes, keepdims=True)
    return dx, dgamma, dbeta
