"""Elementwise functions."""

import numpy as np
from hypothesis import strategies as st

import tinygrad_edu as te
from tests.domains.cases import A, elementwise, plain_call, row
from tinygrad_edu.rules.elementwise import cartesian
from tinygrad_edu.rules.families import bessel_i, sinc_slope
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    broadcastable_shapes,
    shapes,
)

R = (-3, 3)

elementwise(np.positive, R)
elementwise(np.negative, R)
elementwise(np.add, R, R)
elementwise(np.subtract, R, R)
elementwise(np.multiply, R, R)
elementwise(np.divide, R, R, avoid=(0, 1 / 8, -1 / 8))
elementwise(np.reciprocal, R, avoid=(0, 1 / 8, -1 / 8))
elementwise(np.square, R)
elementwise(np.sqrt, (1 / 4, 4))
elementwise(np.power, (1 / 4, 3), (-2, 2))
elementwise(np.float_power, (1 / 4, 3), (-2, 2))
elementwise(np.cbrt, R, avoid=(0,))
elementwise(np.absolute, R, avoid=(0,))
elementwise(np.fabs, R, avoid=(0,))
elementwise(np.real, R)
elementwise(np.imag, R)
elementwise(np.conjugate, R)
elementwise(np.exp, R)
elementwise(np.exp2, R)
elementwise(np.expm1, R)
elementwise(np.log, (1 / 4, 4))
elementwise(np.log2, (1 / 4, 4))
elementwise(np.log10, (1 / 4, 4))
elementwise(np.log1p, (-3 / 4, 3))
elementwise(np.logaddexp, R, R)
elementwise(np.logaddexp2, R, R)
elementwise(np.sin, R)
elementwise(np.cos, R)
elementwise(np.tan, (-5 / 4, 5 / 4))
elementwise(np.arcsin, (-7 / 8, 7 / 8))
elementwise(np.arccos, (-7 / 8, 7 / 8))
elementwise(np.arctan, R)
elementwise(np.sinh, R)
elementwise(np.cosh, R)
elementwise(np.tanh, R)
elementwise(np.arcsinh, R)
elementwise(np.arccosh, (5 / 4, 4))
elementwise(np.arctanh, (-7 / 8, 7 / 8))
elementwise(np.hypot, R, R, avoid=(0,))
elementwise(np.arctan2, R, R, avoid=(0,))
elementwise(np.degrees, R)
elementwise(np.radians, R)
elementwise(np.rad2deg, R)
elementwise(np.deg2rad, R)
elementwise(np.sinc, R)
elementwise(np.i0, (-12, 12))
elementwise(cartesian, R, R)
elementwise(te.sigmoid, (-4, 4))
elementwise(te.softplus, (-8, 8))
elementwise(te.relu, R, avoid=(0,))


def whole_powers(draw, side):
    """A written exponent, and bases on both sides of 0."""
    x = draw(arrays_on_grid(shape=shapes(min_side=side)))
    return (
        x,
        draw(st.sampled_from([0, 1, 2, 3, 2.0, np.array([1, 2, 3])[draw(st.integers(0, 2))]])),
    ), {}


def apart(draw, side, count):
    """Arrays that broadcast and have no element in common: no ties."""
    found = draw(broadcastable_shapes(count)) if side else ((0, 2),) * count
    return [draw(arrays_on_grid(shape=shape, step=1 / 4)) + k / 16 for k, shape in enumerate(found)]


def without_ties(draw, side):
    return tuple(apart(draw, side, 2)), {}


def choices(draw, side):
    x, y, z = apart(draw, side, 3)
    return (z > 0, x, y), {}


def intervals(draw, side):
    """Both bounds, arrays or numbers, in either order, or only one of them."""
    x, low, high = apart(draw, side, 3)
    low, high = draw(
        st.sampled_from([(low, high), (-1.03, 1.03), (None, high), (low, None), (1.03, -1.03)])
    )
    if draw(st.booleans()):
        return (x,), {"min": _plain(low), "max": _plain(high)}
    return (x, low, high), {}


def _plain(bound):
    """A keyword argument: constant here."""
    return float(bound.flat[0]) if isinstance(bound, np.ndarray) and bound.size else None


def between(draw, side):
    return tuple(apart(draw, side, 3)), {}


def replacements(draw, side):
    """Of numbers that are finite; the others are in test_elementwise.py."""
    x = draw(arrays_on_grid(shape=shapes(min_side=side)))
    kwargs = draw(st.sampled_from([{}, {"nan": 1.0, "posinf": 2.0}, {"neginf": -1.0}]))
    return (x,), kwargs


def of_order(draw, side):
    return (draw(arrays_on_grid(shape=shapes(min_side=side))), draw(st.integers(0, 3))), {}


row(np.power, whole_powers)
row(np.maximum, without_ties, operands=2)
row(np.minimum, without_ties, operands=2)
row(np.fmax, without_ties, operands=2)
row(np.fmin, without_ties, operands=2)
row(np.where, choices, operands=2)
row(np.clip, intervals)
row(np._core.umath.clip, between, operands=3)
row(np.nan_to_num, replacements)
row(sinc_slope, of_order)
row(bessel_i, of_order)

plain_call(np.where, A > 1, A, A)
plain_call(np.clip, A, 1, 2)
plain_call(np._core.umath.clip, A, 1.0, 2.0)
plain_call(np.arctanh, A / 4)
plain_call(np.arcsin, A / 4)
plain_call(np.arccos, A / 4)
plain_call(np.arccosh, A + 1)
