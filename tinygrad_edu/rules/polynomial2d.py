"""Polynomials in two variables. NumPy loads numpy.polynomial when it is first used, and this then.

The other functions of ``numpy.polynomial`` let no class override them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import polynomial

from tinygrad_edu.engine.rule import composed
from tinygrad_edu.rules.operands import operand


def _horner(x: Any, c: Any) -> Any:
    """``c[0] + x (c[1] + x (c[2] + ...))``."""
    y = c[-1] + 0 * x
    for k in range(len(c) - 2, -1, -1):
        y = c[k] + y * x
    return y


def _open(c: Any, x: Any) -> Any:
    """The coefficients with an axis for each axis of `x` behind their own."""
    c = operand(c)
    c = c.reshape(1) if c.ndim == 0 else c
    c = c if c.dtype.kind in "fc" else c + 0.0
    return c.reshape((*c.shape, *(1,) * x.ndim))


def _dispatched(op: Any) -> Callable[[Any], Any]:
    """Register the decorated function, if NumPy hands `op` over: not before NumPy 2.4."""
    dispatcher: Any = type(np.sum)
    return composed(op) if isinstance(op, dispatcher) else lambda function: function


@_dispatched(polynomial.polyval2d)
def polyval2d(x: Any, y: Any, c: Any) -> Any:
    """``sum over i, j of c[i, j] x**i y**j``."""
    x, y = operand(x), operand(y)
    if x.shape != y.shape:
        raise ValueError("x, y are incompatible")
    of_y = _horner(x, _open(c, x))
    return _horner(y, of_y if of_y.ndim else of_y.reshape(1))


@_dispatched(polynomial.polygrid2d)
def polygrid2d(x: Any, y: Any, c: Any) -> Any:
    """The same for every element of x with every one of y."""
    x, y = operand(x), operand(y)
    return _horner(y, _open(_horner(x, _open(c, x)), y))


if hasattr(polynomial, "polyvalnd"):  # NumPy 2.5

    @composed(polynomial.polyvalnd)
    def polyvalnd(pts: Any, c: Any) -> Any:
        """The same in any number of variables, which are in `pts`."""
        points = [operand(x) for x in pts]
        if any(x.shape != points[0].shape for x in points):
            raise ValueError("ordinates are incompatible")
        y = _open(c, points[0])
        for x in points:
            y = _horner(x, y if y.ndim else y.reshape(1))
        return y
