"""Half of sixty results have a wrong sign, and are 1e15 times smaller than the others.

So many are compared in combinations, in which the large ones drown the small.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

SIZES = np.where(np.arange(60) % 2, 1e3, 1e-12)
ARGUMENTS = st.tuples(arrays_on_grid(1 / 8, 3, shape=(60,)))
ERROR = MismatchError
DIAGNOSIS = "a sign"


def forward(x):
    return SIZES * np.exp(x)


def wrong(g, x):
    return g * np.where(SIZES < 1, -SIZES, SIZES) * np.exp(x)


def right(g, x):
    return g * SIZES * np.exp(x)
