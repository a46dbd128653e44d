"""``.T`` of a batch of matrices reverses all axes, the batch too.

Code that was written for one matrix was given three axes. With a batch as long as the matrices
are wide every shape fits.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(2, 2, 2)), arrays_on_grid(shape=(2, 2)))
ERROR = MismatchError
DIAGNOSIS = "only in y"


def forward(x, y):
    return x @ y


def wrong(g, x, y):
    return g @ y.T, np.sum(x.T @ g, axis=0)


def right(g, x, y):
    return g @ y.T, np.sum(x.swapaxes(-1, -2) @ g, axis=0)
