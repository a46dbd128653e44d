"""Quantiles, by every method of Hyndman and Fan (1996) and of NumPy, weighted or not.

A quantile lies between two neighbours in the sorted order, and moves with them in proportion: so it
is written in terms of the elements at two places. It moves with `q` too, along the straight line
from one to the other; exactly at an element its slope is the mean of those on either side.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed
from tinygrad_edu.rules.operands import operand
from tinygrad_edu.rules.order import at_nan, median, merged, order_statistics
from tinygrad_edu.rules.reduction import Axis, along

CONTINUOUS = {  # alpha, beta: the quantile is at n q + alpha + q (1 - alpha - beta), from 1
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", *CONTINUOUS,
    "lower", "higher", "midpoint", "nearest",
]
MANY = 16  # so many places are picked out of the sorted whole


def position(n: Any, q: Any, method: str) -> tuple[Any, Any, Any]:
    """Two places of the order, from 0, and how far the quantile is from the first to the second.

    The second is None where the quantile is an element. Only the way between depends on q.
    """
    if method in CONTINUOUS:
        alpha, beta = CONTINUOUS[method]
        at = (n - 1) * q if method == "linear" else n * q + (alpha + q * (1 - alpha - beta)) - 1
        lower = np.floor(at)
        return (lower, None, None) if at.dtype.kind in "iu" else (lower, lower + 1, at - lower)
    lower, upper = np.floor((n - 1) * q), np.ceil((n - 1) * q)
    if method == "lower":
        return lower, None, None
    if method == "higher":
        return upper, None, None
    if method == "nearest":
        return np.around((n - 1) * q), None, None
    if method == "midpoint":
        return lower, upper, np.where(lower == upper, 0.0, 0.5)
    at = n * q - 1 if method != "closest_observation" else n * q - 1 - 0.5
    lower = np.floor(at)
    if method == "averaged_inverted_cdf":
        return lower, lower + 1, np.where(at == lower, 0.5, 1.0)
    stays = (at == lower) & ((lower % 2 == 1) | (method == "inverted_cdf"))
    return np.where(stays, lower, lower + 1), None, None


def elements(a: Any, *places: Any) -> list[Any]:
    """The elements at these places of the order of the last axis."""
    if places[0].ndim > 1:
        return [order_statistics(a, k) for k in places]
    wanted = np.unique(np.concatenate(places))
    found = np.sort(a)[..., wanted] if wanted.size > MANY else order_statistics(a, wanted)
    return [found[..., np.searchsorted(wanted, k)] for k in places]


def between(low: Any, high: Any, below: Any, way: Any, dtype: Any) -> Any:
    """Linear interpolation, from the nearer of the two ends, as NumPy has it.

    `below` is the element before the lower one, where the way varies, and None where it does not;
    `dtype` the precision to interpolate in, if not that of the way.
    """
    step = high - low
    if below is not None:
        kink = (way == 0) & np.isfinite(high - below)
        step = np.where(kink, (high - below) / 2, step)
    forth, back = (part.astype(dtype or part.dtype) for part in (way, 1 - way))
    return np.where(way >= 0.5, high - step * back, low + step * forth)


def weighted_places(a: Any, q: Any, weights: Any, n: Any) -> Any:
    """Where the running sum of the weights, in the order of a, reaches its q-th part."""
    weights = np.take_along_axis(np.broadcast_to(weights, a.shape), np.argsort(a), axis=-1)
    reached = np.cumsum(weights, axis=-1, dtype=np.float64)
    reached = reached / reached[..., -1:]
    if np.any(np.isnan(reached[..., -1])):
        raise ValueError("Weights included NaN, inf or were all zero.")
    if q.dtype.kind == "f":
        reached = np.astype(reached, q.dtype)
    reached = np.where(reached == 0, -1, reached)  # no element of weight 0 is the first
    places = np.empty((*a.shape[:-1], q.size), np.intp)
    for k in np.ndindex(a.shape[:-1]):
        places[k] = np.searchsorted(reached[k], q)
    return np.minimum(places, n - 1)


def quantiles(
    a: Any, q: Any, axis: Axis, method: str, keepdims: bool, weights: Any, weak: bool,
    skip_nan: bool = False,
) -> Any:  # fmt: skip
    """The quantiles q of `a`, in the first axes of the result; `weak` if q has no dtype."""
    a = operand(a)
    if a.dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    if q.ndim > (1 if skip_nan else 2):  # of more, NumPy's own nanquantile mixes up the axes
        raise ValueError("q must be a scalar or 1d")
    if method not in METHODS:
        raise ValueError(f"{method!r} is not a valid method. Use one of: {METHODS}")
    if weights is not None:
        if method != "inverted_cdf":
            raise ValueError(f"Only method 'inverted_cdf' supports weights. Got: {method}.")
        weights = along(a, operand(weights), axis)
        if np.any(weights < 0):
            raise ValueError("Weights must be non-negative.")
        weights = merged(np.broadcast_to(weights, a.shape), axis)[0]
    a, axes = merged(a, axis)
    each = q.reshape(-1)
    n: Any = a.shape[-1]
    if skip_nan:
        n = np.sum(~np.isnan(a), axis=-1, keepdims=True)
        if np.any(n == 0):
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=6)
    if weights is None:
        lower, upper, way = position(n, each, method)
    else:
        if skip_nan:
            weights = np.where(np.isnan(a) & (n > 0), 0, weights)
        lower, upper, way = weighted_places(a, each, weights, n), None, None
    below = lower - 1 if hasattr(q, "__tensor_function__") else None
    last = np.maximum(n - 1, 0)
    places = [np.clip(k, 0, last).astype(np.intp) for k in (lower, upper, below) if k is not None]
    found = elements(a, *(places if skip_nan else [at_nan(a, k) for k in places]))
    if upper is None:
        out = found[0]
    else:
        precision = a.dtype if weak and a.dtype.kind == "f" else None
        third = found[2] if below is not None else None
        out = between(found[0], found[1], third, way, precision)
    out = out[..., 0] if q.ndim == 0 else np.moveaxis(out, -1, 0).reshape(q.shape + a.shape[:-1])
    return np.expand_dims(out, axes) if keepdims else out


def fractions(q: Any) -> tuple[Any, bool]:
    """The q of np.quantile, checked, and whether it is a plain number without a dtype."""
    weak = type(q) in (int, float)
    q = operand(q)
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError("Quantiles must be in the range [0, 1]")
    return q, weak


def percents(q: Any) -> tuple[Any, bool]:
    """The same of np.percentile."""
    weak = type(q) in (int, float)
    q = operand(q) / 100
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError("Percentiles must be in the range [0, 100]")
    return operand(q), weak


@composed(np.quantile)
def quantile(a: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False,
             *, weights: Any = None) -> Any:
    """The value below which the part q of the elements lies, for each q in the first axes."""
    q, weak = fractions(q)
    return quantiles(a, q, axis, method, keepdims, weights, weak)


@composed(np.percentile)
def percentile(a: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False,
               *, weights: Any = None) -> Any:
    """The quantile at q / 100."""
    q, weak = percents(q)
    return quantiles(a, q, axis, method, keepdims, weights, weak)


@composed(np.nanquantile)
def nanquantile(a: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False,
                *, weights: Any = None) -> Any:
    """The quantile of the elements that are numbers."""
    q, weak = fractions(q)
    if np.size(a) == 0:
        return np.nanmean(a, axis=axis, keepdims=keepdims)
    return quantiles(a, q, axis, method, keepdims, weights, weak, skip_nan=True)


@composed(np.nanpercentile)
def nanpercentile(a: Any, q: Any, axis: Axis = None, method: str = "linear",
                  keepdims: bool = False, *, weights: Any = None) -> Any:
    """The percentile of the elements that are numbers."""
    q, weak = percents(q)
    if np.size(a) == 0:
        return np.nanmean(a, axis=axis, keepdims=keepdims)
    return quantiles(a, q, axis, method, keepdims, weights, weak, skip_nan=True)


@composed(np.nanmedian)
def nanmedian(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The median of the elements that are numbers: the mean of the two at equal distance."""
    if a.size == 0:
        return np.nanmean(a, axis=axis, keepdims=keepdims)
    if not np.any(np.isnan(a)):
        return median(a, axis, keepdims)
    a, axes = merged(a, axis)
    n = np.sum(~np.isnan(a), axis=-1, keepdims=True)
    if np.any(n == 0):
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=5)
    middle = np.concatenate([np.maximum(n - 1, 0) // 2, np.minimum(n // 2, a.shape[-1] - 1)], -1)
    out = np.mean(order_statistics(a, middle), axis=-1)
    return np.expand_dims(out, axes) if keepdims else out
