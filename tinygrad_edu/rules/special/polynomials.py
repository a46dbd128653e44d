"""Orthogonal polynomials in x, of a fixed degree n: the slope has the degree n - 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.rules.special.partial import partly, sp


def lower(n: Any) -> Any:
    """n - 1, and 0 for n = 0, where the slope is 0 whatever it is multiplied with."""
    return np.where(np.equal(n, 0), 0, n - 1)[()]


def some(n: Any) -> Any:
    """0 for the constant polynomial, of degree 0, and 1 for the others."""
    return np.not_equal(n, 0) * 1.0


partly(sp.eval_legendre,    "n", lambda out, n, x: (n + 1) / 2 * sp.eval_jacobi(lower(n), 1, 1, x)
                                                   * some(n))
partly(sp.eval_chebyt,      "n", lambda out, n, x: n * sp.eval_chebyu(lower(n), x))
partly(sp.eval_chebyu,      "n", lambda out, n, x: 2 * some(n)
                                                   * sp.eval_gegenbauer(lower(n), 2, x))
partly(sp.eval_chebyc,      "n", lambda out, n, x: n * sp.eval_chebys(lower(n), x))
partly(sp.eval_chebys,      "n", lambda out, n, x: some(n)
                                                   * sp.eval_gegenbauer(lower(n), 2, x / 2))
partly(sp.eval_hermite,     "n", lambda out, n, x: 2 * n * sp.eval_hermite(lower(n), x))
partly(sp.eval_hermitenorm, "n", lambda out, n, x: n * sp.eval_hermitenorm(lower(n), x))
partly(sp.eval_laguerre,    "n", lambda out, n, x: -some(n)
                                                   * sp.eval_genlaguerre(lower(n), 1, x))
partly(sp.eval_genlaguerre, "n", "a",
       lambda out, n, a, x: -some(n) * sp.eval_genlaguerre(lower(n), a + 1, x))
partly(sp.eval_gegenbauer,  "n", "a",
       lambda out, n, a, x: 2 * a * some(n) * sp.eval_gegenbauer(lower(n), a + 1, x))
partly(sp.eval_jacobi,      "n", "a", "b",
       lambda out, n, a, b, x: (n + a + b + 1) / 2 * some(n)
                               * sp.eval_jacobi(lower(n), a + 1, b + 1, x))

# ---- shifted to [0, 1] ---------------------------------------------------------------------------
partly(sp.eval_sh_legendre, "n", lambda out, n, x: (n + 1) * some(n)
                                                   * sp.eval_jacobi(lower(n), 1, 1, 2 * x - 1))
partly(sp.eval_sh_chebyt,   "n", lambda out, n, x: 2 * n * sp.eval_chebyu(lower(n), 2 * x - 1))
partly(sp.eval_sh_chebyu,   "n", lambda out, n, x: 4 * some(n)
                                                   * sp.eval_gegenbauer(lower(n), 2, 2 * x - 1))
