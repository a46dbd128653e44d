"""Joining arrays, and splitting them."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu.testing.strategies import arrays_on_grid, shapes


def joined(draw, side):
    shape = draw(shapes(1, 3, min_side=side))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    lengths = draw(st.lists(st.integers(side, 2), min_size=1, max_size=3))
    whole = [(*shape[:axis], n, *shape[axis:][1:]) for n in lengths]
    arrays = [draw(arrays_on_grid(shape=each)) for each in whole]
    return (arrays,), {"axis": draw(st.sampled_from([axis, None]))}


def stacked(draw, side):
    shape = draw(shapes(0, 2, min_side=side))
    count = draw(st.integers(1, 3))
    arrays = [draw(arrays_on_grid(shape=shape)) for _ in range(count)]
    return (arrays,), {"axis": draw(st.integers(-len(shape) - 1, len(shape)))}


def in_rows(min_dims, axis):
    """Arrays that fit together along `axis`, vectors among them where the function takes them."""

    def cases(draw, side):
        shape = draw(shapes(max(min_dims, axis + 1), 3, min_side=side))
        lengths = draw(st.lists(st.integers(side, 2), min_size=1, max_size=3))
        whole = [(*shape[:axis], n, *shape[axis:][1:]) for n in lengths]
        return ([draw(arrays_on_grid(shape=each)) for each in whole],), {}

    return cases


def vectors(draw, side):
    length = draw(st.integers(side, 3))
    count = draw(st.integers(1, 3))
    return ([draw(arrays_on_grid(shape=(length,))) for _ in range(count)],), {}


def columns(draw, side):
    rows = draw(st.integers(side, 3))
    forms = draw(st.lists(st.sampled_from([(rows,), (rows, 2), (rows, 1)]), min_size=1, max_size=3))
    return ([draw(arrays_on_grid(shape=form)) for form in forms],), {}


def appended(draw, side):
    (arrays,), kwargs = joined(draw, side)
    return (arrays[0], arrays[-1]), kwargs


def inserted(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.sampled_from([None, *range(-a.ndim, a.ndim)]))
    n = a.size if axis is None else a.shape[axis]
    place = st.integers(-n, n)
    obj = draw(st.one_of(place, st.lists(place, min_size=2, max_size=3), st.just(slice(0, n, 2))))
    return (a, obj, draw(arrays_on_grid(shape=())), axis), {}


def inserted_layers(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.integers(-a.ndim, a.ndim - 1))
    count = draw(st.integers(1, 3))
    places = draw(st.lists(st.integers(0, a.shape[axis]), min_size=count, max_size=count))
    shape = list(a.shape)
    shape[axis] = count
    return (a, np.array(places), draw(arrays_on_grid(shape=tuple(shape))), axis), {}


def blocks(draw, side):
    m, n, k = (draw(st.integers(side, 2)) for _ in range(3))
    forms = draw(
        st.sampled_from(
            [(m, n), [(m,), (), (n,)], [[(m, n), (m, k)], [(1, n + k)]], [[[(m, n)], [(k, n)]]]]
        )
    )
    return (filled(draw, forms),), {}


def filled(draw, forms):
    if isinstance(forms, list):
        return [filled(draw, form) for form in forms]
    return draw(arrays_on_grid(shape=forms))


def cut(axis, min_dims=1, *, equally=False, given=False):
    """An array, and where to cut it."""

    def cases(draw, side):
        a = one(draw, side, min_dims=min_dims)
        along = draw(st.integers(-a.ndim, a.ndim - 1)) if given else axis(a)
        n = a.shape[along]
        counts = [k for k in range(1, n + 2) if not equally or n % k == 0]
        places = st.lists(st.integers(-n, n + 1), max_size=3)
        sections = draw(st.one_of(st.sampled_from(counts), places))
        return (a, sections, along) if given else (a, sections), {}

    return cases


def layers(draw, side):
    a = one(draw, max(side, 1), min_dims=1)
    return (a,), {"axis": draw(st.integers(-a.ndim, a.ndim - 1))}


row(np.concatenate, joined, operands=2)
row(np.stack, stacked, operands=2)
row(np.hstack, in_rows(2, 1), operands=2)
row(np.hstack, vectors, operands=2)
row(np.vstack, in_rows(2, 0), operands=2)
row(np.vstack, vectors, operands=2)
row(np.dstack, in_rows(3, 2), operands=2)
row(np.dstack, vectors, operands=2)
row(np.column_stack, columns, operands=2)
row(np.append, appended, operands=2)
row(np.insert, inserted, operands=2)
row(np.insert, inserted_layers, operands=2)
row(np.block, blocks)
row(np.array_split, cut(None, given=True))
row(np.split, cut(None, given=True, equally=True))
row(np.hsplit, cut(lambda a: min(a.ndim, 2) - 1, equally=True))
row(np.vsplit, cut(lambda a: 0, 2, equally=True))
row(np.dsplit, cut(lambda a: 2, 3, equally=True))
row(np.unstack, layers)

for function in (np.concatenate, np.stack, np.hstack, np.vstack, np.dstack, np.column_stack):
    plain_call(function, [A, A])
plain_call(np.append, A, A)
plain_call(np.insert, A, 1, A)
plain_call(np.block, [A, A])
for function in (np.array_split, np.split, np.hsplit, np.vsplit):
    plain_call(function, A, [2])
plain_call(np.dsplit, A[..., None], 1)
plain_call(np.unstack, A[:1])
