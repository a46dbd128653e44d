"""Equal elements all take the gradient of the same place in the sorted array.

The rank was looked up with `searchsorted`, which gives equal elements equal ranks: one place
counts twice, and its neighbour not at all.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

ARGUMENTS = st.tuples(arrays_on_grid(-2, 2, step=1, shape=shapes(min_dims=1, max_dims=1)))
ERROR = MismatchError
DIAGNOSIS = "tie"


def forward(x):
    return np.sort(x)


def wrong(g, x):
    return g[np.searchsorted(np.sort(x), x)]


def right(g, x):
    grad = np.empty_like(g)
    grad[np.argsort(x, kind="stable")] = g
    return grad
