"""The gradient of the mean is that of the sum.

As many times too large as there are elements: a learning rate hides it.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(3, 5)))
ERROR = MismatchError
DIAGNOSIS = "5 times what it should be, as a sum for a mean over axis 1"


def forward(x):
    return np.mean(x**2, axis=1)


def wrong(g, x):
    return 2 * x * g[:, None]


def right(g, x):
    return 2 * x * g[:, None] / x.shape[1]
