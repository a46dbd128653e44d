"""The mean of the products is subtracted in softmax, where their sum belongs.

``out * (g - sum(g * out))``. Cotangents of ones do not tell the two apart from zero well, as
softmax adds up to 1 whatever x is.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

ARGUMENTS = st.tuples(arrays_on_grid(shape=shapes(min_dims=1, min_side=2)))
ERROR = MismatchError
DIAGNOSIS = None


def forward(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def wrong(g, x):
    out = forward(x)
    return out * (g - np.mean(g * out, axis=-1, keepdims=True))


def right(g, x):
    out = forward(x)
    return out * (g - np.sum(g * out, axis=-1, keepdims=True))
