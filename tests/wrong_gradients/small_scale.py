"""A gradient is twice too large, and so small that an absolute tolerance lets it pass.

Losses of well trained networks, physical units, or a penalty with a weight of 1e-7.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = "twice what it should be"


def forward(x):
    return 1e-7 * np.sin(x)


def wrong(g, x):
    return 2e-7 * g * np.cos(x)


def right(g, x):
    return 1e-7 * g * np.cos(x)
