"""Linear algebra where the table's tests don't reach: what is arbitrary, singular or equal."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, grad
from tinygrad_edu.rules.linalg_eigen import eig
from tinygrad_edu.testing import check_gradients

LinAlgError = np.linalg.LinAlgError
RNG = np.random.default_rng(0)
DOUBLE = np.diag([2.0, 2.0, 5.0])


def random(*shape, imaginary=False):
    a = RNG.normal(size=shape)
    return a + 1j * RNG.normal(size=shape) if imaginary else a


def total(a):
    """A real number that depends on all elements, and on their phases."""
    weights = np.arange(1, 1 + np.size(a)).reshape(np.shape(a))
    return np.sum(weights * (np.real(a) + np.imag(a) if np.iscomplexobj(a) else a))


# ---- what is arbitrary ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda t: np.linalg.eigh(t).eigenvectors, "eigh"),
        (lambda t: np.linalg.eig(t).eigenvectors, "eig"),
        (lambda t: np.linalg.svd(t).U, "svd"),
        (lambda t: np.linalg.svd(t).Vh, "svd"),
        (lambda t: np.linalg.svd(t, hermitian=True).U, "eigh"),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_vectors_of_equal_values_have_no_derivative_and_the_error_says_why(f, name, dtype):
    out = f(Tensor(DOUBLE.astype(dtype)))
    with pytest.raises(LinAlgError, match=rf"np\.linalg\.{name}: .*equal.*any others"):
        np.sum(np.abs(total(out))).backward()


def test_values_are_equal_up_to_rounding():
    turn = np.linalg.qr(random(3, 3)).Q
    nearly = Tensor(turn @ DOUBLE @ turn.T)
    with pytest.raises(LinAlgError, match="equal"):
        total(np.linalg.eigh(nearly).eigenvectors).backward()


@pytest.mark.parametrize(
    "f", [np.linalg.eigvalsh, np.linalg.svdvals, np.linalg.eigvals, lambda t: np.linalg.eigh(t)[0]]
)
def test_equal_values_alone_have_a_derivative(f):
    t = Tensor(DOUBLE)
    np.sum(np.real(f(t))).backward()  # from NumPy 2.5 on np.linalg.eigvals are complex
    np.testing.assert_allclose(t.grad, np.eye(3), atol=1e-14)


def test_vectors_of_other_values_have_a_derivative_beside_equal_ones():
    def distinct(a):
        return np.linalg.eigh(a).eigenvectors[:, 2] ** 2

    turn = np.linalg.qr(random(3, 3)).Q
    check_gradients(distinct, turn @ DOUBLE @ turn.T)


def test_one_of_a_batch_with_equal_eigenvalues_does_not_disturb_the_others():
    t = Tensor(np.stack([DOUBLE, np.diag([1.0, 2.0, 3.0])]))
    vectors = np.linalg.eigh(t).eigenvectors
    total(vectors[1]).backward()
    assert np.all(np.isfinite(t.grad))
    with pytest.raises(LinAlgError, match="equal"):
        total(vectors[0]).backward()


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda t: np.linalg.eigh(t + np.conj(t).T).eigenvectors, "eigh"),
        (lambda t: np.linalg.eig(t).eigenvectors, "eig"),
        (lambda t: np.linalg.svd(t).U, "svd"),
        (lambda t: np.linalg.svd(t).Vh, "svd"),
    ],
)
def test_a_loss_that_depends_on_the_phase_is_refused(f, name):
    for scale in (1, 1e-6, 1e6):
        with pytest.raises(LinAlgError, match=rf"np\.linalg\.{name}: .*phases"):
            (scale * total(f(Tensor(random(3, 3, imaginary=True))))).backward()


def test_the_eigenvectors_of_a_real_matrix_may_be_complex_and_have_phases():
    with pytest.raises(LinAlgError, match="phases"):
        total(np.linalg.eig(Tensor([[1.0, -2.0], [3.0, 1.0]])).eigenvectors).backward()


def test_phases_that_go_from_one_factor_to_the_other_are_no_matter():
    """U and V^H together give the matrix again, though the phase of each is arbitrary."""

    def best_of_rank_two(a):
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return (u[:, :2] * s[:2]) @ vh[:2]

    def in_reals(re, im):
        out = best_of_rank_two(re + 1j * im)
        return np.stack([np.real(out), np.imag(out)])

    for shape in ((3, 3), (4, 3), (3, 4)):
        check_gradients(in_reals, random(*shape), random(*shape), order=2)


def test_columns_that_complete_a_basis_have_no_derivative():
    tall = Tensor(random(4, 2))
    with pytest.raises(LinAlgError, match=r"np\.linalg\.svd: .*complete.*full_matrices=False"):
        total(np.linalg.svd(tall).U).backward()
    with pytest.raises(LinAlgError, match="complete"):
        total(np.linalg.svd(tall.T).Vh).backward()
    with pytest.raises(LinAlgError, match=r"np\.linalg\.qr: .*complete.*mode='reduced'"):
        total(np.linalg.qr(tall, "complete").Q).backward()
    total(np.linalg.svd(tall).U[:, :2]).backward()
    total(np.linalg.qr(tall, "complete").R).backward()


def test_dependent_columns_have_no_q():
    with pytest.raises(LinAlgError, match="depend on one another"):
        total(np.linalg.qr(Tensor([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])).Q).backward()


def test_vectors_of_the_singular_value_0_have_no_derivative():
    t = Tensor(np.diag([1.0, 0.0]))
    with pytest.raises(LinAlgError, match="singular value 0"):
        total(np.linalg.svd(t).U).backward()
    np.sum(np.linalg.svdvals(t)).backward()
    np.testing.assert_allclose(t.grad, np.diag([1.0, 0.0]))


# ---- what NumPy reads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "upper"),
    [
        (np.linalg.cholesky, False),
        (lambda a: np.linalg.cholesky(a, upper=True), True),
        (np.linalg.eigvalsh, False),
        (lambda a: np.linalg.eigvalsh(a, "U"), True),
        (lambda a: np.linalg.pinv(a, hermitian=True), False),
        (lambda a: np.linalg.svd(a, hermitian=True).S, False),
    ],
)
def test_the_gradient_is_of_the_triangle_that_numpy_reads(f, upper):
    t = Tensor(random(3, 3) / 8 + np.diag([3.0, 5.0, 7.0]))
    unread = np.tril(np.ones((3, 3)), -1) if upper else np.triu(np.ones((3, 3)), 1)
    np.testing.assert_allclose(f(t.data + unread), f(t.data))
    total(f(t)).backward()
    np.testing.assert_array_equal(t.grad * unread, 0)


@pytest.mark.parametrize("upper", [False, True])
def test_imaginary_parts_of_a_diagonal_are_not_read(upper):
    a = random(3, 3, imaginary=True) / 8 + np.diag([3.0, 5.0, 7.0])
    for f in (
        lambda a: np.linalg.cholesky(a, upper=upper),
        lambda a: np.linalg.eigvalsh(a, "LU"[upper]),
    ):
        np.testing.assert_allclose(f(a + 1j * np.eye(3)), f(a))
        t = Tensor(a)
        total(f(t)).backward()
        np.testing.assert_array_equal(np.imag(np.diag(t.grad)), 0)


# ---- determinants --------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("imaginary", [False, True])
def test_det_of_any_rank_to_second_order(n, imaginary):
    for rank in range(n + 1):
        left, right = (random(n, rank, imaginary=imaginary) for _ in range(2))
        a = left @ right.T

        def parts(re, im):
            out = np.linalg.det(re + 1j * im)
            return np.stack([np.real(out), np.imag(out)])

        if imaginary:
            check_gradients(parts, np.real(a), np.imag(a), order=2)
        else:
            check_gradients(np.linalg.det, a, order=2)


def test_det_has_a_third_derivative_where_there_is_an_inverse():
    for a in (random(4, 4), np.eye(3), 2 * np.eye(2)):
        check_gradients(grad(lambda x: total(grad(np.linalg.det)(x) ** 2)), a)
    with pytest.raises(LinAlgError, match="Singular"):
        grad(grad(grad(lambda t: np.linalg.det(t * np.eye(3)))))(0.0)


def test_slogdet_does_not_overflow():
    a = 1e3 * (np.eye(200) + random(200, 200) / 200)
    t = Tensor(a)
    np.linalg.slogdet(t).logabsdet.backward()
    np.testing.assert_allclose(t.grad, np.linalg.inv(a).T)
    with pytest.raises(LinAlgError, match="Singular"):
        np.linalg.slogdet(Tensor(np.zeros((2, 2)))).logabsdet.backward()


# ---- results that are constant, or need more than one rule ---------------------------------------


def test_the_rank_is_constant():
    t = Tensor(np.diag([1.0, 0.0]))
    assert np.linalg.matrix_rank(t) == 1
    assert type(np.linalg.matrix_rank(t)) is type(np.linalg.matrix_rank(t.data))
    assert np.linalg.lstsq(t, t)[2] == 1
    np.testing.assert_array_equal(np.linalg.norm(t, 0, axis=1), [1.0, 0.0])


@pytest.mark.parametrize("imaginary", [False, True])
@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (3, 3)])
def test_pseudo_inverse_and_least_squares_of_a_matrix_that_keeps_its_rank(shape, imaginary):
    left, right = random(shape[0], 2, imaginary=imaginary), random(2, shape[1], imaginary=imaginary)
    b = random(shape[0], imaginary=imaginary)

    def parts(x, y):
        a = (left + x) @ (right + y)
        results = [np.linalg.pinv(a), np.linalg.lstsq(a, b)[0]]
        return [part(each) for each in results for part in (np.real, np.imag)]

    check_gradients(parts, random(*left.shape) / 8, random(*right.shape) / 8, order=2)


@pytest.mark.parametrize(
    "f",
    [
        lambda t: np.linalg.pinv(t, 0.1),
        lambda t: np.linalg.pinv(t, rtol=0.1),
        lambda t: np.linalg.pinv(t, 0.1, hermitian=True),
        lambda t: np.linalg.lstsq(t, np.ones(2), 0.1)[0],
    ],
)
def test_a_cut_through_the_singular_values_is_refused(f):
    with pytest.raises(LinAlgError, match="rcond cuts off"):
        total(f(Tensor(np.diag([1.0, 0.01])))).backward()


def test_least_squares_without_residuals():
    a, b = random(2, 3), random(2)
    assert np.linalg.lstsq(Tensor(a), Tensor(b))[1].shape == (0,)
    t = Tensor(a)
    np.sum(np.linalg.lstsq(t, b)[1]).backward()
    np.testing.assert_array_equal(t.grad, np.zeros((2, 3)))


def test_the_condition_number_of_a_singular_matrix_is_infinite():
    a = np.stack([np.zeros((2, 2)), np.diag([1.0, 2.0])])
    for p in (None, 2, 1, -1, "fro", np.inf):
        expected = np.linalg.cond(a, p)
        np.testing.assert_allclose(np.linalg.cond(Tensor(a), p).data, expected)
        np.testing.assert_allclose(np.linalg.cond(Tensor(a[0]), p).data, expected[0])


def test_eigvals_stand_in_the_order_of_numpys():
    for n in (2, 5, 20):
        a = np.round(random(30, n, n))
        np.testing.assert_array_equal(np.linalg.eigvals(Tensor(a)).data, np.linalg.eigvals(a))
        factors = eig(a, as_eigvals=True)
        w, v = factors[..., :n], factors[..., n:].reshape(a.shape)
        np.testing.assert_allclose(a @ v, v * w[..., None, :], atol=1e-4)


def test_matrix_power_0_is_the_identity_and_has_no_gradient():
    t = Tensor([[np.nan, 1.0], [2.0, 3.0]])
    out = np.linalg.matrix_power(t, 0)
    np.testing.assert_array_equal(out.data, np.eye(2))
    np.sum(out).backward()
    np.testing.assert_array_equal(t.grad, np.zeros((2, 2)))


def test_many_matrices_are_multiplied_in_the_cheapest_order():
    long, short = random(1, 100), random(100, 1)
    out = np.linalg.multi_dot([Tensor(short), Tensor(long), Tensor(short), long])
    assert max(node.size for node in out.parents) <= 100
    np.testing.assert_allclose(out.data, np.linalg.multi_dot([short, long, short, long]))


def number_or_error(call, a):
    try:
        found = call(a)
    except ValueError as error:
        return "of nothing" if "zero-size array" in str(error) else type(error)
    return np.shape(found), np.asarray(found.data if isinstance(found, Tensor) else found).tolist()


@pytest.mark.parametrize("shape", [(0,), (0, 0), (0, 3), (3, 0), (2, 0, 3), (0, 2, 3), (0, 0, 2)])
@pytest.mark.parametrize("ord", [None, 1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc", 0, 3, 0.5])
def test_norms_of_nothing_are_those_of_the_numpy_that_is_there(shape, ord):
    """It says what the largest of no numbers is: 0 from 2.3 on, an error before."""
    calls = [
        lambda a, axis=axis, keepdims=keepdims: np.linalg.norm(a, ord, axis, keepdims)
        for axis in (None, 0, -1, (-2, -1), (0, 1), (0, 2))
        for keepdims in (False, True)
    ]
    calls += [lambda a, axis=axis: np.linalg.vector_norm(a, ord=ord, axis=axis) for axis in (0, -1)]
    calls += [lambda a: np.linalg.matrix_norm(a, ord=ord)]
    a = np.zeros(shape)
    with np.errstate(divide="ignore"):
        for call in calls:
            assert number_or_error(call, Tensor(a)) == number_or_error(call, a)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) >= "2.5.0", reason="NumPy has given it up")
def test_two_dimensional_cross_products():
    a, b, c = random(2), random(4, 2), random(3)
    for left, right in ((a, b), (a, c), (c, b)):
        with pytest.warns(DeprecationWarning, match="2-dimensional"):
            out = np.cross(Tensor(left), Tensor(right))
        with pytest.warns(DeprecationWarning, match="2-dimensional"):
            np.testing.assert_allclose(out.data, np.cross(left, right))
        with pytest.warns(DeprecationWarning, match="2-dimensional"):
            check_gradients(np.cross, left, right)


# ---- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (np.linalg.inv, "Singular matrix"),
        (lambda t: np.linalg.solve(t, np.ones(2)), "Singular matrix"),
        (lambda t: np.linalg.cholesky(t - 1), "positive definite"),
        (lambda t: np.linalg.inv(t[0]), "1-dimensional array given"),
        (lambda t: np.linalg.inv(t[:1]), "square"),
        (lambda t: np.linalg.det(t[:1]), "square"),
        (lambda t: np.linalg.eigh(t[:1]), "square"),
        (lambda t: np.linalg.eigvals(t[:1]), "square"),
        (lambda t: np.linalg.svd(t[0]), "1-dimensional array given"),
        (lambda t: np.linalg.svdvals(t[0]), "1-dimensional array given"),
        (lambda t: np.linalg.qr(t[0]), "1-dimensional array given"),
        (lambda t: np.linalg.matrix_power(t[:1], 2), "square"),
        (lambda t: np.linalg.lstsq(t, np.ones(3)), "Incompatible dimensions"),
        (lambda t: np.linalg.tensorsolve(t[:1], np.ones(1)), "requirement"),
        (lambda t: np.linalg.multi_dot([t, t[None], t]), None),
        (lambda t: np.linalg.cond(t[:0]), "empty"),
    ],
)
def test_errors_are_numpys(call, error):
    a = np.ones((2, 2))
    with pytest.raises(LinAlgError, match=error):
        call(a)
    with pytest.raises(LinAlgError, match=error):
        call(Tensor(a))


@pytest.mark.parametrize(
    ("call", "kind", "error"),
    [
        (lambda t: np.linalg.matrix_power(t, 1.5), TypeError, "exponent must be an integer"),
        (lambda t: np.linalg.tensorinv(t, 0), ValueError, "Invalid ind argument"),
        (lambda t: np.linalg.multi_dot([t]), ValueError, "at least two arrays"),
        (lambda t: np.linalg.norm(t, "nuc", 0), ValueError, "Invalid norm order 'nuc' for vectors"),
        (lambda t: np.linalg.norm(t, 3), ValueError, "Invalid norm order"),
        (lambda t: np.linalg.norm(t, axis=1.5j), TypeError, "'axis' must be None, an integer"),
        (lambda t: np.linalg.norm(t, axis=(0, 0)), ValueError, "Duplicate axes"),
        (lambda t: np.linalg.norm(t[None], 2), ValueError, "Improper number of dimensions"),
        (lambda t: np.cross(t[..., :1], t), ValueError, "dimension"),
        (lambda t: np.cross(t[0, 0], t), ValueError, "zero dimension"),
        (lambda t: np.linalg.cross(t, t), ValueError, "3-dimensional vectors"),
        (lambda t: np.inner(t, t[:, :1]), ValueError, None),
        (lambda t: np.vdot(t, t[0]), ValueError, None),
        (lambda t: np.vecdot(t, t[:, :1]), ValueError, None),
        (lambda t: np.trace(t, axis1=0, axis2=0), ValueError, "cannot be the same"),
    ],
)
@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional:DeprecationWarning")
def test_other_errors_are_numpys_too(call, kind, error):
    a = np.ones((2, 2))
    with pytest.raises(kind, match=error):
        call(a)
    with pytest.raises(kind, match=error):
        call(Tensor(a))


def test_householder_vectors_are_refused():
    with pytest.raises(ValueError, match=r"np\.linalg\.qr: mode='raw' is not supported"):
        np.linalg.qr(Tensor(np.eye(2)), "raw")


@pytest.mark.skipif(not hasattr(np, "matvec"), reason="NumPy 2.2 has them")
@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.matvec(t, t[0, :1]),
        lambda t: np.matvec(t[0], t[0]),
        lambda t: np.vecmat(t[0, :1], t),
    ],
)
def test_errors_of_products_of_matrices_and_vectors_are_numpys_too(call):
    for t in (np.ones((2, 2)), Tensor(np.ones((2, 2)))):
        with pytest.raises(ValueError):  # noqa: PT011 (NumPy's message is long and may change)
            call(t)


PRODUCTS = [
    getattr(np, name) for name in ("matmul", "vecdot", "matvec", "vecmat") if hasattr(np, name)
]


@pytest.mark.parametrize("ufunc", PRODUCTS)
@pytest.mark.parametrize("option", [{"axes": [(-1,), (-1,), ()]}, {"keepdims": True}])
def test_other_options_of_the_products_are_refused_by_name(ufunc, option):
    (name,) = option
    with pytest.raises(TypeError, match=rf"np\.{ufunc.__name__}: the argument {name}="):
        ufunc(Tensor(np.ones((2, 2))), np.ones((2, 2)), **option)


def test_singular_values_of_a_least_squares_problem_vary_with_the_matrix_alone():
    a, b = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]), Tensor([1.0, 2.0, 4.0])
    solution, _, rank, values = np.linalg.lstsq(a, b)
    assert rank == 2
    assert values.parents == (a,)
    assert solution.parents == (a, b)
    values.backward([1.0, 0.0])
    assert b.grad is None
    np.testing.assert_allclose(a.grad, grad(lambda a: np.linalg.svdvals(a)[0])(a.data))


def test_a_pole_that_has_no_effect_does_not_make_a_decomposition_refuse():
    x = Tensor([[2.0, 0.0], [0.0, 3.0]])
    with np.errstate(divide="ignore"):
        masked = np.where(x.data > 0, np.log(x), 0.0)
    np.linalg.eigh(x + masked).eigenvectors[0, 1].backward()
    assert np.all(np.isfinite(x.grad))


@pytest.mark.parametrize("norm", [np.linalg.norm, np.linalg.vector_norm, np.linalg.matrix_norm])
def test_the_order_of_a_norm_is_a_constant(norm):
    with pytest.raises(TypeError, match=r"the argument ord= is a constant here.*t\.data"):
        norm(Tensor(np.eye(2)), ord=Tensor(1.0))
