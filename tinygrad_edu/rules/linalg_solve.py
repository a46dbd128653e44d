"""Determinants, inverses and systems of linear equations."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, operation, pullback, several
from tinygrad_edu.rules.contractions import adjoint, conjugate
from tinygrad_edu.rules.linalg_factors import from_triangle, onto_triangle
from tinygrad_edu.rules.reduction import products_of_others

LinAlgError = np.linalg.LinAlgError


def _trace(a: Any) -> Any:
    return np.einsum("...ii->...", a)[..., None, None]


# ---- determinants --------------------------------------------------------------------------------
# d det A = sum of cofactors times dA: that of a singular matrix too, where det(A) A^-T is 0 * inf.


@operation
def cofactors(a: Any) -> Any:
    """The derivative of det A, whether A has an inverse or not.

    Those of ``A = U S V^H`` are ``det U det V^H conj(U C V^H)``, where C has the products of all
    singular values but one on its diagonal.
    """
    u, s, vh = np.linalg.svd(a)
    signs = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return signs * conjugate((u * products_of_others(s)[..., None, :]) @ vh)


@operation
def cofactors_along(a: Any, b: Any) -> Any:
    """The derivative of the cofactors of A along B, whether A has an inverse or not.

    In the bases of singular vectors, with ``E = U^H B V`` and P_ij the product of all singular
    values but i and j, it is ``-P_ij E_ji`` and on the diagonal the sum of ``P_ik E_kk``.
    """
    n = a.shape[-1]
    u, s, vh = np.linalg.svd(a)
    signs = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    e = adjoint(u) @ b @ adjoint(vh)
    but_one = np.where(np.eye(n, dtype=bool), 1, s[..., None, :])
    pairs = np.where(np.eye(n, dtype=bool), 0, products_of_others(but_one))
    diagonal = pairs @ np.einsum("...ii->...i", e)[..., None]
    return signs * (conjugate(u) @ (np.eye(n) * diagonal - pairs * e.mT) @ conjugate(vh))


def _third(a: Any, b: Any, c: Any) -> Any:
    """The third derivative of det A, along B and C; this one needs an inverse."""
    inverse = np.linalg.inv(a)
    x, y = inverse @ b, inverse @ c
    both = (_trace(x) * _trace(y) - _trace(x @ y)) * inverse + (x @ y + y @ x) @ inverse
    both = both - (_trace(x) * y + _trace(y) * x) @ inverse
    return np.linalg.det(a)[..., None, None] * both.mT


pullback(np.linalg.det,   lambda g, out, a: g[..., None, None] * cofactors(a))
pullback(cofactors,       lambda g, out, a: cofactors_along(a, g))
pullback(cofactors_along, lambda g, out, a, b: _third(a, b, g),
                          lambda g, out, a, b: cofactors_along(a, g))


def _sign_of_det(g: Any, outs: Any, a: Any) -> Any:
    """The sign of a real determinant is constant; a complex one turns by Im tr(A^-1 dA)."""
    if not np.iscomplexobj(a):
        return np.zeros_like(a)
    return 1j * np.imag(g * outs[0])[..., None, None] * np.linalg.inv(a).mT


several(np.linalg.slogdet,
        _sign_of_det,
        lambda g, outs, a: g[..., None, None] * adjoint(np.linalg.inv(a)))


# ---- inverses and equations ----------------------------------------------------------------------


def _solve_right(g: Any, out: Any, a: Any, b: Any) -> Any:
    """A^-T G; one axis is one right-hand side."""
    if b.ndim == 1:
        return np.linalg.solve(a.mT, g[..., None])[..., 0]
    return np.linalg.solve(a.mT, g)


def _solve_left(g: Any, out: Any, a: Any, b: Any) -> Any:
    """- A^-T G X^T."""
    if b.ndim == 1:
        return -_solve_right(g, out, a, b)[..., :, None] * out[..., None, :]
    return -_solve_right(g, out, a, b) @ out.mT


pullback(np.linalg.inv,   lambda g, out, a: -(out.mT @ g @ out.mT))
pullback(np.linalg.solve, _solve_left, _solve_right)


@composed(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse for np.tensordot over `ind` axes."""
    if ind <= 0:
        raise ValueError("np.linalg.tensorinv: Invalid ind argument.")
    rows, columns = np.shape(a)[:ind], np.shape(a)[ind:]
    inverse = np.linalg.inv(np.reshape(a, (math.prod(columns), -1)))
    return np.reshape(inverse, (*columns, *rows))


