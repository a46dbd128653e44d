"""The same array is used twice, and the second gradient replaces the first.

``grads[x] = g * y; grads[y] = g * x`` is the backward pass of ``x * y`` with ``=`` for ``+=``:
right for every product but that of an array with itself.
"""

from hypothesis import strategies as st

from tinygrad_edu.testing import MismatchError
from tinygrad_edu.testing.strategies import arrays_on_grid

ARGUMENTS = st.tuples(arrays_on_grid())
ERROR = MismatchError
DIAGNOSIS = "half of what it should be.*not accumulated"


def forward(x):
    return x * x


def wrong(g, x):
    grads = {}
    for array, gradient in [(x, g * x), (x, g * x)]:
        grads[id(array)] = gradient
    return grads[id(x)]


def right(g, x):
    grads = {}
    for array, gradient in [(x, g * x), (x, g * x)]:
        grads[id(array)] = grads.get(id(array), 0) + gradient
    return grads[id(x)]
