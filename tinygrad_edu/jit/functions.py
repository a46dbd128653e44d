"""exp, tanh, log and their like in plain arithmetic, which a compiler does on whole vectors.

The C library computes one number at a time, with branches. Here both sides of every branch are
computed, and one is chosen; powers of 2 are made and taken apart as bits. For all numbers, infinite
and subnormal ones included, tanh is within 2.5 units in the last place of the exact value, and the
others are within 1.5.
The methods are those of FDLIBM (Sun Microsystems, 1993): e^x = 2^n e^r and x = 2^n (1 + f).
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "CONTRACTED",
    "REASSOCIATED",
    "exp",
    "expm1",
    "log",
    "log1p",
    "multiplied_and_added",
    "plus",
    "tanh",
]

_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2**52: added, it leaves an integer in the last bits
_ROUND_BITS = 0x4338000000000000
_ONE_BITS, _HALF_ROOT_BITS = 0x3FF0000000000000, 0x3FE6A09E00000000  # of 1 and of about sqrt(1/2)
_MANTISSA = 0x000FFFFFFFFFFFFF
_TINY, _SCALE = 2.2250738585072014e-308, 18014398509481984.0  # the least normal number, 2**54


def bits(x: Any) -> Any:
    """The 64 bits of a number as an integer."""
    return np.float64(x).view(np.int64)


def of_bits(i: Any) -> Any:
    """The number that has these bits."""
    return np.int64(i).view(np.float64)


def power_of_2(n: Any) -> Any:
    """2^n for an integer -1022 <= n <= 1023, given as a floating-point number."""
    return of_bits((bits(n + _ROUND) << 52) + _ONE_BITS)


def beyond_line(r: Any) -> Any:
    """(e^r - 1 - r) / r^2 by its Taylor polynomial, |r| <= ln(2) / 2."""
    p = 1.6059043836821613e-10  # 1 / 13!
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    return p * r + 0.5


def expm1_near_0(a: Any, n: Any) -> Any:
    """e^(a - n ln 2) - 1, with what is lost in the difference."""
    high = a - n * _LN2_HIGH
    r = high - n * _LN2_LOW
    c = (high - r) - n * _LN2_LOW
    return r + (r * r * beyond_line(r) + (c + c * r))


def exp(x: Any) -> Any:
    """e^x."""
    a = 710.0 if x > 710.0 else x
    a = -746.0 if a < -746.0 else a
    n = (a * _LOG2E + _ROUND) - _ROUND
    r = (a - n * _LN2_HIGH) - n * _LN2_LOW
    p = 1.0 + (r + r * r * beyond_line(r))
    m = 1000.0 if n > 1000.0 else n
    m = -1000.0 if m < -1000.0 else m
    return p * power_of_2(m) * power_of_2(n - m)


def expm1(x: Any) -> Any:
    """e^x - 1, exact to the last digits also where it is small."""
    a = 710.0 if x > 710.0 else x
    a = -50.0 if a < -50.0 else a
    n = (a * _LOG2E + _ROUND) - _ROUND
    p = expm1_near_0(a, n)
    m = 1000.0 if n > 1000.0 else n
    s = power_of_2(m)
    y = (s * p + (s - 1.0)) * power_of_2(n - m)
    return x if x == 0.0 else y


def tanh(x: Any) -> Any:
    """(e^2x - 1) / (e^2x + 1)."""
    a = np.abs(x) * 2.0
    a = 50.0 if a > 50.0 else a
    n = (a * _LOG2E + _ROUND) - _ROUND
    s = power_of_2(n)
    e = s * expm1_near_0(a, n) + (s - 1.0)
    small = e < 2.0
    q = (e if small else 2.0) / (e + 2.0)
    t = q if small else 1.0 - q
    return np.copysign(t, x)


def log_of(m: Any, c: Any, n: Any) -> Any:
    """ln(2^n (1 + f) + ...), from f = m and a correction c to it, -0.3 < f < 0.42."""
    s = m / (2.0 + m)
    z = s * s
    p = 1.479819860511658591e-01
    p = p * z + 1.531383769920937332e-01
    p = p * z + 1.818357216161805012e-01
    p = p * z + 2.222219843214978396e-01
    p = p * z + 2.857142874366239149e-01
    p = p * z + 3.999999999940941908e-01
    p = p * z + 6.666666666666735130e-01
    half = 0.5 * m * m
    return n * _LN2_HIGH - ((half - (s * (half + p * z) + (n * _LN2_LOW + c))) - m)


def log(x: Any) -> Any:
    """The natural logarithm."""
    tiny = x < _TINY
    y = x * _SCALE if tiny else x
    i = bits(y) - _HALF_ROOT_BITS
    n = of_bits(((i >> 52) & 0xFFF) + _ROUND_BITS) - _ROUND
    n = n if n < 2048.0 else n - 4096.0
    m = of_bits(bits(y) - ((i >> 52) << 52)) - 1.0
    found = log_of(m, 0.0, n - 54.0 if tiny else n)
    found = found if x > 0.0 else (-np.inf if x == 0.0 else np.nan)
    return found if x < np.inf else x + x


def log1p(x: Any) -> Any:
    """ln(1 + x), exact to the last digits also where x is small."""
    u = 1.0 + x
    less, more = x - (u - 1.0), 1.0 - (u - x)
    c = (less if x < 1.0 else more) / u
    i = bits(u) - _HALF_ROOT_BITS
    k = (i >> 52) << 52
    n = of_bits(((i >> 52) & 0xFFF) + _ROUND_BITS) - _ROUND
    n = n if n < 2048.0 else n - 4096.0
    m = of_bits(bits(u) - k) - 1.0
    near = (x > -0.25) & (x < 0.4)
    found = log_of(x if near else m, 0.0 if near else c, 0.0 if near else n)
    found = found if u > 0.0 else (-np.inf if u == 0.0 else np.nan)
    found = found if x != 0.0 else x
    return found if u < np.inf else x + x


def plus(a: Any, b: Any) -> Any:
    """A term more in a sum, whose order is free: so it may be done in vectors."""
    return a + b


def multiplied_and_added(s: Any, a: Any, b: Any) -> Any:
    """A product more in a sum."""
    return s + a * b


# What a compiler may do beyond the arithmetic as it is written: a product and a sum in one step
# here, and the terms of a sum in any order. Both say nothing of NaN, infinities and signs.
CONTRACTED = (
    multiplied_and_added,
    bits,
    of_bits,
    power_of_2,
    beyond_line,
    expm1_near_0,
    exp,
    expm1,
    tanh,
    log_of,
    log,
    log1p,
)
REASSOCIATED = (plus,)
