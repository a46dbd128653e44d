"""The gradient of a float64 array is float32.

The buffer for it was made with the dtype that the framework has by default. Added to others it
is widened without a word, and the digits do not come back.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import DtypeError
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

ARGUMENTS = st.tuples(arrays_on_grid(shape=shapes(min_dims=1)))
ERROR = DtypeError
DIAGNOSIS = "has dtype float32, and x has float64"


def forward(x):
    return 3 * x


def wrong(g, x):
    grad = np.zeros(x.shape, np.float32)
    grad += (3 * g).astype(np.float32)
    return grad


def right(g, x):
    return 3 * g
