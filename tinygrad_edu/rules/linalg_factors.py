"""What the decompositions of matrices share: their form, and what they leave open.

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

from tinygrad_edu.rules.contractions import adjoint

LinAlgError = np.linalg.LinAlgError
Shapes = tuple[tuple[int, ...], ...]


# ---- several results in one array ----------------------------------------------------------------


def packed(factors: Any, axes: tuple[int, ...]) -> Any:
    """The elements of all factors in one last axis; `axes`: how many each has but for batches."""
    flat = [f.reshape((*f.shape[: f.ndim - n], math.prod(f.shape[f.ndim - n :])))
            for f, n in zip(factors, axes, strict=True)]
    return np.concatenate(flat, axis=-1)


def unpacked(flat: Any, shapes: Shapes) -> list[Any]:
    """The factors of these shapes."""
    ends = np.cumsum([math.prod(shape) for shape in shapes]).tolist()
    return [flat[..., end - math.prod(shape) : end].reshape((*flat.shape[:-1], *shape))
            for end, shape in zip(ends, shapes, strict=True)]


def real_part(a: Any) -> Any:
    return np.real(a) if np.iscomplexobj(a) else a


# ---- what the factors do not determine -----------------------------------------------------------


def negligible(s: Any, scale: Any, n: int) -> Any:
    """Where numbers are rounding errors of a matrix of this scale and longest side."""
    return np.abs(s) <= 4 * n * np.finfo(s.dtype).eps * scale


def equal_values(name: str, kind: str, w: Any, largest: Any, *cotangents: Any) -> Any:
    """Where values i and j are equal; an error if the cotangent asks for their vectors.

    Of equal values the vectors are arbitrary within the space that they span.
    """
    same = negligible(w[..., :, None] - w[..., None, :], largest[..., None], w.shape[-1])
    used = used_columns(*cotangents)
    distinct = ~np.eye(w.shape[-1], dtype=bool)
    if np.any(same & distinct & (used[..., :, None] | used[..., None, :])):
        raise LinAlgError(
            f"np.linalg.{name}: {kind} vectors of equal {kind} values have no derivative, as any "
            f"others that span the same space would do as well, and the gradient asks for it; the "
            f"{kind} values alone, and functions of the matrix itself, can be differentiated"
        )
    return same


def used_columns(*cotangents: Any) -> Any:
    """Which columns have a cotangent."""
    used: Any = np.any(cotangents[0] != 0, axis=-2)
    for other in cotangents[1:]:
        used = used | np.any(other != 0, axis=-2)
    return used


def check_phase(name: str, *pairs: Any) -> None:
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


def check_arbitrary(name: str, remedy: str, *cotangents: Any) -> None:
    """An error if there is a cotangent of vectors that only fill up a basis."""
    if any(np.any(g != 0) for g in cotangents):
        raise LinAlgError(
            f"np.linalg.{name}: the columns that only complete the basis are arbitrary, have no "
            f"derivative, and the gradient asks for it; write {remedy}"
        )


def reciprocal(a: Any, where: Any) -> Any:
    """1 / a, and 0 where it is not asked for."""
    return np.where(where, 0, 1) / np.where(where, 1, a)


# ---- matrices of which NumPy reads one triangle --------------------------------------------------


def half_of(n: int, upper: bool) -> Any:
    """Ones in a triangle, one half on the diagonal."""
    half = np.tril(np.ones((n, n)), -1) + np.eye(n) / 2
    return half.T if upper else half


def onto_triangle(g: Any, upper: bool = False) -> Any:
    """The cotangent of a Hermitian matrix as that of the triangle it was read from.

    An element off the diagonal stands for two, and the diagonal is real.
    """
    return (g + adjoint(g)) * half_of(g.shape[-1], upper)


def from_triangle(a: Any, upper: bool = False) -> Any:
    """The Hermitian matrix that NumPy reads from one triangle of `a`."""
    half = half_of(a.shape[-1], upper)
    part = np.where(half > 0, a, 0) * half
    return part + adjoint(part)
