"""Functions of the table that are not composed there, in terms of others.

They are ordinary NumPy code, run on stand-ins. NumPy computes them in one go; the page does not.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from tinygrad_edu.rules import activation, statistics
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.rules.reduction import NO_VALUE, Axis, count_where, deviation
from tinygrad_edu.rules.shape import astype
from tinygrad_edu.rules.ufunc_methods import fmax_reduce, fmin_reduce

__all__ = ["EXPANSIONS"]


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """``min(max(x, low), high)``, without a bound that is None."""
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def mean(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
         *, where: Any = True) -> Any:  # fmt: skip
    """The sum over the number of elements."""
    number = count_where(a, axis, where)
    total = np.sum(a, axis=axis, keepdims=keepdims, where=where)
    return total / np.reshape(number, total.shape if np.ndim(number) else ())


def var(a: Any, mean: Any = None, axis: Axis = None, dtype: Any = None, ddof: float = 0,
        keepdims: Any = False, where: Any = True) -> Any:  # fmt: skip
    """The mean of squared deviations, but for `ddof`."""
    apart = deviation(a, mean, axis, where)
    freedom = np.maximum(count_where(a, axis, where) - ddof, 0)
    total = np.sum(apart * apart, axis=axis, keepdims=keepdims)
    return total / np.reshape(freedom, total.shape if np.ndim(freedom) else ())


def std(a: Any, mean: Any = None, **options: Any) -> Any:
    """The square root of the variance."""
    return np.sqrt(var(a, mean, **options))


# ---- of the numbers that are not NaN -------------------------------------------------------------


def _chosen(a: Any, where: Any) -> Any:
    return ~np.isnan(a) if where is True or where is NO_VALUE else ~np.isnan(a) & where


def nansum(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
           initial: Any = 0, where: Any = True) -> Any:  # fmt: skip
    """The sum without NaN."""
    return np.sum(a, axis=axis, keepdims=keepdims, initial=initial, where=_chosen(a, where))


def nanprod(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
            initial: Any = 1, where: Any = True) -> Any:  # fmt: skip
    """The product without NaN."""
    return np.prod(a, axis=axis, keepdims=keepdims, initial=initial, where=_chosen(a, where))


def nanmean(a: Any, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
            *, where: Any = True) -> Any:  # fmt: skip
    """The mean without NaN."""
    return mean(a, axis, keepdims=keepdims, where=_chosen(a, where))


def nanvar(a: Any, mean: Any = None, axis: Axis = None, where: Any = True, **options: Any) -> Any:
    """The variance without NaN."""
    return var(a, mean, axis, where=_chosen(a, where), **options)


def nanstd(a: Any, mean: Any = None, axis: Axis = None, where: Any = True, **options: Any) -> Any:
    """The standard deviation without NaN."""
    return np.sqrt(nanvar(a, mean, axis, where, **options))


def _extreme(by: Any) -> Any:
    """The reduction by np.fmax or np.fmin, which prefer a number to a NaN."""
    return lambda a, axis=None, **options: by.reduce(
        a, axis, **{name: value for name, value in options.items() if name != "out"}
    )


# ---- convolution ---------------------------------------------------------------------------------


def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """``sum over j of a[i - j] v[j]``: all products, those added that belong to the same i."""
    a, v = np.ravel(a), np.ravel(v)
    places = np.arange(a.size)[:, None] + np.arange(v.size)
    whole = scatter(a[:, None] * v, places, (a.size + v.size - 1,))
    longer, shorter = max(a.size, v.size), min(a.size, v.size)
    start = {"full": 0, "same": (shorter - 1) // 2, "valid": shorter - 1}[mode]
    length = {"full": a.size + v.size - 1, "same": longer, "valid": longer - shorter + 1}[mode]
    return whole[start : start + length]


EXPANSIONS: dict[Any, Any] = {
    np.clip: clip,
    np._core.umath.clip: clip,  # type: ignore[attr-defined]
    np.mean: mean,
    np.var: var,
    np.std: std,
    np.nansum: nansum,
    np.nanprod: nanprod,
    np.nanmean: nanmean,
    np.nanvar: nanvar,
    np.nanstd: nanstd,
    np.nanmax: _extreme(np.fmax),
    np.nanmin: _extreme(np.fmin),
    np.convolve: convolve,
    np.isposinf: lambda x: np.equal(x, np.inf),
    np.isneginf: lambda x: np.equal(x, -np.inf),
    fmax_reduce: _extreme(np.fmax),
    fmin_reduce: _extreme(np.fmin),
    astype: np.astype,
} | {
    # Of our own functions, the definition is the expansion.
    function: inspect.unwrap(function)
    for function in (
        activation.sigmoid,
        activation.softplus,
        activation.relu,
        activation.softmax,
        activation.log_softmax,
        activation.logsumexp,
        statistics.within_one,
    )
}
