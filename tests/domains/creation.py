"""Arrays from nested lists, and after the pattern of another: called for the sake of `like`."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu import Tensor
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

PATTERN = Tensor(0.0)
MAKERS = [np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require]

BY_LIKE = {*MAKERS, np.full}


def nested(draw, side):
    shape = draw(shapes(0, 2, min_side=side))
    rows, columns = draw(st.integers(1, 2)), draw(st.integers(1, 2))

    def leaf():
        zero = np.zeros(shape, int)
        return draw(st.one_of(arrays_on_grid(shape=shape), st.just(zero)))

    lists = [[leaf() for _ in range(columns)] for _ in range(rows)]
    lists[0][0] = draw(arrays_on_grid(shape=shape))
    return (lists,), {"like": PATTERN}


def filled(draw, side):
    shape = draw(shapes(0, 2, min_side=side))
    value = draw(arrays_on_grid(shape=shape[draw(st.integers(0, len(shape))) :]))
    return (shape, value), {"like": PATTERN}


def filled_like(draw, side):
    (shape, value), _ = filled(draw, side)
    return (Tensor(np.zeros(shape, value.dtype)), value), {}


for function in MAKERS:
    row(function, nested)
row(np.full, filled)
row(np.full_like, filled_like)
row(
    np.full_like,
    lambda draw, side: (
        ((PATTERN, one(draw, side, 0, 1)), {"shape": (2, 3)})
        if not side
        else filled_like(draw, side)
    ),
)


plain_call(np.full_like, A, np.array(2.0))
