"""np.pad in its modes."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu.engine.rule import TABLE, Refused
from tinygrad_edu.testing.strategies import arrays_well_separated, shapes

MOVING = ["constant", "edge", "wrap", "reflect", "symmetric"]
STATISTICS = ["mean", "maximum", "minimum"]
if not isinstance(TABLE[np.median], Refused):
    STATISTICS.append("median")


def widths(draw, ndim):
    width = st.integers(0, 5)
    pair = st.tuples(width, width)
    return draw(st.one_of(width, pair, st.lists(pair, min_size=ndim, max_size=ndim)))


def moved(draw, side):
    a = one(draw, side, min_dims=1)
    mode = draw(st.sampled_from(MOVING))
    options = {}
    if mode == "constant" and draw(st.booleans()):
        options = {"constant_values": draw(st.sampled_from([0, 2.5, (1, -1)]))}
    return (a, widths(draw, a.ndim), mode), options


def mirrored_oddly(draw, side):
    a = one(draw, side, min_dims=1)
    mode = draw(st.sampled_from(["reflect", "symmetric"]))
    return (a, widths(draw, a.ndim), mode), {"reflect_type": "odd"}


def ramp(draw, side):
    a = one(draw, side, min_dims=1)
    ends = draw(st.sampled_from([{}, {"end_values": 1.5}, {"end_values": (2, -1)}]))
    return (a, widths(draw, a.ndim), "linear_ramp"), ends


def statistics(draw, side):
    a = draw(arrays_well_separated(shape=shapes(1, 2, min_side=side)))
    length = st.integers(1, 3)
    lengths = [
        st.none(),
        length,
        st.lists(st.tuples(length, length), min_size=a.ndim, max_size=a.ndim),
    ]
    mode = draw(st.sampled_from(STATISTICS))
    return (a, widths(draw, a.ndim), mode), {"stat_length": draw(st.one_of(*lengths))}


row(np.pad, moved)
row(np.pad, mirrored_oddly)
row(np.pad, ramp)
row(np.pad, statistics)

plain_call(np.pad, A, 1)
