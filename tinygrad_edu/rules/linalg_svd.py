"""The singular value decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, operation, pullback
from tinygrad_edu.rules.contractions import adjoint, conjugate
from tinygrad_edu.rules.linalg_factors import (
    LinAlgError,
    Shapes,
    check_arbitrary,
    check_phase,
    equal_values,
    negligible,
    packed,
    real_part,
    reciprocal,
    unpacked,
    used_columns,
)

SVDResult = type(np.linalg.svd(np.ones((1, 1))))

def _shapes(a: Any, full: bool) -> Shapes:
    m, n = a.shape[-2:]
    k = min(m, n)
    return (m, m if full else k), (k,), (n if full else k, n)


@operation
def svd(a: Any, full: bool = False) -> Any:
    """U, the singular values and V^H, one behind the other."""
    return packed(np.linalg.svd(a, full), (2, 1, 2))


def _svd(g: Any, out: Any, a: Any, full: bool = False) -> Any:
    """U M V^H, and what G_U and G_V say of vectors outside of the spaces that U and V span.

    ``M = (skew(U^H G_U) / E) S + S (skew(V^H G_V) / E) + diag(g_s + i Im(U^H G_U) / s)``, where
    ``E_ij = s_j^2 - s_i^2`` and ``skew(X) = X - X^H``. A singular value of 0, at its lower bound,
    has the derivative 0, as the absolute value has at 0.
    """
    if not a.size:
        return np.zeros_like(a)
    m, n = a.shape[-2:]
    k = min(m, n)
    (u, s, vh), (gu, gs, gvh) = (unpacked(x, _shapes(a, full)) for x in (out, conjugate(g)))
    check_arbitrary("svd", "full_matrices=False", gu[..., k:], gvh[..., k:, :])
    u, gu = u[..., :k], gu[..., :k]
    v, gv = adjoint(vh[..., :k, :]), adjoint(gvh[..., :k, :])
    s, gs = real_part(s), real_part(gs)
    largest = np.max(s, axis=-1, keepdims=True)
    zero = negligible(s, largest, max(m, n))
    same = equal_values("svd", "singular", s, largest, gu, gv)
    if np.any(zero & used_columns(gu, gv)):
        raise LinAlgError(
            "np.linalg.svd: singular vectors of the singular value 0 have no derivative, and the "
            "gradient asks for it; the singular values alone can be differentiated"
        )
    if np.iscomplexobj(u):
        check_phase("svd", (u, gu), (v, gv))
    uu, vv = adjoint(u) @ gu, adjoint(v) @ gv
    row, column, inverse = s[..., None, :], s[..., :, None], reciprocal(s, zero)
    gaps = reciprocal((row - column) * (row + column), same)
    middle = (uu - adjoint(uu)) * gaps * row + column * (vv - adjoint(vv)) * gaps
    middle = middle + np.eye(k) * np.where(zero, 0, gs)[..., None, :]
    if np.iscomplexobj(u):
        turned = np.imag(np.sum(np.conj(u) * gu, axis=-2)) * inverse
        middle = middle + 1j * np.eye(k) * turned[..., None, :]
    carried = u @ middle @ adjoint(v)
    if m > k:
        carried = carried + ((gu - u @ uu) * inverse[..., None, :]) @ adjoint(v)
    if n > k:
        carried = carried + u @ adjoint((gv - v @ vv) * inverse[..., None, :])
    return conjugate(carried)


pullback(svd, _svd, None)


@composed(np.linalg.svd)
def linalg_svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """A = U diag(s) V^H."""
    if hermitian:
        return _of_hermitian(a, compute_uv)
    full = bool(full_matrices and compute_uv)
    factors = svd(a, full)
    u, s, vh = unpacked(factors, _shapes(a, full))
    return SVDResult(u, real_part(s), vh) if compute_uv else real_part(s)


def _of_hermitian(a: Any, compute_uv: bool) -> Any:
    """By way of the eigenvalues: their absolute values, the signs going to V."""
    w, u = np.linalg.eigh(a)
    sign = np.where(np.signbit(w), -1.0, 1.0).astype(w.dtype)
    order = np.argsort(np.abs(w), axis=-1)[..., ::-1]
    s = np.take_along_axis(np.abs(w), order, axis=-1)
    if not compute_uv:
        return s
    sign = np.take_along_axis(sign, order, axis=-1)
    u = np.take_along_axis(u, order[..., None, :], axis=-1)
    return SVDResult(u, s, adjoint(u * sign[..., None, :]))


@composed(np.linalg.svdvals)
def linalg_svdvals(x: Any) -> Any:
    """The singular values, the largest first."""
    return np.linalg.svd(x, compute_uv=False)
