"""Norms of vectors and matrices, and what is made of them. Where all is 0, the gradient is 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from tinygrad_edu.registry import composed, constant
from tinygrad_edu.rules.operands import refuse_varying

constant("linalg.matrix_rank")


def _length(x: Any, axis: Any, keepdims: bool = False) -> Any:
    """The square root of the sum of |x|^2."""
    squares = np.real(x) ** 2 + np.imag(x) ** 2 if np.iscomplexobj(x) else x * x
    return np.sqrt(np.sum(squares, axis=axis, keepdims=keepdims))


def _largest(x: Any, axis: int, keepdims: bool = False) -> Any:
    """The maximum of numbers that are not negative: of none, 0."""
    reduce: Any = np.max if np.shape(x)[axis] else np.sum
    return reduce(x, axis=axis, keepdims=keepdims)


def _of_vectors(x: Any, order: Any, axis: int, keepdims: bool) -> Any:
    if isinstance(order, str):
        raise ValueError(f"np.linalg.norm: Invalid norm order '{order}' for vectors")
    if order is None or order == 2:
        return _length(x, axis, keepdims)
    if order == 0:
        real = np.zeros(0, x.dtype).real.dtype
        return np.sum((x != 0).astype(real), axis=axis, keepdims=keepdims)
    size = np.abs(x)
    if order == math.inf:
        return _largest(size, axis, keepdims)
    if order == -math.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if order == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    return np.sum(size**order, axis=axis, keepdims=keepdims) ** (1 / order)


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
