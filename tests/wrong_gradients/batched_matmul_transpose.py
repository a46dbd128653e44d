"""The matrices of a batch are not transposed.

The gradient in x of ``x @ y`` is ``g @ y'``. With ``y`` in its place square matrices go through
without an error.
"""

from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(2, 2, 2)), arrays_on_grid(shape=(2, 2, 2)))
ERROR = MismatchError
DIAGNOSIS = "only in x"


def forward(x, y):
    return x @ y


def wrong(g, x, y):
    return g @ y, x.swapaxes(-1, -2) @ g


def right(g, x, y):
    return g @ y.swapaxes(-1, -2), x.swapaxes(-1, -2) @ g
