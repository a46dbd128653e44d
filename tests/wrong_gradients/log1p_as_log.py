"""log1p has the derivative of log.

The line above in the table of derivatives was copied and half edited.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(1 / 8, 3))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.log1p(x)


def wrong(g, x):
    return g / x


def right(g, x):
    return g / (1 + x)
