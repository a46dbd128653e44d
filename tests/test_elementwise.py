"""What the elementwise functions do at places that random examples don't reach."""

import numpy as np
import pytest
from numpy.lib import scimath

from tinygrad_edu import Tensor, grad
from tinygrad_edu.rules.elementwise import cartesian
from tinygrad_edu.rules.families import bessel_i, sinc_slope
from tinygrad_edu.testing import check_gradients

inf, nan = np.inf, np.nan


def derivative(f, order):
    for _ in range(order):
        f = grad(f)
    return f


# ---- to any order --------------------------------------------------------------------------------


@pytest.mark.parametrize("order", range(1, 9))
def test_every_derivative_of_sinc_at_0(order):
    """The series is that of sin(u) / u: (-1)^k pi^2k / (2k + 1) for order 2k, else 0."""
    expected = 0 if order % 2 else (-1) ** (order // 2) * np.pi**order / (order + 1)
    np.testing.assert_allclose(derivative(np.sinc, order)(0.0), expected, rtol=1e-14)


@pytest.mark.parametrize("order", range(12))
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_derivatives_of_sinc_are_their_integral(order, dtype):
    """By Gauss's rule: the integral of t^n cos(ut + n pi/2), on both sides of the border."""
    x = np.linspace(-9, 9, 1801).astype(dtype)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    t, w = (nodes + 1) / 2, weights / 2
    u = np.pi * x.astype(np.complex128 if dtype is np.complex128 else np.float64)
    integrals = np.cos(u[:, None] * t + order * np.pi / 2) * t**order @ w
    found = sinc_slope(x, order)
    assert found.dtype == dtype
    tolerance = 1e3 * np.finfo(dtype).eps
    np.testing.assert_allclose(found / np.pi**order, integrals, rtol=0, atol=tolerance)


@pytest.mark.parametrize("order", range(8))
def test_bessel_functions_are_their_integral(order):
    """I_n(x) is the mean of exp(x cos t) cos(nt) over a circle."""
    special = pytest.importorskip("scipy.special")
    x = np.concatenate([np.linspace(-30, 30, 601), [1e-8, 1e-3, 100.0, 700.0, -700.0]])
    np.testing.assert_allclose(bessel_i(x, order), special.iv(order, x), rtol=1e-13, atol=1e-300)
    assert bessel_i(np.float32([0.5, 3]), order).dtype == np.float32


@pytest.mark.parametrize(("order", "expected"), [(1, 0), (2, 1 / 2), (3, 0), (4, 3 / 8)])
def test_derivatives_of_i0_at_0(order, expected):
    np.testing.assert_allclose(derivative(np.i0, order)(0.0), expected, rtol=1e-14)


def test_a_bessel_function_beyond_all_numbers():
    with np.errstate(all="ignore"):
        assert bessel_i(np.array([800.0]), 1) == inf
        np.testing.assert_array_equal(bessel_i(np.array([nan, 0.0]), 1), [nan, 0])


def test_the_third_derivative_of_the_modulus_of_a_complex_number():
    def modulus(x, y):
        return np.abs(x + 1j * y) ** 1.5

    def by_parts(x, y):
        return np.hypot(x, y) ** 1.5

    for argnum in (0, 1):
        one, other = (
            grad(lambda x, y, f=f: grad(grad(f))(x, y) ** 2, argnum)(1.5, -0.5)
            for f in (modulus, by_parts)
        )
        np.testing.assert_allclose(one, other, rtol=1e-12)


# ---- values that are not finite ------------------------------------------------------------------

BROKEN = np.array([nan, inf, -inf, 1.5])


@pytest.mark.parametrize(
    "kwargs", [{}, {"nan": 7.0}, {"posinf": 1.0, "neginf": -1.0}, {"posinf": inf}, {"neginf": nan}]
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.complex64])
def test_nan_to_num(kwargs, dtype):
    x = BROKEN.astype(dtype)
    if dtype in (np.complex128, np.complex64):
        x = cartesian(BROKEN[:, None], BROKEN).astype(dtype)
    t = Tensor(x)
    out, expected = np.nan_to_num(t, **kwargs), np.nan_to_num(x, **kwargs)
    assert out.dtype == expected.dtype
    np.testing.assert_array_equal(out.data, expected)
    with np.errstate(all="ignore"):
        np.sum(np.real(out) - 2 * np.imag(out)).backward()
    slope = np.where(np.isfinite(x.real), 1, 0) - 2j * np.isfinite(x.imag) * np.iscomplexobj(x)
    np.testing.assert_array_equal(t.grad, slope)


