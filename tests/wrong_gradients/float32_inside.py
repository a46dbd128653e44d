"""Something is computed in single precision, and the result has only its digits.

A table, or a constant of a library, in float32 takes the whole product with it; the dtype that
comes back is float64 again. Half of the digits are gone, and every test at ``rtol=1e-5`` passes.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = "single precision"


def forward(x):
    return np.tanh(x)


def wrong(g, x):
    return g * (1 - np.tanh(x.astype(np.float32)) ** 2).astype(np.float64)


def right(g, x):
    return g * (1 - np.tanh(x) ** 2)
