"""Covariances, and counts of weighted elements."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.domains.cases import DOMAINS, A, Case, Domain, plain_call, row
from tinygrad_edu.rules.statistics import within_one
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes


@dataclass
class Counts(Domain):
    """A histogram: its counts vary, and the edges of the bins, which come with them, do not."""

    def cases(self, side=1):
        def counts(*args, **kwargs):
            return self.op(*args, **kwargs)[0]

        return super().cases(side).map(lambda case: Case(counts, case.args, case.kwargs))


def observations(draw, rows, columns):
    return draw(arrays_on_grid(-16, 16, step=1, shape=(rows, columns), distinct=True))


def covariances(draw, side):
    """One or two sets of variables, in rows or columns, or one variable alone; and weights."""
    count = draw(st.integers(3, 5))
    options = {"rowvar": draw(st.booleans())}
    args = [observations(draw, rows, count) for rows in draw(st.sampled_from([(1,), (3,), (2, 1)]))]
    if not options["rowvar"]:
        args = [each.T for each in args]
    elif len(args[0]) == 1 and draw(st.booleans()):
        args[0] = args[0][0]
    options |= draw(st.sampled_from([{}, {"bias": True}, {"ddof": 0}, {"ddof": 2}]))
    if draw(st.booleans()):
        options["fweights"] = draw(hnp.arrays(int, count, elements=st.integers(1, 3)))
    if draw(st.booleans()):
        options["aweights"] = draw(arrays_on_grid(1, 2, shape=(count,)))
    return tuple(args), options


def correlations(draw, side):
    x = observations(draw, draw(st.integers(1, 3)), 4)
    if draw(st.booleans()):
        return (x.T,), {"rowvar": False}
    return (x, observations(draw, 1, 4)), {}


def counted(draw, side):
    size = draw(st.integers(side, 6))
    x = draw(hnp.arrays(np.intp, (size,), elements=st.integers(0, 4)))
    return (x, draw(arrays_on_grid(shape=(size,)))), {"minlength": draw(st.integers(0, 7))}


def histograms(draw, side):
    """Bins by number, with a range or not, or by their edges; numbers outside and on the edges."""
    shape = draw(shapes(1, 2, min_side=side))
    numbers = draw(hnp.arrays(int, shape, elements=st.integers(-3, 3)))
    bins, limits = draw(st.sampled_from([(3, None), (2, (-2, 2)), ([-2.0, 0.0, 1.0, 2.5], None)]))
    weights = draw(arrays_on_grid(0.5, 3, shape=shape))
    return (
        numbers,
        bins,
        limits,
        draw(st.booleans()) and inside(numbers, bins, limits),
        weights,
    ), {}


def inside(numbers, bins, limits):
    """Whether the density is defined: some number is in a bin."""
    return np.count_nonzero(np.histogram(numbers, bins, limits)[0]) > 1


def pairs(draw, side):
    size = draw(st.integers(side, 6))
    x, y = draw(hnp.arrays(int, (2, size), elements=st.integers(-3, 3)))
    bins = draw(st.sampled_from([3, [2, 3], [-3.0, -1.0, 0.0, 3.0], [[-2.0, 1.0], 3]]))
    density = draw(st.booleans()) and np.count_nonzero(np.histogram2d(x, y, bins)[0]) > 1
    return (x, y, bins, None, density, draw(arrays_on_grid(0.5, 3, shape=(size,)))), {}


def triples(draw, side):
    (x, y, *rest), _ = pairs(draw, side)
    sample = [x, y] if draw(st.booleans()) else np.stack([x, y], axis=1)
    if isinstance(rest[0], list) and len(rest[0]) == 4:
        rest[0] = [rest[0], 2]
    rest[2] = rest[2] and np.count_nonzero(np.histogramdd(sample, rest[0])[0]) > 1
    return (sample, *rest), {}


def fractions(draw, side):
    return (draw(arrays_on_grid(-7 / 8, 7 / 8, shape=shapes(0, 2, min_side=side))),), {}


row(np.cov, covariances, 2)
row(np.corrcoef, correlations, 2, noisy=True)  # with a diagonal that is 1 whatever x is
row(within_one, fractions)
row(np.bincount, counted)
DOMAINS.append(Counts(np.histogram, histograms))
DOMAINS.append(Counts(np.histogram2d, pairs))
DOMAINS.append(Counts(np.histogramdd, triples))

plain_call(np.bincount, np.array([0, 2, 1, 2]), A.ravel())
EDGES = [0.0, 1.0, 2.0, 3.0]
plain_call(np.histogram, A, EDGES)
plain_call(np.histogram2d, A[0], A[1], [EDGES, EDGES])
plain_call(np.histogramdd, A, [EDGES, EDGES])
