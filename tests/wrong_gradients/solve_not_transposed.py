"""The backward pass of `solve` solves the same system once more.

For ``A x = b`` the gradient in b solves ``A' y = g``. Symmetric matrices, which most tests
take, do not tell the two apart.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

A = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, -1.0], [0.5, 0.0, 1.0]])
ARGUMENTS = st.tuples(arrays_on_grid(shape=(3,)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(b):
    return np.linalg.solve(A, b)


def wrong(g, b):
    return np.linalg.solve(A, g)


def right(g, b):
    return np.linalg.solve(A.T, g)
