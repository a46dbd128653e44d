"""A constant is off by a thousandth, in a gradient of 1e-8.

A penalty with a small weight: of all gradients its own is the last to be looked at.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return 1e-8 * np.log(np.cosh(x))


def wrong(g, x):
    return 1.001e-8 * g * np.tanh(x)


def right(g, x):
    return 1e-8 * g * np.tanh(x)
