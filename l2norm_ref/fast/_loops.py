# ruff: noqa: SIM300 - comparisons are printed the way round that the mathematics has them
"""L2Norm as loops over elements, in two sweeps over each tile. Generated code, do not edit.

made by    python -m l2norm_ref.emit --write
from       l2norm_ref/symbolic/definitions.py, kernels fb18d35c261145b0

Plain Python: `l2norm_ref.fast` has Numba compile it. x, dy, y and dx are arrays of three axes, (samples, channels,
positions) where the name begins with `ncs`, (samples, positions, channels) where it begins with `nsc`; gamma and dgamma
have one number for each channel, in float64 like everything in between. A tile is the samples `first` to `last` and,
where each position has a norm, the positions `start` to `stop`; a row of `tiles` has these numbers after that of its
row of dgamma. s, p2, r and q have a number for each place of a tile, and are rows of `work`; what is added to (`+=`)
begins at 0 or goes on from the tile before.

First come the numbers between the sweeps, for one place: from the sum of squares s, and from p2, the sum of
x * gamma * dy, the factors r and q of y = gamma * r * x and dx = gamma * r * dy - q * x.
"""

import numpy as np

EPS_MODES = ("add_inside", "add_outside", "clamp_norm", "clamp_sum", "none")


def add_inside_forward(s, eps):
    """r = 1 / d [d > 0], d = sqrt(s + eps)."""
    d = np.sqrt(s + eps)
    r = 0.0 if 0 >= d else 1 / d
    return r


def add_inside_backward(s, p2, eps):
    """q = r**2 * p, p = r * p2, r = 1 / d [d > 0], d = sqrt(s + eps)."""
    d = np.sqrt(s + eps)
    r = 0.0 if 0 >= d else 1 / d
    p = r * p2
    q = r**2 * p
    return r, q


def add_outside_forward(s, eps):
    """r = 1 / d [d > 0], d = n + eps, n = sqrt(s)."""
    n = np.sqrt(s)
    d = n + eps
    r = 0.0 if 0 >= d else 1 / d
    return r


def add_outside_backward(s, p2, eps):
    """q = r * p / n [n > 0], p = r * p2, r = 1 / d [d > 0], d = n + eps, n = sqrt(s)."""
    n = np.sqrt(s)
    d = n + eps
    r = 0.0 if 0 >= d else 1 / d
    p = r * p2
    q = 0.0 if 0 >= n else r * p / n
    return r, q


def clamp_norm_forward(s, eps):
    """r = 1 / d [d > 0], d = maximum(n, eps), n = sqrt(s)."""
    n = np.sqrt(s)
    d = np.maximum(n, eps)
    r = 0.0 if 0 >= d else 1 / d
    return r


def clamp_norm_backward(s, p2, eps):
    """q = r**2 * p [n >= eps], p = r * p2, r = 1 / d [d > 0], d = maximum(n, eps), n = sqrt(s)."""
    n = np.sqrt(s)
    d = np.maximum(n, eps)
    r = 0.0 if 0 >= d else 1 / d
    p = r * p2
    q = r**2 * p if n >= eps else 0.0
    return r, q


def clamp_sum_forward(s, eps):
    """r = 1 / d [d > 0], d = sqrt(maximum(s, eps))."""
    d = np.sqrt(np.maximum(s, eps))
    r = 0.0 if 0 >= d else 1 / d
    return r


def clamp_sum_backward(s, p2, eps):
    """q = r**2 * p [s >= eps], p = r * p2, r = 1 / d [d > 0], d = sqrt(maximum(s, eps))."""
    d = np.sqrt(np.maximum(s, eps))
    r = 0.0 if 0 >= d else 1 / d
    p = r * p2
    q = r**2 * p if s >= eps else 0.0
    return r, q


def none_forward(s, eps):
    """r = 1 / d [d > 0], d = sqrt(s)."""
    d = np.sqrt(s)
    r = 0.0 if 0 >= d else 1 / d
    return r


def none_backward(s, p2, eps):
    """q = r**2 * p, p = r * p2, r = 1 / d [d > 0], d = sqrt(s)."""
    d = np.sqrt(s)
    r = 0.0 if 0 >= d else 1 / d
    p = r * p2
    q = r**2 * p
    return r, q


def numbers_forward(eps_mode, s, eps):
    """What lies between the sweeps at one place, by the place of the denominator in `EPS_MODES`."""
    if eps_mode == 0:
        return add_inside_forward(s, eps)
    if eps_mode == 1:
        return add_outside_forward(s, eps)
    if eps_mode == 2:
        return clamp_norm_forward(s, eps)
    if eps_mode == 3:
        return clamp_sum_forward(s, eps)
    return none_forward(s, eps)


