"""The gradient is right, and the gradient of the gradient is not.

The backward pass of sine is ``g * cos(x)``, a function of g and of x, and as such it is checked
here. It was computed from x taken out of the graph, so it has a gradient in g only: Hessians,
and penalties on gradients, come out too small.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(1 / 8, 2, shape=(3,)), arrays_on_grid(shape=(3,), avoid=(0,)))
ERROR = MismatchError
DIAGNOSIS = "zero where it should not be.*only in x"


def forward(g, x):
    return g * np.cos(x)


def wrong(u, g, x):
    return u * np.cos(x), np.zeros_like(x)


def right(u, g, x):
    return u * np.cos(x), -u * g * np.sin(x)
