"""Functions that reduce axes: sums, products, extremes and moments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_edu.registry import composed, pullback

Axis = int | tuple[int, ...] | None


def restore(g: Any, a: Any, axis: Axis, keepdims: bool) -> Any:
    """`g` in a shape that broadcasts to a's: the axes that a reduction removed, of length one."""
    if keepdims or axis is None:
        return g
    return np.expand_dims(g, axes_of(a, axis))


def axes_of(a: Any, axis: Axis) -> tuple[int, ...]:
    """The axes that ``axis`` names, non-negative; a number, which has none, can be told axis 0."""
    if axis is None or a.ndim == 0:
        return tuple(range(a.ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    return tuple(int(i) % a.ndim for i in axes)


def count(a: Any, axis: Axis) -> int:
    """How many elements of `a` go into one element of a reduction."""
    return math.prod(a.shape[i] for i in axes_of(a, axis))


def winners(out: Any, a: Any, axis: Axis, keepdims: bool) -> Any:
    """The share of each element in an extreme: ties share evenly, and a NaN is its own extreme."""
    chosen = (a == restore(out, a, axis, keepdims)) | np.isnan(a)
    return chosen / np.sum(chosen, axis=axes_of(a, axis), keepdims=True)


def products_of_others(a: Any) -> Any:
    """For each element, the product of all others along the last axis, zeros or not.

    A tree: neighbours are multiplied in pairs, the problem is solved for the pairs, and an
    element's others are its neighbour times the others of its pair. Work is linear in the size.
    """
    n = a.shape[-1]
    if n < 2:
        return np.ones_like(a)
    if n % 2:
        a = np.concatenate([a, np.ones_like(a[..., :1])], axis=-1)
    left, right = a[..., 0::2], a[..., 1::2]
    others = products_of_others(left * right)
    return np.stack([right * others, left * others], axis=-1).reshape(a.shape)[..., :n]


def _prod_pullback(g: Any, out: Any, a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    axes = axes_of(a, axis)
    last = tuple(range(a.ndim - len(axes), a.ndim))
    moved = np.moveaxis(a, axes, last)
    kept = moved.shape[: a.ndim - len(axes)]
    others = products_of_others(moved.reshape((*kept, count(a, axis)))).reshape(moved.shape)
    return restore(g, a, axis, keepdims) * np.moveaxis(others, last, axes)


def _sum(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    total: Any = np.add.reduce  # np.sum, without its preliminaries
    return total(a, axis=axis, keepdims=keepdims)


pullback(np.sum,
         lambda g, out, a, axis=None, keepdims=False: restore(g, a, axis, keepdims),
         compute=_sum)
pullback(np.mean,
         lambda g, out, a, axis=None, keepdims=False:
         restore(g, a, axis, keepdims) / count(a, axis))
pullback(np.prod, _prod_pullback)
pullback(np.max,
         lambda g, out, a, axis=None, keepdims=False:
         restore(g, a, axis, keepdims) * winners(out, a, axis, keepdims))
pullback(np.min,
         lambda g, out, a, axis=None, keepdims=False:
         restore(g, a, axis, keepdims) * winners(out, a, axis, keepdims))


@composed(np.var)
def var(a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The mean of the squared deviations from the mean."""
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    freedom = max(count(a, axis) - ddof, 0)
    return np.sum(deviation * deviation, axis=axis, keepdims=keepdims) / freedom


@composed(np.std)
def std(a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The square root of the variance; where that is 0 the gradient is 0."""
    return np.sqrt(var(a, axis, ddof, keepdims))


@composed(np.amax)
def amax(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The old name of np.max."""
    return np.max(a, axis=axis, keepdims=keepdims)


@composed(np.amin)
def amin(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The old name of np.min."""
    return np.min(a, axis=axis, keepdims=keepdims)
