"""The sweeps of L2Norm in NumPy, a few rows at a time. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, kernels fb18d35c261145b0

x, dy, y and dx are one sample: a matrix of channels and positions where the name begins with `ncs`, of positions and
channels where it begins with `nsc`; gamma and dgamma have one number for each channel. s, p2, r and q have a number for
each position, or are one number. `work` holds two arrays of as many rows as a block may have: one for a product, one
for a vector that is the same in all rows. What is added to (`+=`) begins at 0 or goes on from the sample before.
"""

import numpy as np


def ncs_over_c_sums_forward(x, s, work):
    """s += x**2."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s += ones[: len(x_k)] @ w_k


def ncs_over_c_writes_forward(x, gamma, r, y, work):
    """y = x * g, g = gamma * r."""
    np.copyto(work[1], r)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        gamma_k = gamma[rows]
        y_k = y[rows]
        r_k = work[1, : len(x_k)]
        g_k = y_k
        np.copyto(g_k, gamma_k[:, None])
        np.multiply(g_k, r_k, out=g_k)
        np.multiply(g_k, x_k, out=y_k)


def ncs_over_c_sums_backward(x, dy, gamma, s, p2, work):
    """s += x**2, p2 += x * gamma * dy."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        gamma_k = gamma[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s += ones[: len(x_k)] @ w_k
        np.multiply(x_k, dy_k, out=w_k)
        p2 += gamma_k @ w_k


