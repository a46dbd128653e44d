"""numpy.lib.scimath: functions that go on in complex numbers where the real ones end.

If one element of an array does, all become complex, as in NumPy. The imaginary parts are +0 there:
the side of a branch cut on which the derivatives must be taken, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib import scimath

from tinygrad_edu.engine.rule import composed
from tinygrad_edu.rules.operands import operand


def _complex(x: Any) -> Any:
    narrow = x.dtype.type in (np.float32, np.complex64, np.int8, np.uint8, np.int16, np.uint16)
    return np.astype(x, np.complex64 if narrow else np.complex128)


def _negative(x: Any) -> Any:
    return np.any(np.isreal(x) & (x < 0))


def _unless_negative(x: Any) -> Any:
    """`x`, complex if a real element is negative."""
    x = operand(x)
    return _complex(x) if _negative(x) else x


def _unless_beyond_one(x: Any) -> Any:
    """`x`, complex if a real element lies outside [-1, 1]."""
    x = operand(x)
    return _complex(x) if np.any(np.isreal(x) & ((x > 1) | (x < -1))) else x


@composed(scimath.sqrt)
def sqrt(x: Any) -> Any:
    """The square root, imaginary of negative numbers."""
    return np.sqrt(_unless_negative(x))


@composed(scimath.log)
def log(x: Any) -> Any:
    """The natural logarithm, with an imaginary part of pi for negative numbers."""
    return np.log(_unless_negative(x))


@composed(scimath.log2)
def log2(x: Any) -> Any:
    """The logarithm to the base 2, complex for negative numbers."""
    return np.log2(_unless_negative(x))


@composed(scimath.log10)
def log10(x: Any) -> Any:
    """The logarithm to the base 10, complex for negative numbers."""
    return np.log10(_unless_negative(x))


@composed(scimath.logn)
def logn(n: Any, x: Any) -> Any:
    """The logarithm of x to the base n, complex where either is negative."""
    return log(x) / log(n)


@composed(scimath.power)
def power(x: Any, p: Any) -> Any:
    """x to the power p, complex for negative x."""
    p = operand(p)
    return np.power(_unless_negative(x), p * 1.0 if _negative(p) else p)  # no integers to -1


@composed(scimath.arccos)
def arccos(x: Any) -> Any:
    """The inverse cosine, complex outside [-1, 1]."""
    return np.arccos(_unless_beyond_one(x))


@composed(scimath.arcsin)
def arcsin(x: Any) -> Any:
    """The inverse sine, complex outside [-1, 1]."""
    return np.arcsin(_unless_beyond_one(x))


@composed(scimath.arctanh)
def arctanh(x: Any) -> Any:
    """The inverse hyperbolic tangent, complex outside [-1, 1]."""
    return np.arctanh(_unless_beyond_one(x))
