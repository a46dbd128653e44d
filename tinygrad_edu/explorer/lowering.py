"""What NumPy's functions are in terms of the few that the page knows.

A page's function broadcasts, knows axes by their places from the front, and has no options. So
a function that moves elements is turned into the places that it takes them from, a reduction into
the axes that it sums over, and what is composed of others into these.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from tinygrad_edu.engine.arguments import bind
from tinygrad_edu.engine.rule import TABLE, Composed
from tinygrad_edu.explorer import expansions
from tinygrad_edu.explorer.call import Call, UnknownError
from tinygrad_edu.explorer.elementwise import ELEMENTWISE, elementwise, is_truth
from tinygrad_edu.rules.families import bessel_i, sinc_slope
from tinygrad_edu.rules.indexing import positions, scatter
from tinygrad_edu.rules.reduction import NO_VALUE, axes_of
from tinygrad_edu.trace.traced import Traced

__all__ = ["lowered"]

_PERMUTING = {
    np.transpose,
    np.moveaxis,
    np.swapaxes,
    np.matrix_transpose,
    np.linalg.matrix_transpose,
}
_MOVING = {
    np.reshape, np.ravel, np.squeeze, np.expand_dims, np.take, np.take_along_axis, np.flip,
    np.fliplr, np.flipud, np.rot90, np.roll, np.tril, np.triu, np.diagflat, np.diag, np.diagonal,
    np.tile, np.repeat, np.resize, np.lib.stride_tricks.sliding_window_view, operator.getitem,
    np.fft.fftshift, np.fft.ifftshift,
}  # fmt: skip
_GETITEM = Traced(np.zeros(1))[0].function  # what the brackets of a stand-in call
_JOINING = {np.concatenate, np.stack}
_REDUCING = {np.max: np.maximum, np.min: np.minimum, np.prod: np.multiply, np.all: np.logical_and,
             np.any: np.logical_or}  # fmt: skip


def lowered(traced: Traced) -> Any:
    """The call of a page's function that `traced` is; or other Traced or an array that it equals.

    Raises
    ------
    UnknownError
        If no function of the page does that.
    """
    function, args, kwargs = traced.function, traced.args, traced.kwargs
    assert function is not None
    if traced.dtype.kind not in "biuf" or kwargs.get("out") is not None:
        raise UnknownError(function)
    if function in (np.zeros_like, np.ones_like):
        return np.asarray(traced.value)
    if function in expansions.EXPANSIONS:
        found = expansions.EXPANSIONS[function](*args, **kwargs)
    elif function is np.matmul and not kwargs:
        found = Call("matmul", list(args))
    elif isinstance(function, np.ufunc) or function in ELEMENTWISE:
        found = elementwise(function, args, kwargs)
    elif (form := _FORMS.get(function)) is not None:
        found = form(traced, *args, **kwargs)
    elif function in _MOVING or function is _GETITEM:
        found = _moved(traced, args, kwargs)
    elif (reduce := _method(function, "reduce")) is not None:
        found = _reduced(traced, reduce, *args, **kwargs)
    elif isinstance(row := TABLE.get(function), Composed):
        found = _composed(row, args, kwargs)
    else:
        raise UnknownError(function)
    return found


def _composed(row: Composed, args: Any, kwargs: Any) -> Any:
    """What a function that is composed of others comes to, if it can be followed on stand-ins."""
    try:
        operands, params = bind(row, args, kwargs)
        return row.function(*operands, **params)
    except TypeError as error:
        raise UnknownError(row.op) from error


def _method(function: Any, name: str) -> Any:
    """The ufunc of which `function` is the method of this name, None if it is none."""
    owner = getattr(function, "__self__", None)
    known = isinstance(owner, np.ufunc) and getattr(function, "__name__", "") == name
    return owner if known else None


# ---- moving elements -----------------------------------------------------------------------------


def _holds_traced(argument: Any) -> bool:
    if isinstance(argument, tuple | list):
        return any(map(_holds_traced, argument))
    return isinstance(argument, Traced)


def _moved(traced: Traced, args: Any, kwargs: Any) -> Call:
    """The places from which a function takes the elements: it is asked to move their numbers.

    They are counted from 1, as 0 is what stands where it puts none.
    """
    source, *others = args
    if not isinstance(source, Traced) or _holds_traced([*others, *kwargs.values()]):
        raise UnknownError(traced.function)
    assert traced.function is not None
    places = np.asarray(traced.function(positions(source.shape, 1), *others, **kwargs)) - 1
    if places.size == source.size and np.array_equal(places.ravel(), np.arange(source.size)):
        return _reshaped(source, traced.shape)
    return _picked([source], places)


def _picked(sources: list[Any], places: Any) -> Call:
    shape = list(places.shape)
    return Call("pick", sources, {"places": places.ravel().tolist(), "shape": shape})


def _reshaped(source: Any, shape: tuple[int, ...]) -> Call:
    return Call("reshape", [source], {"shape": list(shape)})


def _joined(traced: Traced, arrays: Any, *args: Any, **kwargs: Any) -> Call:
    """Joined arrays: the numbers of their elements, counted through all of them, are joined."""
    if _holds_traced([*args, *kwargs.values()]):
        raise UnknownError(traced.function)
    options = {k: v for k, v in kwargs.items() if k == "axis"}
    starts = np.cumsum([0, *(np.size(_value(a)) for a in arrays)]).tolist()
    counted = [positions(np.shape(_value(a)), at) for a, at in zip(arrays, starts, strict=False)]
    assert traced.function is not None
    return _picked(list(arrays), traced.function(counted, *args[:1], **options))


def _value(operand: Any) -> Any:
    return operand.value if isinstance(operand, Traced) else operand


def _permuted(traced: Traced, a: Any, /, *args: Any, **kwargs: Any) -> Call:
    """The order of the axes: of an array whose axes are all of different lengths."""
    assert traced.function is not None
    lengths = traced.function(np.empty(range(1, a.ndim + 1)), *args, **kwargs).shape
    return Call("transpose", [a], {"axes": [length - 1 for length in lengths]})


def _scattered(traced: Traced, g: Any, index: Any, shape: tuple[int, ...]) -> Call:
    if _holds_traced(index):
        raise UnknownError(traced.function)
    places = positions(shape)[index]
    g = g if np.shape(_value(g)) == np.shape(places) else np.broadcast_to(g, np.shape(places))
    params = {"places": np.ravel(places).tolist(), "shape": list(shape)}
    return Call("scatter", [g], params)


def _as_it_is(traced: Traced, source: Any, *_args: Any, **_kwargs: Any) -> Call:
    """np.astype: the page has but one dtype."""
    if traced.dtype.kind == "f" or is_truth(source):
        return Call("positive", [source])
    raise UnknownError(traced.function)


# ---- reductions ----------------------------------------------------------------------------------


def _along(traced: Traced, a: Any, axis: Any) -> dict[str, Any]:
    return {"axes": list(axes_of(a, axis)), "shape": list(traced.shape)}


def _summed(
    traced: Traced, a: Any, axis: Any = None, dtype: Any = None, out: Any = None,
    keepdims: Any = False, initial: Any = NO_VALUE, where: Any = True,
) -> Any:  # fmt: skip
    _refuse_whole(traced, dtype)
    if where is not True and where is not NO_VALUE:
        return np.sum(np.where(where, a, 0), axis, keepdims=keepdims, initial=initial)
    if initial is not NO_VALUE and initial != 0:
        return np.sum(a, axis, keepdims=keepdims) + initial
    return Call("sum", [a], _along(traced, a, axis))


def _reduced(
    traced: Traced, by: Any, a: Any, axis: Any = 0, dtype: Any = None, out: Any = None,
    keepdims: Any = False, initial: Any = NO_VALUE, where: Any = True,
) -> Any:  # fmt: skip
    """A reduction by a function of two numbers, of which the page knows the name."""
    _refuse_whole(traced, dtype)
    if where is not True and where is not NO_VALUE:
        neutral = initial if by.identity is None else by.identity
        a = np.where(where, a, neutral)
        return by.reduce(a, axis, keepdims=keepdims, initial=initial)
    if initial is not NO_VALUE:
        if not a.size:
            return np.full(traced.shape, initial)
        return by(by.reduce(a, axis, keepdims=keepdims), initial)
    if by is np.add:
        return np.sum(a, axis, keepdims=keepdims)
    if by not in ELEMENTWISE:
        raise UnknownError(traced.function)
    if by in (np.logical_and, np.logical_or) and not is_truth(a):
        return by.reduce(a != 0, axis, keepdims=keepdims)
    return Call("reduce", [a], {"by": ELEMENTWISE[by], **_along(traced, a, axis)})


def _reducing(by: Any) -> Callable[..., Any]:
    named = by in (np.maximum, np.minimum, np.logical_and, np.logical_or)

    def form(traced: Traced, a: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        if named:  # these have no dtype
            args = (None, *args)
        return _reduced(traced, by, a, axis, *args, **kwargs)

    return form


def _refuse_whole(traced: Traced, dtype: Any) -> None:
    """Refuse to compute in whole numbers, which would be another function."""
    if dtype is not None and np.dtype(dtype).kind not in "f":
        raise UnknownError(traced.function)


def _running(by: str) -> Callable[..., Any]:
    def form(traced: Traced, a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Call:
        _refuse_whole(traced, dtype)
        if axis is None or a.ndim == 0:
            a, axis = np.reshape(a, a.size), 0
        return Call("accumulate", [a], {"by": by, "axis": normalize_axis_index(axis, a.ndim)})

    return form


def _contracted(traced: Traced, text: str, *operands: Any, optimize: Any = False) -> Call:
    return Call("einsum", list(operands), {"text": text})


def _of_order(name: str) -> Callable[..., Any]:
    return lambda traced, x, order: Call(name, [x], {"order": int(order)})


_FORMS: dict[Any, Callable[..., Any]] = {
    np.sum: _summed,
    np.einsum: _contracted,
    np.cumsum: _running("add"),
    np.cumprod: _running("multiply"),
    np.astype: _as_it_is,
    np.broadcast_to: lambda traced, a, *_, **__: Call(
        "broadcast_to", [a], {"shape": list(traced.shape)}
    ),
    scatter: _scattered,
    sinc_slope: _of_order("sinc_slope"),
    bessel_i: _of_order("bessel_i"),
}
_FORMS |= {function: _reducing(by) for function, by in _REDUCING.items()}
_FORMS |= dict.fromkeys(_PERMUTING, _permuted)
_FORMS |= dict.fromkeys(_JOINING, _joined)