def ncs_over_c_writes_backward(x, dy, gamma, r, q, dx, dgamma, work):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    np.copyto(work[1], r)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        gamma_k = gamma[rows]
        dx_k = dx[rows]
        dgamma_k = dgamma[rows]
        w_k = work[0, : len(x_k)]
        r_k = work[1, : len(x_k)]
        g_k = dx_k
        np.copyto(g_k, gamma_k[:, None])
        np.multiply(g_k, r_k, out=g_k)
        np.multiply(g_k, dy_k, out=dx_k)
        np.copyto(w_k, q)
        np.multiply(w_k, x_k, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma_k += w_k @ r


def ncs_over_c_writes_both(x, dy, gamma, r, q, y, dx, dgamma, work):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    np.copyto(work[1], r)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        gamma_k = gamma[rows]
        y_k = y[rows]
        dx_k = dx[rows]
        dgamma_k = dgamma[rows]
        w_k = work[0, : len(x_k)]
        r_k = work[1, : len(x_k)]
        g_k = y_k
        np.copyto(g_k, gamma_k[:, None])
        np.multiply(g_k, r_k, out=g_k)
        np.multiply(g_k, dy_k, out=dx_k)
        np.copyto(w_k, q)
        np.multiply(w_k, x_k, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.multiply(g_k, x_k, out=y_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma_k += w_k @ r


def ncs_over_cs_sums_forward(x, s, work):
    """s += x**2."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s += ones[: len(x_k)] @ (w_k @ ones[: x_k.shape[1]])


def ncs_over_cs_writes_forward(x, gamma, r, y, work):
    """y = x * g, g = gamma * r."""
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        gamma_k = gamma[rows]
        y_k = y[rows]
        g_k = gamma_k * r
        np.copyto(y_k, g_k[:, None])
        np.multiply(y_k, x_k, out=y_k)


def ncs_over_cs_sums_backward(x, dy, gamma, s, p2, work):
    """s += x**2, p2 += x * gamma * dy."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        gamma_k = gamma[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s += ones[: len(x_k)] @ (w_k @ ones[: x_k.shape[1]])
        np.multiply(x_k, dy_k, out=w_k)
        p2 += gamma_k @ (w_k @ ones[: x_k.shape[1]])


def ncs_over_cs_writes_backward(x, dy, gamma, r, q, dx, dgamma, work):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        gamma_k = gamma[rows]
        dx_k = dx[rows]
        dgamma_k = dgamma[rows]
        w_k = work[0, : len(x_k)]
        g_k = gamma_k * r
        np.copyto(dx_k, g_k[:, None])
        np.multiply(dx_k, dy_k, out=dx_k)
        np.multiply(x_k, q, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma_k += r * (w_k @ ones[: x_k.shape[1]])


def ncs_over_cs_writes_both(x, dy, gamma, r, q, y, dx, dgamma, work):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        gamma_k = gamma[rows]
        y_k = y[rows]
        dx_k = dx[rows]
        dgamma_k = dgamma[rows]
        w_k = work[0, : len(x_k)]
        g_k = gamma_k * r
        np.copyto(dx_k, g_k[:, None])
        np.multiply(dx_k, dy_k, out=dx_k)
        np.multiply(x_k, q, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.copyto(y_k, g_k[:, None])
        np.multiply(y_k, x_k, out=y_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma_k += r * (w_k @ ones[: x_k.shape[1]])


def nsc_over_c_sums_forward(x, s, work):
    """s += x**2."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        s_k = s[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s_k += w_k @ ones[: x_k.shape[1]]


def nsc_over_c_writes_forward(x, gamma, r, y, work):
    """y = x * g, g = gamma * r."""
    np.copyto(work[1], gamma)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        r_k = r[rows]
        y_k = y[rows]
        gamma_k = work[1, : len(x_k)]
        g_k = y_k
        np.copyto(g_k, r_k[:, None])
        np.multiply(g_k, gamma_k, out=g_k)
        np.multiply(g_k, x_k, out=y_k)


def nsc_over_c_sums_backward(x, dy, gamma, s, p2, work):
    """s += x**2, p2 += x * gamma * dy."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        s_k = s[rows]
        p2_k = p2[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s_k += w_k @ ones[: x_k.shape[1]]
        np.multiply(x_k, dy_k, out=w_k)
        p2_k += w_k @ gamma


def nsc_over_c_writes_backward(x, dy, gamma, r, q, dx, dgamma, work):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    np.copyto(work[1], gamma)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        r_k = r[rows]
        q_k = q[rows]
        dx_k = dx[rows]
        w_k = work[0, : len(x_k)]
        gamma_k = work[1, : len(x_k)]
        g_k = dx_k
        np.copyto(g_k, r_k[:, None])
        np.multiply(g_k, gamma_k, out=g_k)
        np.multiply(g_k, dy_k, out=dx_k)
        np.copyto(w_k, q_k[:, None])
        np.multiply(w_k, x_k, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma += r_k @ w_k


def nsc_over_c_writes_both(x, dy, gamma, r, q, y, dx, dgamma, work):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    np.copyto(work[1], gamma)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        r_k = r[rows]
        q_k = q[rows]
        y_k = y[rows]
        dx_k = dx[rows]
        w_k = work[0, : len(x_k)]
        gamma_k = work[1, : len(x_k)]
        g_k = y_k
        np.copyto(g_k, r_k[:, None])
        np.multiply(g_k, gamma_k, out=g_k)
        np.multiply(g_k, dy_k, out=dx_k)
        np.copyto(w_k, q_k[:, None])
        np.multiply(w_k, x_k, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.multiply(g_k, x_k, out=y_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma += r_k @ w_k


def nsc_over_sc_sums_forward(x, s, work):
    """s += x**2."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s += ones[: len(x_k)] @ (w_k @ ones[: x_k.shape[1]])


def nsc_over_sc_writes_forward(x, gamma, r, y, work):
    """y = x * g, g = gamma * r."""
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        y_k = y[rows]
        g = gamma * r
        np.copyto(y_k, g)
        np.multiply(y_k, x_k, out=y_k)


def nsc_over_sc_sums_backward(x, dy, gamma, s, p2, work):
    """s += x**2, p2 += x * gamma * dy."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        w_k = work[0, : len(x_k)]
        np.multiply(x_k, x_k, out=w_k)
        s += ones[: len(x_k)] @ (w_k @ ones[: x_k.shape[1]])
        np.multiply(x_k, dy_k, out=w_k)
        p2 += ones[: len(x_k)] @ (w_k @ gamma)


def nsc_over_sc_writes_backward(x, dy, gamma, r, q, dx, dgamma, work):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        dx_k = dx[rows]
        w_k = work[0, : len(x_k)]
        g = gamma * r
        np.copyto(dx_k, g)
        np.multiply(dx_k, dy_k, out=dx_k)
        np.multiply(x_k, q, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma += r * (ones[: len(x_k)] @ w_k)


def nsc_over_sc_writes_both(x, dy, gamma, r, q, y, dx, dgamma, work):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    ones = np.ones(max(x.shape), work.dtype)
    for start in range(0, x.shape[0], work.shape[1]):
        rows = slice(start, start + work.shape[1])
        x_k = x[rows]
        dy_k = dy[rows]
        y_k = y[rows]
        dx_k = dx[rows]
        w_k = work[0, : len(x_k)]
        g = gamma * r
        np.copyto(dx_k, g)
        np.multiply(dx_k, dy_k, out=dx_k)
        np.multiply(x_k, q, out=w_k)
        np.subtract(dx_k, w_k, out=dx_k)
        np.copyto(y_k, g)
        np.multiply(y_k, x_k, out=y_k)
        np.multiply(x_k, dy_k, out=w_k)
        dgamma += r * (ones[: len(x_k)] @ w_k)
