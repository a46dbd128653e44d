"""Local derivatives of the elementwise functions.

Each row is ``local(function, d out / d x, d out / d y)``; a constant derivative is written as the
number. Abramowitz and Stegun (1964), chapters 4.1 to 4.6, has them all.

A derivative is computed from `out` only where `out` has no NaN of its own making.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_edu.engine.precision import wide
from tinygrad_edu.engine.rule import composed, local, operation, pullback
from tinygrad_edu.rules.activation import sigmoid

_np: Any = np  # NumPy's own annotations don't know its private names
LN2 = np.log(2.0)
LN10 = np.log(10.0)


def share(out: Any, x: Any, y: Any) -> Any:
    """How much of ``out``, one of x and y, came from x: all, nothing, or half at a tie.

    A NaN is taken to be where the result came from.
    """
    from_x = (x == out) | np.isnan(x)
    from_y = (y == out) | np.isnan(y)
    return from_x / (1.0 * from_x + from_y)


def share_of_numbers(out: Any, x: Any, y: Any) -> Any:
    """The same where a NaN gives way to a number: it is a share of `out` only if both are NaN."""
    from_x, from_y = (x == out) | np.isnan(out), (y == out) | np.isnan(out)
    return from_x / (1.0 * from_x + from_y)


def difference(x: Any, y: Any) -> Any:
    """x - y, and 0 between equal infinities."""
    return np.where((x == y) & np.isinf(x), 0, x - y)


def one(out: Any) -> Any:
    """1 in the precision of the result, which may be higher than that of a constant operand."""
    return out.dtype.type(1)


def inverse(out: Any, x: Any, y: Any) -> Any:
    """d (x / y) / dx = 1 / y, infinite at 0, where Python's own numbers refuse to divide."""
    return one(out) / y


def slope_in_base(out: Any, x: Any, y: Any) -> Any:
    """d x**y / dx = y x**(y - 1), and 0 for y = 0, at x = 0 too."""
    if issubclass(type(y), (int, float)):  # a written exponent, as in x**2, and no stand-in for one
        return x + x if y == 2 else y * x ** (y - 1) if y else np.zeros_like(x)
    return y * x ** np.where((x == 0) & (y == 0), 1, y - one(out))  # unsigned ones wrap at 0 - 1


def slope_in_exponent(out: Any, x: Any, y: Any) -> Any:
    """d x**y / dy = x**y log(x), and 0 for x = 0, y >= 0, where x**y does not vary."""
    base = np.where(x == 0, one(out), x)
    return np.where((x == 0) & (y >= 0), 0, out * np.log(base))


def half_chord(x: Any, out: Any, of_out: Any) -> Any:
    """sqrt(1 - x^2): of a complex x by the angle, which knows the side of the cut that x is on."""
    return of_out(out) if np.iscomplexobj(x) else np.sqrt((1 - x) * (1 + x))


def hyperbolic_chord(x: Any, out: Any) -> Any:
    """sqrt(x^2 - 1), likewise."""
    return np.sinh(out) if np.iscomplexobj(x) else np.sqrt(x - 1) * np.sqrt(x + 1)


def length_with_one(x: Any, out: Any) -> Any:
    """sqrt(1 + x^2), likewise; the square of a large x would be infinite."""
    return np.cosh(out) if np.iscomplexobj(x) else np.hypot(1, x)


# ---- arithmetic ----------------------------------------------------------------------------------
local(np.positive,    1)
local(np.negative,   -1)
local(np.add,         1, 1)
local(np.subtract,    1, -1)
local(np.multiply,    lambda out, x, y: y,          lambda out, x, y: x)
local(np.divide,      inverse,                      lambda out, x, y: -(x / y) / y)
local(np.reciprocal,  lambda out, x: -out * out)
local(np.square,      lambda out, x: 2 * x)
local(np.sqrt,        lambda out, x: 0.5 / np.sqrt(x))
local(np.cbrt,        lambda out, x: 1 / (3 * out * out))
local(np.power,       slope_in_base,                slope_in_exponent)
local(np.float_power, slope_in_base,                slope_in_exponent)
local(np.absolute,    lambda out, x: np.sign(x))    # 0 at 0; of a complex x, x / |x|
local(np.fabs,        lambda out, x: np.sign(x))

# ---- complex numbers -----------------------------------------------------------------------------
local(np.real,        1)
local(np.imag,        1j)                           # the gradient of Im x points along i
pullback(np.conjugate, lambda g, out, x: np.conj(g))


@operation
def cartesian(x: Any, y: Any) -> Any:
    """x + iy of real x and y, exactly: an infinite part leaves the other as it is."""
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        raise TypeError("cartesian: the parts of a complex number are real")
    out = np.empty(np.broadcast_shapes(np.shape(x), np.shape(y)), np.result_type(x, y, 1j))
    out.real, out.imag = x, y
    return out[()]


local(cartesian,      lambda out, x, y: 1.0, 1j)


