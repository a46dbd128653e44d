"""Exponential, trigonometric and elliptic integrals, and hypergeometric functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import local, several
from tinygrad_edu.rules.special.partial import partly, sp


# ---- exponential integrals -----------------------------------------------------------------------
def slope_of_expn(out: Any, n: Any, x: Any) -> Any:
    """-E_(n-1)(x); E_0 is exp(-x) / x, and there is no E_(-1). SciPy leaves out a fraction of n."""
    n = np.trunc(n)
    return np.where(n == 0, -out * (1 + 1 / x), -sp.expn(np.maximum(n - 1, 0), x))


def slope_of_spence(z: Any) -> Any:
    """log(z) / (1 - z), and near 1 the same as a power series in 1 - z."""
    near = np.abs(z - 1) < 1 / 2
    series = -sp.hyp2f1(1, 1, 2, np.where(near, 1 - z, 0))
    away = np.where(near, 2, z)
    return np.where(near, series, np.log(away) / (1 - away))


local(sp.expi,     lambda out, x: np.exp(x) / x)
local(sp.exp1,     lambda out, x: -np.exp(-x) / x)
partly(sp.expn,    "n", slope_of_expn)
local(sp.spence,   lambda out, z: slope_of_spence(z))


# ---- trigonometric integrals ---------------------------------------------------------------------
def sine_over(x: Any) -> Any:
    """sin(x) / x, smooth at 0, of complex numbers too."""
    return sp.hyp0f1(1.5, -x * x / 4)


several(sp.fresnel,
        lambda g, outs, x: g * np.sin(math.pi / 2 * x * x),
        lambda g, outs, x: g * np.cos(math.pi / 2 * x * x))
several(sp.sici,
        lambda g, outs, x: g * sine_over(x),
        lambda g, outs, x: g * np.cos(x) / x)
several(sp.shichi,
        lambda g, outs, x: g * sp.hyp0f1(1.5, x * x / 4),
        lambda g, outs, x: g * np.cosh(x) / x)

# ---- elliptic integrals, in the parameter m = k**2 -----------------------------------------------
local(sp.ellipk,   lambda out, m: math.pi / 8 / (1 - m) * sp.hyp2f1(0.5, 0.5, 2, m))
local(sp.ellipkm1, lambda out, p: -math.pi / 8 / p * sp.hyp2f1(0.5, 0.5, 2, 1 - p))
local(sp.ellipe,   lambda out, m: -math.pi / 8 * sp.hyp2f1(0.5, 1.5, 2, m))
partly(sp.ellipkinc, lambda out, phi, m: 1 / np.sqrt(1 - m * np.sin(phi) ** 2), "m")
partly(sp.ellipeinc, lambda out, phi, m: np.sqrt(1 - m * np.sin(phi) ** 2), "m")


def slope_of_mean(a: Any, b: Any) -> Any:
    """d agm(a, b) / da, as agm(a, b) = (a + b) pi / (4 K(q)) with q = ((a - b) / (a + b))**2."""
    p = (a - b) / (a + b)
    k = sp.ellipk(p * p)
    dk = math.pi / 8 / (1 - p * p) * sp.hyp2f1(0.5, 0.5, 2, p * p)
    return math.pi / (4 * k) * (1 - dk / k * 4 * p * b / (a + b))


local(sp.agm,      lambda out, a, b: slope_of_mean(a, b), lambda out, a, b: slope_of_mean(b, a))

# ---- hypergeometric functions --------------------------------------------------------------------
partly(sp.hyp0f1,  "v", lambda out, v, z: sp.hyp0f1(v + 1, z) / v)
partly(sp.hyp1f1,  "a", "b", lambda out, a, b, z: np.divide(a, b) * sp.hyp1f1(a + 1, b + 1, z))
partly(sp.hyp2f1,  "a", "b", "c",
                   lambda out, a, b, c, z: np.divide(a * b, c) * sp.hyp2f1(a + 1, b + 1, c + 1, z))
partly(sp.hyperu,  "a", "b", lambda out, a, b, z: -a * sp.hyperu(a + 1, b + 1, z))
partly(sp.wright_bessel, "a", "b", lambda out, a, b, x: sp.wright_bessel(a, a + b, x))
if hasattr(sp, "log_wright_bessel"):
    partly(sp.log_wright_bessel, "a", "b",
           lambda out, a, b, x: np.exp(sp.log_wright_bessel(a, a + b, x) - out))


# ---- Voigt's profile: Re w(z) / (sigma sqrt(2 pi)), where z = (x + i gamma) / (sigma sqrt(2)) ----
def slope_of_wofz(x: Any, sigma: Any, gamma: Any) -> Any:
    """w'(z) / (2 sigma**2 sqrt(pi)): its real part is the profile's slope in x."""
    z = np.divide(x + 1j * gamma, sigma * math.sqrt(2))
    slope = 2j / math.sqrt(math.pi) - 2 * z * sp.wofz(z)
    return np.divide(slope, 2 * sigma * sigma * math.sqrt(math.pi))


def slope_in_sigma(out: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    """By Euler's relation, as the profile is homogeneous of degree -1."""
    slope = slope_of_wofz(x, sigma, gamma)
    return np.divide(gamma * np.imag(slope) - x * np.real(slope) - out, sigma)


local(sp.voigt_profile,
      lambda out, x, sigma, gamma: np.real(slope_of_wofz(x, sigma, gamma)),
      slope_in_sigma,
      lambda out, x, sigma, gamma: -np.imag(slope_of_wofz(x, sigma, gamma)))
