"""The mean is treated as a constant when a batch is centred.

It was computed from ``x.data``, or under ``no_grad``, so no gradient goes through it.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(4, 2)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return x - np.mean(x, axis=0)


def wrong(g, x):
    return g.copy()


def right(g, x):
    return g - np.mean(g, axis=0)
