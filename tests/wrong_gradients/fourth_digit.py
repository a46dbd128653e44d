"""A constant is off in the fourth digit.

GELU has the factor 0.044715; typed from memory it became 0.0447 in the derivative. Networks
train as well as before.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

SCALE = np.sqrt(2 / np.pi)
ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return x / 2 * (1 + np.tanh(SCALE * (x + 0.044715 * x**3)))


def wrong(g, x):
    return derivative(g, x, 0.0447)


def right(g, x):
    return derivative(g, x, 0.044715)


def derivative(g, x, c):
    """With the constant c in the derivative of what is inside."""
    t = np.tanh(SCALE * (x + 0.044715 * x**3))
    return g * ((1 + t) / 2 + x / 2 * (1 - t**2) * SCALE * (1 + 3 * c * x**2))
