"""Linear algebra: matrices whose eigenvalues and singular values are well apart and not near 0."""

import numpy as np
from hypothesis import strategies as st

from tests.domains.cases import DOMAINS, NUMPY, A, plain_call, row
from tinygrad_edu import Tensor
from tinygrad_edu.rules.linalg_decompositions import qr
from tinygrad_edu.rules.linalg_eigen import eig, eigh
from tinygrad_edu.rules.linalg_solve import cofactors, cofactors_along
from tinygrad_edu.rules.linalg_svd import svd
from tinygrad_edu.rules.scaling import restated
from tinygrad_edu.testing.strategies import arrays_on_grid, axes, shapes


def matrices(draw, side, m=None, n=None, batch=None):
    """Matrices whose diagonal prevails, also over imaginary parts up to 2, and that are generic.

    The lower or the upper triangle alone is that of a positive definite one.
    """
    m = draw(st.integers(side, 3)) if m is None else m
    n = m if n is None else n
    batch = draw(shapes(0, 1, min_side=side, max_side=2)) if batch is None else batch
    a = draw(arrays_on_grid(-1, 1, shape=(*batch, m, n)))
    return a + generic(a) + np.eye(m, n) * (8 + 10 * np.arange(n))


def generic(a):
    """Small numbers that make no sums or products of those on a grid vanish."""
    return np.sin(1 + np.arange(a.size)).reshape(a.shape) / 16


def square(draw, side):
    return (matrices(draw, side),), {}


def any_matrix(draw, side):
    """Square, tall and wide."""
    m, n = draw(st.integers(side, 3)), draw(st.integers(side, 3))
    return (matrices(draw, side, m, n),), {}


def with_options(drawn, **choices):
    """The same calls with one of each of these options."""

    def cases(draw, side):
        args, kwargs = drawn(draw, side)
        return args, kwargs | {k: draw(st.sampled_from(v)) for k, v in choices.items()}

    cases.__name__ = "_".join((drawn.__name__, *choices))
    return cases


def tall(draw, side):
    n = draw(st.integers(side, 2))
    return (matrices(draw, side, draw(st.integers(n, 3)), n),), {}


def any_small(draw, side):
    """Square matrices, perhaps nearly singular."""
    n = draw(st.integers(side, 3))
    a = draw(arrays_on_grid(shape=(*draw(shapes(0, 1, min_side=side, max_side=2)), n, n)))
    return (a + generic(a),), {}


def two_small(draw, side):
    n = 4 if side else draw(st.integers(0, 1))  # a smaller determinant has no fourth derivative
    a, b = (draw(arrays_on_grid(shape=(n, n))) for _ in range(2))
    return (a + 2 * generic(a) + np.eye(n) * 8, b + generic(b)), {}


def equations(draw, side):
    """One right-hand side or several, batches that broadcast."""
    n = draw(st.integers(side, 3))
    batches = draw(st.sampled_from([((), ()), ((2,), ()), ((), (2,)), ((2,), (1,)), ((2,), (2,))]))
    a = matrices(draw, side, n, n, batches[0])
    columns = (*batches[1], n, draw(st.integers(side, 2)))
    return (a, draw(arrays_on_grid(shape=draw(st.sampled_from([(n,), columns]))))), {}


def least_squares(draw, side):
    m, n = draw(st.integers(max(side, 1), 3)), draw(st.integers(max(side, 1), 3))
    b = draw(arrays_on_grid(shape=draw(st.sampled_from([(m,), (m, 2), (m, side)]))))
    return (matrices(draw, side, m, n, ()), b), {"rcond": draw(st.sampled_from([None, -1, 1e-6]))}


def powers(draw, side):
    return (matrices(draw, side) / 8, draw(st.integers(-4, 9))), {}


def tensors(draw, side):
    """Square as a matrix; the axes of b first."""
    n, shape = draw(st.sampled_from([(4, (2, 2)), (3, (3,)), (2, (1, 2))]))
    return matrices(draw, side, n, n, ()), shape, draw(st.sampled_from([(n,), shape]))


def tensor_equations(draw, side):
    a, unknowns, given = tensors(draw, side)
    b = draw(arrays_on_grid(shape=given))
    if draw(st.booleans()):
        return (a.reshape(*given, *unknowns), b), {"axes": None}
    a = np.moveaxis(a.reshape(*given, *unknowns), -1, 0)
    return (a, b), {"axes": (0,)}


