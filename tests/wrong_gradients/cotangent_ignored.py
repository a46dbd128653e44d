"""The derivative is returned by itself, not multiplied by the cotangent.

Right for the last operation of a program, whose cotangent is 1, and in any test that only sums
the output.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import NonlinearError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = NonlinearError
DIAGNOSIS = "does not depend on the cotangent"


def forward(x):
    return np.sin(x)


def wrong(g, x):
    return np.cos(x)


def right(g, x):
    return g * np.cos(x)
