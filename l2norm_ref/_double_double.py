"""Arithmetic on double-doubles with an exponent of their own: what `l2norm_ref._wide` does to one block of elements.

A number is the triple of arrays (hi, lo, exponent) and means `(hi + lo) * 2**exponent`. Normal form: hi in [1/2, 1), lo
at most half a unit in the last place of hi; zero, infinity and NaN are themselves in hi, with lo = 0. As all mantissas
are near 1, nothing here overflows or underflows.

The functions `add`, `multiply`, `divide` and `root` take normal numbers and return (hi, lo, exponent, ieee), which
`normal` brings into normal form; ieee is the result of plain float64, which is right where the result is zero, infinite
or NaN. The error-free sum and product are Knuth's and Dekker's.
"""

import numpy as np

# Zero lies below and infinity above every other exponent, so that aligning two numbers never shifts the wrong one.
# Both leave room for adding a few such exponents in 32 bits.
BELOW, ABOVE = np.int32(-(2**28)), np.int32(2**28)


def two_sum(a, b):
    """a + b = s + rest, exactly."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _split(a):
    c = 134217729.0 * a  # 2**27 + 1
    high = c - (c - a)
    return high, a - high


def two_product(a, b):
    """a * b = p + rest, exactly."""
    p = a * b
    ah, al = _split(a)
    bh, bl = _split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def normal(hi, lo, exponent, ieee):
    """(hi + lo) * 2**exponent in normal form, or ieee where that is zero, infinite or NaN."""
    total = hi + lo
    rest = lo - (total - hi)
    hi, shift = np.frexp(total)
    lo, exponent = np.ldexp(rest, -shift), exponent + shift
    special = (hi == 0) | ~np.isfinite(hi)
    if np.any(special):
        hi = np.where(special, ieee, hi)
        lo = np.where(special, 0.0, lo)
        exponent = np.where(special, np.where(hi == 0, BELOW, ABOVE), exponent)
    return hi, lo, exponent


def aligned(a, b):
    """Both numbers brought to the larger exponent; what falls off lies 2**-1000 below the larger number."""
    exponent = np.maximum(a[2], b[2])
    fall_a, fall_b = a[2] - exponent, b[2] - exponent
    return (np.ldexp(a[0], fall_a), np.ldexp(a[1], fall_a)), (np.ldexp(b[0], fall_b), np.ldexp(b[1], fall_b)), exponent


def add(a, b):
    """a + b within 2**-103 of |a| + |b|."""
    a, b, exponent = aligned(a, b)
    s, rest = two_sum(a[0], b[0])
    return s, rest + (a[1] + b[1]), exponent, s


def multiply(a, b):
    """a * b within 2**-102 of itself."""
    p, rest = two_product(a[0], b[0])
    return p, rest + (a[0] * b[1] + a[1] * b[0]), a[2] + b[2], p


def divide(a, b):
    """a / b within 2**-102 of itself."""
    q = a[0] / b[0]
    p, rest = two_product(q, b[0])
    remainder = ((a[0] - p) - rest) + (a[1] - q * b[1])
    return q, remainder / b[0], a[2] - b[2], q


def root(a):
    """sqrt(a) within 2**-102 of itself; the root of an exact square is exact."""
    odd = a[2] & 1  # what is left of the exponent is even
    hi, lo = np.ldexp(a[0], odd), np.ldexp(a[1], odd)
    r = np.sqrt(hi)
    p, rest = two_product(r, r)
    remainder = ((hi - p) - rest) + lo
    return r, remainder / (2 * r), a[2] >> 1, r