def tensor_inverse(draw, side):
    a, unknowns, given = tensors(draw, side)
    return (a.reshape(*given, *unknowns),), {"ind": len(given)}


# ---- results that have no arbitrary sign or phase ------------------------------------------------


def projectors(v):
    """Matrices that project onto the columns."""
    return np.einsum("...ik,...jk->...kij", v, np.conj(v))


def from_eigh(a, **kwargs):
    w, v = np.linalg.eigh(a, **kwargs)
    return w, projectors(v)


def from_eig(a):
    """Functions that do not depend on the order either, which may change with rounding."""
    w, v = np.linalg.eig(a)
    functions = np.einsum("...k,...kij->...ij", np.exp(w / 32), projectors(v))
    powers = np.stack([np.sum(w, -1), np.sum(w * w, -1)])
    return [np.real(powers), np.imag(powers), np.real(functions), np.imag(functions)]


def from_eigvals(a):
    w = np.linalg.eigvals(a)
    powers = np.stack([np.sum(w, -1), np.sum(w * w, -1), np.sum(np.exp(w / 32), -1)])
    return np.real(powers), np.imag(powers)


def from_svd(a, **kwargs):
    u, s, vh = np.linalg.svd(a, **kwargs)
    k = s.shape[-1]
    u, v = u[..., :k], np.conj(vh[..., :k, :]).mT
    return s, projectors(u), projectors(v), np.einsum("...ik,...jk->...kij", u, np.conj(v))


def packed_eigh(a, uplo):
    factors, n = eigh(a, uplo), a.shape[-1]
    return np.real(factors[..., :n]), projectors(factors[..., n:].reshape(a.shape))


def packed_eig(a):
    factors, n = eig(a), a.shape[-1]
    w, v = factors[..., :n], projectors(factors[..., n:].reshape(a.shape))
    functions = np.einsum("...k,...kij->...ij", np.exp(w / 32), v)
    return np.real(functions), np.imag(functions)


def packed_svd(a):
    factors, n = svd(a), a.shape[-1]
    u = factors[..., : n * n].reshape(a.shape)
    vh = factors[..., n * n + n :].reshape(a.shape)
    return np.real(factors[..., n * n : n * n + n]), np.einsum("...ik,...kj->...kij", u, vh)


def reduced_of_complete(a, mode):
    """The columns of Q that a matrix determines."""
    q, r = np.linalg.qr(a, mode)
    return q[..., : a.shape[-1]], r


row(np.linalg.det, any_small)
row(cofactors, any_small, noisy=True)  # sums of products that cancel
row(cofactors_along, two_small, operands=2, noisy=True)
row(np.linalg.slogdet, square)
row(np.linalg.inv, square)
row(np.linalg.solve, equations, operands=2)
row(np.linalg.lstsq, least_squares, operands=2)
row(np.linalg.pinv, with_options(any_matrix, rcond=[None, 1e-10]))
row(np.linalg.pinv, with_options(any_matrix, rtol=[None, 1e-10]))
row(np.linalg.pinv, with_options(square, hermitian=[True]))
row(np.linalg.matrix_power, powers)
row(np.linalg.tensorsolve, tensor_equations, operands=2)
row(np.linalg.tensorinv, tensor_inverse)

row(np.linalg.cholesky, with_options(square, upper=[False, True]), noisy=True)  # 4e-8 beside 0.1
row(qr, tall)
row(np.linalg.qr, with_options(any_matrix, mode=["reduced", "r"]))
row(np.linalg.qr, with_options(any_matrix, mode=["complete"]), call=reduced_of_complete)
row(np.linalg.eigh, with_options(square, UPLO=["L", "U", "l"]), call=from_eigh)
row(np.linalg.eigvalsh, with_options(square, UPLO=["L", "U"]), noisy=True)  # 1e-9 beside 1
row(eigh, with_options(square, uplo=["L", "U"]), call=packed_eigh)
row(np.linalg.eig, square, call=from_eig)
row(eig, square, call=packed_eig)
row(np.linalg.eigvals, square, call=from_eigvals)
row(np.linalg.svd, with_options(any_matrix, full_matrices=[False, True]), call=from_svd)
row(np.linalg.svd, with_options(square, hermitian=[True]), call=from_svd)
row(np.linalg.svd, with_options(any_matrix, compute_uv=[False]))
row(np.linalg.svd, with_options(square, compute_uv=[False], hermitian=[True]))
row(svd, square, call=packed_svd)
row(np.linalg.svdvals, any_matrix)

