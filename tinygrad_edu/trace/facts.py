"""What is known of NumPy's functions whatever the values: shapes, and what is written into."""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np

__all__ = [
    "OF_SHAPES",
    "VIEWS",
    "canonical",
    "differs",
    "follows_memory",
    "getitem",
    "has_known_shape",
    "is_fresh",
    "item",
    "writes",
]

# What these give is the same whatever the values.
OF_SHAPES = {
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast,
    np.common_type, np.broadcast_shapes,
}  # fmt: skip
_WRITING = {
    np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal,
}  # fmt: skip
# Of these the shape of the result is known from the shapes alone.
_OF_KNOWN_SHAPE = {
    np.broadcast_to, np.concatenate, np.copy, np.cumprod, np.cumsum, np.diagonal, np.dot, np.einsum,
    np.expand_dims, np.flip, np.imag, np.max, np.mean, np.min, np.moveaxis, np.ones_like, np.outer,
    np.prod, np.ravel, np.real, np.reshape, np.roll, np.sort, np.squeeze, np.stack, np.std,
    np.sum, np.argsort, np.partition,
    np.swapaxes, np.take_along_axis, np.tensordot, np.trace, np.transpose, np.tril, np.triu, np.var,
    np.vdot, np.zeros_like, np.argmax, np.argmin, np.all, np.any, np.inner, np.linalg.inv,
    np.linalg.det, np.linalg.solve, np.linalg.cholesky, np.astype, np.float64, np.complex128,
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.neg,
}  # fmt: skip


@cache
def _by_what_they_wrap() -> dict[Any, Callable[..., Any]]:
    return {
        function.__wrapped__: function
        for module in (np.fft, np.linalg, np)  # which loads np.fft, so not before it is needed
        for function in vars(module).values()
        if hasattr(function, "__wrapped__")
        and getattr(function, "__module__", "") == module.__name__
    }


def canonical(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function, where what is behind its dispatch is called: rows compute by that."""
    return _by_what_they_wrap().get(function, function)


def item(results: Any, place: int) -> Any:
    """One of several results of a function, as a call of its own in a trace."""
    return results[place]


def getitem(a: Any, index: Any) -> Any:
    return a[index]


VIEWS = {
    getitem, item, np.transpose, np.reshape, np.ravel, np.squeeze, np.expand_dims, np.swapaxes,
    np.moveaxis, np.broadcast_to, np.diagonal, np.flip, np.real, np.imag, np.positive,
}  # fmt: skip
# What these give has memory of its own; of functions in neither set it may be an argument's.
_FRESH = {
    np.argsort, np.concatenate, np.copy, np.cumprod, np.cumsum, np.dot, np.full_like, np.inner,
    np.linalg.cholesky, np.linalg.det, np.linalg.inv, np.linalg.solve, np.max, np.mean, np.min,
    np.ones_like, np.outer, np.prod, np.sort, np.stack, np.std, np.sum, np.take_along_axis,
    np.tensordot, np.tril, np.triu, np.var, np.vdot, np.zeros_like,
}  # fmt: skip


def is_fresh(function: Callable[..., Any] | None, args: tuple[Any, ...]) -> bool:
    """Whether the result surely shares no memory with the arguments."""
    if function is np.where:
        return len(args) == 3
    if isinstance(function, np.ufunc) or function in _FRESH:
        return True
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return function.__name__ in ("reduce", "accumulate", "outer")  # type: ignore[union-attr]
    return _is_ours(function)


def writes(function: Callable[..., Any], args: Any, kwargs: Any) -> bool:
    """Whether a call has an array to write its result into, by name or in its place."""
    if function in _WRITING:
        return True
    if function is np.nan_to_num:  # which writes over its argument if it is not to copy it
        return not (args[1] if len(args) > 1 else kwargs.get("copy", True))
    place = _place_of_out(function)
    return kwargs.get("out") is not None or (len(args) > place and args[place] is not None)


@lru_cache(maxsize=1000)
def _place_of_out(function: Callable[..., Any]) -> int:
    """Which argument is the one called out; one that nobody gives, where there is none.

    In a rule of ours `out` is the result, which is read.
    """
    if not str(getattr(function, "__module__", "numpy")).startswith("numpy"):
        return sys.maxsize
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # it does not say
        return sys.maxsize
    names = [each.name for each in parameters if each.kind <= each.POSITIONAL_OR_KEYWORD]
    return names.index("out") if "out" in names else sys.maxsize


def follows_memory(function: Callable[..., Any], args: Any, kwargs: Any) -> bool:
    """Whether the order of the elements is to be that in memory, which no formula says."""
    place = {np.ravel: 1, np.reshape: 2}.get(function)
    if place is None:
        return False
    return (args[place] if len(args) > place else kwargs.get("order")) in ("A", "K")


def differs(value: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Whether a result has another shape or dtype than it had in the trace."""
    return np.bool_(np.shape(value) != shape or np.asarray(value).dtype != dtype)


_OURS = {
    "scatter", "softmax", "log_softmax", "logsumexp", "sigmoid", "softplus", "relu",
    "lengths_outside", "spread_lost",
}  # fmt: skip


def has_known_shape(
    function: Callable[..., Any], args: tuple[Any, ...], varies: Callable[[Any], bool]
) -> bool:
    """Whether the shape of the result follows from the shapes of the arguments that vary."""
    if function is getitem:
        index = args[1] if isinstance(args[1], tuple | list) else [args[1]]
        return not any(map(varies, index))
    if function is np.where:
        return len(args) == 3
    if isinstance(function, np.ufunc) or function in _OF_KNOWN_SHAPE:
        return True
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return function.__name__ in ("reduce", "accumulate", "outer")
    return _is_ours(function)


def _is_ours(function: Any) -> bool:
    ours = str(getattr(function, "__module__", "")).startswith("tinygrad_edu.rules")
    return ours and function.__name__ in _OURS