@composed(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The x for which ``np.tensordot(a, x, x.ndim)`` is b."""
    if axes is not None:
        order = list(range(np.ndim(a)))
        for k in axes:
            order.remove(k)
            order.insert(np.ndim(a), k)
        a = np.transpose(a, order)
    shape = np.shape(a)[np.ndim(b) - np.ndim(a) :]
    side = math.prod(shape)
    if np.size(a) != side**2:
        raise LinAlgError(
            f"np.linalg.tensorsolve of shapes {np.shape(a)} and {np.shape(b)}: Input arrays must "
            "satisfy the requirement prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (side, side)), np.ravel(b)), shape)


@composed(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Any:
    """A^n by repeated squaring; for negative n that of the inverse."""
    if np.ndim(a) < 2 or np.shape(a)[-1] != np.shape(a)[-2]:
        raise LinAlgError(
            f"np.linalg.matrix_power of shape {np.shape(a)}: Last 2 dimensions of the array must "
            "be square"
        )
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError("np.linalg.matrix_power: exponent must be an integer") from None
    if n == 0:
        return np.where(True, np.eye(np.shape(a)[-1], dtype=a.dtype), a)
    square = np.linalg.inv(a) if n < 0 else a
    n, result = abs(n), None
    while n:
        if n % 2:
            result = square if result is None else result @ square
        n //= 2
        square = square @ square if n else square
    return result


# ---- pseudo-inverses and least squares -----------------------------------------------------------
# Golub and Pereyra (1973), "The differentiation of pseudo-inverses": the rank is constant.


def _check_cut(name: str, a: Any, kept: Any, **hermitian: bool) -> None:
    """An error if singular values were cut off that are more than rounding errors."""
    if np.any(np.linalg.matrix_rank(a, **hermitian) > kept):
        raise LinAlgError(
            f"np.linalg.{name}: rcond cuts off singular values that are not 0, and the derivative "
            "is known only where those are; cut them off by way of np.linalg.svd"
        )


_ABSENT: Any = object()


def _pinv(g: Any, out: Any, a: Any, rcond: Any = None, hermitian: bool = False,
          rtol: Any = _ABSENT) -> Any:
    """- P^H G P^H + (1 - A P) G^H P P^H + P^H P G^H (1 - P A)."""
    if not a.size:
        return np.zeros_like(a)
    if rcond is None:
        rcond = 1e-15 if rtol is _ABSENT else rtol  # None is matrix_rank's own default too
    _check_cut("pinv", a, np.linalg.matrix_rank(a, hermitian=hermitian, rtol=rcond),
               hermitian=hermitian)
    g, p, ph = conjugate(g), out, adjoint(out)
    a = from_triangle(a) if hermitian else a
    gh = adjoint(g)
    carried = (gh - a @ (p @ gh)) @ p @ ph + ph @ p @ (gh - (gh @ p) @ a) - ph @ g @ ph
    return conjugate(onto_triangle(carried) if hermitian else carried)


pullback(np.linalg.pinv, _pinv)


def _columns(x: Any, like: Any) -> Any:
    return x[..., None] if like.ndim == 1 else x


def _lstsq_pinv(a: Any, outs: Any, rcond: Any) -> Any:
    _check_cut("lstsq", a, outs[2])
    eps = np.finfo(a.dtype).eps
    cut = eps * max(a.shape) if rcond is None else rcond if rcond >= 0 else eps
    return np.linalg.pinv(a, cut)


def _solution_left(g: Any, outs: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    """- P^H G X^H + R (P P^H G)^H + P^H X ((1 - P A) G)^H, with the residual R = B - A X."""
    if not a.size:
        return np.zeros_like(a)
    p, x, g = _lstsq_pinv(a, outs, rcond), _columns(outs[0], b), conjugate(_columns(g, b))
    ph = adjoint(p)
    residual = _columns(b, b) - a @ x
    carried = residual @ adjoint(p @ (ph @ g)) - (ph @ g) @ adjoint(x)
    return conjugate(carried + (ph @ x) @ adjoint(g - p @ (a @ g)))


def _solution_right(g: Any, outs: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    """P^T G."""
    return np.zeros_like(b) if not a.size else _lstsq_pinv(a, outs, rcond).mT @ g


def _residuals_left(g: Any, outs: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    """- 2 R X^H, a column each; where NumPy gives no residuals, nothing."""
    if not g.size:
        return np.zeros_like(a)
    x = _columns(outs[0], b)
    return -2 * ((_columns(b, b) - a @ x) * g) @ adjoint(x)


def _residuals_right(g: Any, outs: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    """2 R."""
    return 2 * (b - a @ outs[0]) * g if g.size else np.zeros_like(b)


def _values_left(g: Any, outs: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    """U diag(g) V^H."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return (u * np.where(outs[3] == 0, 0, g)) @ vh


several(np.linalg.lstsq,
        (_solution_left, _solution_right), (_residuals_left, _residuals_right),
        None, (_values_left, None))
