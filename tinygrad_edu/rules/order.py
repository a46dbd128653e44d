"""Sorting, and the elements at given places of the sorted order.

Sorting permutes, and its adjoint permutes back. Equal elements could stand in any order, so the
gradient that is symmetric in them shares: each has the mean of the cotangents of the places that
they take together. NaNs count as equal, and as larger than any number, as in NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from tinygrad_edu.engine.rule import composed, operation, pullback
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.rules.operands import operand
from tinygrad_edu.rules.reduction import Axis

__all__ = ["order_statistics"]


def same(x: Any, y: Any) -> Any:
    """Whether two elements take the same place in the order: plain booleans."""
    return (x == y) | (np.isnan(x) & np.isnan(y))


def ranks(a: Any) -> Any:
    """How many different values are smaller than each element, along the last axis: integers."""
    order = np.argsort(a, axis=-1, kind="stable")
    in_order = np.take_along_axis(a, order, axis=-1)
    larger = ~same(in_order[..., 1:], in_order[..., :-1])
    first = np.zeros((*a.shape[:-1], min(a.shape[-1], 1)), np.intp)
    in_order_ranks = np.concatenate([first, np.cumsum(larger, axis=-1)], axis=-1)
    return np.take_along_axis(in_order_ranks, np.argsort(order, axis=-1), axis=-1)


def shared(g: Any, out: Any, a: Any) -> Any:
    """For each element of `a`, the mean of `g` over the elements of `out` that are equal to it.

    `out` is a permutation of `a` along the last axis.
    """
    before, after = ranks(a), ranks(out)
    rows = [row[..., None] for row in np.indices(a.shape[:-1], sparse=True)]
    total = scatter(g, (*rows, after), a.shape)
    number = scatter(np.ones_like(g), (*rows, after), a.shape)
    return np.take_along_axis(total / np.maximum(number, 1), before, axis=-1)


def _permuted(g: Any, out: Any, a: Any, axis: int | None) -> Any:
    if axis is None or a.ndim == 0:
        return shared(g, out, a.reshape(-1)).reshape(a.shape)
    return np.moveaxis(shared(*(np.moveaxis(x, axis, -1) for x in (g, out, a))), -1, axis)


pullback(np.sort,
         lambda g, out, a, axis=-1, kind=None, stable=None: _permuted(g, out, a, axis))
pullback(np.partition,
         lambda g, out, a, kth, axis=-1, kind="introselect": _permuted(g, out, a, axis))


@composed(np.sort_complex)
def sort_complex(a: Any) -> Any:
    """Sorted by the real part, then the imaginary one, as complex numbers."""
    out = np.sort(a)
    return out if out.dtype.kind == "c" else np.astype(out, "G" if out.dtype.char == "g" else "D")


# ---- the k-th smallest ---------------------------------------------------------------------------
@operation
def order_statistics(a: Any, places: Any) -> Any:
    """The elements at `places` of the sorted order of the last axis, each place from 0.

    `places` are integers, of shape (m,), the same for all, or (..., m), for each slice its own. The
    k-th smallest is shared evenly among the elements equal to it, as the largest is in ``np.max``.
    """
    if places.ndim == 1:
        part = np.partition(a, np.unique(places), axis=-1) if places.size else a
        return part[..., places]
    return np.take_along_axis(np.sort(a, axis=-1), places, axis=-1)


def _order_statistics(g: Any, out: Any, a: Any, places: Any) -> Any:
    total = np.zeros_like(a)
    for k in range(out.shape[-1]):
        tied = same(a, out[..., k : k + 1])
        total = total + g[..., k : k + 1] * (tied / np.sum(tied, axis=-1, keepdims=True))
    return total


pullback(order_statistics, _order_statistics, None)


def merged(a: Any, axis: Axis) -> tuple[Any, tuple[int, ...]]:
    """`a` with the axes to be reduced as its last one, and these, counted from the end."""
    a = operand(a)
    axes = normalize_axis_tuple(range(a.ndim) if axis is None else axis, a.ndim)
    kept = [k for k in range(a.ndim) if k not in axes]
    length = int(np.prod([a.shape[k] for k in axes], dtype=int))
    a = np.transpose(a, (*kept, *axes)).reshape((*(a.shape[k] for k in kept), length))
    return a, tuple(k - (len(kept) + len(axes)) for k in axes)


def at_nan(a: Any, places: Any) -> Any:
    """`places`, but the last one in a slice with a NaN, which stands there and is the result."""
    with_nan = np.any(np.isnan(a), axis=-1, keepdims=True)
    return np.where(with_nan, a.shape[-1] - 1, places) if np.any(with_nan) else places


@composed(np.median)
def median(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The element in the middle, or the mean of the middle two."""
    a, axes = merged(a, axis)
    n = a.shape[-1]
    places = np.arange((n - 1) // 2, n // 2 + 1) if n else np.arange(0)
    out = np.mean(order_statistics(a, at_nan(a, places)), axis=-1)
    return np.expand_dims(out, axes) if keepdims else out
