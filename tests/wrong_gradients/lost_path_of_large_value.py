"""A path is lost, and the value is so large that its digits do not say much of the derivative.

Energies, and times since 1970, are offsets of this kind. A tolerance in proportion to the gradient
of the rule, which is 0 here, would find finite differences too inexact to object.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(-1, 1))
ERROR = MismatchError
DIAGNOSIS = "zero where it should not be"


def forward(x):
    return 1e9 + 1e3 * np.sin(x)


def wrong(g, x):
    return np.zeros_like(g)


def right(g, x):
    return 1e3 * g * np.cos(x)
