"""Both operands get the same array as their gradient.

The gradient of ``x + y`` is g for both. Given as one array, whoever adds to the one in place
changes the other.
"""

from hypothesis import strategies as st

from tinygrad_edu.testing import AliasError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(shape=(2, 3)), arrays_on_grid(shape=(2, 3)))
ERROR = AliasError
DIAGNOSIS = "shares its memory"


def forward(x, y):
    return x + y


def wrong(g, x, y):
    both = 1 * g
    return both, both


def right(g, x, y):
    return g.copy(), g.copy()
