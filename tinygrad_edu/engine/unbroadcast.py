"""Arrays that fit: undo broadcasting, and the product in which 0 times infinity is 0."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

__all__ = ["cast", "full", "times", "unbroadcast"]

_add_up = np.add.reduce
_ndarray = np.ndarray
_ones = functools.lru_cache(maxsize=8)(np.ones)


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which `shape` was repeated: the adjoint of broadcasting."""
    given = g.shape
    if given == shape or not given:
        return g
    extra = len(given) - len(shape)
    if given[extra:] == shape:
        matrix = extra == 1 == len(shape) and type(g) is _ndarray and g.dtype.char in "df"
        if matrix and given[0] <= 4096:  # by BLAS, in half of the time
            return _ones(given[0], g.dtype).dot(g)
        return _add_up(g, axis=0 if extra == 1 else tuple(range(extra)))
    axes = [i for i, n in enumerate(given) if i < extra or (n != 1 and shape[i - extra] == 1)]
    if axes:
        g = _add_up(g, axis=tuple(axes), keepdims=True)
    return g.reshape(g.shape[extra:]) if extra > 0 else g


def full(g: Any, shape: tuple[int, ...]) -> Any:
    return g if g.shape == shape else np.broadcast_to(g, shape)


def cast(g: Any, dtype: Any) -> Any:
    """`g` in the dtype of its leaf; what is real varies in the real direction only."""
    if g.dtype.kind == "c" and dtype.kind != "c":
        g = np.real(g)
    return g if g.dtype == dtype else g.astype(dtype)


def times(g: Any, derivative: Any) -> Any:
    """The product in which 0 times infinity, or times NaN where a pole was, is 0."""
    no_flow = (g == 0) & ~np.isfinite(derivative)
    no_slope = (derivative == 0) & np.isinf(g)
    return np.where(no_slope, 0, g) * np.where(no_flow, 0, derivative)
