"""The two bounds of `clip` get one another's gradient.

``x < high`` tells that the upper bound is not reached, and was taken for the lower one's.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(
    arrays_on_grid(-3, 3, shape=(5,), avoid=(-1, 1)),
    st.just(np.array(-1.0)),
    st.just(np.array(1.0)),
)
ERROR = MismatchError
DIAGNOSIS = "low|high"


def forward(x, low, high):
    return np.minimum(np.maximum(x, low), high)


def wrong(g, x, low, high):
    return g * ((low < x) & (x < high)), np.sum(g * (x > high)), np.sum(g * (x < low))


def right(g, x, low, high):
    return g * ((low < x) & (x < high)), np.sum(g * (x < low)), np.sum(g * (x > high))
