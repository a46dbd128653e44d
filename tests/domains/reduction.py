"""Functions that reduce axes."""

import math

import numpy as np
from hypothesis import strategies as st

import tinygrad_edu as te
from tests.domains.cases import row
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    axes,
    shapes,
)


def reduction(op, distinct=False, keepdims=True, lo=-3, hi=3):
    """Any axes, from either end, kept or not."""

    def cases(draw, side):
        a = draw(arrays_on_grid(lo, hi, shape=shapes(min_side=side, max_dims=3), distinct=distinct))
        options = {"axis": draw(axes(a.ndim)), "keepdims": draw(st.booleans())}
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
    return (a,), {"axis": axis, "ddof": ddof, "keepdims": draw(st.booleans())}


reduction(np.sum)
reduction(np.mean)
reduction(np.prod)
reduction(np.max, distinct=True, lo=-4, hi=4)
reduction(np.min, distinct=True, lo=-4, hi=4)
reduction(np.amax, distinct=True, lo=-4, hi=4)
reduction(np.amin, distinct=True, lo=-4, hi=4)
reduction(te.logsumexp)
reduction(te.softmax, keepdims=False)
reduction(te.log_softmax, keepdims=False)
row(np.var, moments)
row(np.std, moments)
