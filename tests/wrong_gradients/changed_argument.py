"""The backward pass writes into an array that it was given.

ReLU's mask is made in place of x, which the caller still needs.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MutationError, NondeterminismError
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

ARGUMENTS = st.tuples(arrays_on_grid(avoid=(0,), shape=shapes(min_dims=1)))
ERROR = (MutationError, NondeterminismError)
DIAGNOSIS = "changes x"


def forward(x):
    return np.maximum(x, 0)


def wrong(g, x):
    np.maximum(x, 0, out=x)
    return g * np.sign(x)


def right(g, x):
    return g * (x > 0)
