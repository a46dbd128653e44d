"""The gamma function and its relatives: psi, zeta, beta, and the distributions made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import local
from tinygrad_edu.rules.special.partial import partly, sp

# ---- gamma ---------------------------------------------------------------------------------------


def trigamma(x: Any) -> Any:
    """The derivative of psi; of complex x by its asymptotic series, far from the poles.

    ``psi'(x) = psi'(x + n) + sum of 1 / (x + k)**2``, and ``psi'(x) + psi'(1 - x) =
    (pi / sin(pi x))**2``. Source: Abramowitz and Stegun (1964), 6.4.6, 6.4.7 and 6.4.12.
    """
    if not np.iscomplexobj(x):
        return sp._zeta(2.0, x)
    left = np.real(x) < 1 / 2
    right = np.where(left, 1 - x, x)
    w = 1 / (right + 20)
    u = w * w
    series = 1 / 6 - u * (1 / 30 - u * (1 / 42 - u * (1 / 30 - u * 5 / 66)))
    total = w + u / 2 + w * u * series + sum(1 / (right + k) ** 2 for k in range(20))
    sine = np.where(left, np.sin(math.pi * x), 1)
    return np.where(left, (math.pi / sine) ** 2 - total, total)


def slope_of_reciprocal(out: Any, x: Any) -> Any:
    """d (1 / gamma(x)) / dx, smooth at the poles of gamma, by its reflection at 1/2."""
    y = math.pi * x
    left = sp.gamma(1 - x) * (np.cos(y) - sp.psi(1 - x) * np.sin(y) / math.pi)
    return np.where(np.real(x) < 1 / 2, left, -out * sp.psi(np.where(np.real(x) < 1 / 2, 1, x)))


local(sp.gamma,    lambda out, x: out * sp.psi(x))
local(sp.gammaln,  lambda out, x: sp.psi(x))
local(sp.loggamma, lambda out, x: sp.psi(x))
local(sp.rgamma,   slope_of_reciprocal)
local(sp.psi,      lambda out, x: trigamma(x))
local(sp.poch,     lambda out, z, m: out * (sp.psi(z + m) - sp.psi(z)),
                   lambda out, z, m: out * sp.psi(z + m))
partly(sp._zeta,   "x", lambda out, x, q: -x * sp._zeta(x + 1.0, q))

# ---- beta ----------------------------------------------------------------------------------------
local(sp.beta,     lambda out, a, b: out * (sp.psi(a) - sp.psi(a + b)),
                   lambda out, a, b: out * (sp.psi(b) - sp.psi(a + b)))
local(sp.betaln,   lambda out, a, b: sp.psi(a) - sp.psi(a + b),
                   lambda out, a, b: sp.psi(b) - sp.psi(a + b))
local(sp.binom,    lambda out, n, k: out * (sp.psi(n + 1) - sp.psi(n - k + 1)),
                   lambda out, n, k: out * (sp.psi(n - k + 1) - sp.psi(k + 1)))


# ---- the incomplete functions: their slope is the density ----------------------------------------
def gamma_density(a: Any, x: Any) -> Any:
    """x**(a - 1) exp(-x) / gamma(a)."""
    return np.exp(sp.xlogy(a - 1, x) - x - sp.gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """x**(a - 1) (1 - x)**(b - 1) / beta(a, b)."""
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


partly(sp.gammainc,     "a", lambda out, a, x: gamma_density(a, x))
partly(sp.gammaincc,    "a", lambda out, a, x: -gamma_density(a, x))
partly(sp.gammaincinv,  "a", lambda out, a, y: 1 / gamma_density(a, out))
partly(sp.gammainccinv, "a", lambda out, a, y: -1 / gamma_density(a, out))
partly(sp.betainc,      "a", "b", lambda out, a, b, x: beta_density(a, b, x))
partly(sp.betaincc,     "a", "b", lambda out, a, b, x: -beta_density(a, b, x))
partly(sp.betaincinv,   "a", "b", lambda out, a, b, y: 1 / beta_density(a, b, out))
partly(sp.betainccinv,  "a", "b", lambda out, a, b, y: -1 / beta_density(a, b, out))


# ---- distributions -------------------------------------------------------------------------------
def student_density(df: Any, t: Any) -> Any:
    """Student's: (1 + t**2 / df)**(-(df + 1) / 2) / (sqrt(df) beta(1 / 2, df / 2))."""
    shape = -sp.xlog1py((df + 1) / 2, t * t / df)
    return np.exp(shape - sp.betaln(0.5, df / 2)) / np.sqrt(df)


def f_density(dfn: Any, dfd: Any, x: Any) -> Any:
    """Fisher's F: that of the beta distribution at ``dfn x / (dfd + dfn x)``."""
    total = dfd + dfn * x
    return beta_density(dfn / 2, dfd / 2, dfn * x / total) * dfn * dfd / (total * total)


def binomial_slope(k: Any, n: Any, p: Any) -> Any:
    """How fast the chance of more than k successes in n trials grows with p: of whole k and n."""
    k, n = np.floor(k), np.trunc(n)
    return beta_density(k + 1, n - k, p)


def slope_of_nbdtr(k: Any, n: Any, p: Any) -> Any:
    """How fast the chance of at most k failures before the n-th success grows with p."""
    return beta_density(np.trunc(n), np.trunc(k) + 1, p)


partly(sp.chdtr,   "v", lambda out, v, x: gamma_density(v / 2, x / 2) / 2)
partly(sp.chdtrc,  "v", lambda out, v, x: -gamma_density(v / 2, x / 2) / 2)
partly(sp.chdtri,  "v", lambda out, v, p: -2 / gamma_density(v / 2, out / 2))
partly(sp.gdtr,    lambda out, a, b, x: x * gamma_density(b, a * x), "b",
                   lambda out, a, b, x: a * gamma_density(b, a * x))
partly(sp.gdtrc,   lambda out, a, b, x: -x * gamma_density(b, a * x), "b",
                   lambda out, a, b, x: -a * gamma_density(b, a * x))
partly(sp.pdtr,    "k", lambda out, k, m: -gamma_density(np.floor(k) + 1, m))
partly(sp.pdtrc,   "k", lambda out, k, m: gamma_density(np.floor(k) + 1, m))
partly(sp.bdtr,    "k", "n", lambda out, k, n, p: -binomial_slope(k, n, p))
partly(sp.bdtrc,   "k", "n", lambda out, k, n, p: binomial_slope(k, n, p))
partly(sp.nbdtr,   "k", "n", lambda out, k, n, p: slope_of_nbdtr(k, n, p))
partly(sp.nbdtrc,  "k", "n", lambda out, k, n, p: -slope_of_nbdtr(k, n, p))
partly(sp.stdtr,   "df", lambda out, df, t: student_density(df, t))
partly(sp.stdtrit, "df", lambda out, df, p: 1 / student_density(df, out))
partly(sp.fdtr,    "dfn", "dfd", lambda out, dfn, dfd, x: f_density(dfn, dfd, x))
partly(sp.fdtrc,   "dfn", "dfd", lambda out, dfn, dfd, x: -f_density(dfn, dfd, x))
