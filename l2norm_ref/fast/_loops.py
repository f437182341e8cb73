"""The sweeps of L2Norm as loops over elements. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, kernels fb18d35c261145b0

Plain Python: `l2norm_ref.fast` has Numba compile it. x, dy, y and dx are arrays of three axes, (samples, channels,
positions) where the name begins with `ncs`, (samples, positions, channels) where it begins with `nsc`; gamma and dgamma
have one number for each channel, in float64 like everything in between. A call works on a tile: the samples `first` to
`last` and, where each position has a norm, the positions `start` to `stop`. s, p2, r and q have a number for each place
of the tile; what is added to (`+=`) begins at 0 or goes on from the tile before.
"""

import numpy as np


def ncs_over_c_sums_forward(x, s, first, last, start, stop):
    """s += x**2."""
    for sample in range(first, last):
        s_row = s[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel, start:stop]
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                s_row[position] += x_i * x_i


def ncs_over_c_writes_forward(x, gamma, r, y, first, last, start, stop):
    """y = x * g, g = gamma * r."""
    for sample in range(first, last):
        r_row = r[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel, start:stop]
            y_row = y[sample, channel, start:stop]
            gamma_i = gamma[channel]
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                r_i = r_row[position]
                g = gamma_i * r_i
                y_row[position] = x_i * g


def ncs_over_c_sums_backward(x, dy, gamma, s, p2, first, last, start, stop):
    """s += x**2, p2 += x * gamma * dy."""
    for sample in range(first, last):
        s_row = s[sample - first]
        p2_row = p2[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel, start:stop]
            dy_row = dy[sample, channel, start:stop]
            gamma_i = gamma[channel]
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                dy_i = np.float64(dy_row[position])
                s_row[position] += x_i * x_i
                p2_row[position] += x_i * gamma_i * dy_i


def ncs_over_c_writes_backward(x, dy, gamma, r, q, dx, dgamma, first, last, start, stop):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_row = r[sample - first]
        q_row = q[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel, start:stop]
            dy_row = dy[sample, channel, start:stop]
            dx_row = dx[sample, channel, start:stop]
            gamma_i = gamma[channel]
            dgamma_sum = 0.0
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                dy_i = np.float64(dy_row[position])
                r_i = r_row[position]
                q_i = q_row[position]
                g = gamma_i * r_i
                dx_row[position] = dy_i * g - x_i * q_i
                dgamma_sum += x_i * dy_i * r_i
            dgamma[channel] += dgamma_sum


def ncs_over_c_writes_both(x, dy, gamma, r, q, y, dx, dgamma, first, last, start, stop):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_row = r[sample - first]
        q_row = q[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel, start:stop]
            dy_row = dy[sample, channel, start:stop]
            y_row = y[sample, channel, start:stop]
            dx_row = dx[sample, channel, start:stop]
            gamma_i = gamma[channel]
            dgamma_sum = 0.0
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                dy_i = np.float64(dy_row[position])
                r_i = r_row[position]
                q_i = q_row[position]
                g = gamma_i * r_i
                y_row[position] = x_i * g
                dx_row[position] = dy_i * g - x_i * q_i
                dgamma_sum += x_i * dy_i * r_i
            dgamma[channel] += dgamma_sum


def ncs_over_cs_sums_forward(x, s, first, last):
    """s += x**2."""
    for sample in range(first, last):
        s_sum = 0.0
        for channel in range(x.shape[1]):
            x_row = x[sample, channel]
            for position in range(x.shape[2]):
                x_i = np.float64(x_row[position])
                s_sum += x_i * x_i
        s[sample - first] += s_sum


def ncs_over_cs_writes_forward(x, gamma, r, y, first, last):
    """y = x * g, g = gamma * r."""
    for sample in range(first, last):
        r_i = r[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel]
            y_row = y[sample, channel]
            gamma_i = gamma[channel]
            g = gamma_i * r_i
            for position in range(x.shape[2]):
                x_i = np.float64(x_row[position])
                y_row[position] = x_i * g


def ncs_over_cs_sums_backward(x, dy, gamma, s, p2, first, last):
    """s += x**2, p2 += x * gamma * dy."""
    for sample in range(first, last):
        s_sum = 0.0
        p2_sum = 0.0
        for channel in range(x.shape[1]):
            x_row = x[sample, channel]
            dy_row = dy[sample, channel]
            gamma_i = gamma[channel]
            for position in range(x.shape[2]):
                x_i = np.float64(x_row[position])
                dy_i = np.float64(dy_row[position])
                s_sum += x_i * x_i
                p2_sum += x_i * gamma_i * dy_i
        s[sample - first] += s_sum
        p2[sample - first] += p2_sum


def ncs_over_cs_writes_backward(x, dy, gamma, r, q, dx, dgamma, first, last):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_i = r[sample - first]
        q_i = q[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel]
            dy_row = dy[sample, channel]
            dx_row = dx[sample, channel]
            gamma_i = gamma[channel]
            g = gamma_i * r_i
            dgamma_sum = 0.0
            for position in range(x.shape[2]):
                x_i = np.float64(x_row[position])
                dy_i = np.float64(dy_row[position])
                dx_row[position] = dy_i * g - x_i * q_i
                dgamma_sum += x_i * dy_i * r_i
            dgamma[channel] += dgamma_sum


