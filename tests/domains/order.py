"""Sorting, and the elements at given places of the sorted order: all elements differ."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.domains.cases import NUMPY, A, plain_call, row
from tinygrad_edu.rules.order import order_statistics
from tinygrad_edu.rules.quantiles import CONTINUOUS, METHODS
from tinygrad_edu.testing.strategies import arrays_on_grid, axes, shapes


def apart(draw, side, min_dims=1):
    shape = shapes(min_dims, 3, min_side=side)
    return draw(arrays_on_grid(-18, 18, step=1, shape=shape, distinct=True, avoid=(0.0, 1.0)))


def sorts(draw, side):
    a = apart(draw, side)
    options = {"axis": draw(axes(a.ndim, several=False))}
    if draw(st.booleans()):
        options |= draw(st.sampled_from([{"kind": "heapsort"}, {"stable": True}]))
    return (a,), options


def partitions(draw, side):
    a = apart(draw, side)
    axis = draw(axes(a.ndim, several=False))
    length = a.size if axis is None else a.shape[axis]
    place = st.integers(-length, length - 1) if length else st.just(0)
    return (a, draw(place | st.lists(place, min_size=1, max_size=2))), {"axis": axis}


def complex_sorts(draw, side):
    return (apart(draw, side),), {}


def statistics(draw, side):
    """Places that are the same for all, or of each slice its own."""
    a = apart(draw, side)
    length = a.shape[-1]
    shape = draw(st.sampled_from([(2,), (*a.shape[:-1], 2)])) if length else (0,)
    places = st.integers(0, max(length - 1, 0))
    return (a, draw(hnp.arrays(np.intp, shape, elements=places))), {}


def medians(draw, side):
    a = apart(draw, side, min_dims=0)

    def numpy_can_merge(axis):
        """Not beside an axis without elements."""
        merges = isinstance(axis, tuple) and len(axis) != 1
        return not merges or np.all(np.delete(a.shape, axis))

    axis = draw(axes(a.ndim).filter(numpy_can_merge))
    return (a,), {"axis": axis, "keepdims": draw(st.booleans())}


def quantiles(op, unit):
    """Every method; q where it moves smoothly between two elements: an odd number of 64ths."""

    def cases(draw, side):
        a = apart(draw, max(side, 1), min_dims=0)
        options = {"axis": draw(axes(a.ndim)), "keepdims": draw(st.booleans())}
        options["method"] = draw(st.sampled_from(METHODS))
        shapes_of_q = [(), (2,), (2, 1)]
        shape = draw(st.sampled_from(shapes_of_q[: 2 if op.__name__.startswith("nan") else 3]))
        odd = draw(hnp.arrays(int, shape, elements=st.integers(0, 31)))
        q = (2 * odd + 1) / 64 * unit
        if draw(st.booleans()) and options["method"] in CONTINUOUS:
            return (a, q), options
        # Before NumPy 2.4 its own mixes up the weights where axes are merged.
        weighable = NUMPY >= "2.4.0" or not isinstance(options["axis"], tuple)
        if options["method"] == "inverted_cdf" and weighable and draw(st.booleans()):
            options["weights"] = draw(hnp.arrays(int, a.shape, elements=st.integers(1, 3)))
        return (a, q.tolist()), options

    row(op, cases, 2)


row(np.sort, sorts)
row(np.partition, partitions)
row(np.sort_complex, complex_sorts)
row(order_statistics, statistics)
row(np.median, medians)
row(np.nanmedian, medians)
quantiles(np.quantile, 1)
quantiles(np.nanquantile, 1)
quantiles(np.percentile, 100)
quantiles(np.nanpercentile, 100)

plain_call(np.partition, A, 1)
plain_call(np.quantile, A, 0.3)
plain_call(np.nanquantile, A, 0.3)
plain_call(np.percentile, A, 30)
plain_call(np.nanpercentile, A, 30)
plain_call(order_statistics, A, np.array([1]))
