"""Products with their number in front, ``PRODUCT(coefficient, x, y, ...)``, and what is one.

So a difference is a sum with a negative product, and ``2 (x - y) / n`` is one product too.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from tinygrad_edu.sourcing.calls import column, row
from tinygrad_edu.sourcing.marks import LARGEST, PRODUCT, exact, is_fill, is_value

__all__ = ["arithmetic"]

LONGEST = 5  # factors of what is one product


def arithmetic(make: Any, function: Any, args: Any, shape: Any, dtype: Any) -> Any:
    """A product, or the sum, difference or quotient as it is."""
    kept: Any = (function, args, {})
    if dtype.kind not in "fc" or any(is_value(a) and a.dtype != dtype for a in args):
        return kept
    if function is np.negative:
        return _product(make, [-1, args[0]], shape, dtype) or kept
    if function is np.multiply and (outer := _outer(args)) is not None:
        return outer
    if function is np.multiply:
        return _quotient(make, args, shape, dtype) or _product(make, args, shape, dtype) or kept
    if function is np.divide:
        divisor = exact(args[1].args[0] if is_fill(args[1]) else args[1])
        if not isinstance(divisor, Fraction) or divisor == 0:
            return kept
        return _product(make, [1 / divisor, args[0]], shape, dtype) or kept
    if function is np.add and args[0] is args[1]:
        return _product(make, [2, args[0]], shape, dtype) or kept
    return kept


def _outer(args: Any) -> Any:
    """The product of a column and a row, None if it is another one."""
    for x, y in (args, args[::-1]):
        vector = y if is_value(y) and y.ndim == 1 else row(y)
        if column(x) is not None and vector is not None:
            return np.outer, (column(x), vector), {}
    return None


def _quotient(make: Any, args: Any, shape: Any, dtype: Any) -> Any:
    """``x / y`` of ``x (1 / y)``; None if it is something else."""
    for x, inverse in (args, args[::-1]):
        if is_value(x) and is_value(inverse) and inverse.function is np.divide:
            one, divisor = inverse.args
            if not is_value(one) and one == 1 and x.shape == shape and is_value(divisor):
                return make.call(np.divide, (x, divisor), {}, shape, dtype)
    return None


def _product(make: Any, factors: Any, shape: Any, dtype: Any) -> Any:
    """A product with its number in front, None where it is to stay as it was written."""
    numbers: list[Any] = []
    rest: list[Any] = []
    values = sum(is_value(factor) and not is_fill(factor) for factor in factors)
    for place, factor in enumerate(factors):
        if is_fill(factor) or not is_value(factor):
            numbers.append(exact(factor.args[0] if is_fill(factor) else factor))
        elif factor.function is PRODUCT:
            first, *its = factor.args
            numbers.append(first)
            short = len(rest) + len(its) + values <= LONGEST
            if values == 1 or (short and (place == 0 or _opens(factor))):
                rest += its
            else:
                rest.append(_without_number(make, factor))
        else:
            rest.append(factor)
    coefficient = _coefficient(numbers)
    if not rest:
        return None
    if coefficient is None:
        apart = _two_numbers(numbers)
        if apart is None:
            return None
        coefficient, inner = apart  # 0.1 * (2 * x / 3): nobody wants to read their product
        spread = np.broadcast_shapes(*(factor.shape for factor in rest))
        rest = [make.call(PRODUCT, (inner, *_squared(make, rest)), {}, spread, dtype)]
    spread = np.broadcast_shapes(*(factor.shape for factor in rest))
    rest = _squared(make, rest)
    if coefficient == 1 and len(rest) == 1:
        found = rest[0]
    else:
        found = make.call(PRODUCT, (coefficient, *rest), {}, spread, dtype)
    return (
        found if spread == shape else make.call(np.broadcast_to, (found, shape), {}, shape, dtype)
    )


def _coefficient(numbers: list[Any]) -> Any:
    """The product of the numbers, None if it would not be the same to rounding, or not shorter."""
    fractions = [number for number in numbers if isinstance(number, Fraction)]
    others = [number for number in numbers if not isinstance(number, Fraction)]
    whole = math.prod(fractions, start=Fraction(1))
    if whole == 0 or max(abs(whole.numerator), whole.denominator) > LARGEST:
        return None
    if not others:
        return whole
    (number, *more) = others
    plain = type(number) is float and math.isfinite(number) and not more and abs(whole) == 1
    return number * float(whole) if plain else None


def _two_numbers(numbers: list[Any]) -> Any:
    """A number in floating point, and the product of the others; None if there are none such."""
    others = [number for number in numbers if not isinstance(number, Fraction)]
    whole = _coefficient([number for number in numbers if isinstance(number, Fraction)])
    plain = len(others) == 1 and type(others[0]) is float and math.isfinite(others[0])
    return (others[0], whole) if plain and whole is not None else None


def _without_number(make: Any, product: Any) -> Any:
    _, *factors = product.args
    args = (Fraction(1), *factors)
    return make.call(PRODUCT, args, {}, product.shape, product.dtype)


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
