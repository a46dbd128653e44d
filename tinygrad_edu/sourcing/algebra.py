"""Simplification: a formula as a person would write it, the same to rounding.

A number repeated is ``FILL(number)``, and vanishes where it meets an array of the shape.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from tinygrad_edu.sourcing.calls import plainest
from tinygrad_edu.sourcing.marks import FILL, is_fill, is_value, plain_number
from tinygrad_edu.sourcing.products import arithmetic

__all__ = ["simplified"]

_SHAPES = {
    np.broadcast_to, np.reshape, np.transpose, np.matrix_transpose, np.expand_dims, np.squeeze,
    np.ravel, np.moveaxis, np.swapaxes, np.astype,
}  # fmt: skip
_FIT = (np.broadcast_to, np.reshape, np.astype)


def simplified(make: Any, function: Any, args: Any, kwargs: Any, shape: Any, dtype: Any) -> Any:
    """A value that this call is equal to, or the call in another form: function, args, kwargs.

    `make` makes the values on the way: it is a `Formulas`.
    """
    if function in (np.ones_like, np.zeros_like):
        return make.call(FILL, (int(function is np.ones_like),), {}, shape, dtype)
    if function is FILL:
        return FILL, (plain_number(args[0]),), {}
    if function in _SHAPES:
        found = _reshaped(make, function, args, kwargs, shape, dtype)
        found = found or plainest(make, function, args, kwargs, shape, dtype)
    elif isinstance(function, np.ufunc) and function.signature is None and not kwargs:
        found = _elementwise(make, function, args, shape, dtype)
    else:
        found = plainest(make, function, args, kwargs, shape, dtype)
    return found if found is not None else (function, args, kwargs)


# ---- shapes --------------------------------------------------------------------------------------


def _reshaped(make: Any, function: Any, args: Any, kwargs: Any, shape: Any, dtype: Any) -> Any:
    """Moving elements about: nothing, where there is only one or nothing moves."""
    of = args[0]
    if is_fill(of):
        return make.call(FILL, of.args, {}, shape, dtype)
    if not is_value(of):
        return None
    if function in _FIT and of.shape == shape and of.dtype == dtype:
        return of
    if function is np.reshape:
        order = args[2] if args[2:] else kwargs.get("order", "C")
        named = {} if order == "C" else {"order": order}
        if of.function is np.reshape and of.kwargs == named:
            return make.call(np.reshape, (of.args[0], shape), named, shape, dtype)
        return np.reshape, (of, shape), named
    if function in (np.transpose, np.matrix_transpose, np.swapaxes) and of.ndim == 2:
        axes = (*args[1:], *kwargs.values())
        if any(map(is_value, axes)):
            return None
        if function is np.transpose and axes and axes[0] is not None:
            turned = [axis % 2 for axis in np.ravel(axes)] == [1, 0]
        else:
            turned = function is not np.swapaxes or {axis % 2 for axis in axes} == {0, 1}
        if not turned:
            return of
        plain = of.function is np.transpose and len(of.args) == 1 and not of.kwargs
        return of.args[0] if plain else (np.transpose, (of,), {})
    return None


# ---- elementwise ---------------------------------------------------------------------------------


def _elementwise(make: Any, function: Any, args: Any, shape: Any, dtype: Any) -> Any:
    if not any(map(is_value, args)):
        return None
    if all(is_fill(arg) or not is_value(arg) for arg in args):
        numbers = [arg.args[0] if is_fill(arg) else arg for arg in args]
        if function in _EXACT and all(isinstance(n, int | float | Fraction) for n in numbers):
            found = _EXACT[function](*numbers)
            if found is not None:
                return make.call(FILL, (found,), {}, shape, dtype)
        return None
    for k in range(len(args)):  # one after the other, as one of them has to have the shape
        args = (*args[:k], _unspread(args[k], args, k, shape, dtype), *args[k + 1 :])
    if function in (np.multiply, np.negative, np.divide, np.add, np.subtract):
        if all(arg.dtype.kind in "fc" for arg in args if is_value(arg)):  # 1 - x is 1.0 - x
            args = tuple(plain_number(arg) if type(arg) is float else arg for arg in args)
        return arithmetic(make, function, args, shape, dtype)
    if function in (np.bitwise_or, np.logical_or) and dtype.kind == "b":
        others = [a for a in args if not (is_fill(a) and not a.args[0]) and a is not False]
        if len(others) == 1 and is_value(others[0]) and others[0].shape == shape:
            return others[0]
    if function in (np.positive, np.conjugate) and args[0].dtype == dtype and dtype.kind == "f":
        return args[0]
    if function is np.power and _two(args[1]) and args[0].dtype == dtype:
        return np.square, args[:1], {}
    return function, args, {}


def _quotient(x: Any, y: Any) -> Any:
    whole = isinstance(x, int | Fraction) and isinstance(y, int | Fraction) and y != 0
    return Fraction(x) / y if whole else (x / y if y else None)


_EXACT: dict[Any, Any] = {
    np.multiply: lambda x, y: x * y,
    np.add: lambda x, y: x + y,
    np.subtract: lambda x, y: x - y,
    np.negative: lambda x: -x,
    np.divide: _quotient,
    np.positive: lambda x: x,
    np.square: lambda x: x * x,
}


def _two(exponent: Any) -> bool:
    return isinstance(exponent, int | float) and exponent == 2


def _unspread(arg: Any, args: Any, place: int, shape: Any, dtype: Any) -> Any:
    """An operand without the repetition that another operand's shape brings about anyway."""
    while is_value(arg):
        others = [a.shape for k, a in enumerate(args) if k != place and is_value(a)]
        if is_fill(arg):
            weak = any(is_value(a) and not is_fill(a) and a.dtype == dtype for a in args)
            number = arg.args[0]
            enough = np.broadcast_shapes(*others) == shape if others else False
            return number if enough and weak and not isinstance(number, Fraction) else arg
        if arg.function not in (np.broadcast_to, np.expand_dims, np.reshape) or arg.args[2:]:
            return arg
        inner = arg.args[0]
        if not is_value(inner) or not _leading(arg, inner):
            return arg
        if np.broadcast_shapes(inner.shape, *others) != shape:
            return arg
        arg = inner
    return arg


def _leading(arg: Any, inner: Any) -> bool:
    """Whether `arg` is repeated along axes that broadcasting would repeat `inner` along."""
    if arg.function is np.broadcast_to:
        return True
    extra = arg.ndim - inner.ndim
    return bool(extra >= 0 and arg.shape == (1,) * extra + inner.shape)
