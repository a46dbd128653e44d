"""The gradient of the length of a vector is the vector itself.

That is the gradient of half the squared length; the division by the length was forgotten.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=st.tuples(st.integers(2, 4)), avoid=(0,), distinct=True))
ERROR = MismatchError
DIAGNOSIS = "what it should be"


def forward(x):
    return np.sqrt(np.sum(x**2))


def wrong(g, x):
    return g * x


def right(g, x):
    return g * x / np.sqrt(np.sum(x**2))
