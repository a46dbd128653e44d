"""Functions that move elements."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, alone, one, plain_call, row
from tinygrad_edu.rules.shape import astype
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    broadcastable_arrays,
    shapes,
)


def new_shape(draw, side):
    a = one(draw, side)
    shape = list(draw(st.permutations(a.shape)))
    if draw(st.booleans()):
        shape.insert(draw(st.integers(0, len(shape))), 1)
    if draw(st.booleans()) and a.size and shape:
        shape[draw(st.integers(0, len(shape) - 1))] = -1
    return (a, tuple(shape)), {}


def squeezed(draw, side):
    shape = [1 if draw(st.booleans()) else n for n in draw(shapes(0, 3, min_side=side))]
    ones = [k - len(shape) * draw(st.booleans()) for k, n in enumerate(shape) if n == 1]
    axis = draw(st.sampled_from([None, tuple(ones), ones[0] if ones else None]))
    return (draw(arrays_on_grid(shape=tuple(shape))),), {"axis": axis}


def expanded(draw, side):
    a = one(draw, side, max_dims=2)
    return (a, draw(st.sampled_from([0, -1, a.ndim, (0, a.ndim + 1), (-1, 0), (1, 0)]))), {}


def broadcast(draw, side):
    target = draw(shapes(0, 3, min_side=side))
    kept = target[draw(st.integers(0, len(target))) :]
    shape = tuple(1 if draw(st.booleans()) else n for n in kept)
    return (draw(arrays_on_grid(shape=shape)), target), {}


def permuted(draw, side):
    a = one(draw, side)
    order = [k - a.ndim * draw(st.booleans()) for k in draw(st.permutations(range(a.ndim)))]
    return (a,), {"axes": draw(st.sampled_from([None, tuple(order), order]))}


def swapped(draw, side):
    a = one(draw, side, min_dims=1)
    axis = st.integers(-a.ndim, a.ndim - 1)
    return (a, draw(axis), draw(axis)), {}


def moved(draw, side):
    a = one(draw, side, min_dims=1)
    if draw(st.booleans()):
        return (a, *draw(st.tuples(*[st.integers(-a.ndim, a.ndim - 1)] * 2))), {}
    count = draw(st.integers(1, a.ndim))
    source, destination = (draw(st.permutations(range(a.ndim)))[:count] for _ in range(2))
    return (a, tuple(source), tuple(k - a.ndim for k in destination)), {}


def rolled_axis(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.integers(-a.ndim, a.ndim - 1))
    return (a, axis, draw(st.integers(-a.ndim, a.ndim))), {}


def some(max_dims=3, shared=False):
    """One array or more, which broadcast together if `shared`."""

    def cases(draw, side):
        count = draw(st.integers(1, 3))
        if shared and side:
            return draw(broadcastable_arrays(*[(-3, 3)] * count)), {}
        return tuple(one(draw, side, max_dims=0 if shared else max_dims) for _ in range(count)), {}

    return cases


def grid(draw, side):
    vectors = [one(draw, side, max_dims=1) for _ in range(draw(st.integers(1, 3)))]
    options = {"indexing": ["xy", "ij"], "sparse": [True, False], "copy": [True, False]}
    return tuple(vectors), {k: draw(st.sampled_from(v)) for k, v in options.items()}


def mesh(draw, side):
    vectors = [one(draw, side, 1, 1) for _ in range(draw(st.integers(1, 3)))]
    return (*vectors, np.array([True, False, True])), {}


row(np.reshape, new_shape)
row(np.reshape, lambda draw, side: (new_shape(draw, side)[0], {"order": "F"}))
row(np.ravel, alone())
row(np.ravel, alone(order="F"))
row(np.squeeze, squeezed)
row(np.expand_dims, expanded)
row(np.broadcast_to, broadcast)
row(np.astype, lambda draw, side: ((one(draw, side), np.float64), {}))
row(astype, lambda draw, side: ((one(draw, side), np.float64), {}))
row(np.copy, alone())
row(np.transpose, permuted)
row(np.swapaxes, swapped)
row(np.moveaxis, moved)
row(np.matrix_transpose, alone(min_dims=2))
row(np.linalg.matrix_transpose, alone(min_dims=2))
row(np.rollaxis, rolled_axis)
row(np.atleast_1d, some())
row(np.atleast_2d, some())
row(np.atleast_3d, some())
row(np.broadcast_arrays, some(shared=True))
row(np.meshgrid, grid)
row(np.ix_, mesh)

plain_call(np.reshape, A, (4,))
plain_call(np.broadcast_to, A, (3, 2, 2))
plain_call(np.swapaxes, A, 0, 1)
plain_call(np.moveaxis, A, 0, 1)
plain_call(np.expand_dims, A, 0)
plain_call(np.astype, A, np.float64)
plain_call(np.rollaxis, A, 1)
plain_call(np.meshgrid, A[0])
plain_call(np.ix_, A[0])
plain_call(np.squeeze, A[:, None])
