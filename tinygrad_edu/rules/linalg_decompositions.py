"""The Cholesky and the QR decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, operation, pullback
from tinygrad_edu.rules.contractions import adjoint, conjugate
from tinygrad_edu.rules.linalg_factors import (
    LinAlgError,
    check_arbitrary,
    half_of,
    negligible,
    onto_triangle,
    packed,
    unpacked,
)

QRResult = type(np.linalg.qr(np.ones((1, 1))))

# ---- Cholesky ------------------------------------------------------------------------------------


def _cholesky(g: Any, out: Any, a: Any, upper: bool = False) -> Any:
    """L^-H (L^H G, its lower triangle, half the diagonal) L^-1, for A = L L^H."""
    g = conjugate(g)
    low, g = (adjoint(out), adjoint(g)) if upper else (out, g)
    right = adjoint(low)
    inner = (right @ g) * half_of(a.shape[-1], upper=False)
    inner = adjoint(np.linalg.solve(right, inner))
    return conjugate(onto_triangle(np.linalg.solve(right, inner), upper))


pullback(np.linalg.cholesky, _cholesky)


# ---- QR ------------------------------------------------------------------------------------------


@operation
def qr(a: Any, mode: Any = "reduced") -> Any:
    """Q and R of a matrix that is at least as tall as wide, one behind the other."""
    return packed(np.linalg.qr(a, mode), (2, 2))


def _qr(g: Any, out: Any, a: Any, mode: Any = "reduced") -> Any:
    """(G_Q + Q (M + M^H)) R^-H, where M is the upper triangle of G_R R^H - Q^H G_Q, half its
    diagonal; Walter and Lehmann (2013), "Algorithmic differentiation of linear algebra functions".
    """
    if not a.size:
        return np.zeros_like(a)
    m, n = a.shape[-2:]
    k = m if mode == "complete" else n
    (q, r), (gq, gr) = (unpacked(x, ((m, k), (k, n))) for x in (out, conjugate(g)))
    check_arbitrary("qr", "mode='reduced'", gq[..., n:])
    q, r, gq, gr = q[..., :n], r[..., :n, :], gq[..., :n], gr[..., :n, :]
    diagonal = np.abs(np.einsum("...ii->...i", r))
    if np.any(negligible(diagonal, np.max(diagonal, axis=-1, keepdims=True), m)):
        raise LinAlgError(
            "np.linalg.qr: where the (leading) columns of a matrix depend on one another, Q is "
            "partly arbitrary and has no derivative"
        )
    middle = (gr @ adjoint(r) - adjoint(q) @ gq) * half_of(n, upper=True)
    carried = gq + q @ (middle + adjoint(middle))
    return conjugate(adjoint(np.linalg.solve(r, adjoint(carried))))


pullback(qr, _qr)


@composed(np.linalg.qr)
def linalg_qr(a: Any, mode: Any = "reduced") -> Any:
    """Q and R; of a wide matrix Q is that of its leading square, and R is Q^H A."""
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(
            f"np.linalg.qr: mode={mode!r} is not supported on a Tensor; choose 'reduced', "
            "'complete' or 'r'"
        )
    if np.ndim(a) < 2:
        raise LinAlgError(
            f"np.linalg.qr of shape {np.shape(a)}: {np.ndim(a)}-dimensional array given. Array "
            "must be at least two-dimensional"
        )
    m, n = a.shape[-2:]
    wide = m < n
    k = m if wide or mode == "complete" else n
    factors = qr(a[..., :m] if wide else a, "complete" if k > n else "reduced")
    q, r = unpacked(factors, ((m, k), (k, min(k, n) if wide else n)))
    if wide:
        r = np.concatenate([r, adjoint(q) @ a[..., m:]], axis=-1)
    return r if mode == "r" else QRResult(q, r)
