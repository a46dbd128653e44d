"""The methods of NumPy's binary functions: reduce, accumulate, reduceat and outer.

Each is written once for all functions, as the loop that it stands for; where the same is a sum, a
product or an extreme, it goes there. NumPy itself tries the call on ones first: so the errors are
NumPy's, and the shape and dtype of the result are known.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from tinygrad_edu.engine.rule import method, operation, pullback
from tinygrad_edu.rules.activation import logsumexp
from tinygrad_edu.rules.operands import operand, refuse_varying
from tinygrad_edu.rules.reduction import Axis, axes_of, restore

_NOT_GIVEN: Any = object()
_LN2 = math.log(2)


def _ones_like(array: Any) -> Any:
    return np.broadcast_to(array.dtype.type(1), array.shape)


def _cast(array: Any, dtype: Any) -> Any:
    """`array` in the dtype to compute in, if that is given."""
    return array if dtype is None else np.astype(array, dtype)


def _as(out: Any, pattern: Any) -> Any:
    """`out` in the shape and dtype that NumPy's result has."""
    out = out if out.shape == pattern.shape else np.reshape(out, pattern.shape)
    return out if out.dtype == pattern.dtype else np.astype(out, pattern.dtype)


def _options(initial: Any, where: Any) -> dict[str, Any]:
    """Those arguments of a reduction that say something."""
    given = {} if initial is _NOT_GIVEN else {"initial": initial}
    return given if where is True else given | {"where": where}


# ---- in general ----------------------------------------------------------------------------------


def reduce(
    ufunc: Any, array: Any, axis: Axis = 0, dtype: Any = None, keepdims: bool = False,
    initial: Any = _NOT_GIVEN, where: Any = True,
) -> Any:
    """The function of the first two elements along `axis`, of that and the third, and so on."""
    refuse_varying(f"np.{ufunc.__name__}.reduce", "where", where)
    tried = {} if initial is _NOT_GIVEN or initial is None else {"initial": 1}
    pattern = ufunc.reduce(_ones_like(array), axis, dtype, None, keepdims, where=where, **tried)
    array = _cast(array, dtype)
    axes = axes_of(array, axis)
    items = _in_front(array, axes)
    chosen = None if where is True else _in_front(np.broadcast_to(where, array.shape), axes)
    out = ufunc.identity if initial is _NOT_GIVEN else initial
    if not len(items):
        return _as(np.sum(items, axis=0) + out, pattern)
    for k, item in enumerate(items):
        joined = item if out is None else ufunc(out, item)
        out = joined if chosen is None else np.where(chosen[k], joined, out)
    return _as(out, pattern)


def _in_front(array: Any, axes: tuple[int, ...]) -> Any:
    """`array` with these axes made one, the first."""
    front = np.moveaxis(array, axes, tuple(range(len(axes))))
    shape = front.shape
    return np.reshape(front, (math.prod(shape[: len(axes)]), *shape[len(axes) :]))


def accumulate(ufunc: Any, array: Any, axis: int = 0, dtype: Any = None) -> Any:
    """All the intermediate results of a reduction along `axis`."""
    pattern = ufunc.accumulate(_ones_like(array), axis, dtype)
    array = _cast(array, dtype)
    items = list(np.moveaxis(array, axis, 0))
    for k in range(1, len(items)):
        items[k] = ufunc(items[k - 1], items[k])
    return _as(np.stack(items, axis=axis) if items else array, pattern)


