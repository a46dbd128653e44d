"""A sign is wrong in a formula with a physical constant: everything in it is tiny.

The energy of an electric field, in which the constant is 8.854e-12: whoever compares with an
absolute tolerance of 1e-10 passes any gradient there is.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

EPSILON_0 = 8.854e-12
ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = "a sign"


def forward(E):
    return np.sum(0.5 * EPSILON_0 * E * E)


def wrong(g, E):
    return -g * EPSILON_0 * E


def right(g, E):
    return g * EPSILON_0 * E
