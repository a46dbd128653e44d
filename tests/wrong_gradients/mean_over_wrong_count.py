"""The variance is divided by n - ddof, its gradient by n.

Close for many elements: 1 % apart for a hundred.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=st.tuples(st.integers(2, 5))))
ERROR = MismatchError
DIAGNOSIS = "what it should be"


def forward(x):
    return np.var(x, ddof=1)


def wrong(g, x):
    return g * 2 * (x - np.mean(x)) / x.size


def right(g, x):
    return g * 2 * (x - np.mean(x)) / (x.size - 1)
