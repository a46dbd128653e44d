"""The permutation is applied a second time, where its inverse belongs.

``g[order]`` for ``grad[order] = g``. The two are the same for every permutation that only swaps,
so for arrays of one and two elements always.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=st.tuples(st.integers(1, 5)), distinct=True))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.sort(x)


def wrong(g, x):
    return g[np.argsort(x)]


def right(g, x):
    grad = np.empty_like(g)
    grad[np.argsort(x)] = g
    return grad
