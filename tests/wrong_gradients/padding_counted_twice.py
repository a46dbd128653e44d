"""The cotangent at the edge is added once more with that of the padding.

The slice of what the padding repeats reaches one too far, ``g[:2]`` for ``g[:1]``.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=st.tuples(st.integers(2, 5))))
ERROR = MismatchError
DIAGNOSIS = "a path counted twice"


def forward(x):
    return np.pad(x, 1, mode="edge")


def wrong(g, x):
    grad = g[1:-1].copy()
    grad[0] += np.sum(g[:2])
    grad[-1] += g[-1]
    return grad


def right(g, x):
    grad = g[1:-1].copy()
    grad[0] += g[0]
    grad[-1] += g[-1]
    return grad