def test_nan_to_num_in_what_stands_instead():
    assert grad(lambda n: np.sum(np.nan_to_num(Tensor(BROKEN), nan=n)))(2.0) == 1
    with pytest.raises(ValueError, match="broadcast"):
        np.nan_to_num(Tensor(BROKEN), nan=np.zeros(3))
    with pytest.raises(TypeError, match=r"np\.nan_to_num: the argument copy=False"):
        np.nan_to_num(Tensor(BROKEN), copy=False)


def test_modf_and_frexp_of_what_is_not_finite():
    for f in (np.modf, np.frexp):
        for one, other in zip(f(Tensor(BROKEN)), f(BROKEN), strict=True):
            value = one.data if isinstance(one, Tensor) else one
            np.testing.assert_array_equal(value[:-1], other[:-1])


# ---- the sign ------------------------------------------------------------------------------------


def test_the_sign_of_real_numbers_is_plain_and_that_of_complex_ones_varies():
    assert isinstance(np.sign(Tensor(BROKEN)), np.ndarray)
    np.testing.assert_array_equal(np.sign(Tensor(BROKEN)), np.sign(BROKEN))
    z = np.array([3 + 4j, 0, -2j, complex(inf, 1)])
    t = Tensor(z)
    out = np.sign(t)
    np.testing.assert_array_equal(out.data, np.sign(z))
    np.imag(out)[0].backward()
    np.testing.assert_allclose(t.grad, [(-12 + 9j) / 125, 0, 0, 0])


# ---- numpy.lib.scimath ---------------------------------------------------------------------------


@pytest.mark.parametrize("f", [scimath.sqrt, scimath.log, scimath.arccos, scimath.arcsin])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("x", [[0.5, 0.25], [0.5, -3.0], [-2.0], [2.0]])
def test_scimath_is_complex_where_numpys_is(f, dtype, x):
    x = np.array(x, dtype)
    found, expected = f(Tensor(x)), f(x)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found.data, expected)


def test_scimath_with_whole_numbers_and_lists():
    x = Tensor([2.0, -2.0])
    for call in (
        lambda x: scimath.power(x, -2),
        lambda x: scimath.power(x, [1, 2]),
        lambda x: scimath.power(2, x),
        lambda x: scimath.logn(-3, x),
        lambda x: scimath.logn(x, [2, 3]),
    ):
        np.testing.assert_allclose(call(x).data, call(x.data), rtol=1e-14)


@pytest.mark.parametrize("x", [3.0, -3.0])
@pytest.mark.parametrize("f", [scimath.arcsin, scimath.arccos, scimath.arctanh])
def test_on_a_cut_the_derivative_is_that_along_it(f, x):
    check_gradients(lambda t: np.stack([np.real(f(t)), np.imag(f(t))]), np.array(x), order=2)


# ---- complex numbers among real ones -------------------------------------------------------------


@pytest.mark.parametrize(("base", "exponent"), [(-2.0, 1 + 0.5j), (-2 + 0j, 0.5), (-1.5, -2j)])
def test_powers_of_negative_numbers(base, exponent):
    """Each argument by itself and both, in the direction of real and imaginary parts."""

    def f(x, y):
        out = np.power(x, y)
        return np.stack([np.real(out), np.imag(out)])

    if isinstance(exponent, complex):
        parts = np.array([exponent.real, exponent.imag])
        check_gradients(lambda p: f(base, p[0] + 1j * p[1]), parts, order=2)
        check_gradients(lambda x, p: f(x, p[0] + 1j * p[1]), np.array(base), parts)
    else:
        check_gradients(lambda y: f(base, y), np.array(exponent), order=2)


def test_the_parts_of_a_complex_number_are_real():
    np.testing.assert_array_equal(cartesian(inf, 1.0), complex(inf, 1))
    with pytest.raises(TypeError, match="are real"):
        cartesian(Tensor(1j), 0.0)
    with pytest.raises(TypeError, match="complex"):
        np.i0(Tensor([1j]))


@pytest.mark.parametrize("tol", [100, 1e-3, 1])
@pytest.mark.parametrize("size", [0, 1e-15, 1e-12, 0.5])
def test_real_if_close(tol, size):
    z = np.array([1, 2]) + 1j * size
    found, expected = np.real_if_close(Tensor(z), tol), np.real_if_close(z, tol)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found.data, expected)


@pytest.mark.parametrize("f", [np.arcsin, np.arccos, np.arccosh, np.arctanh, np.sqrt, np.log])
@pytest.mark.parametrize("z", [2 + 0j, complex(2, -0.0), complex(-2, 0.0), complex(-2, -0.0)])
def test_on_a_cut_the_slope_is_that_of_the_side_that_the_value_is_on(f, z):
    step = 1e-6
    ahead, behind = (f(complex(z.real + h, z.imag)) for h in (step, -step))
    found = grad(lambda x: np.real(f(x)))(z)
    np.testing.assert_allclose(found.real, np.real(ahead - behind) / (2 * step), atol=1e-6)
