"""Every one of the largest elements gets the whole gradient of the maximum.

``g * (x == max(x))``. With ties the gradient adds up to more than 1, which is outside of the
subdifferential: the maximum of equal numbers that all grow by 1 grows by 1.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

ARGUMENTS = st.tuples(arrays_on_grid(-1, 1, step=1, shape=shapes(min_dims=1, max_dims=1)))
ERROR = MismatchError
DIAGNOSIS = "tie"


def forward(x):
    return np.max(x)


def wrong(g, x):
    return g * (x == np.max(x))


def right(g, x):
    return g * (x == np.max(x)) / np.count_nonzero(x == np.max(x))
