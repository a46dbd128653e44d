"""Functions that call a function of the user's on parts of an array."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes


def reversed_products(v, factor=1.0):
    return factor * v[::-1] * v[0]


FUNCTIONS = [np.sum, np.diag, reversed_products, lambda v: np.outer(v, v), lambda v: [v[0], 2.0]]


def along_axis(draw, side):
    a = one(draw, max(side, 1), min_dims=1)
    axis = draw(st.integers(-a.ndim, a.ndim - 1))
    return (draw(st.sampled_from(FUNCTIONS)), axis, a), {}


def along_axis_with_more(draw, side):
    a = one(draw, max(side, 1), min_dims=1)
    if draw(st.booleans()):
        return (reversed_products, -1, a, 3.0), {}
    return (reversed_products, 0, a), {"factor": 3.0}


def over_axes(draw, side):
    a = one(draw, side, min_dims=1)
    chosen = draw(st.lists(st.integers(-a.ndim, a.ndim - 1), min_size=1, max_size=3))
    return (
        draw(st.sampled_from([np.sum, np.mean])),
        a,
        draw(st.sampled_from([chosen[0], chosen])),
    ), {}


def pieces(draw, side):
    shape = draw(shapes(0, 2, min_side=side))
    x = draw(arrays_on_grid(1 / 2, 3, shape=shape))
    masks = [draw(masks_of(shape)) for _ in range(draw(st.integers(1, 3)))]
    functions = [np.log, lambda v: v**3, 2.0, lambda v: 1 / v][: len(masks) + draw(st.booleans())]
    return (x, masks, functions), {}


def masks_of(shape):
    size = int(np.prod(shape))
    return st.lists(st.booleans(), min_size=size, max_size=size).map(
        lambda mask: np.array(mask, bool).reshape(shape)
    )


row(np.apply_along_axis, along_axis)
row(np.apply_along_axis, along_axis_with_more)
row(np.apply_over_axes, over_axes)
row(np.piecewise, pieces)

plain_call(np.apply_along_axis, np.sum, 0, A)
plain_call(np.apply_over_axes, np.sum, A, 0)
plain_call(np.piecewise, A, [A > 1], [np.log])
