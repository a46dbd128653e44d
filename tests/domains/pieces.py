"""Elementwise functions that vary in a part of their arguments or results only."""

import numpy as np
from hypothesis import strategies as st
from numpy.lib import scimath

from tests.domains.cases import A, elementwise, plain_call, row
from tinygrad_edu.rules.polar import phase
from tinygrad_edu.testing.strategies import arrays_on_grid, broadcastable_shapes, shapes

R = (-3, 3)


def beside(*constants, first=False):
    """Numbers off whole ones and powers of two, and some of these integers, which don't vary."""

    def cases(draw, side):
        one, other = draw(broadcastable_shapes(2)) if side else ((0, 2), (0, 2))
        x = draw(arrays_on_grid(shape=one, step=1 / 2)) + 3 / 16
        n = draw(arrays_on_grid(0, len(constants) - 1, shape=other, step=1)).astype(int)
        n = np.array(constants)[n]
        return ((n, x) if first else (x, n)), {}

    return cases


def alone(draw, side):
    """The same numbers alone."""
    return (draw(arrays_on_grid(shape=shapes(min_side=side), step=1 / 2)) + 3 / 16,), {}


def quotients(draw, side):
    """Two arrays whose quotients are no whole numbers."""
    one, other = draw(broadcastable_shapes(2)) if side else ((0, 2), (0, 2))
    x = draw(arrays_on_grid(shape=one, step=1 / 4)) + 1 / 16
    return (x, draw(arrays_on_grid(-3 / 2, 3 / 2, shape=other, step=1 / 2, avoid=(0,)))), {}


row(np.copysign, beside(-2, -1, 1, 2))
row(np.nextafter, beside(-5, 5))
row(np.ldexp, beside(-2, 0, 1, 3))
row(np.heaviside, beside(-1, 0, 1, first=True))
row(np.modf, alone)
row(np.frexp, alone)
row(np.remainder, quotients, operands=2)
row(np.fmod, quotients, operands=2)
row(np.divmod, quotients, operands=2)
plain_call(np.ldexp, A, np.array([[1, 2], [3, 0]]))


# ---- complex numbers, from their parts -----------------------------------------------------------


def parts(draw, side):
    """Real and imaginary parts of numbers off the axes."""
    one, other = draw(broadcastable_shapes(2)) if side else ((0, 2), (0, 2))
    x, y = (draw(arrays_on_grid(1 / 2, 2, shape=shape)) for shape in (one, other))
    return (x * draw(st.sampled_from([1, -1])), y * draw(st.sampled_from([1, -1]))), {}


def angles(draw, side):
    return parts(draw, side)[0], draw(st.sampled_from([{}, {"deg": True}, {"deg": False}]))


row(np.sign, parts, call=lambda x, y: np.sign(x + 1j * y))
row(phase, parts, call=lambda x, y: phase(x + 1j * y))
row(np.angle, angles, call=lambda x, y, **kwargs: np.angle(x + 1j * y, **kwargs))
elementwise(np.angle, R, avoid=(0,))
elementwise(np.real_if_close, R)
row(np.real_if_close, parts, call=lambda x, y: np.real_if_close(x + 1e-15j * y))
row(np.real_if_close, parts, call=lambda x, y: np.real_if_close(x + 1j * y, tol=0.1))

# ---- numpy.lib.scimath, on both sides of where the real numbers end ------------------------------


def on_both_sides(*borders, count=1):
    """Arrays that broadcast, at a distance from where complex numbers begin."""

    def cases(draw, side):
        found = draw(broadcastable_shapes(count)) if side else ((0, 2),) * count
        drawn = (arrays_on_grid(-2, 2, shape=shape, step=1 / 2, avoid=borders) for shape in found)
        return tuple(draw(x) for x in drawn), {}

    return cases


def bases(draw, side):
    """No number is its own base, as the logarithm would be 1 all along."""
    n, x = on_both_sides(0, 1, -1, count=2)(draw, side)[0]
    return (n, x + 1 / 8), {}


row(scimath.sqrt, on_both_sides(0))
row(scimath.log, on_both_sides(0))
row(scimath.log2, on_both_sides(0))
row(scimath.log10, on_both_sides(0))
row(scimath.logn, bases, operands=2)
row(scimath.power, on_both_sides(0, count=2), operands=2)
# Beyond 1 their real parts are constant, and the derivatives of these nothing but rounding.
row(scimath.arccos, on_both_sides(1, -1), noisy=True)
row(scimath.arcsin, on_both_sides(1, -1), noisy=True)
row(scimath.arctanh, on_both_sides(1, -1))
plain_call(scimath.logn, A, A)
plain_call(scimath.power, A, A)
