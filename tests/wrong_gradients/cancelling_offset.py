"""A sign is wrong where a large number is added and taken away again, with most of the digits.

As in a difference of two large energies. Where too few digits are left, nothing can be said; and
nothing may be said against the right gradient.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(
    arrays_on_grid(shape=(2,)), st.sampled_from([1e2, 1e4, 1e8, 1e12]).map(np.array)
)
ERROR = MismatchError
DIAGNOSIS = None


def forward(x, offset):
    return (offset + np.sin(x)) - offset


def wrong(g, x, offset):
    return -g * np.cos(x), np.zeros_like(offset)


def right(g, x, offset):
    return g * np.cos(x), np.zeros_like(offset)
