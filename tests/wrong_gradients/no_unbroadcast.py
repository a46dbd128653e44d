"""The gradient of a stretched axis keeps the length that it was stretched to.

A bias of shape (1, n) or (n,) is added to a batch, and the rule of `add` hands the cotangent on
without summing it over the axes that broadcasting made. An axis of length 1 in both hides it.
"""

import numpy as np

from tinygrad_edu.testing import ShapeError
from tinygrad_edu.testing.strategies import broadcastable_arrays

ARGUMENTS = broadcastable_arrays((-3, 3), (-3, 3))
ERROR = ShapeError
DIAGNOSIS = "was broadcast: sum its gradient over"


def forward(x, y):
    return x * y


def wrong(g, x, y):
    return g * y, g * x


def right(g, x, y):
    return unbroadcast(g * y, x.shape), unbroadcast(g * x, y.shape)


def unbroadcast(g, shape):
    """Sum g over the axes along which an array of this shape was repeated."""
    g = np.sum(g, axis=tuple(range(g.ndim - len(shape))))
    return np.sum(g, axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)
