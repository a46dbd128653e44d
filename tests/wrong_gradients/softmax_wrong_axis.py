"""Softmax goes along the rows, and its gradient adds up along the columns.

An ``axis`` that was changed in the forward pass only. Square matrices do not complain.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(3, 3)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def wrong(g, x):
    out = forward(x)
    return out * (g - np.sum(g * out, axis=0, keepdims=True))


def right(g, x):
    out = forward(x)
    return out * (g - np.sum(g * out, axis=1, keepdims=True))
