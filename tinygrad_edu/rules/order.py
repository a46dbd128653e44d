"""Sorting, and the elements at given places of the sorted order.

Sorting permutes, and its adjoint permutes back. Equal elements could stand in any order, so the
gradient that is symmetric in them shares: each has the mean of the cotangents of the places that
they take together. NaNs count as equal, and as larger than any number, as in NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.registry import composed, operation, pullback
from tinygrad_edu.rules.indexing import scatter

__all__ = ["order_statistics"]


def same(x: Any, y: Any) -> Any:
    """Whether two elements stand at the same place of the order: plain booleans."""
    return (x == y) | (np.isnan(x) & np.isnan(y))


def ranks(a: Any) -> Any:
    """How many different values are smaller, along the last axis: plain integers."""
    order = np.argsort(a, axis=-1, kind="stable")
    in_order = np.take_along_axis(a, order, axis=-1)
    larger = ~same(in_order[..., 1:], in_order[..., :-1])
    ranks = np.zeros(a.shape, np.intp)
    np.put_along_axis(ranks[..., 1:], np.zeros_like(order[..., 1:]), 0, axis=-1)
    np.cumsum(larger, axis=-1, out=ranks[..., 1:])
    result = np.empty_like(ranks)
    np.put_along_axis(result, order, ranks, axis=-1)
    return result


def _permuted(g: Any, out: Any, a: Any) -> Any:
    """The mean of the cotangents of equal elements, along the last axis."""
    rank = ranks(out)
    index = (*np.ogrid[tuple(slice(n) for n in rank.shape[:-1])], rank)
    total = scatter(g, index, out.shape)[index_of(ranks(a))]
    return total
