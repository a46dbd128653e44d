"""Functions that reduce axes: sums, products, extremes and moments.

`where` chooses elements: the others take no part, and their gradient is 0. `initial` is one more
term, factor or candidate. With `dtype` a result is computed in another precision.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from tinygrad_edu.engine.precision import wide
from tinygrad_edu.engine.rule import composed, constant, operation, pullback
from tinygrad_edu.engine.stand_ins import exceptional
from tinygrad_edu.rules.operands import operand
from tinygrad_edu.rules.scaling import any_outside, powers_within, size_of

Axis = int | tuple[int, ...] | None
NO_VALUE: Any = np._NoValue  # what NumPy's own signatures have for "not given"


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


def count_where(a: Any, axis: Axis, where: Any) -> Any:
    """How many of those that `where` chooses: one number, or one for each group, axes kept."""
    if where is True:
        return count(a, axis)
    return np.sum(np.broadcast_to(where, a.shape), axis=axes_of(a, axis), keepdims=True)


def only(where: Any, x: Any) -> Any:
    """`x` where `where` is true, 0 elsewhere."""
    return x if where is True else np.where(where, x, 0)


def winners(
    out: Any, a: Any, axis: Axis, keepdims: bool, initial: Any = None, where: Any = True
) -> Any:
    """The share of each element in an extreme: ties share evenly, and a NaN is its own extreme.

    The initial value is one more candidate, and takes its share too.
    """
    out = restore(out, a, axis, keepdims)
    candidates = (a == out) | np.isnan(a)
    if where is not True:
        candidates = candidates & where
    sharing = np.sum(candidates, axis=axes_of(a, axis), keepdims=True)
    if initial is not None:
        sharing = np.maximum(sharing + ((out == initial) | np.isnan(initial)), 1)
    return candidates / sharing


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


def prod_slope(g: Any, out: Any, a: Any, axis: Axis = None, dtype: Any = None,
               keepdims: bool = False, initial: Any = None, where: Any = True) -> Any:
    """The product of all others, the initial value included."""
    if dtype is not None:
        a = np.astype(a, dtype)
    if where is not True:
        a = np.where(where, a, 1)
    axes = axes_of(a, axis)
    last = tuple(range(a.ndim - len(axes), a.ndim))
    moved = np.moveaxis(a, axes, last)
    kept = moved.shape[: a.ndim - len(axes)]
    others = products_of_others(moved.reshape((*kept, count(a, axis)))).reshape(moved.shape)
    slope = np.moveaxis(others, last, axes)
    if initial is not None:
        slope = slope * initial
    return only(where, restore(g, a, axis, keepdims) * slope)


def mean_slope(g: Any, out: Any, a: Any, axis: Axis = None, dtype: Any = None,
               keepdims: bool = False, *, where: Any = True) -> Any:
    g = restore(g, a, axis, keepdims)
    if where is True:
        return g / count(a, axis)
    return only(where, g / np.maximum(count_where(a, axis, where), 1))


def extreme_slope(g: Any, out: Any, a: Any, axis: Axis = None, keepdims: bool = False,
                  initial: Any = None, where: Any = True) -> Any:
    return restore(g, a, axis, keepdims) * winners(out, a, axis, keepdims, initial, where)


ADD_UP: Any = np.add.reduce


def quick_sum(a: Any, axis: Axis = None, **options: Any) -> Any:
    return ADD_UP(a, axis=axis, **options)  # np.sum, without its preliminaries


pullback(np.sum,
         lambda g, out, a, axis=None, dtype=None, keepdims=False, initial=0, where=True:
         only(where, restore(g, a, axis, keepdims)),
         compute=quick_sum)
pullback(np.mean, mean_slope)
pullback(np.prod, prod_slope)
pullback(np.max,  extreme_slope)
pullback(np.min,  extreme_slope)


# ---- variance ------------------------------------------------------------------------------------
def spread(
    a: Any, axis: Axis = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False,
    *, where: Any = True, mean: Any = NO_VALUE, correction: Any = NO_VALUE,
) -> tuple[tuple[Any, Any], dict[str, Any]]:  # fmt: skip
    """The arguments of np.var and np.std, of which `mean`, where given, is an operand."""
    if correction is not NO_VALUE:
        if ddof != 0:
            raise ValueError("ddof and correction can't be provided simultaneously.")
        ddof = correction
    given = {"axis": axis, "dtype": dtype, "ddof": ddof, "keepdims": keepdims, "where": where}
    return (a, None if mean is NO_VALUE else mean), given


def deviation(a: Any, mean: Any, axis: Axis, where: Any) -> Any:
    """``a - mean``, 0 where an element takes no part."""
    if a.size == 0:
        return a
    if mean is None and where is not True:
        members = np.logical_or(where, count_where(a, axis, where) == 0)  # there it plays no role
        mean = np.mean(a, axis=axis, keepdims=True, where=members)
    elif mean is None:
        mean = np.mean(a, axis=axis, keepdims=True)
    return only(where, a - mean)


def var_slope(g: Any, out: Any, a: Any, mean: Any = None, axis: Axis = None, dtype: Any = None,
              ddof: float = 0, keepdims: bool = False, where: Any = True) -> Any:
    """G . 2 (a - mean) / (n - ddof), also of complex numbers, whose |a - mean|^2 counts.

    That the mean varies with a makes no difference, as the deviations from it add up to 0. NumPy
    too takes the mean of half precision in single: rounded, it is no mean.
    """
    a = wide(a)
    freedom = np.maximum(count_where(a, axis, where) - ddof, 0)
    slope = (2 / freedom) * deviation(a, mean, axis, where)
    return only(where, restore(g, a, axis, keepdims) * slope)


def std_slope(g: Any, out: Any, a: Any, mean: Any = None, axis: Axis = None, dtype: Any = None,
              ddof: float = 0, keepdims: bool = False, where: Any = True) -> Any:
    """The slope of the variance over 2 std; where the deviation is 0 the gradient is 0."""
    out = wide(out)
    if exceptional(spread_lost(out, a, mean, axis, keepdims, where)):
        apart = deviation(wide(a), mean, axis, where)
        return slope_of_scaled(g, apart, axis, ddof, keepdims, where)
    flat = out == 0
    half = np.where(flat, 0, g) / np.where(flat, 1, 2 * out)
    return var_slope(half, out, a, mean, axis, dtype, ddof, keepdims, where)


@operation
def spread_lost(out: Any, a: Any, mean: Any, axis: Axis, keepdims: bool, where: Any) -> Any:
    """Whether squares of deviations, where there are any, are too large or too small."""
    return any_outside(
        out, powers_within(out.dtype, 2.1), lambda:
        np.any(deviation(a, mean, axis, where) != 0, axis=axis, keepdims=keepdims))


constant(spread_lost)


def slope_of_scaled(g: Any, apart: Any, axis: Axis, ddof: float, keepdims: bool,
                    where: Any) -> Any:
    """The same, G . apart / (n - ddof) / std, of deviations that are brought to a size of 1."""
    axes = axes_of(apart, axis)
    freedom = np.maximum(count_where(apart, axis, where) - ddof, 0)
    apart = apart / size_of(apart, axes)
    squares = np.square(np.real(apart)) + np.square(np.imag(apart))
    length = np.sqrt(np.sum(squares, axis=axes, keepdims=True) / freedom)
    flat = length == 0
    slope = apart / np.where(flat, 1, freedom * length)
    return only(where, np.where(flat, 0, restore(g, apart, axis, keepdims)) * slope)


def of_mean(slope: Any) -> Any:
    """The pullback of a given mean, which enters as ``a - mean``: the engine adds over a group."""
    return lambda g, out, a, mean, **params: -slope(g, out, a, mean, **params)


def with_mean(function: Any) -> Any:
    """`function` of a and of a mean that may be None: the value on arrays."""
    return lambda a, mean=None, **params: function(
        a, mean=NO_VALUE if mean is None else mean, **params
    )


pullback(np.var, var_slope, of_mean(var_slope), compute=with_mean(np.var), arguments=spread)
pullback(np.std, std_slope, of_mean(std_slope), compute=with_mean(np.std), arguments=spread)


# ---- written in terms of these -------------------------------------------------------------------
@composed(np.amax)
def amax(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = NO_VALUE,
         where: Any = True) -> Any:
    """The old name of np.max."""
    return np.max(a, axis=axis, keepdims=keepdims, initial=initial, where=where)


@composed(np.amin)
def amin(a: Any, axis: Axis = None, keepdims: bool = False, initial: Any = NO_VALUE,
         where: Any = True) -> Any:
    """The old name of np.min."""
    return np.min(a, axis=axis, keepdims=keepdims, initial=initial, where=where)


@composed(np.ptp)
def ptp(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element less the smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def along(a: Any, weights: Any, axis: Axis) -> Any:
    """Weights in a shape that broadcasts to a's: they are of it, or of its `axis` alone."""
    if weights.shape == a.shape:
        return weights
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    axes = normalize_axis_tuple(axis, a.ndim, argname="axis")
    if weights.shape != tuple(a.shape[k] for k in axes):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis."
        )
    shape = tuple(n if k in axes else 1 for k, n in enumerate(a.shape))
    return np.transpose(weights, np.argsort(axes)).reshape(shape)


