"""Eigenvalues and eigenvectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, operation, pullback
from tinygrad_edu.rules.contractions import adjoint, conjugate
from tinygrad_edu.rules.linalg_factors import (
    check_phase,
    equal_values,
    onto_triangle,
    packed,
    real_part,
    reciprocal,
    unpacked,
)

EigResult = type(np.linalg.eig(np.ones((1, 1))))
EighResult = type(np.linalg.eigh(np.ones((1, 1))))

# ---- eigenvalues of a Hermitian matrix -----------------------------------------------------------


def _upper(uplo: str) -> bool:
    return uplo.upper() == "U"


@operation
def eigh(a: Any, uplo: Any = "L") -> Any:
    """Eigenvalues and eigenvectors of a Hermitian matrix, one behind the other."""
    return packed(np.linalg.eigh(a, uplo), (1, 2))


def _eigh(g: Any, out: Any, a: Any, uplo: Any = "L") -> Any:
    """V (diag(g_w) + (V^H G_V)_ij / (w_j - w_i)) V^H."""
    if not a.size:
        return np.zeros_like(a)
    n = a.shape[-1]
    (w, v), (gw, gv) = (unpacked(x, ((n,), (n, n))) for x in (out, conjugate(g)))
    w, gw = real_part(w), real_part(gw)
    same = equal_values("eigh", "eigen", w, np.max(np.abs(w), axis=-1, keepdims=True), gv)
    if np.iscomplexobj(v):
        check_phase("eigh", (v, gv))
    middle = (adjoint(v) @ gv) * reciprocal(w[..., None, :] - w[..., :, None], same)
    carried = v @ middle @ adjoint(v) + (v * gw[..., None, :]) @ adjoint(v)
    return conjugate(onto_triangle(carried, _upper(uplo)))


pullback(eigh, _eigh, None)


@composed(np.linalg.eigh)
def linalg_eigh(a: Any, UPLO: Any = "L") -> Any:
    """A = V diag(w) V^H, of which NumPy reads one triangle: the gradient is of its shape."""
    n = np.shape(a)[-1] if np.ndim(a) else 0
    w, v = unpacked(eigh(a, UPLO), ((n,), (n, n)))
    return EighResult(real_part(w), v)


@composed(np.linalg.eigvalsh)
def linalg_eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    """The eigenvalues of a Hermitian matrix, with those of np.linalg.eigh."""
    return np.linalg.eigh(a, UPLO).eigenvalues


# ---- eigenvalues of any square matrix ------------------------------------------------------------


@operation
def eig(a: Any, as_eigvals: bool = False) -> Any:
    """Eigenvalues and eigenvectors, one behind the other.

    LAPACK takes other steps if no eigenvectors are asked for, and may find the same eigenvalues in
    another order: with `as_eigvals` they are those of np.linalg.eigvals.
    """
    w, v = np.linalg.eig(a)
    if as_eigvals:
        wanted = np.linalg.eigvals(a)
        order = np.zeros(w.shape, int)
        for place in np.ndindex(w.shape[:-1]):
            order[place] = _matching(wanted[place], w[place])
        w, v = wanted, np.take_along_axis(v, order[..., None, :], axis=-1)
    return packed((w, v), (1, 2))


def _matching(wanted: Any, found: Any) -> list[int]:
    """For each wanted number the nearest of those found that has not been taken yet."""
    distance, order = np.abs(wanted[:, None] - found), []
    for row in distance:
        order.append(int(np.argmin(row)))
        distance[:, order[-1]] = np.inf
    return order


def _eig(g: Any, out: Any, a: Any, as_eigvals: bool = False) -> Any:
    """V^-H (diag(g_w) + M_ij / conj(w_j - w_i)) V^H, M = V^H G_V - V^H V diag(Re V^H G_V).

    The second term of M is what keeps the vectors at unit length.
    """
    if not a.size:
        return np.zeros_like(a)
    n = a.shape[-1]
    (w, v), (gw, gv) = (unpacked(x, ((n,), (n, n))) for x in (out, conjugate(g)))
    same = equal_values("eig", "eigen", w, np.max(np.abs(w), axis=-1, keepdims=True), gv)
    if np.iscomplexobj(v):
        check_phase("eig", (v, gv))
    right = adjoint(v)
    lengths = real_part(np.sum(conjugate(v) * gv, axis=-2))
    middle = right @ gv - (right @ v) * lengths[..., None, :]
    middle = middle * reciprocal(conjugate(w[..., None, :] - w[..., :, None]), same)
    carried = np.linalg.solve(right, (middle + np.eye(n) * gw[..., None, :]) @ right)
    return conjugate(carried)


pullback(eig, _eig, None)


@composed(np.linalg.eig)
def linalg_eig(a: Any) -> Any:
    """A V = V diag(w); vectors of length one, whose phase is arbitrary."""
    n = np.shape(a)[-1] if np.ndim(a) else 0
    return EigResult(*unpacked(eig(a), ((n,), (n, n))))


@composed(np.linalg.eigvals)
def linalg_eigvals(a: Any) -> Any:
    """The eigenvalues of a square matrix."""
    return eig(a, as_eigvals=True)[..., : np.shape(a)[-1]]
