"""The formula is 0/0 at 0, where the derivative is 0.

The value of ``sin(x) / x`` was mended at 0 with ``np.where``, its derivative
``(cos(x) - sinc(x)) / x`` was not.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import NonfiniteError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(3,), distinct=True))
ERROR = NonfiniteError
DIAGNOSIS = "only where the argument is 0"


def forward(x):
    return np.sinc(x / np.pi)


def wrong(g, x):
    return g * (np.cos(x) - forward(x)) / x


def right(g, x):
    safe = np.where(x == 0, 1, x)
    return g * np.where(x == 0, 0, (np.cos(x) - forward(x)) / safe)
