"""Corners of np.einsum: repeated indices across operands, axes of length one, paths, refusals."""

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.testing import check_gradients

RNG = np.random.default_rng(0)


def random(*shape):
    return RNG.normal(size=shape)


CORNERS = [
    # an axis of length one is repeated, under a letter too
    ("i,i", [(1,), (3,)]), ("ij,jk", [(2, 1), (3, 2)]), ("ii,ij->j", [(1, 1), (3, 2)]),
    ("ij,ij", [(2, 3), (1, 3)]), ("...ij,...jk->...ik", [(1, 2, 3), (4, 3, 2)]),
    ("...,...", [(3, 1), (2,)]), ("...i,...i->...", [(1, 3), (2, 3)]),
    # an index repeated within operands and across them
    ("iiii->", [(2, 2, 2, 2)]), ("aab,bc->ac", [(3, 3, 2), (2, 2)]),
    ("ab,bcc->ac", [(2, 3), (3, 2, 2)]), ("iij,jkk->ik", [(2, 2, 3), (3, 2, 2)]),
    ("a,ab,abc->abc", [(2,), (2, 3), (2, 3, 4)]), ("ab,ab,c->", [(2, 3), (2, 3), (2,)]),
    ("bca,cdb,dbf,afc->", [(2, 2, 2)] * 4),
    ("baa,dcf,af,cde->be", [(2, 2, 2)] * 2 + [(2, 2), (2,) * 3]),
    ("dd,fb,be,cdb->cef", [(2, 2), (3, 4), (4, 5), (2, 2, 4)]),
    ("ea,fb,gc,hd,abcd->efgh", [(2, 2)] * 4 + [(2, 2, 2, 2)]),
    # an ellipsis between letters, before or behind them, and spaces
    ("a...a->a...", [(2, 3, 2)]), ("a...a->...", [(2, 3, 2)]), ("...ii->...i", [(2, 3, 3)]),
    ("i...,j...->ij...", [(2, 1), (3, 4)]), ("...ab,...b", [(2, 3), (4, 3)]),
    ("k...,jk", [(2, 3), (4, 2)]), ("ij, jk, kl -> il", [(2, 3), (3, 2), (2, 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "forms"), CORNERS)
@pytest.mark.parametrize("optimize", [False, True, "optimal"])
def test_a_corner(text, forms, optimize):
    operands = [random(*form) for form in forms]

    def contract(*operands):
        return np.einsum(text, *operands, optimize=optimize)

    np.testing.assert_allclose(contract(*map(Tensor, operands)).data, contract(*operands))
    check_gradients(contract, *operands)

    def in_reals(first, *others):
        out = contract(first * (1 + 2j), *others)
        return np.stack([np.real(out), np.imag(out)])

    if not optimize:
        check_gradients(in_reals, *operands)


def test_a_path_may_be_given():
    a, b = random(2, 3), random(3, 2)
    path, _ = np.einsum_path("ij,jk,kl->il", a, b, a)
    check_gradients(lambda *x: np.einsum("ij,jk,kl->il", *x, optimize=path), a, b, a, order=2)


def test_lists_of_axes_may_have_any_numbers_and_an_ellipsis():
    check_gradients(lambda a: np.einsum(a, [0, 0, ...], [...]), random(2, 2, 3))
    check_gradients(
        lambda a, b: np.einsum(a, [0, 27], b, [27, 51], [51, 0]), random(2, 3), random(3, 2)
    )


@pytest.mark.parametrize(
    "option",
    [{"out": np.zeros(())}, {"order": "F"}, {"casting": "unsafe"}, {"dtype": np.float32}],
)
def test_other_options_are_refused_by_name(option):
    (name,) = option
    with pytest.raises(TypeError, match=rf"np\.einsum: the argument {name}="):
        np.einsum("ij->", Tensor(random(2, 3)), **option)


@pytest.mark.parametrize("text", ["ij->ii", "ij,jk", "ijk->i", "ij->k", "i.j->i", "...->"])
def test_what_numpy_refuses_is_refused(text):
    a = random(2, 3)
    with pytest.raises(ValueError, match=r"."):
        np.einsum(text, a)
    with pytest.raises(ValueError, match=r"np\.einsum"):
        np.einsum(text, Tensor(a))
