"""The backward pass of dropout draws a mask of its own.

It has to be the mask of the forward pass, which was not kept. In expectation all is well, and
the loss goes down all the same, only more slowly.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import NondeterminismError
from tinygrad_edu.testing.strategies import arrays_on_grid

RNG = np.random.default_rng(1)
MASK = np.array([2.0, 0.0, 2.0, 0.0])
ARGUMENTS = st.tuples(arrays_on_grid(shape=(3, 4)))
ERROR = NondeterminismError
DIAGNOSIS = "another gradient each time"


def forward(x):
    return x * MASK


def wrong(g, x):
    return g * 2 * RNG.integers(0, 2, x.shape)


def right(g, x):
    return g * MASK
