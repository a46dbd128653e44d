"""The derivative overflows where the function does not.

``exp(x) / (1 + exp(x))**2`` is that of the sigmoid on paper, and ``inf / inf`` from x = 710 on.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import NonfiniteError

ARGUMENTS = st.tuples(
    st.lists(st.sampled_from([0.0, 1.0, -3.0, 30.0, -30.0, 800.0, -800.0]), min_size=1).map(
        np.array
    )
)
ERROR = NonfiniteError
DIAGNOSIS = None


def forward(x):
    e = np.exp(-np.abs(x))
    return np.where(x > 0, 1, e) / (1 + e)


def wrong(g, x):
    with np.errstate(over="ignore", invalid="ignore"):
        return g * np.exp(x) / (1 + np.exp(x)) ** 2


def right(g, x):
    e = np.exp(-np.abs(x))
    return g * e / (1 + e) ** 2
