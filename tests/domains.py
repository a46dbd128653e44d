"""Where each differentiable function is tested: one row an op, the calls and their domain.

A row is ``row(op, cases)``; ``cases(draw, side)`` draws one call of op, with axes of at least
`side` elements. Every floating-point array in a call varies, and all else is constant.
"""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu.pytree import flatten, unflatten
from tinygrad_edu.rules.indexing import scatter
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    axes,
    broadcastable_arrays,
    broadcastable_shapes,
    indices,
    matmul_operands,
    shapes,
)


@dataclass
class Case:
    """One call of a function."""

    op: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def arrays(self) -> list[Any]:
        """The arrays that vary."""
        return [leaf for leaf in flatten(self.args) if _varies(leaf)]

    def call(self, *arrays: Any) -> Any:
        """The result with these in place of the arrays that vary."""
        varying = iter(arrays)
        leaves = [next(varying) if _varies(leaf) else leaf for leaf in flatten(self.args)]
        return self.op(*unflatten(self.args, leaves), **self.kwargs)


def _varies(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray | np.floating) and leaf.dtype.kind == "f"


@dataclass
class Domain:
    """One row: a function, and how its calls are drawn."""

    op: Callable[..., Any]
    draw_case: Callable[[Any, int], Any]
    operands: int = 1  # how many arrays vary

    def cases(self, side: int = 1) -> st.SearchStrategy[Case]:
        """Calls whose arrays have at least `side` elements along every axis."""

        @st.composite
        def case(draw: Any) -> Case:
            args, kwargs = self.draw_case(draw, side)
            return Case(self.op, args, kwargs)

        return case()


DOMAINS: list[Domain] = []


def row(op: Callable[..., Any], draw_case: Callable[[Any, int], Any], operands: int = 1) -> None:
    DOMAINS.append(Domain(op, draw_case, operands))


# ---- elementwise ---------------------------------------------------------------------------------


def elementwise(op, *intervals, avoid=()):
    """Arrays that broadcast, from these intervals."""

    def cases(draw, side):
        if side:
            return draw(broadcastable_arrays(*intervals, avoid=avoid)), {}
        shape = draw(shapes(1, 2, min_side=0))
        return tuple(draw(arrays_on_grid(*i, shape=shape, avoid=avoid)) for i in intervals), {}

    row(op, cases, len(intervals))


R = (-3, 3)

elementwise(np.positive, R)
elementwise(np.negative, R)
elementwise(np.add, R, R)
elementwise(np.subtract, R, R)
elementwise(np.multiply, R, R)
elementwise(np.divide, R, R, avoid=(0, 1 / 8, -1 / 8))
elementwise(np.reciprocal, R, avoid=(0, 1 / 8, -1 / 8))
elementwise(np.square, R)
elementwise(np.sqrt, (1 / 4, 4))
elementwise(np.power, (1 / 4, 3), (-2, 2))
elementwise(np.float_power, (1 / 4, 3), (-2, 2))
elementwise(np.absolute, R, avoid=(0,))
elementwise(np.fabs, R, avoid=(0,))
elementwise(np.exp, R)
elementwise(np.exp2, R)
elementwise(np.expm1, R)
elementwise(np.log, (1 / 4, 4))
elementwise(np.log2, (1 / 4, 4))
elementwise(np.log10, (1 / 4, 4))
elementwise(np.log1p, (-3 / 4, 3))
elementwise(np.sin, R)
elementwise(np.cos, R)
elementwise(np.tan, (-5 / 4, 5 / 4))
elementwise(np.arcsin, (-7 / 8, 7 / 8))
elementwise(np.arccos, (-7 / 8, 7 / 8))
elementwise(np.arctan, R)
elementwise(np.sinh, R)
elementwise(np.cosh, R)
elementwise(np.tanh, R)
elementwise(np.arcsinh, R)
elementwise(np.arccosh, (5 / 4, 4))
elementwise(np.arctanh, (-7 / 8, 7 / 8))
elementwise(te.sigmoid, (-4, 4))
elementwise(te.softplus, (-8, 8))
elementwise(te.relu, R, avoid=(0,))


def whole_powers(draw, side):
    """A written exponent, and bases on both sides of 0."""
    x = draw(arrays_on_grid(shape=shapes(min_side=side)))
    return (
        x,
        draw(st.sampled_from([0, 1, 2, 3, 2.0, np.array([1, 2, 3])[draw(st.integers(0, 2))]])),
    ), {}


def apart(draw, side, count):
    """Arrays that broadcast and have no element in common: no ties."""
    found = draw(broadcastable_shapes(count)) if side else ((0, 2),) * count
    return [draw(arrays_on_grid(shape=shape, step=1 / 4)) + k / 16 for k, shape in enumerate(found)]


def without_ties(draw, side):
    return tuple(apart(draw, side, 2)), {}


def choices(draw, side):
    x, y, z = apart(draw, side, 3)
    return (z > 0, x, y), {}


