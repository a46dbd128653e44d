"""The absolute value has gradient 0 everywhere.

``abs`` is not differentiable at 0, so somebody entered it in the list of functions without a
derivative.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = "zero where it should not be"


def forward(x):
    return np.abs(x)


def wrong(g, x):
    return np.zeros_like(g)


def right(g, x):
    return g * np.sign(x)
