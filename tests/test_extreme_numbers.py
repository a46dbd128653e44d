"""Numbers at the ends of their range, and special ones: values NumPy's, slopes where they exist."""

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Tensor, compile, grad, hessian, jvp, value_and_grad

X = np.array([3.0, -4.0, 7.0])
NORMS = {
    "norm": np.linalg.norm,
    "norm of order 3": lambda x: np.linalg.norm(x, 3),
    "norm of order 1/2": lambda x: np.linalg.norm(x, 0.5),
    "norm of order -2": lambda x: np.linalg.norm(x, -2),
    "norm of order 1": lambda x: np.linalg.norm(x, 1),
    "norm of rows": lambda x: np.sum(np.linalg.norm(np.stack([x, 2 * x]), axis=1)),
    "vector_norm": lambda x: np.linalg.vector_norm(x, ord=2.5, keepdims=True)[0],
    "Frobenius": lambda x: np.linalg.norm(np.stack([x, x[::-1]]), "fro"),
    "matrix_norm": lambda x: np.linalg.matrix_norm(np.stack([x, x[::-1]])),
    "of complex numbers": lambda x: np.linalg.norm(x + 2j * x[::-1]),
    "abs of complex numbers": lambda x: np.sum(np.abs(x + 2j * x[::-1])),
    "hypot": lambda x: np.hypot(x[0], x[1]),
    "std": np.std,
    "std of ddof 1": lambda x: np.std(x, ddof=1),
    "std of the chosen": lambda x: np.std(x, where=[True, True, False]),
    "std of columns": lambda x: np.sum(np.std(np.stack([x, x[::-1], 3 * x]), axis=0)),
    "std of rows": lambda x: np.sum(np.std(np.stack([x, x[::-1]]), axis=1, keepdims=True)),
    "std about a mean": lambda x: np.sum(np.std(x, mean=x[:1])),
    "nanstd": lambda x: np.nanstd(np.concatenate([x, [np.nan]])),
}
SCALES = {"f8": [1e-200, 1e200], "f4": [1e-30, 1e25], "f2": [2e-3]}
# In half precision NumPy's own sums are too large, or another function takes over.
NOT_OF_HALVES = {"of complex numbers", "abs of complex numbers"}
every_norm = pytest.mark.parametrize("name", NORMS)
quiet = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # in NumPy's values
all_scales = pytest.mark.parametrize(
    ("dtype", "scale"), [(dtype, scale) for dtype in SCALES for scale in SCALES[dtype]]
)


@quiet
@every_norm
@all_scales
def test_a_length_has_the_same_slope_at_any_scale(name, dtype, scale):
    """``f(s x) = s f(x)``, so the gradient at s x is that at x."""
    if dtype == "f2" and name in NOT_OF_HALVES:
        return
    f, x = NORMS[name], (X * scale).astype(dtype)
    expected = grad(f)(X)
    rtol = {"f8": 1e-12, "f4": 1e-5, "f2": 4e-3}[dtype]
    for way in (grad, lambda f: compile(grad(f))):
        np.testing.assert_allclose(way(f)(x), expected, rtol=rtol, atol=rtol)
    tangent = np.array([1.0, -2.0, 0.5], dtype)
    np.testing.assert_allclose(
        jvp(f, (x,), (tangent,))[1], expected @ tangent, rtol=5 * rtol, atol=5 * rtol
    )


@quiet
@every_norm
@pytest.mark.parametrize("scale", [1e-200, 1e-100, 1e200])
def test_and_the_second_derivative_that_shrinks_with_it(name, scale):
    f = NORMS[name]
    np.testing.assert_allclose(hessian(f)(X * scale) * scale, hessian(f)(X), rtol=1e-9, atol=1e-12)


@quiet
@every_norm
@all_scales
def test_the_value_remains_numpys(name, dtype, scale):
    f, x = NORMS[name], (X * scale).astype(dtype)
    value, _ = value_and_grad(f)(x)
    np.testing.assert_allclose(value, f(x), rtol=1e3 * np.finfo(dtype).eps)
    np.testing.assert_allclose(compile(f)(x), f(x), rtol=1e3 * np.finfo(dtype).eps)


