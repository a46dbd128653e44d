"""One entry of 10,000 is wrong.

A loop over blocks that stops one short, or a border that is treated twice. A norm over the
whole matrix drowns it; so do a handful of entries chosen at random.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError

ARGUMENTS = st.tuples(
    st.integers(0, 10**6).map(lambda seed: np.random.default_rng(seed).uniform(-1, 1, (100, 100)))
)
ERROR = MismatchError
DIAGNOSIS = r"\[37, 41\]"


def forward(x):
    return np.sum(np.sin(x))


def wrong(g, x):
    grad = g * np.cos(x)
    grad[37, 41] *= 1.01
    return grad


def right(g, x):
    return g * np.cos(x)
