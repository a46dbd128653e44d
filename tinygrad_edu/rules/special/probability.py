"""Error functions, distributions, entropies, logistic functions, and what else statistics uses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import local
from tinygrad_edu.rules.special.partial import partly, sp

ROOT_PI = math.sqrt(math.pi)
ROOT_2 = math.sqrt(2)
ROOT_2PI = math.sqrt(2 * math.pi)
DEGREE = math.pi / 180

# ---- error functions -----------------------------------------------------------------------------
local(sp.erf,      lambda out, x: 2 / ROOT_PI * np.exp(-x * x))
local(sp.erfc,     lambda out, x: -2 / ROOT_PI * np.exp(-x * x))
local(sp.erfi,     lambda out, x: 2 / ROOT_PI * np.exp(x * x))
local(sp.erfcx,    lambda out, x: 2 * x * out - 2 / ROOT_PI)
local(sp.dawsn,    lambda out, x: 1 - 2 * x * out)
local(sp.wofz,     lambda out, x: 2j / ROOT_PI - 2 * x * out)
local(sp.erfinv,   lambda out, x: ROOT_PI / 2 * np.exp(out * out))
local(sp.erfcinv,  lambda out, x: -ROOT_PI / 2 * np.exp(out * out))

# ---- the normal distribution ---------------------------------------------------------------------
local(sp.ndtr,     lambda out, x: np.exp(-x * x / 2) / ROOT_2PI)
local(sp.log_ndtr, lambda out, x: math.sqrt(2 / math.pi) / sp.erfcx(-x / ROOT_2))
local(sp.ndtri,    lambda out, x: ROOT_2PI * np.exp(out * out / 2))
local(sp.ndtri_exp, lambda out, x: math.sqrt(math.pi / 2) * sp.erfcx(-out / ROOT_2))
local(sp.owens_t,
      lambda out, h, a: -np.exp(-h * h / 2) * sp.erf(a * h / ROOT_2) / (2 * ROOT_2PI),
      lambda out, h, a: np.exp(-h * h * (1 + a * a) / 2) / (2 * math.pi * (1 + a * a)))

# ---- logistic functions --------------------------------------------------------------------------
local(sp.expit,     lambda out, x: out * (1 - out))
local(sp.log_expit, lambda out, x: sp.expit(-x))
local(sp.logit,     lambda out, x: 1 / (x * (1 - x)))


# ---- entropies: an x of 0 takes no part, whatever y is -------------------------------------------
def quotient(x: Any, y: Any) -> Any:
    """x / y, and 0 where x is 0."""
    return x / np.where((x == 0) & (y == 0), 1, y)


local(sp.xlogy,    lambda out, x, y: np.log(y),         lambda out, x, y: quotient(x, y))
local(sp.xlog1py,  lambda out, x, y: np.log1p(y),       lambda out, x, y: quotient(x, 1 + y))
local(sp.entr,     lambda out, x: -np.log(x) - 1)
local(sp.rel_entr, lambda out, x, y: np.log(x / y) + 1, lambda out, x, y: -quotient(x, y))
local(sp.kl_div,   lambda out, x, y: np.log(x / y),     lambda out, x, y: 1 - quotient(x, y))

# ---- losses, in (delta, r) -----------------------------------------------------------------------
local(sp.huber,
      lambda out, delta, r: np.maximum(np.abs(r) - delta, 0),
      lambda out, delta, r: np.clip(r, -delta, delta))
local(sp.pseudo_huber,
      lambda out, delta, r: 2 * out / delta - r * r / (delta * np.sqrt(1 + (r / delta) ** 2)),
      lambda out, delta, r: r / np.sqrt(1 + (r / delta) ** 2))

# ---- powers and exponentials ---------------------------------------------------------------------
def exprel_slope(out: Any, x: Any) -> Any:
    """d ((e^x - 1) / x) / dx = (e^x - out) / x, in the form that loses no digits where x is.

    Far out SciPy's hyp1f1, which has them near 0, would take for ever.
    """
    near = np.abs(x) < 1
    far = np.where(near, 1, x)
    below, above = (np.exp(np.minimum(far, 1)) - out) / far, out * (1 - 1 / far) + 1 / far
    return np.where(near, sp.hyp1f1(2, 3, np.where(near, x, 0)) / 2, np.where(x > 0, above, below))


local(sp.cbrt,     lambda out, x: 1 / (3 * out * out))
local(sp.exp2,     lambda out, x: out * math.log(2))
local(sp.exp10,    lambda out, x: out * math.log(10))
local(sp.expm1,    lambda out, x: out + 1)
local(sp.log1p,    lambda out, x: 1 / (1 + x))
local(sp.exprel,   exprel_slope)
local(sp.powm1,    lambda out, x, y: y * x ** (y - 1.0), lambda out, x, y: (out + 1) * np.log(x))
local(sp.wrightomega, lambda out, x: out / (1 + out))
if hasattr(sp, "_lambertw"):
    partly(sp._lambertw, lambda out, z, k, tol: np.exp(-out) / (1 + out), "k", "tol")


def bend(t: Any, x: Any) -> Any:
    """How (x**p - 1) / p varies with p, for t = log x: log(x)**2 phi'(p log x), phi = exprel."""
    return t * t * exprel_slope(sp.exprel(x * t), x * t)


local(sp.boxcox,       lambda out, x, p: x ** (p - 1.0),
                       lambda out, x, p: bend(np.log(x), p))
local(sp.boxcox1p,     lambda out, x, p: (1 + x) ** (p - 1.0),
                       lambda out, x, p: bend(np.log1p(x), p))
local(sp.inv_boxcox,   lambda out, y, p: out ** (1.0 - p),
                       lambda out, y, p: -(out ** (1.0 - p)) * bend(np.log(out), p))
local(sp.inv_boxcox1p, lambda out, y, p: (1 + out) ** (1.0 - p),
                       lambda out, y, p: -((1 + out) ** (1.0 - p)) * bend(np.log1p(out), p))

# ---- angles in degrees ---------------------------------------------------------------------------
local(sp.sindg,    lambda out, x: DEGREE * sp.cosdg(x))
local(sp.cosdg,    lambda out, x: -DEGREE * sp.sindg(x))
local(sp.tandg,    lambda out, x: DEGREE * (1 + out * out))
local(sp.cotdg,    lambda out, x: -DEGREE * (1 + out * out))
local(sp.cosm1,    lambda out, x: -np.sin(x))
local(sp.radian,   DEGREE, DEGREE / 60, DEGREE / 3600)
