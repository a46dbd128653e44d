"""Functions whose derivatives are a family of their own, one member an order: sinc and i0.

By formulas, their derivatives would divide 0 by 0 at 0, and lose digits to cancellation near it.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.precision import wide
from tinygrad_edu.engine.rule import composed, local, operation


@operation
def sinc_slope(x: Any, order: int) -> Any:
    """The derivative of this order of ``sinc(x) = sin(pi x) / (pi x)``, at 0 too; of x's shape.

    With u = pi x, that is ``pi^n s_n(u)``, and ``s_n(u)`` is the integral of ``t^n cos(ut + n
    pi/2)`` over t from 0 to 1. Near 0 the series of the cosine is integrated; elsewhere integration
    by parts gives ``u s_n = sin(u + n pi/2) - n s_{n-1}``, which loses no digits if u > n/e.
    """
    u = np.pi * wide(np.asarray(x))
    border = 1 + order / math.e
    near = np.abs(u) <= border
    inner, outer = np.where(near, u, 0), np.where(near, border, u)

    first = order % 2  # of the series' powers, u^p / p!
    power = inner**first
    series = np.zeros_like(power)
    for p in range(first, int(3 * border) + 30, 2):
        series = series + (-1) ** ((p + order) // 2) / (p + order + 1) * power
        power = power * (inner * inner / ((p + 1) * (p + 2)))

    sine, cosine = np.sin(outer), np.cos(outer)
    by_parts = sine / outer
    for n, wave in zip(range(1, order + 1), itertools.cycle((cosine, -sine, -cosine, sine))):
        by_parts = (wave - n * by_parts) / outer
    return (np.pi**order * np.where(near, series, by_parts))[()]


@operation
def bessel_i(x: Any, order: int) -> Any:
    """The modified Bessel function of the first kind, of whole order; of x's shape.

    ``I_n = I_0 r_1 r_2 ... r_n``, where the ratios ``r_k = I_k / I_{k-1} = x / (2k + x r_{k+1})``
    are a continued fraction of positive terms. From a level of 7 sqrt(x) on, where I_k has sunk
    below all rounding, it may begin with 0.

    Sources: Gautschi (1967), "Computational aspects of three-term recurrence relations"; Amos
    (1974), "Computation of modified Bessel functions and their ratios".
    """
    x = np.asarray(x)
    out = np.i0(x)
    near = np.clip(x, -1000, 1000)  # I_0 is infinite from 714 on
    level = order + 20 + int(7 * math.sqrt(np.nan_to_num(np.max(np.abs(near), initial=0))))
    ratio = np.zeros_like(near)
    for k in range(level, 0, -1):
        ratio = near / (2 * k + near * ratio)
        if k <= order:
            out = out * ratio
    return out[()]


@composed(np.i0)
def i0(x: Any) -> Any:
    """The modified Bessel function of order 0."""
    return bessel_i(x, 0)


def _bessel_slope(out: Any, x: Any, order: int) -> Any:
    """d I_n / dx = (I_{n-1} + I_{n+1}) / 2, and I_{-1} = I_1 (Abramowitz and Stegun, 9.6.26)."""
    return (bessel_i(x, abs(order - 1)) + bessel_i(x, order + 1)) / 2


local(np.sinc,        lambda out, x: sinc_slope(x, 1))
local(sinc_slope,     lambda out, x, order: sinc_slope(x, order + 1), None)
local(bessel_i,       _bessel_slope, None)