@composed(np.average)
def average(a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *,
            keepdims: bool = False) -> Any:
    """``sum(weights a) / sum(weights)``; if `returned`, the sum of the weights too."""
    a = operand(a)
    if weights is None:
        out = np.mean(a, axis=axis, keepdims=keepdims)
        total = np.full(out.shape, a.size / out.size, out.dtype)[()]
    else:
        weights = along(a, operand(weights), axis)
        kind = np.result_type(a.dtype, weights.dtype, *["f8"] * (a.dtype.kind in "biu"))
        total = np.sum(weights, axis=axis, dtype=kind, keepdims=keepdims)
        if np.any(total == 0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        out = np.sum(np.astype(a, kind) * weights, axis=axis, keepdims=keepdims) / total
        total = np.broadcast_to(total, out.shape)
    return (out, total) if returned else out


@composed(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The area under straight lines through the points: widths times the mean of two heights."""
    y = operand(y)
    lead = (slice(None),) * (axis % y.ndim)
    left, right = (*lead, slice(None, -1)), (*lead, slice(1, None))
    if x is not None:
        x = operand(x)
        if x.ndim == 1:
            x = x.reshape([-1 if k == axis % y.ndim else 1 for k in range(y.ndim)])
        elif x.ndim != y.ndim:  # its own axis of this number
            own = (slice(None),) * (axis % x.ndim)
            dx = x[(*own, slice(1, None))] - x[(*own, slice(None, -1))]
            return np.sum(dx * (y[right] + y[left]) / 2.0, axis=axis)
        dx = x[right] - x[left]
    return np.sum(dx * (y[right] + y[left]) / 2.0, axis=axis)
