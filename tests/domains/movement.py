"""Functions that move elements about, repeat them, or leave some out."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, alone, one, plain_call, row
from tinygrad_edu.testing.strategies import arrays_on_grid, axes, shapes

windows = np.lib.stride_tricks.sliding_window_view


def flipped(draw, side):
    a = one(draw, side)
    return (a,), {"axis": draw(axes(a.ndim))}


def rolled(draw, side):
    a = one(draw, side, min_dims=1)
    shift = st.integers(-4, 4)
    along = st.integers(-a.ndim, a.ndim - 1)
    several = st.lists(st.tuples(shift, along), min_size=1, max_size=3)
    if draw(st.booleans()):
        return (a, draw(shift), draw(st.one_of(st.none(), along))), {}
    shifts, places = zip(*draw(several), strict=True)
    return (a, draw(st.sampled_from([shifts, shifts[0]])), places), {}


def turned(draw, side):
    a = one(draw, side, min_dims=2)
    plane = draw(st.permutations(range(a.ndim)))[:2]
    return (a, draw(st.integers(-3, 5)), tuple(plane)), {}


def triangle(draw, side):
    return (one(draw, side, min_dims=1), draw(st.integers(-3, 3))), {}


def diagonal(draw, side):
    a = one(draw, side, min_dims=2)
    one_axis, other = draw(st.permutations(range(-a.ndim, 0)))[:2]
    kwargs = {"offset": draw(st.integers(-3, 3)), "axis1": one_axis, "axis2": other}
    return (a,), kwargs


def vector_or_matrix(draw, side):
    return (one(draw, side, 1, 2), draw(st.integers(-3, 3))), {}


def flat_diagonal(draw, side):
    return (one(draw, side, 0, 2), draw(st.integers(-2, 2))), {}


def tiled(draw, side):
    a = one(draw, side)
    reps = st.integers(side, 3)
    return (a, draw(st.one_of(reps, st.lists(reps, max_size=3).map(tuple)))), {}


def repeated(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.sampled_from([None, *range(-a.ndim, a.ndim)]))
    n = a.size if axis is None else a.shape[axis]
    times = st.integers(0, 3)
    return (a, draw(st.one_of(times, st.lists(times, min_size=n, max_size=n)))), {"axis": axis}


def resized(draw, side):
    return (one(draw, side), draw(shapes(0, 3, min_side=side))), {}


def windowed(draw, side):
    a = draw(arrays_on_grid(shape=shapes(1, 3, min_side=max(side, 1))))
    if draw(st.booleans()):
        return (a, tuple(draw(st.integers(1, n)) for n in a.shape)), {}
    axis = draw(st.integers(-a.ndim, a.ndim - 1))
    return (a, draw(st.integers(1, a.shape[axis])), axis), {}


row(np.flip, flipped)
row(np.fliplr, alone(min_dims=2))
row(np.flipud, alone(min_dims=1))
row(np.roll, rolled)
row(np.rot90, turned)
row(np.tril, triangle)
row(np.triu, triangle)
row(np.diag, vector_or_matrix)
row(np.diagflat, flat_diagonal)
row(np.diagonal, diagonal)
row(np.tile, tiled)
row(np.repeat, repeated)
row(np.resize, resized)
row(windows, windowed)

plain_call(np.roll, A, 1)
plain_call(np.tile, A, 2)
plain_call(np.repeat, A, 2)
plain_call(np.resize, A, (3,))
plain_call(windows, A[0], 2)
