"""The second argument of a division has a gradient that was never tested.

``-g * x / y`` for ``-g * x / y**2``. At y = 1 both are the same, and checkers that vary the
first argument unless told otherwise see nothing.
"""

from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = arrays_on_grid(shape=(2, 3)).flatmap(
    lambda x: st.tuples(st.just(x), arrays_on_grid(0.5, 3, shape=x.shape))
)
ERROR = MismatchError
DIAGNOSIS = "only in y"


def forward(x, y):
    return x / y


def wrong(g, x, y):
    return g / y, -g * x / y


def right(g, x, y):
    return g / y, -g * x / y**2
