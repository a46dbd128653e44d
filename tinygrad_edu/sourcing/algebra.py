"""Simplification: a formula as a person would write it, the same to rounding.

A product is ``PRODUCT(coefficient, x, y, ...)``, so that its number stands in front of it and a
difference is a sum with a negative product. A number repeated is ``FILL(number)``, and vanishes
where it meets an array of the shape.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["FILL", "LITERAL", "PRODUCT", "simplified"]

LARGEST = 10**6  # of the numbers in a coefficient: what is larger stays where it was written


def FILL(*_args: Any) -> Any:  # noqa: N802 (a mark, never called)
    """An array all of whose elements are one number."""


def LITERAL(*_args: Any) -> Any:  # noqa: N802
    """An array that is written out."""


def PRODUCT(*_args: Any) -> Any:  # noqa: N802
    """A number times arrays."""


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
        return FILL, (_number(args[0]),), {}
    if function in _SHAPES:
        found = _reshaped(make, function, args, kwargs, shape, dtype)
    elif isinstance(function, np.ufunc) and function.signature is None and not kwargs:
        found = _elementwise(make, function, args, shape, dtype)
    else:
        found = _other(make, function, args, kwargs, shape)
    return found if found is not None else (function, args, kwargs)


def _number(number: Any) -> Any:
    """A number in the simplest form that has the same value."""
    if isinstance(number, np.generic | np.ndarray):
        number = number.item()
    if isinstance(number, float) and number.is_integer() and abs(number) < LARGEST:
        return number if number == 0 and math.copysign(1, number) < 0 else int(number)
    return number


def is_fill(value: Any) -> bool:
    """Whether all elements are one number that is known."""
    return getattr(value, "function", None) is FILL


def _is_value(part: Any) -> bool:
    return hasattr(part, "parts") and hasattr(part, "function")


# ---- shapes --------------------------------------------------------------------------------------


def _reshaped(make: Any, function: Any, args: Any, kwargs: Any, shape: Any, dtype: Any) -> Any:
    """Moving elements about: nothing, where there is only one or nothing moves."""
    of = args[0]
    if is_fill(of):
        return make.call(FILL, of.args, {}, shape, dtype)
    if not _is_value(of):
        return None
    if function in _FIT and of.shape == shape and of.dtype == dtype and not args[2:]:
        return of
    if function is np.reshape and args[2:] in ((), ("C",)) and kwargs.get("order", "C") == "C":
        if of.function is np.reshape and len(of.args) == 2:
            of = of.args[0]
            return make.call(np.reshape, (of, shape), {}, shape, dtype)
        return np.reshape, (of, shape), {}
    if function in (np.transpose, np.matrix_transpose, np.swapaxes) and of.ndim == 2:
        axes = args[1:] or tuple(kwargs.values())
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
    if not any(map(_is_value, args)):
        return None
    if all(is_fill(arg) or not _is_value(arg) for arg in args):
        numbers = [arg.args[0] if is_fill(arg) else arg for arg in args]
        if function in _EXACT and all(isinstance(n, int | float | Fraction) for n in numbers):
            found = _EXACT[function](*numbers)
            if found is not None:
                return make.call(FILL, (found,), {}, shape, dtype)
        return None
    args = tuple(_unspread(arg, args, k, shape, dtype) for k, arg in enumerate(args))
    if function in (np.multiply, np.negative, np.divide, np.add, np.subtract):
        return _arithmetic(make, function, args, shape, dtype)
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
    while _is_value(arg):
        others = [a.shape for k, a in enumerate(args) if k != place and _is_value(a)]
        if is_fill(arg):
            weak = any(_is_value(a) and not is_fill(a) and a.dtype == dtype for a in args)
            number = arg.args[0]
            enough = np.broadcast_shapes(*others) == shape if others else False
            return number if enough and weak and not isinstance(number, Fraction) else arg
        if arg.function not in (np.broadcast_to, np.expand_dims, np.reshape) or arg.args[2:]:
            return arg
        inner = arg.args[0]
        if not _is_value(inner) or not _leading(arg, inner):
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
    return extra >= 0 and arg.shape == (1,) * extra + inner.shape


# ---- products ------------------------------------------------------------------------------------


def _arithmetic(make: Any, function: Any, args: Any, shape: Any, dtype: Any) -> Any:
    """Products and sums, with numbers in front."""
    kept = (function, args, {})
    if dtype.kind not in "fc" or any(_is_value(a) and a.dtype != dtype for a in args):
        return kept
    if function is np.negative:
        return _product(make, [-1, args[0]], shape, dtype) or kept
    if function is np.multiply:
        return _product(make, args, shape, dtype) or kept
    if function is np.divide:
        divisor = args[1].args[0] if is_fill(args[1]) else args[1]
        if not isinstance(divisor, int | Fraction) or divisor == 0 or isinstance(divisor, bool):
            return kept
        return _product(make, [Fraction(1) / divisor, args[0]], shape, dtype) or kept
    if function is np.add and args[0] is args[1]:
        return _product(make, [2, args[0]], shape, dtype) or kept
    return kept


def _product(make: Any, factors: Any, shape: Any, dtype: Any) -> Any:
    """A product with its number in front, None where it is to stay as it was written."""
    coefficient: Any = Fraction(1)
    rest: list[Any] = []
    for place, factor in enumerate(factors):
        number = factor.args[0] if is_fill(factor) else factor
        if _is_value(number):
            if number.function is PRODUCT and (place == 0 or _opens(number)):
                inner, *its = number.args
                coefficient, rest = coefficient * inner, rest + its
            else:
                rest.append(number)
        elif isinstance(number, int | Fraction) and not isinstance(number, bool):
            coefficient *= number
        else:
            return None
    size = max(abs(coefficient.numerator), coefficient.denominator)
    if not rest or coefficient == 0 or size > LARGEST:
        return None
    spread = np.broadcast_shapes(*(factor.shape for factor in rest))
    rest = _squared(make, rest)
    if coefficient == 1 and len(rest) == 1:
        found = rest[0]
    else:
        found = make.call(PRODUCT, (coefficient, *rest), {}, spread, dtype)
    return found if spread == shape else make.call(np.broadcast_to, (found, shape), {}, shape, dtype)


def _opens(product: Any) -> bool:
    """Whether a product on the right may be multiplied factor by factor: nothing overflows.

    It is a number times one factor, or v (1 - v), the derivative of the sigmoid.
    """
    _, *factors = product.args
    if len(factors) == 1:
        return True
    one, *others = factors
    return len(others) == 1 and others[0].function is np.subtract and others[0].args[1] is one


def _squared(make: Any, factors: list[Any]) -> list[Any]:
    """Neighbours that are equal as squares."""
    found: list[Any] = []
    for factor in factors:
        if found and found[-1] is factor:
            found[-1] = make.call(np.square, (factor,), {}, factor.shape, factor.dtype)
        else:
            found.append(factor)
    return found


# ---- the rest ------------------------------------------------------------------------------------


def _other(make: Any, function: Any, args: Any, kwargs: Any, shape: Any) -> Any:
    """NumPy's functions under their plainest names and without arguments that say nothing."""
    kwargs = {
        name: each
        for name, each in kwargs.items()
        if not (name == "keepdims" and each is False) and not (name == "initial" and each is None)
    }
    if getattr(function, "__self__", None) is np.add and function.__name__ == "reduce":
        if "axis" in kwargs and len(args) == 1:
            function = np.sum
    if function in (np.sum, np.mean, np.max, np.min, np.prod) and kwargs.get("axis", 0) is None:
        kwargs = {name: each for name, each in kwargs.items() if name != "axis"}
    if function is np.dot and all(_is_value(arg) and arg.ndim == 2 for arg in args):
        function = np.matmul
    if function in (np.real, np.conj) and _is_value(args[0]) and args[0].dtype.kind != "c":
        return args[0]
    if function is np.sum and kwargs.get("axis") is not None:
        axis = kwargs["axis"]
        if isinstance(axis, tuple) and len(axis) == 1:
            kwargs = kwargs | {"axis": axis[0]}
        if isinstance(axis, tuple) and _is_value(args[0]) and len(axis) == args[0].ndim:
            if "keepdims" not in kwargs:
                kwargs = {name: each for name, each in kwargs.items() if name != "axis"}
    return function, args, kwargs
