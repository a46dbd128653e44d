"""Numbers evenly spaced between two ends."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, plain_call, row
from tinygrad_edu.testing.strategies import arrays_on_grid, broadcastable_shapes


def between(*intervals):
    """Calls with ends from these intervals."""

    def cases(draw, side):
        found = draw(broadcastable_shapes(2, 2) if side else st.just([(0, 2)] * 2))
        ends = [draw(arrays_on_grid(*i, shape=s)) for i, s in zip(intervals, found, strict=True)]
        dims = max(end.ndim for end in ends)
        given = {"num": draw(st.integers(0, 4)), "endpoint": draw(st.booleans())}
        given["axis"] = draw(st.integers(-dims - 1, dims))
        return tuple(ends), given

    return cases


def logarithmic(draw, side):
    """A base varies too: one number, or an array, which then gets an axis of its own."""
    (start, stop), given = between((-2, 2), (-2, 2))(draw, side)
    dims = max(start.ndim, stop.ndim)
    form = st.sampled_from([(), (1,) * dims]) if side and dims else st.just(())
    base = draw(arrays_on_grid(1 / 2, 4, shape=form))
    return (start, stop, given["num"], given["endpoint"], base), {"axis": given["axis"]}


row(np.linspace, between((-3, 3), (-3, 3)), operands=2)
row(np.logspace, logarithmic, operands=3)
row(np.geomspace, between((1 / 4, 4), (1 / 4, 4)), operands=2)

plain_call(np.linspace, A, A + 1)
plain_call(np.logspace, A, A + 1)
plain_call(np.geomspace, A, A + 1)
