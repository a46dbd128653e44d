"""Picking elements out, and its adjoint: putting them back, repeated picks added."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tinygrad_edu.registry import operation, pullback

__all__ = ["scatter"]


@operation
def scatter(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with `g` added at `index`: the adjoint of ``a[index]``."""
    out = np.zeros(shape, g.dtype)
    if _picks_once(index):
        out[index] = g
    else:
        np.add.at(out, index, g)
    return out


def _picks_once(index: Any) -> bool:
    """Whether no element can be picked twice: only arrays of integers can do that."""
    parts = index if isinstance(index, tuple) else (index,)
    basic = (int, np.integer, slice, type(...), type(None), bool, np.bool_)
    return all(
        isinstance(part, basic) or (isinstance(part, np.ndarray) and part.dtype == bool)
        for part in parts
    )


def _take_along_axis(g: Any, out: Any, arr: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        return scatter(g, indices, (arr.size,)).reshape(arr.shape)
    index = list(np.ogrid[tuple(slice(n) for n in arr.shape)])
    index[axis] = indices  # the other axes stay where they are, as far as they go
    return scatter(g, tuple(index), arr.shape)


pullback(operator.getitem, lambda g, out, a, index: scatter(g, index, a.shape), None)
pullback(scatter, lambda g, out, x, index, shape: g[index], None, None)
pullback(np.take_along_axis, _take_along_axis)
