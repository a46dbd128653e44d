"""Calls under their plainest names, without arguments that say nothing."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu.sourcing.marks import is_value

__all__ = ["column", "plainest", "row"]


def plainest(make: Any, function: Any, args: Any, kwargs: Any, shape: Any, dtype: Any) -> Any:
    """The call, its function, arguments and keywords; or a value that it is equal to."""
    summing = getattr(function, "__self__", None) is np.add and function.__name__ == "reduce"
    if summing and "axis" in kwargs and len(args) == 1:  # the default is another than np.sum's
        function = np.sum
    args, kwargs = _without_defaults(function, tuple(args), kwargs)
    first: Any = args[0] if args else None
    if function is np.dot and all(is_value(arg) and arg.ndim in (1, 2) for arg in args):
        function = np.matmul
    if function is np.real and is_value(first) and first.dtype.kind != "c":
        return first
    if function is np.matmul and not kwargs:
        return _matmul(args) or (function, args, kwargs)
    if _is_getitem(function):
        return _picked(make, args, shape, dtype) or (function, args, kwargs)
    if function is np.sum and is_value(first):
        kwargs = _axis(first, kwargs)
    if kwargs.get("keepdims") is False:
        kwargs = {name: each for name, each in kwargs.items() if name != "keepdims"}
    return function, args, kwargs


def _is_getitem(function: Any) -> bool:
    return getattr(function, "__name__", "") == "getitem"


def _axis(of: Any, kwargs: Any) -> Any:
    """One axis rather than a tuple of one, none for all."""
    axis = kwargs.get("axis")
    if isinstance(axis, tuple) and len(axis) == 1:
        return kwargs | {"axis": axis[0]}
    if isinstance(axis, tuple) and len(axis) == of.ndim and "keepdims" not in kwargs:
        return {name: each for name, each in kwargs.items() if name != "axis"}
    return kwargs


# Their axis has a default from NumPy 2.3 on, and what is printed runs on older ones too.
_WITHOUT_DEFAULTS_BEFORE = {np.take_along_axis}


@functools.cache
def _parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of the parameters, in order."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: (p.default, p.kind) for p in found}


def _without_defaults(function: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The arguments that say something."""
    if isinstance(function, np.ufunc) or function in _WITHOUT_DEFAULTS_BEFORE:
        return args, kwargs
    known = _parameters(function)
    kept = {
        name: each for name, each in kwargs.items() if not _equal(each, known.get(name, (None,))[0])
    } if known else dict(kwargs)  # fmt: skip
    places = list(known.values())
    count = len(args)
    while 1 < count <= len(places) and kept == kwargs:
        default, kind = places[count - 1]
        if kind is inspect.Parameter.VAR_POSITIONAL or not _equal(args[count - 1], default):
            break
        count -= 1
    return args[:count], kept


def _equal(given: Any, default: Any) -> bool:
    if default is inspect.Parameter.empty:
        return False
    plain = bool | int | float | str | None
    return given is default or (
        isinstance(given, plain) and type(given) is type(default) and given == default
    )


# ---- vectors as rows and columns -----------------------------------------------------------------


def column(part: Any) -> Any:
    """The vector of which `part` is a column, ``v[:, None]``; None if it is something else."""
    return _axis_added(part, ((..., None), (slice(None), None)))


def row(part: Any) -> Any:
    """The vector of which `part` is a row, ``v[None, :]``; None if it is something else."""
    return _axis_added(part, ((..., None, slice(None)), (None, slice(None)), (None,)))


def _axis_added(part: Any, indices: Any) -> Any:
    if not is_value(part) or not _is_getitem(part.function):
        return None
    of, index = part.args
    return of if of.ndim == 1 and _simple(index) in indices else None


def _simple(index: Any) -> Any:
    """An index that may be compared: of numbers, slices and the like alone."""
    parts = index if isinstance(index, tuple) else (index,)
    plain = int | slice | type(...) | None
    return parts if all(isinstance(each, plain) for each in parts) else None


def _matmul(args: Any) -> Any:
    """``a^T g`` of a column and a row: an outer product, None if it is another one."""
    x, y = column(args[0]), row(args[1])
    return None if x is None or y is None else (np.outer, (x, y), {})


def _picked(make: Any, args: Any, shape: Any, dtype: Any) -> Any:
    """A matrix product with a vector, for which it was made a matrix."""
    of, index = args
    index = _simple(index)
    if index == () and is_value(of) and of.ndim:
        return of
    if not is_value(of) or of.function is not np.matmul or of.ndim != 2 or of.kwargs:
        return None
    x, y = of.args
    vector = row(x) if index == (..., 0, slice(None)) else None
    if vector is not None and y.ndim == 2:
        turned = make.call(np.transpose, (y,), {}, y.shape[::-1], dtype)
        return make.call(np.matmul, (turned, vector), {}, shape, dtype)
    vector = column(y) if index == (..., 0) else None
    if vector is not None and x.ndim == 2:
        return make.call(np.matmul, (x, vector), {}, shape, dtype)
    return None