def numbers_backward(eps_mode, s, p2, eps):
    """What lies between the sweeps at one place, by the place of the denominator in `EPS_MODES`."""
    if eps_mode == 0:
        return add_inside_backward(s, p2, eps)
    if eps_mode == 1:
        return add_outside_backward(s, p2, eps)
    if eps_mode == 2:
        return clamp_norm_backward(s, p2, eps)
    if eps_mode == 3:
        return clamp_sum_backward(s, p2, eps)
    return none_backward(s, p2, eps)


def ncs_over_c_sums_forward(x, s, first, last, start, stop):
    """s += x**2."""
    for sample in range(first, last):
        s_row = s[sample - first]
        rest = x.shape[1] % 4
        for channel in range(rest):
            x_row = x[sample, channel, start:stop]
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                s_row[position] += x_i * x_i
        for channel in range(rest, x.shape[1], 4):
            x_row0 = x[sample, channel, start:stop]
            x_row1 = x[sample, channel + 1, start:stop]
            x_row2 = x[sample, channel + 2, start:stop]
            x_row3 = x[sample, channel + 3, start:stop]
            for position in range(stop - start):
                x_i0 = np.float64(x_row0[position])
                x_i1 = np.float64(x_row1[position])
                x_i2 = np.float64(x_row2[position])
                x_i3 = np.float64(x_row3[position])
                s_row[position] += x_i0 * x_i0 + x_i1 * x_i1 + x_i2 * x_i2 + x_i3 * x_i3


def ncs_over_c_writes_forward(x, gamma, r, y, first, last, start, stop):
    """y = x * g, g = gamma * r."""
    for sample in range(first, last):
        r_row = r[sample - first]
        rest = x.shape[1] % 2
        for channel in range(rest):
            x_row = x[sample, channel, start:stop]
            y_row = y[sample, channel, start:stop]
            gamma_i = gamma[channel]
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                r_i = r_row[position]
                g = gamma_i * r_i
                y_row[position] = x_i * g
        for channel in range(rest, x.shape[1], 2):
            x_row0 = x[sample, channel, start:stop]
            x_row1 = x[sample, channel + 1, start:stop]
            y_row0 = y[sample, channel, start:stop]
            y_row1 = y[sample, channel + 1, start:stop]
            gamma_i0 = gamma[channel]
            gamma_i1 = gamma[channel + 1]
            for position in range(stop - start):
                x_i0 = np.float64(x_row0[position])
                x_i1 = np.float64(x_row1[position])
                r_i = r_row[position]
                g0 = gamma_i0 * r_i
                g1 = gamma_i1 * r_i
                y_row0[position] = x_i0 * g0
                y_row1[position] = x_i1 * g1


def ncs_over_c_forward(x, gamma, y, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        _, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:1, :places] = 0.0
        s = work[0, :places].reshape(last - first, stop - start)
        r = work[1, :places].reshape(last - first, stop - start)
        ncs_over_c_sums_forward(x, s, first, last, start, stop)
        for place in range(places):
            work[1, place] = numbers_forward(eps_mode, work[0, place], eps)
        ncs_over_c_writes_forward(x, gamma, r, y, first, last, start, stop)


def ncs_over_c_sums_backward(x, dy, gamma, s, p2, first, last, start, stop):
    """s += x**2, p2 += x * gamma * dy."""
    for sample in range(first, last):
        s_row = s[sample - first]
        p2_row = p2[sample - first]
        rest = x.shape[1] % 4
        for channel in range(rest):
            x_row = x[sample, channel, start:stop]
            dy_row = dy[sample, channel, start:stop]
            gamma_i = gamma[channel]
            for position in range(stop - start):
                x_i = np.float64(x_row[position])
                dy_i = np.float64(dy_row[position])
                s_row[position] += x_i * x_i
                p2_row[position] += x_i * gamma_i * dy_i
        for channel in range(rest, x.shape[1], 4):
            x_row0 = x[sample, channel, start:stop]
            x_row1 = x[sample, channel + 1, start:stop]
            x_row2 = x[sample, channel + 2, start:stop]
            x_row3 = x[sample, channel + 3, start:stop]
            dy_row0 = dy[sample, channel, start:stop]
            dy_row1 = dy[sample, channel + 1, start:stop]
            dy_row2 = dy[sample, channel + 2, start:stop]
            dy_row3 = dy[sample, channel + 3, start:stop]
            gamma_i0 = gamma[channel]
            gamma_i1 = gamma[channel + 1]
            gamma_i2 = gamma[channel + 2]
            gamma_i3 = gamma[channel + 3]
            for position in range(stop - start):
                x_i0 = np.float64(x_row0[position])
                x_i1 = np.float64(x_row1[position])
                x_i2 = np.float64(x_row2[position])
                x_i3 = np.float64(x_row3[position])
                dy_i0 = np.float64(dy_row0[position])
                dy_i1 = np.float64(dy_row1[position])
                dy_i2 = np.float64(dy_row2[position])
                dy_i3 = np.float64(dy_row3[position])
                s_row[position] += x_i0 * x_i0 + x_i1 * x_i1 + x_i2 * x_i2 + x_i3 * x_i3
                p2_row[position] += (
                    x_i0 * gamma_i0 * dy_i0
                    + x_i1 * gamma_i1 * dy_i1
                    + x_i2 * gamma_i2 * dy_i2
                    + x_i3 * gamma_i3 * dy_i3
                )


