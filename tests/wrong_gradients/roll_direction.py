"""What was rolled forwards is rolled forwards again.

The inverse of a shift is a shift the other way. On two elements there is no difference.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=st.tuples(st.integers(1, 5))))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.roll(x, 1)


def wrong(g, x):
    return np.roll(g, 1)


def right(g, x):
    return np.roll(g, -1)
