"""Picking elements out, and putting them back."""

import math
import operator

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    broadcastable_arrays,
    indices,
    shapes,
)


def picked(draw, side):
    a = one(draw, side, max_dims=3)
    return (a, draw(indices(a.shape))), {}


def scattered(draw, side):
    shape = draw(shapes(1, 3, min_side=side))
    index = draw(indices(shape))
    return (draw(arrays_on_grid(shape=np.zeros(shape)[index].shape)), index, shape), {}


def along_axis(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.sampled_from([None, *range(-a.ndim, a.ndim)]))
    length = a.size if axis is None else a.shape[axis]
    shape = [length] if axis is None else list(a.shape)
    shape[0 if axis is None else axis] = (
        draw(st.integers(0 if not length else side, 3)) if length else 0
    )
    if axis is not None and draw(st.booleans()):  # broadcast along another axis
        shape = [n if k == axis % a.ndim else min(n, 1) for k, n in enumerate(shape)]
    picks = (
        draw(
            st.lists(
                st.integers(-length, length - 1),
                min_size=math.prod(shape),
                max_size=math.prod(shape),
            )
        )
        if length
        else []
    )
    return (a, np.array(picks, np.intp).reshape(shape), axis), {}


def taken(draw, side):
    a = one(draw, max(side, 1), min_dims=1)
    axis = draw(st.sampled_from([None, *range(-a.ndim, a.ndim)]))
    n = a.size if axis is None else a.shape[axis]
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    reach = n if mode == "raise" else 3 * n
    place = st.integers(-reach, reach - 1)
    many = st.lists(place, max_size=4).map(lambda places: np.array(places, int))
    table = st.lists(place, min_size=4, max_size=4).map(lambda p: np.reshape(p, (2, 2)))
    return (a, draw(st.one_of(place, many, table))), {"axis": axis, "mode": mode}


def kept(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.sampled_from([None, *range(-a.ndim, a.ndim)]))
    n = a.size if axis is None else a.shape[axis]
    return (draw(st.lists(st.booleans(), min_size=min(n, 1), max_size=n)), a), {"axis": axis}


def extracted(draw, side):
    a = one(draw, side)
    return (draw(hnp.arrays(bool, a.shape)), a), {}


def deleted(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.sampled_from([None, *range(-a.ndim, a.ndim)]))
    n = a.size if axis is None else a.shape[axis]
    places = st.lists(st.integers(-n, n - 1), max_size=3) if n else st.just([])
    mask = hnp.arrays(bool, (n,))
    return (a, draw(st.one_of(places, mask, st.just(slice(None, None, 2)))), axis), {}


def nonzero_throughout(draw, side):
    return (draw(arrays_on_grid(1 / 4, 2, shape=shapes(1, 1, min_side=side))),), {
        "trim": draw(st.sampled_from(["f", "b", "fb"]))
    }


def choices(draw, side):
    arrays = draw(broadcastable_arrays(*[(-3, 3)] * draw(st.integers(1, 3))))
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    reach = (0, len(arrays) - 1) if mode == "raise" else (-4, 4)
    places = draw(hnp.arrays(np.intp, shape, elements=st.integers(*reach)))
    return (places, list(arrays)), {"mode": mode}


def selected(draw, side):
    arrays = draw(broadcastable_arrays(*[(-3, 3)] * draw(st.integers(1, 3))))
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    conditions = [draw(hnp.arrays(bool, shape)) for _ in arrays]
    return (conditions, list(arrays), draw(st.sampled_from([0, 2.5]))), {}


row(operator.getitem, picked)
row(scatter, scattered)
row(np.take_along_axis, along_axis)
row(np.take, taken)
row(np.compress, kept)
row(np.extract, extracted)
row(np.delete, deleted)
row(np.trim_zeros, nonzero_throughout)
row(np.choose, choices)
row(np.select, selected)

plain_call(np.take_along_axis, A, np.array([[0, 1]]), 0)
plain_call(np.take, A, [1, 0])
plain_call(np.compress, [True, False], A)
plain_call(np.extract, A > 1, A)
plain_call(np.delete, A, 1)
plain_call(np.trim_zeros, A[0])
plain_call(np.choose, [0, 1], [A, A])
plain_call(np.select, [A > 1], [A])
