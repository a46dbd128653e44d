"""The backward pass of a convolution does not flip the kernel.

Libraries for deep learning call a correlation a convolution, textbooks do not. One is the
adjoint of the other, and for a symmetric kernel they are the same.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

KERNEL = np.array([1.0, 2.0, -1.0])
ARGUMENTS = st.tuples(arrays_on_grid(shape=(5,)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    return np.convolve(x, KERNEL, mode="same")


def wrong(g, x):
    return np.convolve(g, KERNEL, mode="same")


def right(g, x):
    return np.convolve(g, KERNEL[::-1], mode="same")