def intervals(draw, side):
    """Both bounds, arrays or numbers, in either order, or only one of them."""
    x, low, high = apart(draw, side, 3)
    low, high = draw(
        st.sampled_from([(low, high), (-1.03, 1.03), (None, high), (low, None), (1.03, -1.03)])
    )
    if draw(st.booleans()):
        return (x,), {"min": _plain(low), "max": _plain(high)}
    return (x, low, high), {}


def _plain(bound):
    """A keyword argument: constant here."""
    return float(bound.flat[0]) if isinstance(bound, np.ndarray) and bound.size else None


row(np.power, whole_powers)
row(np.maximum, without_ties, operands=2)
row(np.minimum, without_ties, operands=2)
row(np.where, choices, operands=2)
row(np.clip, intervals)

# ---- reductions ----------------------------------------------------------------------------------


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

# ---- shape ---------------------------------------------------------------------------------------


def one(draw, side, min_dims=0, max_dims=3):
    return draw(arrays_on_grid(shape=shapes(min_dims, max_dims, min_side=side)))


def alone(min_dims=0, **kwargs):
    return lambda draw, side: ((one(draw, side, min_dims),), kwargs)


def new_shape(draw, side):
    a = one(draw, side)
    shape = list(draw(st.permutations(a.shape)))
    if draw(st.booleans()):
        shape.insert(draw(st.integers(0, len(shape))), 1)
    if draw(st.booleans()) and a.size and shape:
        shape[draw(st.integers(0, len(shape) - 1))] = -1
    return (a, tuple(shape)), {}


def squeezed(draw, side):
    shape = [1 if draw(st.booleans()) else n for n in draw(shapes(0, 3, min_side=side))]
    ones = [k - len(shape) * draw(st.booleans()) for k, n in enumerate(shape) if n == 1]
    axis = draw(st.sampled_from([None, tuple(ones), ones[0] if ones else None]))
    return (draw(arrays_on_grid(shape=tuple(shape))),), {"axis": axis}


def expanded(draw, side):
    a = one(draw, side, max_dims=2)
    return (a, draw(st.sampled_from([0, -1, a.ndim, (0, a.ndim + 1), (-1, 0), (1, 0)]))), {}


def broadcast(draw, side):
    target = draw(shapes(0, 3, min_side=side))
    kept = target[draw(st.integers(0, len(target))) :]
    shape = tuple(1 if draw(st.booleans()) else n for n in kept)
    return (draw(arrays_on_grid(shape=shape)), target), {}


def permuted(draw, side):
    a = one(draw, side)
    order = [k - a.ndim * draw(st.booleans()) for k in draw(st.permutations(range(a.ndim)))]
    return (a,), {"axes": draw(st.sampled_from([None, tuple(order), order]))}


def swapped(draw, side):
    a = one(draw, side, min_dims=1)
    axis = st.integers(-a.ndim, a.ndim - 1)
    return (a, draw(axis), draw(axis)), {}


def moved(draw, side):
    a = one(draw, side, min_dims=1)
    if draw(st.booleans()):
        return (a, *draw(st.tuples(*[st.integers(-a.ndim, a.ndim - 1)] * 2))), {}
    count = draw(st.integers(1, a.ndim))
    source, destination = (draw(st.permutations(range(a.ndim)))[:count] for _ in range(2))
    return (a, tuple(source), tuple(k - a.ndim for k in destination)), {}


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


row(np.reshape, new_shape)
row(np.ravel, alone())
row(np.squeeze, squeezed)
row(np.expand_dims, expanded)
row(np.broadcast_to, broadcast)
row(np.astype, lambda draw, side: ((one(draw, side), np.float64), {}))
row(np.copy, alone())
row(np.transpose, permuted)
row(np.swapaxes, swapped)
row(np.moveaxis, moved)
row(np.matrix_transpose, alone(min_dims=2))
row(np.linalg.matrix_transpose, alone(min_dims=2))
row(np.concatenate, joined, operands=2)
row(np.stack, stacked, operands=2)

# ---- picking -------------------------------------------------------------------------------------


def picked(draw, side):
    a = one(draw, side, max_dims=3)
    return (a, draw(indices(a.shape))), {}


def scattered(draw, side):
    shape = draw(shapes(1, 3, min_side=side))
    index = draw(indices(shape))
    return (draw(arrays_on_grid(shape=np.zeros(shape)[index].shape)), index, shape), {}


def along_axis(draw, side):
    a = one(draw, side, min_dims=1)
    axis = draw(st.sampled_from([None, *range(-a.ndim, a.ndim)]))
    length = a.size if axis is None else a.shape[axis]
    shape = [length] if axis is None else list(a.shape)
    shape[0 if axis is None else axis] = (
        draw(st.integers(0 if not length else side, 3)) if length else 0
    )
    if axis is not None and draw(st.booleans()):  # broadcast along another axis
        shape = [n if k == axis % a.ndim else min(n, 1) for k, n in enumerate(shape)]
    picks = (
        draw(
            st.lists(
                st.integers(-length, length - 1),
                min_size=math.prod(shape),
                max_size=math.prod(shape),
            )
        )
        if length
        else []
    )
    return (a, np.array(picks, np.intp).reshape(shape), axis), {}


