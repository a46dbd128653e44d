"""Covariances, and counts of weighted elements."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import composed, local, operation, pullback, several
from tinygrad_edu.rules.operands import operand

__all__ = ["within_one"]


# ---- covariance ----------------------------------------------------------------------------------
def in_dtype(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else np.astype(x, dtype)


def variables(m: Any, rowvar: bool, dtype: Any) -> Any:
    """The variables as rows, the observations as columns."""
    m = in_dtype(m, dtype)
    if m.ndim < 2:
        return m.reshape(1, -1)
    return m if rowvar else m.T


def checked_weights(weights: Any, name: str, observations: int) -> Any:
    weights = in_dtype(operand(weights), np.float64)
    if weights.ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if weights.shape[0] != observations:
        raise RuntimeError(f"incompatible numbers of samples and {name}")
    if np.any(weights < 0):
        raise ValueError(f"{name} cannot be negative")
    return weights


@composed(np.cov)
def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
        fweights: Any = None, aweights: Any = None, *, dtype: Any = None) -> Any:
    """``X W X^H / freedom``, of deviations X from the weighted means, one variable a row.

    Frequencies count an observation several times, and the other weights its importance.
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    given = {name: operand(x) for name, x in (("m", m), ("y", y)) if x is not None}
    for name, x in given.items():
        if x.ndim > 2:
            raise ValueError(f"{name} has more than 2 dimensions")
    if dtype is None:
        dtype = np.result_type(*(x.dtype for x in given.values()), np.float64)
    X = variables(given["m"], rowvar, dtype)
    if X.shape[0] == 0:
        return np.array([]).reshape(0, 0)
    if y is not None:
        Y = variables(given["y"], rowvar or given["y"].shape[0] == 1, dtype)
        X = np.concatenate([X, Y], axis=0)
    n = X.shape[1]
    weights: Any = None
    if fweights is not None:
        weights = checked_weights(fweights, "fweights", n)
        if np.any(weights != np.around(weights)):
            raise TypeError("fweights must be integer")
    if aweights is not None:
        importance = checked_weights(aweights, "aweights", n)
        weights = importance if weights is None else weights * importance
    ddof = (0 if bias else 1) if ddof is None else ddof
    mean, total = np.average(X, axis=1, weights=weights, returned=True)
    freedom: Any = n
    if weights is not None:
        freedom = np.real(total[0])
        if ddof and aweights is not None:
            ddof = ddof * np.sum(weights * importance) / freedom
    freedom = freedom - ddof
    if freedom <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
        freedom = np.float64(0)
    X = in_dtype(X - mean[:, None], X.dtype)
    products = X @ np.conj(X if weights is None else X * weights).T
    return np.squeeze(in_dtype(products * np.divide(1, freedom), products.dtype))


@operation
def within_one(x: Any) -> Any:
    """A correlation that rounding has brought beyond 1, at 1; what was cut off does not vary."""
    if np.iscomplexobj(x):
        return np.clip(np.real(x), -1, 1) + 1j * np.clip(np.imag(x), -1, 1)
    return np.clip(x, -1, 1)


local(within_one, 1)


@composed(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """``C_ij / sqrt(C_ii C_jj)``, of the covariances C."""
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.real(np.einsum("ii->i", c)))
    return within_one(c / deviation[:, None] / deviation)


# ---- counts --------------------------------------------------------------------------------------
def _bins(numbers: Any, edges: Any) -> tuple[Any, Any]:
    """The bin of each number, of which the last holds its end too, and whether it is in any."""
    place = np.searchsorted(edges, numbers, side="right") - 1 - (numbers == edges[-1])
    inside = (numbers >= edges[0]) & (numbers <= edges[-1])
    return np.where(inside, place, 0), inside


def _varies(given: Any) -> bool:
    """Whether there is a Tensor in it, also in lists and tuples."""
    return hasattr(given, "__tensor_function__") or (
        isinstance(given, list | tuple) and any(map(_varies, given)))


def _constant_edges(function: str, sample: Any, bins: Any, range: Any) -> None:
    """Refuse bins whose edges vary: these are results too, and a density is divided by widths."""
    varying = [name for name, given in (("bins", bins), ("range", range), ("the numbers", sample))
               if _varies(given)]
    along = bins if isinstance(bins, list | tuple) else [bins]
    given = range is not None and all(each is not None for each in range)
    given = given or not any(isinstance(each, str) or np.ndim(each) == 0
                             for each in along if not _varies(each))
    if varying and (varying != ["the numbers"] or not given):
        raise TypeError(
            f"{function}: the edges of the bins vary with {varying[0]}, and that gradient would be "
            "lost; write t.data for the value, or give range= or the edges"
        )


def _histogram_arguments(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    _constant_edges("np.histogram", a, [bins], range)
    return (operand(a), bins, range, density, weights), {}


def _histogramdd_arguments(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    if getattr(sample, "ndim", None) != 2:  # a sequence of the columns
        sample = np.stack([operand(column) for column in sample], axis=-1)
        sample = sample if sample.ndim == 2 else sample[:, None]
    _constant_edges("np.histogramdd", sample, bins, range)
    return (sample, bins, range, density, weights), {}


def _to_counts(g: Any, out: Any, volumes: Any, density: Any, total: Any) -> Any:
    """The cotangent of the counts; a density is ``counts / volumes / total``."""
    return (g / volumes - np.sum(g * out)) / total if density else g


def _of_weights(g: Any, outs: Any, a: Any, bins: Any, range: Any, density: Any,
                weights: Any) -> Any:
    """A weight adds to the count of its bin."""
    counts, edges = outs
    place, inside = _bins(a, edges)
    total = np.sum(weights, where=inside) if density else None
    return np.where(inside, _to_counts(g, counts, np.diff(edges), density, total)[place], 0)


def _of_weights_dd(g: Any, outs: Any, sample: Any, bins: Any, range: Any, density: Any,
                   weights: Any) -> Any:
    """The same in several dimensions, one column of the sample each."""
    counts, edges = outs
    found = [_bins(sample[:, k], each) for k, each in enumerate(edges)]
    inside = np.logical_and.reduce([within for _, within in found])
    widths = np.broadcast_arrays(*np.ix_(*(np.diff(each) for each in edges)))
    total = np.sum(weights, where=inside) if density else None
    cotangent = _to_counts(g, counts, np.prod(widths, axis=0), density, total)
    return np.where(inside, cotangent[tuple(place for place, _ in found)], 0)




def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    out = np.bincount(x, weights, minlength)
    return out if weights is None else out.astype(np.float64)  # of nothing, NumPy's are integers


pullback(np.bincount, None, lambda g, out, x, weights, minlength=0: g[np.asarray(x)],
         compute=_bincount)
NONE = (None, None, None, None)  # the numbers, bins, range and density

several(np.histogram, (*NONE, _of_weights), None, arguments=_histogram_arguments)
several(np.histogramdd, (*NONE, _of_weights_dd), None, arguments=_histogramdd_arguments)


@composed(np.histogram2d)
def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None,
                weights: Any = None) -> Any:
    """The counts of pairs (x, y), and the edges of the bins along either."""
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):  # the edges along both
        bins = [bins, bins]
    counts, (edges_x, edges_y) = np.histogramdd([x, y], bins, range, density, weights)
    return counts, edges_x, edges_y
