"""Products of vectors and of many matrices, the trace."""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu.testing.strategies import arrays_on_grid, broadcastable_shapes, shapes


def last_axes(draw, side):
    """Any two ranks, the last axes equally long; or one of them a number."""
    a, b = draw(shapes(0, 2, min_side=side)), list(draw(shapes(0, 3, min_side=side, max_side=2)))
    if a and b:
        b[-1] = a[-1]
    return (draw(arrays_on_grid(shape=a)), draw(arrays_on_grid(shape=tuple(b)))), {}


def raveled(draw, side):
    """As many elements in any shapes."""
    a = one(draw, side)
    other = draw(st.sampled_from([a.shape, a.shape[::-1], (a.size,)]))
    return (a, draw(arrays_on_grid(shape=other))), {}


def core(draw, side, left, right):
    """Operands with these core axes, and batches that broadcast."""
    lengths = {c: draw(st.integers(side, 3)) for c in "mn"}
    batches = draw(broadcastable_shapes(2, 2))
    return tuple(
        draw(arrays_on_grid(shape=(*batch, *(lengths[c] for c in axes))))
        for batch, axes in zip(batches, (left, right), strict=True)
    )


def vectors(draw, side):
    """Vectors along any axis, which is counted from the end where the ranks differ."""
    a, b = core(draw, side, "n", "n")
    axis = draw(st.sampled_from(range(-min(a.ndim, b.ndim), 0)))
    if a.ndim == b.ndim and draw(st.booleans()):
        return (np.moveaxis(a, -1, axis), np.moveaxis(b, -1, axis)), {"axis": axis + a.ndim}
    return (np.moveaxis(a, -1, axis), np.moveaxis(b, -1, axis)), {"axis": axis}


def matrix_vector(draw, side):
    return core(draw, side, "mn", "n"), {}


def vector_matrix(draw, side):
    return core(draw, side, "n", "nm"), {}


def any_two(draw, side):
    return (one(draw, side, max_dims=2), one(draw, side, max_dims=3)), {}


def three_dimensional(draw, side):
    """Vectors along any axis of each operand and of the result."""
    batches = draw(broadcastable_shapes(2, 2, side))
    a, b = (draw(arrays_on_grid(shape=(*batch, 3))) for batch in batches)
    a_at, b_at = draw(st.integers(-a.ndim, a.ndim - 1)), draw(st.integers(-b.ndim, b.ndim - 1))
    ndim = max(a.ndim, b.ndim)
    axes = {"axisa": a_at, "axisb": b_at, "axisc": draw(st.integers(-ndim, ndim - 1))}
    return (np.moveaxis(a, -1, a_at), np.moveaxis(b, -1, b_at)), axes


def three_dimensional_along(draw, side):
    """The same axis of both, counted from the end."""
    batches = draw(broadcastable_shapes(2, 2, side))
    a, b = (draw(arrays_on_grid(shape=(*batch, 3))) for batch in batches)
    axis = draw(st.integers(-min(a.ndim, b.ndim), -1))
    return (np.moveaxis(a, -1, axis), np.moveaxis(b, -1, axis)), {"axis": axis}


def traced(draw, side):
    a = one(draw, side, min_dims=2)
    first, second = draw(st.permutations(range(a.ndim)))[:2]
    options = {"offset": draw(st.integers(-2, 2)), "axis1": first, "axis2": second - a.ndim}
    return (a,), options | draw(st.sampled_from([{}, {"dtype": np.float64}]))


def last_matrices(draw, side):
    return (one(draw, side, min_dims=2),), {"offset": draw(st.integers(-2, 2))}


def chain(draw, side):
    """Two to five matrices, the outer ones perhaps vectors."""
    sides = draw(st.lists(st.integers(side, 3), min_size=3, max_size=6))
    forms = list(pairwise(sides))
    if draw(st.booleans()):
        forms[0] = forms[0][1:]
    if draw(st.booleans()):
        forms[-1] = forms[-1][:1]
    return ([draw(arrays_on_grid(shape=form)) for form in forms],), {}


row(np.inner, last_axes, operands=2)
row(np.vdot, raveled, operands=2)
row(np.vecdot, vectors, operands=2)
row(np.linalg.vecdot, vectors, operands=2)
if hasattr(np, "matvec"):  # NumPy 2.2
    row(np.matvec, matrix_vector, operands=2)
    row(np.vecmat, vector_matrix, operands=2)
row(np.kron, any_two, operands=2)
row(np.cross, three_dimensional, operands=2)
row(np.cross, three_dimensional_along, operands=2)
row(np.linalg.cross, three_dimensional_along, operands=2)
row(np.trace, traced)
row(np.linalg.trace, last_matrices)
row(np.linalg.diagonal, last_matrices)
row(np.linalg.multi_dot, chain, operands=2)

C = np.array([[1.25, 2.5, -1.0], [0.5, 1.75, 0.25]])
plain_call(np.linalg.multi_dot, [A, A, A])
plain_call(np.cross, C, C)
plain_call(np.linalg.cross, C, C)
for op in (np.inner, np.vdot, np.kron, np.linalg.vecdot):
    plain_call(op, A, A)
