"""A row that is read twice gets the gradient of the last reading only.

``grad[index] += g`` looks like an accumulation, and NumPy reads, adds and writes once: of
repeated indices the last one wins. Embeddings of a text with repeated words lose most of theirs.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

INDEX = np.array([0, 2, 0, 1, 2, 2])
ARGUMENTS = st.tuples(arrays_on_grid(shape=(4,)))
ERROR = MismatchError
DIAGNOSIS = "repeated index.*np.add.at"


def forward(x):
    return x[INDEX] ** 2


def wrong(g, x):
    grad = np.zeros_like(x)
    grad[INDEX] += 2 * g * x[INDEX]
    return grad


def right(g, x):
    grad = np.zeros_like(x)
    np.add.at(grad, INDEX, 2 * g * x[INDEX])
    return grad
