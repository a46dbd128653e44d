"""Norms of vectors and matrices, and what is made of them. Where all is 0, the gradient is 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tinygrad_edu.engine.precision import wide
from tinygrad_edu.engine.rule import composed, constant
from tinygrad_edu.engine.stand_ins import exceptional
from tinygrad_edu.rules.operands import refuse_varying
from tinygrad_edu.rules.scaling import lengths_outside, powers_within, restated, size_of

constant("linalg.matrix_rank")


def _root_of_powers(x: Any, order: Any, axis: Any, keepdims: bool) -> Any:
    """``(sum of |x|^p)^(1/p)``, as NumPy computes it."""
    if order != 2:
        powers = np.sum(np.abs(x) ** order, axis=axis, keepdims=keepdims)
        return powers ** (1 / order)
    squares = np.real(x) ** 2 + np.imag(x) ** 2 if np.iscomplexobj(x) else x * x
    return np.sqrt(np.sum(squares, axis=axis, keepdims=keepdims))


def _length(x: Any, axis: Any, keepdims: bool = False, order: Any = 2) -> Any:
    """The same, with a slope also where powers are too large or too small for the dtype.

    A length is as many times as large as the vector is, so there it is that of a vector of size 1;
    its value remains NumPy's.
    """
    total = _root_of_powers(x, order, axis, keepdims)
    if x.dtype.char == "e":
        return restated(_root_of_powers(wide(x), order, axis, keepdims), total)
    # Up to second derivatives no power is larger than this one.
    limits = powers_within(total.dtype, 2 * abs(order) + 1)
    if not exceptional(lengths_outside(total, limits, x, axis, keepdims)):
        return total
    size = size_of(x, axis, order < 0)
    unit = _root_of_powers(x / size, order, axis, True) * size
    return restated(unit if keepdims else np.squeeze(unit, axis), total)


# What a norm makes of the largest of no numbers: 0, and an error before NumPy 2.3.
_OF_NONE: Any = np.sum if np.lib.NumpyVersion(np.__version__) >= "2.3.0" else np.max


def _largest(x: Any, axis: int, keepdims: bool = False) -> Any:
    """The maximum of numbers that are not negative."""
    reduce: Any = np.max if np.shape(x)[axis] else _OF_NONE
    return reduce(x, axis=axis, keepdims=keepdims)


def _of_vectors(x: Any, order: Any, axis: int, keepdims: bool) -> Any:
    if isinstance(order, str):
        raise ValueError(f"np.linalg.norm: Invalid norm order '{order}' for vectors")
    if order is None:
        return _length(x, axis, keepdims)
    if order == 0:
        real = np.zeros(0, x.dtype).real.dtype
        return np.sum((x != 0).astype(real), axis=axis, keepdims=keepdims)
    if order not in (1, math.inf, -math.inf):
        return _length(x, axis, keepdims, order)
    size = np.abs(x)
    if order == math.inf:
        return _largest(size, axis, keepdims)
    if order == -math.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    return np.sum(size, axis=axis, keepdims=keepdims)


def _of_matrices(x: Any, order: Any, axes: tuple[int, int]) -> Any:
    """Of the matrices in the last two axes, rows first."""
    if order is None or order in ("fro", "f"):
        return _length(x, (-2, -1))
    if order in (1, -1, math.inf, -math.inf):
        sums = np.sum(np.abs(x), axis=-2 if abs(order) == 1 else -1)
        return _largest(sums, -1) if order > 0 else np.min(sums, axis=-1)
    if order == 2:
        return _largest(np.linalg.svdvals(x), -1)
    if order == -2:
        return np.min(np.linalg.svdvals(x), axis=-1)
    if order == "nuc":
        return np.sum(np.linalg.svdvals(x), axis=-1)
    raise ValueError(f"np.linalg.norm: Invalid norm order {order!r} for matrices.")


@composed(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """A norm of all elements, of vectors along an axis, or of matrices in two axes."""
    ndim = np.ndim(x)
    refuse_varying("np.linalg.norm", "ord", ord)
    if axis is None:
        if ord is None or (ord in ("f", "fro") and ndim == 2) or (ord == 2 and ndim == 1):
            total = _length(np.ravel(x), 0)
            return np.reshape(total, (1,) * ndim) if keepdims else total
        axis = tuple(range(ndim))
    elif not isinstance(axis, tuple):
        try:
            axis = (int(axis),)
        except Exception:
            raise TypeError(
                "np.linalg.norm: 'axis' must be None, an integer or a tuple of integers"
            ) from None
    if len(axis) == 1:
        return _of_vectors(x, ord, normalize_axis_index(axis[0], ndim), keepdims)
    if len(axis) != 2:
        raise ValueError("np.linalg.norm: Improper number of dimensions to norm.")
    row, column = (normalize_axis_index(k, ndim) for k in axis)
    if row == column:
        raise ValueError("np.linalg.norm: Duplicate axes given.")
    total = _of_matrices(np.moveaxis(x, (row, column), (-2, -1)), ord, (row, column))
    return np.expand_dims(total, (row, column)) if keepdims else total


@composed(np.linalg.matrix_norm)
def matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    """np.linalg.norm of the matrices in the last two axes."""
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@composed(np.linalg.vector_norm)
def vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """np.linalg.norm of the vectors in one axis, in several together, or in all."""
    shape = np.shape(x)
    if axis is not None and not isinstance(axis, tuple):
        return np.linalg.norm(x, ord, axis, keepdims)
    axes = normalize_axis_tuple(range(len(shape)) if axis is None else axis, len(shape))
    others = tuple(k for k in range(len(shape)) if k not in axes)
    rest = tuple(shape[k] for k in others)
    x = np.reshape(np.transpose(x, axes + others), (math.prod(shape[k] for k in axes), *rest))
    total = np.linalg.norm(x, ord, 0)
    if not keepdims:
        return total
    return np.reshape(total, tuple(1 if k in axes else n for k, n in enumerate(shape)))


@composed(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """The norm of a matrix times that of its inverse: infinite if there is none."""
    refuse_varying("np.linalg.cond", "p", p)
    if np.ndim(x) >= 2 and not math.prod(np.shape(x)[-2:]):
        raise np.linalg.LinAlgError("np.linalg.cond: cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = np.linalg.svdvals(x)
        first, last = (-1, 0) if p == -2 else (0, -1)
        zero = s[..., last] == 0
        return np.where(zero, math.inf, s[..., first] / np.where(zero, 1, s[..., last]))
    singular = np.linalg.slogdet(x)[0] == 0
    safe = np.where(singular[..., None, None], np.eye(np.shape(x)[-1]), x)
    product = np.linalg.norm(safe, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(safe), p, (-2, -1))
    return np.where(singular, math.inf, product)
