"""Polynomials as NumPy has long had them: coefficients in an array, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, pullback
from tinygrad_edu.rules.operands import operand


def _coefficients(p: Any) -> Any:
    """The coefficients of a polynomial, which may be one number."""
    p = operand(p)
    return p.reshape(1) if p.ndim == 0 else p


# ---- arithmetic ----------------------------------------------------------------------------------


@composed(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum, the lowest powers beside each other."""
    a1, a2 = _coefficients(a1), _coefficients(a2)
    missing = len(a2) - len(a1)
    if missing > 0:
        a1 = np.concatenate([np.zeros(missing, a1.dtype), a1])
    elif missing < 0:
        a2 = np.concatenate([np.zeros(-missing, a2.dtype), a2])
    return a1 + a2


@composed(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """The difference, the lowest powers beside each other."""
    return polyadd(a1, -_coefficients(a2))


@composed(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """The product: a convolution, of what follows the zeros before the highest power."""
    return np.convolve(_without_leading_zeros(a1), _without_leading_zeros(a2))


def _without_leading_zeros(p: Any) -> Any:
    p = _coefficients(p)
    if p.ndim > 1:
        raise ValueError("Polynomial must be 1d only.")
    if p.size == 0:
        return np.zeros(1)
    nonzero = np.flatnonzero(p)
    return p[nonzero[0] if nonzero.size else -1 :]


@composed(np.polydiv)
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Quotient and remainder, by long division."""
    u, v = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    dtype = np.result_type(u, v)
    scale, remainder, quotient = 1.0 / v[0], operand(u, dtype), []
    for k in range(len(u) - len(v) + 1):
        quotient.append(scale * remainder[k])
        end = k + len(v)
        rest = remainder[k:end] - quotient[-1] * v
        remainder = np.concatenate([remainder[:k], rest, remainder[end:]])
    while np.allclose(remainder[0], 0, rtol=1e-14) and len(remainder) > 1:
        remainder = remainder[1:]
    if not quotient:
        return np.where(True, 0.0, remainder[:1]), remainder
    return np.stack(quotient), remainder


# ---- calculus ------------------------------------------------------------------------------------


@composed(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """The m-th derivative: ``n x**(n - 1)`` for ``x**n``."""
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = operand(p)
    for _ in range(int(m)):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composed(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The m-th antiderivative, with the constants k."""
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    k = np.zeros(m) if k is None else _coefficients(k)
    if len(k) == 1 and m > 1:
        k = np.broadcast_to(k, (m,))
    if len(k) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    p = operand(p)
    for i in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), k[i : i + 1]])
    return p


# ---- values and powers ---------------------------------------------------------------------------


@composed(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """``(p[0] x + p[1]) x + p[2] ...``, Horner's scheme."""
    if isinstance(x, np.poly1d):
        raise TypeError("np.polyval: a poly1d holds no Tensor; compose polynomials of arrays")
    p, x = operand(p), operand(x)
    y = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def _vander_pullback(g: Any, out: Any, x: Any, N: Any = None, increasing: bool = False) -> Any:
    """``sum over k of g[i, k] k x[i]**(k - 1)``: k times the column before."""
    if not increasing:
        g, out = g[:, ::-1], out[:, ::-1]
    return np.sum(g[:, 1:] * (np.arange(1, max(out.shape[1], 1)) * out[:, :-1]), axis=1)


pullback(np.vander, _vander_pullback)


# ---- from roots to coefficients, and back --------------------------------------------------------


def _poly(seq_of_zeros: Any) -> Any:
    return np.asarray(np.poly(seq_of_zeros))[()]


def _poly_pullback(g: Any, out: Any, seq_of_zeros: Any) -> Any:
    """NumPy drops imaginary parts of coefficients if the roots are each other's conjugates."""
    carried = _of_matrix if seq_of_zeros.ndim == 2 else _of_zeros
    total = carried(g, out, seq_of_zeros)
    return np.conj(total) if out.dtype.kind == "f" else total


def _of_zeros(g: Any, out: Any, x: Any) -> Any:
    """``d p / d x[i]`` is minus the product of all other factors, multiplied out here for all i."""
    others = np.ones((len(x), 1), x.dtype)
    column = np.zeros((len(x), 1), x.dtype)
    for j in range(len(x)):
        zero = np.where(np.arange(len(x)) == j, 0, x[j])[:, None]
        others = (np.concatenate([others, column], axis=1)
                  - zero * np.concatenate([column, others], axis=1))
    return -(others[:, :-1] @ g[1:])  # without itself, a polynomial is shorter


def _of_matrix(g: Any, out: Any, a: Any) -> Any:
    """Of the polynomial ``p(x) = det(x I - A)``: ``d p(x) / d A = -adj(x I - A)^T``.

    The coefficients of the adjugate are ``M_0 = I, M_k = A M_(k - 1) + p_k I`` (Faddeev and
    Leverrier): no eigenvalue is differentiated, so that it does no harm if some are equal.

    Raises
    ------
    ValueError
        If half of the digits are lost on the way to the last, ``M_n = 0`` (Cayley and Hamilton).
    """
    one = np.eye(len(a), dtype=a.dtype)
    power = one
    total = g[1] * power
    for k in range(1, len(a)):
        power = a @ power + out[k] * one
        total = total + g[k + 1] * power
    last = np.max(np.abs(a @ power + out[-1] * one))
    if last > 100 * np.sqrt(np.finfo(a.dtype).eps) * np.max(np.abs(a)) * np.max(np.abs(power)):
        raise ValueError(
            f"np.poly: the derivative in a matrix of shape {a.shape} would lose more than half of "
            "its digits; give np.poly the np.linalg.eigvals of the matrix, if these are distinct"
        )
    return -total.T


pullback(np.poly, _poly_pullback, compute=_poly)


def _roots_pullback(g: Any, out: Any, p: Any) -> Any:
    """A root moves so that the polynomial stays zero there: ``d x / d p[k] = -x**(n - k) / p'(x)``.

    Raises
    ------
    ValueError
        If roots are repeated, or too near to each other for their precision to tell.
    """
    p = p.reshape(-1)
    powers = np.vander(out, len(p))
    slope = powers[:, 1:] @ polyder(p)
    if _any_repeated(out, np.abs(powers) @ np.abs(p), slope):
        raise ValueError(
            "np.roots: a root is repeated, or as good as repeated, and has no derivative: any "
            "change of the polynomial splits it, at infinite speed; what depends on all of the "
            "roots alike is a function of the coefficients"
        )
    total = -(g / slope) @ powers
    return np.conj(total) if out.dtype.kind == "f" else total


def _any_repeated(x: Any, size: Any, slope: Any) -> Any:
    """Whether the roots are not known to a hundredth of their distances.

    ``eps size / |p'(x)|``, where `size` is the sum of the sizes of all terms, is how far off a
    computed root is (Wilkinson, 1963).
    """
    if x.size < 2:
        return False
    apart = np.abs(x[:, None] - x) + np.finfo(x.dtype).max * np.eye(x.size)
    return np.any(100 * np.finfo(x.dtype).eps * size >= np.abs(slope) * np.min(apart, axis=1))


pullback(np.roots, _roots_pullback)
