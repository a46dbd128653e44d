"""The derivative is right for positive numbers only.

ELU is ``exp(x) - 1`` below 0. Its derivative there is ``exp(x)``, which is ``out + 1``, and the
1 was forgotten. A network whose activations happen to be positive passes.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(avoid=(0,)))
ERROR = MismatchError
DIAGNOSIS = "only where the argument is negative"


def forward(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def wrong(g, x):
    return g * np.where(x > 0, 1, forward(x))


def right(g, x):
    return g * np.where(x > 0, 1, forward(x) + 1)
