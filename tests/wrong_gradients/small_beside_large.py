"""One of two results is lost, and the other is 1e15 times as large.

A temperature and the energy of one molecule come from one function: among the large derivatives
nobody sees the small ones.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(2,)))
ERROR = MismatchError
DIAGNOSIS = "zero where it should not be"


def forward(x):
    return np.array([1e3, 1e-12])[:, None] * np.sin(x)


def wrong(g, x):
    return 1e3 * g[0] * np.cos(x)


def right(g, x):
    return (1e3 * g[0] + 1e-12 * g[1]) * np.cos(x)