def reduceat(ufunc: Any, array: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """The reductions of the slices between each index and the next along `axis`."""
    pattern = ufunc.reduceat(_ones_like(array), indices, axis, dtype)
    front = np.moveaxis(_cast(array, dtype), axis, 0)
    ends = [*np.asarray(indices).tolist(), len(front)]
    pieces = [
        ufunc.reduce(front[start:end], initial=None) if end > start + 1 else front[start]
        for start, end in itertools.pairwise(ends)
    ]
    return _as(np.stack(pieces, axis=axis) if pieces else np.moveaxis(front[:0], 0, axis), pattern)


def outer(ufunc: Any, A: Any, B: Any) -> Any:
    """The function of every element of A and every element of B."""
    A, B = operand(A), operand(B)
    return ufunc(np.reshape(A, A.shape + (1,) * B.ndim), B)


method("reduce", reduce)
method("accumulate", accumulate)
method("reduceat", reduceat)
method("outer", outer)


# ---- sums, products and extremes -----------------------------------------------------------------


def _as_function(ufunc: Any, function: Any) -> Any:
    """The reduction that `function` does."""

    def reduce(
        array: Any, axis: Axis = 0, dtype: Any = None, keepdims: bool = False,
        initial: Any = _NOT_GIVEN, where: Any = True,
    ) -> Any:
        refuse_varying(f"np.{function.__name__}", "where", where)
        if initial is None:  # then NumPy refuses to reduce nothing
            ufunc.reduce(_ones_like(array), axis, dtype, initial=None, where=where)
            initial = _NOT_GIVEN
        array = _cast(array, dtype)
        return function(array, axis=axis, keepdims=keepdims, **_options(initial, where))

    return reduce


method("reduce", _as_function(np.add, np.sum), of=np.add)
method("reduce", _as_function(np.multiply, np.prod), of=np.multiply)
method("reduce", _as_function(np.maximum, np.max), of=np.maximum)
method("reduce", _as_function(np.minimum, np.min), of=np.minimum)


def _running(ufunc: Any, function: Any) -> Any:
    """The accumulation that `function` does."""

    def accumulate(array: Any, axis: int = 0, dtype: Any = None) -> Any:
        ufunc.accumulate(_ones_like(array), axis, dtype)
        return function(array, axis=axis, dtype=dtype)

    return accumulate


method("accumulate", _running(np.add, np.cumsum), of=np.add)
method("accumulate", _running(np.multiply, np.cumprod), of=np.multiply)


# ---- extremes without NaN, and logarithms of sums ------------------------------------------------


def _reduction_of_numbers(ufunc: Any) -> Any:
    """The reduction by fmax or fmin, in which ties share evenly, and NaN among themselves."""

    @operation
    def extreme(array: Any, axis: Axis = 0, keepdims: bool = False) -> Any:
        return ufunc.reduce(array, axis=axis, keepdims=keepdims)

    def rule(g: Any, out: Any, array: Any, axis: Axis = 0, keepdims: bool = False) -> Any:
        out = restore(out, array, axis, keepdims)
        chosen = (array == out) | np.isnan(out)
        shared = np.sum(chosen, axis=axes_of(array, axis), keepdims=True)
        return restore(g, array, axis, keepdims) * (chosen / shared)

    extreme.__name__ = extreme.__qualname__ = f"{ufunc.__name__}_reduce"
    pullback(extreme, rule)
    return extreme


fmax_reduce = _reduction_of_numbers(np.fmax)
fmin_reduce = _reduction_of_numbers(np.fmin)


def _where_simple(ufunc: Any, quick: Any) -> Any:
    """The reduction that `quick` does, and in general the loop."""

    def reduction(
        array: Any, axis: Axis = 0, dtype: Any = None, keepdims: bool = False,
        initial: Any = _NOT_GIVEN, where: Any = True,
    ) -> Any:
        options = _options(initial, where)
        if options or not array.size or array.dtype.kind == "c":
            return reduce(ufunc, array, axis, dtype, keepdims, **options)
        ufunc.reduce(_ones_like(array), axis, dtype)
        return quick(_cast(array, dtype), axis, keepdims)

    return reduction


method("reduce", _where_simple(np.fmax, fmax_reduce), of=np.fmax)
method("reduce", _where_simple(np.fmin, fmin_reduce), of=np.fmin)
method("reduce", _where_simple(np.logaddexp, logsumexp), of=np.logaddexp)
method("reduce",
       _where_simple(np.logaddexp2, lambda a, axis, keep: logsumexp(a * _LN2, axis, keep) / _LN2),
       of=np.logaddexp2)
