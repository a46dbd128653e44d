"""Decompositions of matrices: Cholesky, QR, eigenvalues, singular values.

The formulas are those of Giles (2008), "An extended collection of matrix derivative results", and
for complex matrices of Wan and Zhang (2019), "Automatic differentiation for complex valued SVD".

Factors belong together: a phase may go from U to V, and a loss does not vary with it though the
cotangent of either does. So a decomposition is recorded as one operation whose result holds all of
its factors, one behind another, and whose pullback knows the cotangents of all.

These formulas conjugate: they say what a gradient is when it is conjugated as `conjugation` says
that a rule is not, so each stands between two conjugations (of real matrices, none).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.registry import composed, operation, pullback
from tinygrad_edu.rules.contractions import adjoint, conjugate

LinAlgError = np.linalg.LinAlgError
_ONE = np.ones((1, 1))
EigResult, EighResult = type(np.linalg.eig(_ONE)), type(np.linalg.eigh(_ONE))
QRResult, SVDResult = type(np.linalg.qr(_ONE)), type(np.linalg.svd(_ONE))
Shapes = tuple[tuple[int, ...], ...]


# ---- several results in one array ----------------------------------------------------------------


def _packed(factors: Any, axes: tuple[int, ...]) -> Any:
    """The elements of all factors in one last axis; `axes` are how many each has but for batches."""
    flat = [f.reshape((*f.shape[: f.ndim - n], math.prod(f.shape[f.ndim - n :])))
            for f, n in zip(factors, axes, strict=True)]
    return np.concatenate(flat, axis=-1)


def _unpacked(flat: Any, shapes: Shapes) -> list[Any]:
    """The factors of these shapes."""
    ends = np.cumsum([math.prod(shape) for shape in shapes]).tolist()
    return [flat[..., end - math.prod(shape) : end].reshape((*flat.shape[:-1], *shape))
            for end, shape in zip(ends, shapes, strict=True)]


def _real(a: Any) -> Any:
    return np.real(a) if np.iscomplexobj(a) else a


# ---- what the factors do not determine -----------------------------------------------------------


def negligible(s: Any, scale: Any, n: int) -> Any:
    """Where numbers are rounding errors of a matrix of this scale and longest side."""
    return np.abs(s) <= 4 * n * np.finfo(s.dtype).eps * scale


def _equal(name: str, kind: str, w: Any, largest: Any, *cotangents: Any) -> Any:
    """Where values i and j are equal; an error if there is a cotangent of what they don't determine.

    Of equal values the vectors are arbitrary within the space that they span.
    """
    same = negligible(w[..., :, None] - w[..., None, :], largest[..., None], w.shape[-1])
    used = _used(*cotangents)
    distinct = ~np.eye(w.shape[-1], dtype=bool)
    if np.any(same & distinct & (used[..., :, None] | used[..., None, :])):
        raise LinAlgError(
            f"np.linalg.{name}: {kind} vectors of equal {kind} values have no derivative, as any "
            f"others that span the same space would do as well, and the gradient asks for it; the "
            f"{kind} values alone, and functions of the matrix itself, can be differentiated"
        )
    return same


def _used(*cotangents: Any) -> Any:
    """Which columns have a cotangent."""
    used: Any = np.any(cotangents[0] != 0, axis=-2)
    for other in cotangents[1:]:
        used = used | np.any(other != 0, axis=-2)
    return used


def _check_phase(name: str, *pairs: Any) -> None:
    """An error if a loss depends on the phase of complex vectors, which is arbitrary.

    If vector k is turned by a phase t, the loss changes by ``t Im <v_k, g_k>``, summed over all
    factors that are turned together.
    """
    slope: Any = sum(np.imag(np.sum(np.conj(v) * g, axis=-2)) for v, g in pairs)
    scale: Any = sum(np.sum(np.abs(v) * np.abs(g), axis=-2) for v, g in pairs)
    tolerance = np.finfo(slope.dtype).eps ** 0.4
    if np.any(np.abs(slope) > tolerance * np.max(scale, axis=-1, keepdims=True)):
        raise LinAlgError(
            f"np.linalg.{name}: the gradient depends on the phases of complex vectors, which are "
            "arbitrary; use what does not depend on them, such as np.abs(v), or V f(w) V^H"
        )


def _check_arbitrary(name: str, remedy: str, *cotangents: Any) -> None:
    """An error if there is a cotangent of vectors that only fill up a basis."""
    if any(np.any(g != 0) for g in cotangents):
        raise LinAlgError(
            f"np.linalg.{name}: the columns that only complete the basis are arbitrary, have no "
            f"derivative, and the gradient asks for it; write {remedy}"
        )


def _over(a: Any, where: Any) -> Any:
    """1 / a, and 0 where it is not asked for."""
    return np.where(where, 0, 1) / np.where(where, 1, a)


# ---- matrices of which NumPy reads one triangle --------------------------------------------------


def _half(n: int, upper: bool) -> Any:
    """Ones in a triangle, one half on the diagonal."""
    half = np.tril(np.ones((n, n)), -1) + np.eye(n) / 2
    return half.T if upper else half


def onto_triangle(g: Any, upper: bool = False) -> Any:
    """The cotangent of a Hermitian matrix as that of the triangle it was read from.

    An element off the diagonal stands for two, and the diagonal is real.
    """
    return (g + adjoint(g)) * _half(g.shape[-1], upper)


def from_triangle(a: Any, upper: bool = False) -> Any:
    """The Hermitian matrix that NumPy reads from one triangle of `a`."""
    half = _half(a.shape[-1], upper)
    part = np.where(half > 0, a, 0) * half
    return part + adjoint(part)


# ---- Cholesky ------------------------------------------------------------------------------------


def _cholesky(g: Any, out: Any, a: Any, upper: bool = False) -> Any:
    """L^-H (L^H G, its lower triangle, half the diagonal) L^-1, for A = L L^H."""
    g = conjugate(g)
    low, g = (adjoint(out), adjoint(g)) if upper else (out, g)
    right = adjoint(low)
    inner = (right @ g) * _half(a.shape[-1], upper=False)
    inner = adjoint(np.linalg.solve(right, inner))
    return conjugate(onto_triangle(np.linalg.solve(right, inner), upper))


pullback(np.linalg.cholesky, _cholesky)


# ---- QR ------------------------------------------------------------------------------------------


@operation
def qr(a: Any, mode: str = "reduced") -> Any:
    """Q and R of a matrix that is at least as tall as wide, one behind the other."""
    return _packed(np.linalg.qr(a, mode), (2, 2))


def _qr(g: Any, out: Any, a: Any, mode: str = "reduced") -> Any:
    """(G_Q + Q (M + M^H)) R^-H, where M is the upper triangle of G_R R^H - Q^H G_Q, half its
    diagonal; Walter and Lehmann (2013), "Algorithmic differentiation of linear algebra functions".
    """
    if not a.size:
        return np.zeros_like(a)
    m, n = a.shape[-2:]
    k = m if mode == "complete" else n
    (q, r), (gq, gr) = (_unpacked(x, ((m, k), (k, n))) for x in (out, conjugate(g)))
    _check_arbitrary("qr", "mode='reduced'", gq[..., n:])
    q, r, gq, gr = q[..., :n], r[..., :n, :], gq[..., :n], gr[..., :n, :]
    diagonal = np.abs(np.einsum("...ii->...i", r))
    if np.any(negligible(diagonal, np.max(diagonal, axis=-1, keepdims=True), m)):
        raise LinAlgError(
            "np.linalg.qr: where the (leading) columns of a matrix depend on one another, Q is "
            "partly arbitrary and has no derivative"
        )
    middle = (gr @ adjoint(r) - adjoint(q) @ gq) * _half(n, upper=True)
    carried = gq + q @ (middle + adjoint(middle))
    return conjugate(adjoint(np.linalg.solve(r, adjoint(carried))))


pullback(qr, _qr)


@composed(np.linalg.qr)
def linalg_qr(a: Any, mode: str = "reduced") -> Any:
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
    q, r = _unpacked(factors, ((m, k), (k, min(k, n) if wide else n)))
    if wide:
        r = np.concatenate([r, adjoint(q) @ a[..., m:]], axis=-1)
    return r if mode == "r" else QRResult(q, r)


# ---- eigenvalues of a Hermitian matrix -----------------------------------------------------------


def _upper(uplo: str) -> bool:
    return uplo.upper() == "U"


@operation
def eigh(a: Any, uplo: str = "L") -> Any:
    """Eigenvalues and eigenvectors of a Hermitian matrix, one behind the other."""
    return _packed(np.linalg.eigh(a, uplo), (1, 2))


def _eigh(g: Any, out: Any, a: Any, uplo: str = "L") -> Any:
    """V (diag(g_w) + (V^H G_V)_ij / (w_j - w_i)) V^H."""
    if not a.size:
        return np.zeros_like(a)
    n = a.shape[-1]
    (w, v), (gw, gv) = (_unpacked(x, ((n,), (n, n))) for x in (out, conjugate(g)))
    w, gw = _real(w), _real(gw)
    same = _equal("eigh", "eigen", w, np.max(np.abs(w), axis=-1, keepdims=True), gv)
    if np.iscomplexobj(v):
        _check_phase("eigh", (v, gv))
    middle = (adjoint(v) @ gv) * _over(w[..., None, :] - w[..., :, None], same)
    carried = v @ middle @ adjoint(v) + (v * gw[..., None, :]) @ adjoint(v)
    return conjugate(onto_triangle(carried, _upper(uplo)))


pullback(eigh, _eigh, None)


@composed(np.linalg.eigh)
def linalg_eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (NumPy's name)
    """A = V diag(w) V^H, of which NumPy reads one triangle: the gradient is of its shape."""
    n = np.shape(a)[-1] if np.ndim(a) else 0
    w, v = _unpacked(eigh(a, UPLO), ((n,), (n, n)))
    return EighResult(_real(w), v)


@composed(np.linalg.eigvalsh)
def linalg_eigvalsh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (NumPy's name)
    """The eigenvalues of a Hermitian matrix, with those of np.linalg.eigh."""
    return np.linalg.eigh(a, UPLO).eigenvalues


# ---- eigenvalues of any square matrix ------------------------------------------------------------


@operation
def eig(a: Any) -> Any:
    """Eigenvalues and eigenvectors, one behind the other."""
    return _packed(np.linalg.eig(a), (1, 2))


def _eig(g: Any, out: Any, a: Any) -> Any:
    """V^-H (diag(g_w) + M_ij / conj(w_j - w_i)) V^H, M = V^H G_V - V^H V diag(Re V^H G_V).

    The second term of M is what keeps the vectors at unit length.
    """
    if not a.size:
        return np.zeros_like(a)
    n = a.shape[-1]
    (w, v), (gw, gv) = (_unpacked(x, ((n,), (n, n))) for x in (out, conjugate(g)))
    same = _equal("eig", "eigen", w, np.max(np.abs(w), axis=-1, keepdims=True), gv)
    if np.iscomplexobj(v):
        _check_phase("eig", (v, gv))
    right = adjoint(v)
    lengths = _real(np.sum(conjugate(v) * gv, axis=-2))
    middle = right @ gv - (right @ v) * lengths[..., None, :]
    middle = middle * _over(conjugate(w[..., None, :] - w[..., :, None]), same)
    carried = np.linalg.solve(right, (middle + np.eye(n) * gw[..., None, :]) @ right)
    return conjugate(carried)


pullback(eig, _eig)


@composed(np.linalg.eig)
def linalg_eig(a: Any) -> Any:
    """A V = V diag(w); vectors of length one, whose phase is arbitrary."""
    n = np.shape(a)[-1] if np.ndim(a) else 0
    return EigResult(*_unpacked(eig(a), ((n,), (n, n))))


@composed(np.linalg.eigvals)
def linalg_eigvals(a: Any) -> Any:
    """The eigenvalues of a square matrix, with those of np.linalg.eig."""
    return np.linalg.eig(a).eigenvalues
