"""Functions that reduce axes."""

import math

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_edu as te
from tests.domains.cases import row
from tinygrad_edu.rules.ufunc_methods import fmax_reduce, fmin_reduce
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    axes,
    shapes,
)


def masks(shape):
    """What `where` takes for an array of this shape, or True."""
    repeated = (1, *shape[1:]) if shape else ()
    return st.just(True) | hnp.arrays(bool, shape) | hnp.arrays(bool, repeated)


def reduction(
    op, distinct=False, keepdims=True, lo=-3, hi=3, initial=False, where=False, min_dims=0
):
    """Any axes, from either end, kept or not; some elements, and an initial value."""

    def cases(draw, side):
        a = draw(arrays_on_grid(lo, hi, shape=shapes(min_dims, 3, side), distinct=distinct))
        options = {"axis": draw(axes(a.ndim)), "keepdims": draw(st.booleans())}
        if initial and draw(st.booleans()):
            options["initial"] = draw(st.sampled_from([-5.0625, 0.0625, 1.5625]))
        if where and ("initial" in options or not initial or not distinct):
            options["where"] = draw(masks(a.shape))
        return (a,), {k: v for k, v in options.items() if keepdims or k != "keepdims"}

    row(op, cases)


def moments(draw, side):
    """Elements that are well apart in every group, and divisors that stay positive.

    Near equal elements the standard deviation bends within a finite difference's smallest steps.
    """
    shape = shapes(1, 3, min_side=2 if side else 0)
    a = draw(arrays_on_grid(-16, 16, step=1, shape=shape, distinct=True))
    axis = draw(axes(a.ndim).filter(lambda axis: axis != ()))
    chosen = range(a.ndim) if axis is None else np.atleast_1d(axis)
    count = math.prod(a.shape[k] for k in chosen)
    ddof = draw(st.sampled_from([0, 0.5, 1])) if count > 1 else 0
    options = {"axis": axis, "keepdims": draw(st.booleans())}
    options[draw(st.sampled_from(["ddof", "correction"]))] = ddof
    if count > 3 and draw(st.booleans()):
        keep = np.ones(a.shape, bool)
        keep[(0,) * a.ndim] = False
        options["where"] = keep
    return (a,), options


def averages(draw, side):
    """Weights of a's shape, or of its axes', in any order."""
    a = draw(arrays_on_grid(shape=shapes(1, 3, min_side=max(side, 1))))
    axis = draw(axes(a.ndim).filter(lambda axis: axis != ()))
    options = {"keepdims": draw(st.booleans())}
    kind = draw(st.sampled_from(["none", "all", "axis"]))
    if kind == "none":
        return (a, axis), options
    if kind == "axis" and axis is not None:
        shape = tuple(a.shape[k] for k in np.atleast_1d(axis))
    else:
        shape = a.shape
    return (a, axis, draw(arrays_on_grid(0.5, 3, shape=shape))), options


def trapezoids(draw, side):
    """Widths that are equal, those of one axis, or of points of their own."""
    y = draw(arrays_on_grid(shape=shapes(1, 3, min_side=side)))
    axis = draw(axes(y.ndim, several=False, none=False))
    kind = draw(st.sampled_from(["dx", "one", "all"]))
    if kind == "dx":
        return (y,), {"axis": axis, "dx": draw(st.sampled_from([1.0, 0.25]))}
    shape = (y.shape[axis],) if kind == "one" else y.shape
    return (y, draw(arrays_on_grid(shape=shape))), {"axis": axis}


reduction(np.sum, initial=True, where=True)
reduction(np.mean)
reduction(np.prod, initial=True, where=True)
reduction(np.max, distinct=True, lo=-4, hi=4, initial=True, where=True)
reduction(np.min, distinct=True, lo=-4, hi=4, initial=True, where=True)
reduction(fmax_reduce, distinct=True, lo=-4, hi=4)
reduction(fmin_reduce, distinct=True, lo=-4, hi=4)
reduction(np.amax, distinct=True, lo=-4, hi=4, initial=True, where=True)
reduction(np.amin, distinct=True, lo=-4, hi=4)
reduction(np.ptp, distinct=True, lo=-4, hi=4)
reduction(te.logsumexp)
reduction(te.softmax, keepdims=False)
reduction(te.log_softmax, keepdims=False)
row(np.var, moments)
row(np.std, moments)
row(np.average, averages, 2, noisy=True)  # of one element: a w / w
row(np.trapezoid, trapezoids, 2)
