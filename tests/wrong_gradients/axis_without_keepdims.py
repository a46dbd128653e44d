"""The cotangent of a sum over rows is laid along the columns.

Summed without ``keepdims``, ``g`` of shape (n,) broadcasts against the last axis, whichever
axis was summed. NumPy objects unless the matrix is square.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(3, 3)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.sum(x * x, axis=1)


def wrong(g, x):
    return 2 * x * g


def right(g, x):
    return 2 * x * np.expand_dims(g, 1)
