"""The cotangent is multiplied in place, and is another one for whoever reads it next.

``g *= np.cos(x)`` saves an array. Where the output is used twice, the second rule gets what the
first has left.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MutationError
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

ARGUMENTS = st.tuples(arrays_on_grid(shape=shapes(min_dims=1)))
ERROR = MutationError
DIAGNOSIS = "changes its cotangent"


def forward(x):
    return np.sin(x)


def wrong(g, x):
    g *= np.cos(x)
    return g.copy()


def right(g, x):
    return g * np.cos(x)
