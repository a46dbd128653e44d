"""Running sums and products."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, plain_call, row
from tinygrad_edu.testing.strategies import arrays_on_grid, axes, shapes


def running(op):
    """Along any axis, from either end, or along all; zeros are common."""

    def cases(draw, side):
        a = draw(arrays_on_grid(-2, 2, step=1 / 2, shape=shapes(0, 3, min_side=side, max_side=4)))
        return (a,), {"axis": draw(axes(a.ndim, several=False))}

    row(op, cases)


def cumulative(op):
    """As the array API standard has it: an axis for more than one, and what it starts from."""

    def cases(draw, side):
        a = draw(arrays_on_grid(-2, 2, step=1 / 2, shape=shapes(1, 3, min_side=side)))
        options = {"axis": draw(axes(a.ndim, several=False, none=a.ndim == 1))}
        return (a,), options | {"include_initial": draw(st.booleans())}

    row(op, cases)


running(np.cumsum)
running(np.cumprod)
running(np.nancumsum)
running(np.nancumprod)
cumulative(np.cumulative_sum)
cumulative(np.cumulative_prod)

plain_call(np.cumulative_sum, A.ravel())
plain_call(np.cumulative_prod, A.ravel())
