"""The gradient of a bias is averaged over the batch, where it adds up.

The mean over the batch belongs to the loss. Taken in the layer too, the bias learns as many
times more slowly as there are rows.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(5, 2)), arrays_on_grid(shape=(2,)))
ERROR = MismatchError
DIAGNOSIS = "1/5 of what it should be, as a mean for a sum over axis 0 of x.*in b"


def forward(x, b):
    return np.tanh(x + b)


def wrong(g, x, b):
    g = g * (1 - np.tanh(x + b) ** 2)
    return g, np.mean(g, axis=0)


def right(g, x, b):
    g = g * (1 - np.tanh(x + b) ** 2)
    return g, np.sum(g, axis=0)
