"""What the forward pass computed is kept for the backward pass, and kept too long.

The cache knows arrays by their shape. The first batch is right; every later one gets the
gradient at the first.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

CACHE = {}
ARGUMENTS = st.tuples(arrays_on_grid(shape=(3,)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.sin(x)


def wrong(g, x):
    if x.shape not in CACHE:
        CACHE[x.shape] = np.cos(x)
    return g * CACHE[x.shape]


def right(g, x):
    return g * np.cos(x)
