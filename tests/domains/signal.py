"""Signals: convolution, differences, interpolation between samples."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tests.domains.fourier import uneven
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes

LINE = A[0]


def convolved(draw, side):
    lengths = st.integers(side, 4)
    a, v = (draw(arrays_on_grid(shape=(draw(lengths),))) for _ in range(2))
    return (a, v, draw(st.sampled_from(["full", "same", "valid"]))), {}


def differences(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.integers(-a.ndim, a.ndim - 1))
    given = [draw(st.integers(0, 3)), axis]
    if given[0] and draw(st.booleans()):  # with no difference taken NumPy leaves out the ends too
        shape = list(a.shape)
        shape[axis] = draw(st.integers(1, 2))
        given += [draw(arrays_on_grid(shape=draw(st.sampled_from([(), tuple(shape)]))))]
        given += [draw(arrays_on_grid(shape=tuple(shape)))] * draw(st.booleans())
    return (a, *given), {}


def differences_in_line(draw, side):
    a = one(draw, side)
    ends = [draw(st.one_of(st.none(), arrays_on_grid(shape=shapes(0, 2)))) for _ in range(2)]
    return (a, *ends), {}


def places(draw, n):
    """The places of n samples, in order."""
    return np.cumsum(draw(arrays_on_grid(1 / 2, 3 / 2, shape=(n,)))) - 2


def slopes(draw, side):
    order = draw(st.sampled_from([1, 2]))
    sides = shapes(1, 2, min_side=order + 1, max_side=4) if side else st.just((0, 3))
    f = uneven(draw(arrays_on_grid(shape=draw(sides))))
    axes = draw(st.sampled_from([None, *range(-f.ndim, f.ndim), tuple(range(f.ndim))[::-1]]))
    along = range(f.ndim) if axes is None else axes if isinstance(axes, tuple) else (axes,)
    spacing = st.sampled_from(["one", "places"])
    kind = draw(st.sampled_from(["none", "one", "each"] if side else ["none", "one"]))
    if kind == "none":
        distances = []
    elif kind == "one":
        distances = [draw(arrays_on_grid(1 / 2, 2, shape=()))]
    else:
        distances = [
            draw(arrays_on_grid(1 / 2, 2, shape=()))
            if draw(spacing) == "one"
            else places(draw, f.shape[k])
            for k in along
        ]
    return (f, *distances), {"axis": axes, "edge_order": order}


def interpolated(draw, side):
    n = draw(st.integers(1, 4))
    xp, fp = places(draw, n), draw(arrays_on_grid(shape=(n,)))
    x = draw(arrays_on_grid(-4, 5, shape=shapes(0, 2, min_side=side))) + 1 / 32
    if n > 1 and draw(st.booleans()):
        order = draw(st.permutations(range(n)))
        return (x, xp[list(order)], fp[list(order)]), {"period": draw(st.sampled_from([7, -8.5]))}
    ends = st.sampled_from([None, 0.5])  # NumPy does not ask these for their say
    return (x, xp, fp, draw(ends), draw(ends)), {}


def unwrapped(draw, side):
    """Steps of multiples of 1/8 are never just half of these periods."""
    p = draw(arrays_on_grid(-9, 9, shape=shapes(1, 2, min_side=side)))
    given = {"axis": draw(st.integers(-p.ndim, p.ndim - 1))}
    given["period"] = draw(st.sampled_from([2 * np.pi, 3.3]))
    return (p,), given | {"discont": draw(st.sampled_from([None, 1.9, 4.1]))}


row(np.convolve, convolved, operands=2)
row(np.correlate, convolved, operands=2)
row(np.diff, differences, operands=2)
row(np.ediff1d, differences_in_line, operands=2)
row(np.gradient, slopes, operands=2)
row(np.interp, interpolated, operands=3)
row(np.unwrap, unwrapped)

plain_call(np.convolve, LINE, LINE)
plain_call(np.correlate, LINE, LINE)
plain_call(np.gradient, LINE)
plain_call(np.interp, A, LINE, LINE)
