"""Matrix and tensor products."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import A, one, plain_call, row
from tinygrad_edu.testing.strategies import (
    arrays_on_grid,
    matmul_operands,
    shapes,
)


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

plain_call(np.einsum, "ij,jk->ik", A, A)
plain_call(np.linalg.outer, A[0], A[0])
for op in (np.dot, np.outer, np.tensordot, np.linalg.matmul, np.linalg.tensordot):
    plain_call(op, A, A)
