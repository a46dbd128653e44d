"""Functions that move elements."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, alone, one, plain_call, row
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
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


def joined(draw, side):
    shape = draw(shapes(1, 3, min_side=side))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    lengths = draw(st.lists(st.integers(side, 2), min_size=1, max_size=3))
    whole = [(*shape[:axis], n, *shape[axis:][1:]) for n in lengths]
    arrays = [draw(arrays_on_grid(shape=each)) for each in whole]
    return (arrays,), {"axis": draw(st.sampled_from([axis, None]))}


def stacked(draw, side):
    shape = draw(shapes(0, 2, min_side=side))
    count = draw(st.integers(1, 3))
    arrays = [draw(arrays_on_grid(shape=shape)) for _ in range(count)]
    return (arrays,), {"axis": draw(st.integers(-len(shape) - 1, len(shape)))}


row(np.reshape, new_shape)
row(np.ravel, alone())
row(np.squeeze, squeezed)
row(np.expand_dims, expanded)
row(np.broadcast_to, broadcast)
row(np.astype, lambda draw, side: ((one(draw, side), np.float64), {}))
row(np.copy, alone())
row(np.transpose, permuted)
row(np.swapaxes, swapped)
row(np.moveaxis, moved)
row(np.matrix_transpose, alone(min_dims=2))
row(np.linalg.matrix_transpose, alone(min_dims=2))
row(np.concatenate, joined, operands=2)
row(np.stack, stacked, operands=2)

plain_call(np.reshape, A, (4,))
plain_call(np.broadcast_to, A, (3, 2, 2))
plain_call(np.swapaxes, A, 0, 1)
plain_call(np.moveaxis, A, 0, 1)
plain_call(np.expand_dims, A, 0)
plain_call(np.astype, A, np.float64)
plain_call(np.concatenate, [A, A])
plain_call(np.stack, [A, A])
plain_call(np.squeeze, A[:, None])
