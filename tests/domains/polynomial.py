"""Polynomials."""

import numpy as np
import numpy.polynomial.polynomial as modern
from hypothesis import strategies as st

from tests.domains.cases import A, plain_call, row
from tests.domains.fourier import uneven
from tinygrad_edu.testing.strategies import arrays_on_grid, arrays_well_separated, shapes

LINE = A[0]


def coefficients(draw, least=1, most=4, **kwargs):
    return draw(arrays_on_grid(shape=(draw(st.integers(least, most)),), **kwargs))


def two(least=1, **kwargs):
    def cases(draw, side):
        return tuple(coefficients(draw, least, **kwargs) for _ in range(2)), {}

    return cases


def divided(draw, side):
    v = coefficients(draw, least=2, most=3)  # by a number there remains rounding
    v[0] = draw(arrays_on_grid(1 / 2, 2, shape=()))
    return (uneven(coefficients(draw, least=len(v), most=5)), v), {}


def quotient_and_remainder(u, v):
    """Without what is left before the remainder by rounding, which NumPy may leave there or not."""
    quotient, remainder = np.polydiv(u, v)
    return np.concatenate([quotient, remainder[1 - len(v) :]])


def differentiated(draw, side):
    return (coefficients(draw), draw(st.integers(0, 3))), {}


def integrated(draw, side):
    m = draw(st.integers(0, 3))
    k = st.sampled_from([None, 0.5, [0.25], [-0.5, 1.0, 2.0]])  # NumPy does not ask it for its say
    return (coefficients(draw), m, draw(k)), {}


def evaluated(draw, side):
    x = arrays_on_grid(shape=shapes(0, 2, min_side=side), avoid=(0,))
    return (uneven(coefficients(draw)), draw(x)), {}


def powers(draw, side):
    x = draw(arrays_on_grid(shape=shapes(1, 1, min_side=side)))
    return (x, draw(st.sampled_from([None, 0, 1, 2, 4])), draw(st.booleans())), {}


def with_roots(draw, side):
    if draw(st.booleans()):  # of no root NumPy does not ask a Tensor
        return (coefficients(draw),), {}
    n = draw(st.integers(1, 3))
    return (uneven(draw(arrays_on_grid(shape=(n, n)))),), {}


def of_roots(draw, side):
    """Polynomials whose roots, some of them complex, are well apart and not 0.

    NumPy splits off the zeros at both ends, where its roots so change their number or order.
    """
    n = draw(st.integers(1, 2))
    real = draw(arrays_well_separated(shape=(draw(st.integers(1, 3)),))) + 1 / 16
    pairs = [np.poly([a + 1j * b, a - 1j * b]) for a, b in ((1, 1), (-1, 2))[: n - 1]]
    p = np.poly(real) * draw(st.sampled_from([1.0, -2.0]))
    for pair in pairs:
        p = np.convolve(p, pair)
    return (p,), {}


def of_all_roots(p):
    """Of all roots alike, as their order and which of them are complex can change."""
    x = np.roots(p)
    return np.stack([np.real(np.sum(np.exp(x))), np.real(np.sum(np.exp(-x / 2)))])


def fitted(draw, side):
    deg = draw(st.integers(0, 2))
    n = draw(st.integers(deg + 2, 5))  # so that something is left over
    x = draw(arrays_well_separated(shape=(n,))) / 2 + 1 / 16
    y = uneven(draw(arrays_on_grid(shape=draw(st.sampled_from([(n,), (n, 2)])))))
    if draw(st.booleans()):
        return (x, y, deg), {}
    return (x, y, deg, None, False, draw(arrays_on_grid(1 / 2, 2, shape=(n,)))), {}


def on_points(draw, side):
    shape = draw(shapes(0, 2, min_side=side, max_side=2))
    x, y = (draw(arrays_on_grid(shape=shape)) for _ in range(2))
    return (x, y, draw(arrays_on_grid(shape=shapes(2, 3, max_side=2)))), {}


def in_a_list(draw, side):
    (x, y, c), _ = on_points(draw, side)
    return ([x, y], c), {}


def on_a_grid(draw, side):
    x, y = (draw(arrays_on_grid(shape=shapes(0, 2, side, 2))) for _ in range(2))
    return (x, y, draw(arrays_on_grid(shape=shapes(2, 3, max_side=2)))), {}


row(np.polyadd, two(), operands=2)
row(np.polysub, two(), operands=2)
row(np.polymul, two(avoid=(0,)), operands=2)
row(np.polydiv, divided, operands=2, call=quotient_and_remainder)
row(np.polyder, differentiated)
row(np.polyint, integrated)
row(np.polyval, evaluated, operands=2)
row(np.vander, powers)
row(np.poly, with_roots)
row(np.roots, of_roots, call=of_all_roots)
row(np.polyfit, fitted, operands=3)
if isinstance(modern.polyval2d, type(np.sum)):  # NumPy hands them over: not the oldest
    row(modern.polyval2d, on_points, operands=3)
    row(modern.polygrid2d, on_a_grid, operands=3)
if hasattr(modern, "polyvalnd"):  # NumPy 2.5
    row(modern.polyvalnd, in_a_list, operands=3)
    plain_call(modern.polyvalnd, [A, A], A)

for op in (np.polyadd, np.polysub, np.polymul, np.polydiv):
    plain_call(op, LINE, LINE)
for op in (np.polyder, np.polyint, np.vander, np.roots):
    plain_call(op, LINE)
plain_call(np.polyval, LINE, A)
plain_call(np.polyfit, LINE, LINE, 1)
plain_call(modern.polyval2d, A, A, A)
plain_call(modern.polygrid2d, A, A, A)