def ncs_over_cs_writes_both(x, dy, gamma, r, q, y, dx, dgamma, first, last):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_i = r[sample - first]
        q_i = q[sample - first]
        for channel in range(x.shape[1]):
            x_row = x[sample, channel]
            dy_row = dy[sample, channel]
            y_row = y[sample, channel]
            dx_row = dx[sample, channel]
            gamma_i = gamma[channel]
            g = gamma_i * r_i
            dgamma_sum = 0.0
            for position in range(x.shape[2]):
                x_i = np.float64(x_row[position])
                dy_i = np.float64(dy_row[position])
                y_row[position] = x_i * g
                dx_row[position] = dy_i * g - x_i * q_i
                dgamma_sum += x_i * dy_i * r_i
            dgamma[channel] += dgamma_sum


def nsc_over_c_sums_forward(x, s, first, last, start, stop):
    """s += x**2."""
    for sample in range(first, last):
        for position in range(start, stop):
            x_row = x[sample, position]
            s_sum = 0.0
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                s_sum += x_i * x_i
            s[sample - first, position - start] += s_sum


def nsc_over_c_writes_forward(x, gamma, r, y, first, last, start, stop):
    """y = x * g, g = gamma * r."""
    for sample in range(first, last):
        for position in range(start, stop):
            x_row = x[sample, position]
            y_row = y[sample, position]
            r_i = r[sample - first, position - start]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                gamma_i = gamma[channel]
                g = gamma_i * r_i
                y_row[channel] = x_i * g


def nsc_over_c_sums_backward(x, dy, gamma, s, p2, first, last, start, stop):
    """s += x**2, p2 += x * gamma * dy."""
    for sample in range(first, last):
        for position in range(start, stop):
            x_row = x[sample, position]
            dy_row = dy[sample, position]
            s_sum = 0.0
            p2_sum = 0.0
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                dy_i = np.float64(dy_row[channel])
                gamma_i = gamma[channel]
                s_sum += x_i * x_i
                p2_sum += x_i * gamma_i * dy_i
            s[sample - first, position - start] += s_sum
            p2[sample - first, position - start] += p2_sum


def nsc_over_c_writes_backward(x, dy, gamma, r, q, dx, dgamma, first, last, start, stop):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        for position in range(start, stop):
            x_row = x[sample, position]
            dy_row = dy[sample, position]
            dx_row = dx[sample, position]
            r_i = r[sample - first, position - start]
            q_i = q[sample - first, position - start]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                dy_i = np.float64(dy_row[channel])
                gamma_i = gamma[channel]
                g = gamma_i * r_i
                dx_row[channel] = dy_i * g - x_i * q_i
                dgamma[channel] += x_i * dy_i * r_i


def nsc_over_c_writes_both(x, dy, gamma, r, q, y, dx, dgamma, first, last, start, stop):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        for position in range(start, stop):
            x_row = x[sample, position]
            dy_row = dy[sample, position]
            y_row = y[sample, position]
            dx_row = dx[sample, position]
            r_i = r[sample - first, position - start]
            q_i = q[sample - first, position - start]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                dy_i = np.float64(dy_row[channel])
                gamma_i = gamma[channel]
                g = gamma_i * r_i
                y_row[channel] = x_i * g
                dx_row[channel] = dy_i * g - x_i * q_i
                dgamma[channel] += x_i * dy_i * r_i


def nsc_over_sc_sums_forward(x, s, first, last):
    """s += x**2."""
    for sample in range(first, last):
        s_sum = 0.0
        for position in range(x.shape[1]):
            x_row = x[sample, position]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                s_sum += x_i * x_i
        s[sample - first] += s_sum


def nsc_over_sc_writes_forward(x, gamma, r, y, first, last):
    """y = x * g, g = gamma * r."""
    for sample in range(first, last):
        r_i = r[sample - first]
        for position in range(x.shape[1]):
            x_row = x[sample, position]
            y_row = y[sample, position]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                gamma_i = gamma[channel]
                g = gamma_i * r_i
                y_row[channel] = x_i * g


def nsc_over_sc_sums_backward(x, dy, gamma, s, p2, first, last):
    """s += x**2, p2 += x * gamma * dy."""
    for sample in range(first, last):
        s_sum = 0.0
        p2_sum = 0.0
        for position in range(x.shape[1]):
            x_row = x[sample, position]
            dy_row = dy[sample, position]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                dy_i = np.float64(dy_row[channel])
                gamma_i = gamma[channel]
                s_sum += x_i * x_i
                p2_sum += x_i * gamma_i * dy_i
        s[sample - first] += s_sum
        p2[sample - first] += p2_sum


def nsc_over_sc_writes_backward(x, dy, gamma, r, q, dx, dgamma, first, last):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_i = r[sample - first]
        q_i = q[sample - first]
        for position in range(x.shape[1]):
            x_row = x[sample, position]
            dy_row = dy[sample, position]
            dx_row = dx[sample, position]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                dy_i = np.float64(dy_row[channel])
                gamma_i = gamma[channel]
                g = gamma_i * r_i
                dx_row[channel] = dy_i * g - x_i * q_i
                dgamma[channel] += x_i * dy_i * r_i


def nsc_over_sc_writes_both(x, dy, gamma, r, q, y, dx, dgamma, first, last):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_i = r[sample - first]
        q_i = q[sample - first]
        for position in range(x.shape[1]):
            x_row = x[sample, position]
            dy_row = dy[sample, position]
            y_row = y[sample, position]
            dx_row = dx[sample, position]
            for channel in range(x.shape[2]):
                x_i = np.float64(x_row[channel])
                dy_i = np.float64(dy_row[channel])
                gamma_i = gamma[channel]
                g = gamma_i * r_i
                y_row[channel] = x_i * g
                dx_row[channel] = dy_i * g - x_i * q_i
                dgamma[channel] += x_i * dy_i * r_i