@composed(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part, if all imaginary parts are below `tol`, counted in epsilons if above 1."""
    if not np.iscomplexobj(a):
        return +a
    below = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    return np.real(a) if np.all(np.abs(np.imag(a)) < below) else +a


# ---- exponentials and logarithms -----------------------------------------------------------------
local(np.exp,         lambda out, x: out)
local(np.exp2,        lambda out, x: out * LN2)
local(np.expm1,       lambda out, x: out + 1)
local(np.log,         lambda out, x: 1 / x)
local(np.log2,        lambda out, x: 1 / (x * LN2))
local(np.log10,       lambda out, x: 1 / (x * LN10))
local(np.log1p,       lambda out, x: 1 / (1 + x))
local(np.logaddexp,   lambda out, x, y: sigmoid(difference(x, y)),
                      lambda out, x, y: sigmoid(difference(y, x)))
local(np.logaddexp2,  lambda out, x, y: sigmoid(LN2 * difference(x, y)),
                      lambda out, x, y: sigmoid(LN2 * difference(y, x)))

# ---- trigonometric -------------------------------------------------------------------------------
local(np.sin,         lambda out, x: np.cos(x))
local(np.cos,         lambda out, x: -np.sin(x))
local(np.tan,         lambda out, x: 1 / np.square(np.cos(x)))
local(np.arcsin,      lambda out, x: 1 / half_chord(x, out, np.cos))
local(np.arccos,      lambda out, x: -1 / half_chord(x, out, np.sin))
local(np.arctan,      lambda out, x: 1 / (1 + np.square(wide(x))))

# ---- hyperbolic ----------------------------------------------------------------------------------
local(np.sinh,        lambda out, x: np.cosh(x))
local(np.cosh,        lambda out, x: np.sinh(x))
local(np.tanh,        lambda out, x: 1 - out * out)
local(np.arcsinh,     lambda out, x: 1 / length_with_one(x, out))
local(np.arccosh,     lambda out, x: 1 / hyperbolic_chord(x, out))
local(np.arctanh,     lambda out, x: 1 / ((1 - x) * (1 + x)))



def _both_branches(condition: Any, *branches: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of np.where, which without branches is another function."""
    if len(branches) != 2:
        raise TypeError("np.where of a Tensor takes condition, x and y; for positions alone, "
                        "write np.nonzero(condition)")
    return (condition, *branches), {}


# ---- choosing: ties are shared, and at a bound clip still follows x ------------------------------
local(np.maximum,     lambda out, x, y: share(out, x, y), lambda out, x, y: share(out, y, x))
local(np.minimum,     lambda out, x, y: share(out, x, y), lambda out, x, y: share(out, y, x))
local(np.fmax,        lambda out, x, y: share_of_numbers(out, x, y),
                      lambda out, x, y: share_of_numbers(out, y, x))
local(np.fmin,        lambda out, x, y: share_of_numbers(out, x, y),
                      lambda out, x, y: share_of_numbers(out, y, x))
local(np.where,
      None,
      lambda out, condition, x, y: np.where(condition, 1.0, 0.0),
      lambda out, condition, x, y: np.where(condition, 0.0, 1.0),
      arguments=_both_branches)


def _interval(
    a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> tuple[tuple[Any, Any, Any], dict[str, Any]]:
    """The arguments of np.clip under either of their names."""
    if (a_min is not None or a_max is not None) and (min is not None or max is not None):
        raise ValueError("np.clip: give the bounds as a_min and a_max or as min and max, not both")
    return (a, a_min if min is None else min, a_max if max is None else max), {}


def _inside(out: Any, x: Any, low: Any, high: Any) -> Any:
    """Where clip returns x: within the interval, bounds included; and a NaN follows itself."""
    outside = np.zeros(out.shape, bool)
    outside = outside if low is None else outside | (x < low)
    return np.where(outside if high is None else outside | (x > high), 0.0, 1.0)


def _raised(out: Any, x: Any, low: Any, high: Any) -> Any:
    """Where clip returns the lower bound."""
    return np.where((x < low) & (True if high is None else low <= high), 1.0, 0.0)


def _lowered(out: Any, x: Any, low: Any, high: Any) -> Any:
    """Where clip returns the upper bound, which prevails if the two are the wrong way round."""
    return np.where((x > high) | (False if low is None else low > high), 1.0, 0.0)


local(np.clip,        _inside, _raised, _lowered, arguments=_interval)
local(_np._core.umath.clip, _inside, _raised, _lowered)  # the ufunc inside np.clip


# ---- what is not finite --------------------------------------------------------------------------


@composed(np.nan_to_num)
def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """The elements, those that are not finite replaced, in each part of complex numbers."""
    if np.iscomplexobj(x):
        parts = (nan_to_num(part, nan, posinf, neginf) for part in (np.real(x), np.imag(x)))
        return cartesian(*parts)
    limits = np.finfo(x.dtype)
    for where, instead in (
        (np.isnan(x), nan),
        (np.isposinf(x), limits.max if posinf is None else posinf),
        (np.isneginf(x), limits.min if neginf is None else neginf),
    ):
        x = np.astype(np.where(where, np.broadcast_to(instead, x.shape), x), x.dtype)
    return x
