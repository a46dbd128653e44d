"""Bessel functions and their relatives, each by its neighbours in order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import local, several
from tinygrad_edu.rules.special.partial import partly, real_only, sp


# ---- of any order v, and of a whole order n, from which SciPy drops a fraction -------------------
def slope_of_yv(v: Any, z: Any) -> Any:
    return (sp.yv(v - 1, z) - sp.yv(v + 1, z)) / 2


def slope_of_kv(v: Any, z: Any) -> Any:
    return -(sp.kv(v - 1, z) + sp.kv(v + 1, z)) / 2


partly(sp.jv,       "v", lambda out, v, z: (sp.jv(v - 1, z) - sp.jv(v + 1, z)) / 2)
partly(sp.yv,       "v", lambda out, v, z: slope_of_yv(v, z))
partly(sp.yn,       "n", lambda out, n, z: slope_of_yv(np.trunc(n), z))
partly(sp.iv,       "v", lambda out, v, z: (sp.iv(v - 1, z) + sp.iv(v + 1, z)) / 2)
partly(sp.kv,       "v", lambda out, v, z: slope_of_kv(v, z))
partly(sp.kn,       "n", lambda out, n, z: slope_of_kv(np.trunc(n), z))
partly(sp.hankel1,  "v", lambda out, v, z: (sp.hankel1(v - 1, z) - sp.hankel1(v + 1, z)) / 2)
partly(sp.hankel2,  "v", lambda out, v, z: (sp.hankel2(v - 1, z) - sp.hankel2(v + 1, z)) / 2)

# ---- scaled, so that they stay within bounds -----------------------------------------------------
partly(sp.jve,      "v", lambda out, v, z:
                    (sp.jve(v - 1, z) - sp.jve(v + 1, real_only("jve", z))) / 2)
partly(sp.yve,      "v", lambda out, v, z:
                    (sp.yve(v - 1, z) - sp.yve(v + 1, real_only("yve", z))) / 2)
partly(sp.ive,      "v", lambda out, v, z:
                    (sp.ive(v - 1, z) + sp.ive(v + 1, z)) / 2 - np.sign(real_only("ive", z)) * out)
partly(sp.kve,      "v", lambda out, v, z: out - (sp.kve(v - 1, z) + sp.kve(v + 1, z)) / 2)
partly(sp.hankel1e, "v", lambda out, v, z:
                    (sp.hankel1e(v - 1, z) - sp.hankel1e(v + 1, z)) / 2 - 1j * out)
partly(sp.hankel2e, "v", lambda out, v, z:
                    (sp.hankel2e(v - 1, z) - sp.hankel2e(v + 1, z)) / 2 + 1j * out)

# ---- of orders 0 and 1 ---------------------------------------------------------------------------
local(sp.j0,        lambda out, x: -sp.j1(x))
local(sp.j1,        lambda out, x: (sp.j0(x) - sp.jv(2, x)) / 2)
local(sp.y0,        lambda out, x: -sp.y1(x))
local(sp.y1,        lambda out, x: (sp.y0(x) - sp.yv(2, x)) / 2)
local(sp.i0,        lambda out, x: sp.i1(x))
local(sp.i1,        lambda out, x: (sp.i0(x) + sp.iv(2, x)) / 2)
local(sp.i0e,       lambda out, x: sp.i1e(x) - np.sign(x) * out)
local(sp.i1e,       lambda out, x: (sp.i0e(x) + sp.ive(2, x)) / 2 - np.sign(x) * out)
local(sp.k0,        lambda out, x: -sp.k1(x))
local(sp.k1,        lambda out, x: -(sp.k0(x) + sp.kv(2, x)) / 2)
local(sp.k0e,       lambda out, x: out - sp.k1e(x))
local(sp.k1e,       lambda out, x: out - (sp.k0e(x) + sp.kve(2, x)) / 2)


# ---- Struve --------------------------------------------------------------------------------------
def excess(v: Any, x: Any) -> Any:
    """(x / 2)**v / (sqrt(pi) gamma(v + 3 / 2)), by which Struve's recurrence exceeds Bessel's."""
    return np.power(x / 2, v) * (sp.rgamma(v + 1.5) / math.sqrt(math.pi))


partly(sp.struve,    "v", lambda out, v, x:
                     (sp.struve(v - 1, x) - sp.struve(v + 1, x) + excess(v, x)) / 2)
partly(sp.modstruve, "v", lambda out, v, x:
                     (sp.modstruve(v - 1, x) + sp.modstruve(v + 1, x) + excess(v, x)) / 2)

# ---- Airy: y'' = x y -----------------------------------------------------------------------------
several(sp.airy,
        lambda g, outs, x: g * outs[1],
        lambda g, outs, x: g * x * outs[0],
        lambda g, outs, x: g * outs[3],
        lambda g, outs, x: g * x * outs[2])

# ---- Kelvin: x y'' + y' = i x y ------------------------------------------------------------------
local(sp.ber,       lambda out, x: sp.berp(x))
local(sp.bei,       lambda out, x: sp.beip(x))
local(sp.ker,       lambda out, x: sp.kerp(x))
local(sp.kei,       lambda out, x: sp.keip(x))
local(sp.berp,      lambda out, x: -sp.bei(x) - out / x)
local(sp.beip,      lambda out, x: sp.ber(x) - out / x)
local(sp.kerp,      lambda out, x: -sp.kei(x) - out / x)
local(sp.keip,      lambda out, x: sp.ker(x) - out / x)

# ---- integrals of Bessel functions ---------------------------------------------------------------
local(sp.itstruve0,    lambda out, x: sp.struve(0, x))
local(sp.itmodstruve0, lambda out, x: sp.modstruve(0, x))
several(sp.itj0y0,
        lambda g, outs, x: g * sp.j0(x),
        lambda g, outs, x: g * sp.y0(x))
several(sp.iti0k0,
        lambda g, outs, x: g * sp.i0(x),
        lambda g, outs, x: g * sp.k0(x))
