"""An argument gets no gradient at all.

``None`` or zeros are what a framework gives where it finds no path from the result: the
argument was copied, or converted, on the way.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = arrays_on_grid(shape=(2, 3)).flatmap(
    lambda x: st.tuples(st.just(x), arrays_on_grid(shape=x.shape))
)
ERROR = MismatchError
DIAGNOSIS = "zero where it should not be.*only in y"


def forward(x, y):
    return np.sin(x) * np.exp(y)


def wrong(g, x, y):
    return g * np.cos(x) * np.exp(y), np.zeros_like(y)


def right(g, x, y):
    return g * np.cos(x) * np.exp(y), g * np.sin(x) * np.exp(y)