def ncs_over_c_writes_backward(x, dy, gamma, r, q, dx, dgamma, first, last, start, stop):
    """dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_row = r[sample - first]
        q_row = q[sample - first]
        rest = x.shape[1] % 2
        for channel in range(rest):
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
        for channel in range(rest, x.shape[1], 2):
            x_row0 = x[sample, channel, start:stop]
            x_row1 = x[sample, channel + 1, start:stop]
            dy_row0 = dy[sample, channel, start:stop]
            dy_row1 = dy[sample, channel + 1, start:stop]
            dx_row0 = dx[sample, channel, start:stop]
            dx_row1 = dx[sample, channel + 1, start:stop]
            gamma_i0 = gamma[channel]
            gamma_i1 = gamma[channel + 1]
            dgamma_sum0 = 0.0
            dgamma_sum1 = 0.0
            for position in range(stop - start):
                x_i0 = np.float64(x_row0[position])
                x_i1 = np.float64(x_row1[position])
                dy_i0 = np.float64(dy_row0[position])
                dy_i1 = np.float64(dy_row1[position])
                r_i = r_row[position]
                q_i = q_row[position]
                g0 = gamma_i0 * r_i
                g1 = gamma_i1 * r_i
                dx_row0[position] = dy_i0 * g0 - x_i0 * q_i
                dx_row1[position] = dy_i1 * g1 - x_i1 * q_i
                dgamma_sum0 += x_i0 * dy_i0 * r_i
                dgamma_sum1 += x_i1 * dy_i1 * r_i
            dgamma[channel] += dgamma_sum0
            dgamma[channel + 1] += dgamma_sum1


def ncs_over_c_backward(x, dy, gamma, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first, stop - start)
        p2 = work[1, :places].reshape(last - first, stop - start)
        r = work[2, :places].reshape(last - first, stop - start)
        q = work[3, :places].reshape(last - first, stop - start)
        ncs_over_c_sums_backward(x, dy, gamma, s, p2, first, last, start, stop)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        ncs_over_c_writes_backward(x, dy, gamma, r, q, dx, dgamma[chunk], first, last, start, stop)


def ncs_over_c_writes_both(x, dy, gamma, r, q, y, dx, dgamma, first, last, start, stop):
    """y = x * g, dx = dy * g - x * q, g = gamma * r, dgamma += x * dy * r."""
    for sample in range(first, last):
        r_row = r[sample - first]
        q_row = q[sample - first]
        rest = x.shape[1] % 2
        for channel in range(rest):
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
        for channel in range(rest, x.shape[1], 2):
            x_row0 = x[sample, channel, start:stop]
            x_row1 = x[sample, channel + 1, start:stop]
            dy_row0 = dy[sample, channel, start:stop]
            dy_row1 = dy[sample, channel + 1, start:stop]
            y_row0 = y[sample, channel, start:stop]
            y_row1 = y[sample, channel + 1, start:stop]
            dx_row0 = dx[sample, channel, start:stop]
            dx_row1 = dx[sample, channel + 1, start:stop]
            gamma_i0 = gamma[channel]
            gamma_i1 = gamma[channel + 1]
            dgamma_sum0 = 0.0
            dgamma_sum1 = 0.0
            for position in range(stop - start):
                x_i0 = np.float64(x_row0[position])
                x_i1 = np.float64(x_row1[position])
                dy_i0 = np.float64(dy_row0[position])
                dy_i1 = np.float64(dy_row1[position])
                r_i = r_row[position]
                q_i = q_row[position]
                g0 = gamma_i0 * r_i
                g1 = gamma_i1 * r_i
                y_row0[position] = x_i0 * g0
                y_row1[position] = x_i1 * g1
                dx_row0[position] = dy_i0 * g0 - x_i0 * q_i
                dx_row1[position] = dy_i1 * g1 - x_i1 * q_i
                dgamma_sum0 += x_i0 * dy_i0 * r_i
                dgamma_sum1 += x_i1 * dy_i1 * r_i
            dgamma[channel] += dgamma_sum0
            dgamma[channel + 1] += dgamma_sum1


def ncs_over_c_both(x, dy, gamma, y, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first, stop - start)
        p2 = work[1, :places].reshape(last - first, stop - start)
        r = work[2, :places].reshape(last - first, stop - start)
        q = work[3, :places].reshape(last - first, stop - start)
        ncs_over_c_sums_backward(x, dy, gamma, s, p2, first, last, start, stop)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        ncs_over_c_writes_both(x, dy, gamma, r, q, y, dx, dgamma[chunk], first, last, start, stop)


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


def ncs_over_cs_forward(x, gamma, y, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        _, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:1, :places] = 0.0
        s = work[0, :places].reshape(last - first)
        r = work[1, :places].reshape(last - first)
        ncs_over_cs_sums_forward(x, s, first, last)
        for place in range(places):
            work[1, place] = numbers_forward(eps_mode, work[0, place], eps)
        ncs_over_cs_writes_forward(x, gamma, r, y, first, last)


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


def ncs_over_cs_backward(x, dy, gamma, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first)
        p2 = work[1, :places].reshape(last - first)
        r = work[2, :places].reshape(last - first)
        q = work[3, :places].reshape(last - first)
        ncs_over_cs_sums_backward(x, dy, gamma, s, p2, first, last)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        ncs_over_cs_writes_backward(x, dy, gamma, r, q, dx, dgamma[chunk], first, last)


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


def ncs_over_cs_both(x, dy, gamma, y, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first)
        p2 = work[1, :places].reshape(last - first)
        r = work[2, :places].reshape(last - first)
        q = work[3, :places].reshape(last - first)
        ncs_over_cs_sums_backward(x, dy, gamma, s, p2, first, last)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        ncs_over_cs_writes_both(x, dy, gamma, r, q, y, dx, dgamma[chunk], first, last)


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


def nsc_over_c_forward(x, gamma, y, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        _, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:1, :places] = 0.0
        s = work[0, :places].reshape(last - first, stop - start)
        r = work[1, :places].reshape(last - first, stop - start)
        nsc_over_c_sums_forward(x, s, first, last, start, stop)
        for place in range(places):
            work[1, place] = numbers_forward(eps_mode, work[0, place], eps)
        nsc_over_c_writes_forward(x, gamma, r, y, first, last, start, stop)


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


def nsc_over_c_backward(x, dy, gamma, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first, stop - start)
        p2 = work[1, :places].reshape(last - first, stop - start)
        r = work[2, :places].reshape(last - first, stop - start)
        q = work[3, :places].reshape(last - first, stop - start)
        nsc_over_c_sums_backward(x, dy, gamma, s, p2, first, last, start, stop)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        nsc_over_c_writes_backward(x, dy, gamma, r, q, dx, dgamma[chunk], first, last, start, stop)


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


def nsc_over_c_both(x, dy, gamma, y, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first, stop - start)
        p2 = work[1, :places].reshape(last - first, stop - start)
        r = work[2, :places].reshape(last - first, stop - start)
        q = work[3, :places].reshape(last - first, stop - start)
        nsc_over_c_sums_backward(x, dy, gamma, s, p2, first, last, start, stop)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        nsc_over_c_writes_both(x, dy, gamma, r, q, y, dx, dgamma[chunk], first, last, start, stop)


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


def nsc_over_sc_forward(x, gamma, y, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        _, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:1, :places] = 0.0
        s = work[0, :places].reshape(last - first)
        r = work[1, :places].reshape(last - first)
        nsc_over_sc_sums_forward(x, s, first, last)
        for place in range(places):
            work[1, place] = numbers_forward(eps_mode, work[0, place], eps)
        nsc_over_sc_writes_forward(x, gamma, r, y, first, last)


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


def nsc_over_sc_backward(x, dy, gamma, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first)
        p2 = work[1, :places].reshape(last - first)
        r = work[2, :places].reshape(last - first)
        q = work[3, :places].reshape(last - first)
        nsc_over_sc_sums_backward(x, dy, gamma, s, p2, first, last)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        nsc_over_sc_writes_backward(x, dy, gamma, r, q, dx, dgamma[chunk], first, last)


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


def nsc_over_sc_both(x, dy, gamma, y, dx, dgamma, tiles, work, eps_mode, eps):
    """Both sweeps over each tile, and in between the numbers of its places."""
    for k in range(len(tiles)):
        chunk, first, last, start, stop = tiles[k]
        places = (last - first) * (stop - start)
        work[:2, :places] = 0.0
        s = work[0, :places].reshape(last - first)
        p2 = work[1, :places].reshape(last - first)
        r = work[2, :places].reshape(last - first)
        q = work[3, :places].reshape(last - first)
        nsc_over_sc_sums_backward(x, dy, gamma, s, p2, first, last)
        for place in range(places):
            work[2, place], work[3, place] = numbers_backward(eps_mode, work[0, place], work[1, place], eps)
        nsc_over_sc_writes_both(x, dy, gamma, r, q, y, dx, dgamma[chunk], first, last)