row(operator.getitem, picked)
row(scatter, scattered)
row(np.take_along_axis, along_axis)

# ---- products ------------------------------------------------------------------------------------


def matrices(draw, side):
    return draw(matmul_operands(min_side=side)), {}


def matrices_only(draw, side):
    a, b = draw(matmul_operands(min_side=side).filter(lambda pair: min(map(np.ndim, pair)) > 0))
    return (a, b), {}


def dotted(draw, side):
    """Every pair of ranks from 0 to 3."""
    left = draw(shapes(0, 3, min_side=side, max_side=2))
    right = list(draw(shapes(0, 3, min_side=side, max_side=2)))
    if left and right:
        right[-2 if len(right) > 1 else -1] = left[-1]
    return (draw(arrays_on_grid(shape=left)), draw(arrays_on_grid(shape=tuple(right)))), {}


def any_two(draw, side):
    return (one(draw, side, max_dims=2), one(draw, side, max_dims=2)), {}


def two_vectors(draw, side):
    return (one(draw, side, 1, 1), one(draw, side, 1, 1)), {}


def contracted(draw, side):
    """Any pairing of axes, by number, by one pair or by lists of pairs."""
    a = one(draw, side, max_dims=3)
    if draw(st.booleans()):
        count = draw(st.integers(0, a.ndim))
        rest = draw(shapes(0, 1, min_side=side))
        b = draw(arrays_on_grid(shape=a.shape[a.ndim - count :] + rest))
        return (a, b), {"axes": count}
    chosen = draw(st.lists(st.integers(0, max(a.ndim - 1, 0)), unique=True, max_size=a.ndim))
    order = draw(st.permutations(range(len(chosen))))
    shape = [0] * len(chosen)
    for k, place in enumerate(order):
        shape[place] = a.shape[chosen[k]]
    b = draw(arrays_on_grid(shape=(*shape, *draw(shapes(0, 1, min_side=side)))))
    if len(chosen) == 1 and draw(st.booleans()):
        return (a, b), {"axes": (chosen[0] - a.ndim, order[0])}
    return (a, b), {"axes": (chosen, list(order))}


CONTRACTIONS = [
    "ij,jk->ik", "ij,jk", "i,i", "i,i->", "i,j->ij", "ii->i", "ii", "ii->", "ij->ji", "ij->",
    "ij->j", "iij->j", "iji->ij", "ij,j", "bij,bjk->bik", "ij,jk,kl->il", "ij,ij,ij->ij",
    "i,i,i->", "ij,kl->ijkl",
    "ij,ij->i", "ii,ij->j", "ij,k->i", "i->", "i,ij,j", ",ij->ij", ",", "->", "...ij,...jk->...ik",
    "...i,...i", "i...->...", "...->...", "...,...", "ij...,jk...->ik...", "iii->i",
    "ba", "ij,ji->",
]  # fmt: skip


def summed(draw, side):
    """Contractions of every form, the ellipsis standing for up to two axes that may broadcast."""
    text = draw(st.sampled_from(CONTRACTIONS))
    lengths = {c: draw(st.integers(side, 2)) for c in sorted(set(text) & set("abijkl"))}
    hidden = draw(shapes(0, 2, min_side=1, max_side=2))
    operands = []
    for term in text.split("->")[0].split(","):
        shape: list[int] = []
        before, dots, after = term.partition("...")
        shape += [lengths[c] for c in before]
        if dots:
            start = draw(st.integers(0, len(hidden)))
            shape += [1 if draw(st.booleans()) else n for n in hidden[start:]]
        shape += [lengths[c] for c in after]
        operands.append(draw(arrays_on_grid(shape=tuple(shape))))
    optimize = draw(st.sampled_from([{}, {"optimize": True}, {"optimize": "greedy"}]))
    return (text, *operands), optimize


def summed_by_lists(draw, side):
    """The form without text."""
    i, j, k = (draw(st.integers(side, 3)) for _ in range(3))
    a, b = draw(arrays_on_grid(shape=(i, j))), draw(arrays_on_grid(shape=(j, k)))
    return draw(
        st.sampled_from(
            [
                (a, [0, 1], b, [1, 2], [0, 2]),
                (a, [0, 1], b, [1, 2]),
                (a, [0, ...], [0, ...]),
                (a, [..., 7], [...]),
            ]
        )
    ), {}


row(np.matmul, matrices, operands=2)
row(np.linalg.matmul, matrices_only, operands=2)
row(np.dot, dotted, operands=2)
row(np.outer, any_two, operands=2)
row(np.linalg.outer, two_vectors, operands=2)
row(np.tensordot, contracted, operands=2)
row(np.linalg.tensordot, contracted, operands=2)
row(np.einsum, summed, operands=2)
row(np.einsum, summed_by_lists, operands=2)
