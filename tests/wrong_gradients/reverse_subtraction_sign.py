"""``c - x`` has the gradient of ``x - c``.

``__rsub__`` was made from ``__sub__`` with the operands exchanged in the value only.
"""

from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = "a sign"


def forward(x):
    return 2.5 - x


def wrong(g, x):
    return g.copy()


def right(g, x):
    return -g
