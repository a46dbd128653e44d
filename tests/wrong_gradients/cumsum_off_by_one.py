"""The reverse running sum leaves out the element itself.

``sum(g) - cumsum(g)`` is the sum of what comes after. The element's own cotangent belongs to it.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

ARGUMENTS = st.tuples(arrays_on_grid(shape=shapes(min_dims=1, max_dims=1)))
ERROR = MismatchError
DIAGNOSIS = "zero where it should not be"


def forward(x):
    return np.cumsum(x)


def wrong(g, x):
    return np.sum(g) - np.cumsum(g)


def right(g, x):
    return np.cumsum(g[::-1])[::-1].copy()