def test_nothing_changes_at_zero_and_where_nothing_varies():
    compiled = compile(grad(np.std))
    for f in (np.linalg.norm, np.std, lambda x: np.linalg.norm(x, 3), compiled):
        found = f(np.zeros(3)) if f is compiled else grad(f)(np.zeros(3))
        np.testing.assert_array_equal(found, np.zeros(3))
    np.testing.assert_array_equal(grad(np.std)(np.full(3, 1e-200)), np.zeros(3))
    rows = np.array([[0.0, 0.0], [3e-200, 4e-200], [3.0, 4.0]])
    np.testing.assert_allclose(
        grad(lambda x: np.sum(np.linalg.norm(x, axis=1)))(rows), [[0, 0], [0.6, 0.8], [0.6, 0.8]]
    )


@quiet
@pytest.mark.parametrize("x", [[np.inf, 1.0], [np.nan, 1.0]])
def test_what_is_not_finite_is_no_scale(x):
    assert not np.isfinite(Tensor(np.linalg.norm(x)).item())
    grad(np.linalg.norm)(np.array(x))
    grad(np.std)(np.array(x))


def test_the_slope_of_arcsinh_where_the_square_is_infinite():
    for dtype, far in (("f8", 1e200), ("f4", 1e30), ("f2", 1e3)):
        x = np.array([far, -far, 2.0], dtype)
        expected = 1 / np.hypot(1, x.astype(np.longdouble))
        np.testing.assert_allclose(
            grad(lambda x: np.sum(np.arcsinh(x)))(x), expected, rtol=2 * np.finfo(dtype).eps
        )


COMPLEX = np.array([[1 + 4j, 0.5 + 1j, -2 - 3j], [40 - 8j, 39 + 9j, 1000 + 5j]])


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_logsumexp_is_the_principal_logarithm(axis):
    found = te.logsumexp(COMPLEX, axis=axis)
    assert np.all(np.abs(np.imag(found)) <= np.pi)
    in_wider_range = np.exp(COMPLEX.astype(np.clongdouble))
    np.testing.assert_allclose(found, np.log(np.sum(in_wider_range, axis=axis)), rtol=1e-12)
    np.testing.assert_array_equal(te.logsumexp(Tensor(COMPLEX), axis=axis).data, found)
    kept = te.logsumexp(COMPLEX, axis=axis, keepdims=True)
    np.testing.assert_allclose(te.log_softmax(COMPLEX, axis), COMPLEX - kept, rtol=1e-12)
    np.testing.assert_allclose(te.softmax(COMPLEX, axis), np.exp(COMPLEX - kept), rtol=1e-9)


def test_logsumexp_of_two_numbers_and_of_infinite_ones():
    z = np.array([1 + 4j, 0.5 + 1j])
    np.testing.assert_allclose(te.logsumexp(z), np.log(np.sum(np.exp(z))), rtol=1e-15)
    nothing = te.logsumexp(np.array([-np.inf, -np.inf], complex))
    assert nothing == -np.inf
    np.testing.assert_allclose(te.logsumexp(np.array([-np.inf, 2 + 1j])), 2 + 1j)


SPECIAL = [np.inf, -np.inf, np.nan, 0.0, -0.0, 4.0, -4.0]


@quiet
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("exponent", [0.5, np.float32(0.5), 2, -1, 0, 1, -0.5, 1.5])
def test_powers_of_special_numbers_are_numpys_of_numbers_and_of_arrays(dtype, exponent):
    """(-inf) ** 0.5 is inf of a number of NumPy, and NaN of an array; np.power has its own say."""

    def power(x):
        return x**exponent

    def ufunc(x):
        return np.power(x, exponent)

    def summed(x):
        return np.sum(x) ** exponent

    for f in (power, ufunc, summed):
        for x in (*map(dtype, SPECIAL), np.array(SPECIAL, dtype), np.array(SPECIAL[:1], dtype)):
            expected = f(x)
            np.testing.assert_array_equal(f(Tensor(x)).data, expected)
            found = compile(f)(x)
            np.testing.assert_array_equal(found, expected)
            numbers = ~np.isnan(expected)
            np.testing.assert_array_equal(*(np.signbit(e) & numbers for e in (found, expected)))
