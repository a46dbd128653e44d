"""The diagonal of a symmetrized matrix is counted like one triangle.

``x + x'`` has every element off the diagonal once in each of two places, and each one on it
twice in one: a rule for triangles that forgets this gives the diagonal half.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(3, 3)))
ERROR = MismatchError
DIAGNOSIS = "half of what it should be"


def forward(x):
    return x + x.T


def wrong(g, x):
    return g + g.T - np.diag(np.diag(g))


def right(g, x):
    return g + g.T