ORDERS = [None, 2, 1, 3, 2.5, 0.5, -1, -2, np.inf, -np.inf]
MATRIX_ORDERS = [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf]


def apart(draw, shape):
    """Elements, none of them 0, whose absolute values are all well apart."""
    size = draw(arrays_on_grid(1, 12, shape=shape, step=1 / 4, distinct=True))
    sign = draw(arrays_on_grid(0, 1, shape=shape, step=1))
    return size * (2 * sign - 1)


def vector_norms(draw, side):
    a = apart(draw, draw(shapes(1, 2, min_side=side)))
    axis = draw(st.integers(-a.ndim, a.ndim - 1))
    options = {"ord": draw(st.sampled_from(ORDERS)), "keepdims": draw(st.booleans())}
    return (a,), options | {"axis": axis}


def whole_norms(draw, side):
    a = apart(draw, draw(shapes(0, 3, min_side=side, max_side=2)))
    return (a,), {"keepdims": draw(st.booleans())}


def norms_of_many_axes(draw, side):
    a = apart(draw, draw(shapes(1, 3, min_side=side, max_side=2)))
    axis = draw(axes(a.ndim).filter(lambda axis: axis != ()))
    options = {"ord": draw(st.sampled_from(ORDERS)), "keepdims": draw(st.booleans())}
    return (a,), options | {"axis": axis}


def norms_of_matrices(draw, side):
    """Of matrices in any two axes, in either order."""
    a = matrices(draw, side, draw(st.integers(side, 3)), draw(st.integers(side, 3)))
    row, column = draw(st.permutations(range(a.ndim)))[:2]
    a = np.moveaxis(a, (-2, -1), (row, column))
    axis = (row, column - a.ndim) if draw(st.booleans()) else (row - a.ndim, column)
    kwargs = {"ord": draw(st.sampled_from(MATRIX_ORDERS)), "keepdims": draw(st.booleans())}
    return (a,), kwargs | {"axis": axis}


def vector(draw, side):
    return (draw(arrays_on_grid(-3, 3, shape=shapes(0, 2, min_side=side))),), {}


def with_its_own_value(x):
    """`restated` as it is meant: the value is that of x, come by in another way."""
    return restated(x, x.data if isinstance(x, Tensor) else x)


row(np.linalg.norm, vector_norms)
row(restated, vector, call=with_its_own_value)
row(np.linalg.norm, whole_norms)
row(np.linalg.norm, norms_of_matrices)
row(np.linalg.vector_norm, norms_of_many_axes)
row(np.linalg.matrix_norm, with_options(any_matrix, ord=MATRIX_ORDERS, keepdims=[False, True]))
# Before NumPy 2.4 its own of complex matrices is complex, with imaginary parts of 0; ours is real.
real_cond = None if NUMPY >= "2.4.0" else lambda x, p: np.real(np.linalg.cond(x, p))
CONDS = [None, 2, -2, "fro", "nuc", 1, -1, np.inf, -np.inf]
row(np.linalg.cond, with_options(square, p=CONDS), call=real_cond)

S = np.array([[2.5, 0.5], [0.5, 1.75]])
for op in (np.linalg.solve, np.linalg.lstsq):
    plain_call(op, S, S)
for op in (np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh):
    plain_call(op, S)
plain_call(np.linalg.matrix_power, A, 3)
plain_call(np.linalg.tensorinv, A, 1)
plain_call(np.linalg.tensorsolve, S, S[0])

DECOMPOSED = {np.linalg.cond, np.linalg.eig, np.linalg.eigvals, np.linalg.lstsq, np.linalg.pinv}
DECOMPOSED |= {np.linalg.svd, np.linalg.svdvals, np.linalg.norm, np.linalg.matrix_norm, eig, svd}
for domain in DOMAINS:
    domain.noisy |= domain.op in DECOMPOSED
