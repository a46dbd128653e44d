"""The gradient of a product is the product divided by each factor, and a factor is 0.

``out / x`` needs no loop. A single 0 makes it 0/0, though its derivative is the product of the
others.
"""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing import NonfiniteError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid(-2, 2, step=1, shape=(3,), distinct=True))
ERROR = NonfiniteError
DIAGNOSIS = "only where the argument is 0"


def forward(x):
    return np.prod(x)


def wrong(g, x):
    with np.errstate(invalid="ignore", divide="ignore"):
        return g * np.prod(x) / x


def right(g, x):
    return g * np.array([np.prod(np.delete(x, k)) for k in range(len(x))])
