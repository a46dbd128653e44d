"""Picking elements out, and putting them back."""

import math
import operator

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
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


row(operator.getitem, picked)
row(scatter, scattered)
row(np.take_along_axis, along_axis)

plain_call(np.take_along_axis, A, np.array([[0, 1]]), 0)
