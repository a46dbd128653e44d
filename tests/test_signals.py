"""Fourier transforms, signals, polynomials and ranges: what the domains of the table leave out."""

import subprocess
import sys

import numpy as np
import numpy.polynomial.polynomial as modern
import pytest

from tinygrad_edu import Tensor, grad
from tinygrad_edu.testing import check_gradients

RNG = np.random.default_rng(0)
LINE = RNG.normal(size=5)
HANDED_OVER = isinstance(modern.polyval2d, type(np.sum))
from_2_4_on = pytest.mark.skipif(not HANDED_OVER, reason="NumPy hands it over from 2.4 on")


def parts(out):
    """All results, their real and their imaginary parts, in one array."""
    out = np.concatenate([np.ravel(o) for o in out]) if isinstance(out, tuple) else out
    return np.stack([np.real(out), np.imag(out)])


# ---- loaded when they are first used -------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("numpy.fft", "np.fft.ifft(np.fft.fft(t)).real"),
        pytest.param(
            "numpy.polynomial",
            "np.polynomial.polynomial.polyval2d(t, t, np.eye(2))",
            marks=from_2_4_on,
        ),
    ],
)
def test_a_module_that_numpy_loads_late_is_loaded_late(module, call):
    code = f"""
import sys, numpy as np
before = {module!r} in sys.modules
from tinygrad_edu import Tensor
assert before or {module!r} not in sys.modules
t = Tensor([1.0, 2.0])
np.sum({call}).backward()
print(t.grad)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ("[1. 1.]" if "fft" in call else "[2. 4.]")


# ---- Fourier transforms --------------------------------------------------------------------------


@pytest.mark.parametrize("function", [np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn])
def test_an_axis_may_be_transformed_twice(function):
    a = RNG.normal(size=(3, 2))
    out = function(Tensor(a), axes=(0, 0, 1))
    np.testing.assert_allclose(out.data, function(a, axes=(0, 0, 1)), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("function", [np.fft.fftn, np.fft.ifft2, np.fft.rfft2, np.fft.irfftn])
@pytest.mark.parametrize("given", [{"s": (3, 2), "axes": None}, {"s": (None, 2), "axes": (0, 1)}])
def test_what_numpy_gives_up_is_still_understood_with_its_warning(function, given):
    a = RNG.normal(size=(3, 3))
    with pytest.warns(DeprecationWarning, match="axes|None"):
        expected = function(a, **given)
    with pytest.warns(DeprecationWarning, match="deprecated by NumPy") as record:
        out = function(Tensor(a), **given)
    assert record[0].filename == __file__
    np.testing.assert_allclose(out.data, expected, rtol=1e-13, atol=1e-15)


def test_lengths_and_axes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"Shape and axes have different lengths\."):
        np.fft.fftn(Tensor(np.eye(2)), s=(2,), axes=(0, 1))


@pytest.mark.parametrize(
    "function", [np.fft.fft, np.fft.irfft, np.fft.hfft, np.fft.ihfft, np.fft.fftn, np.fft.rfft2]
)
def test_an_unknown_norm_is_refused_as_numpy_refuses_it(function):
    with pytest.raises(ValueError, match="Invalid norm value loud"):
        function(Tensor(np.eye(3)), norm="loud")


def test_a_transform_of_no_points_is_refused_as_numpy_refuses_it():
    for call in (lambda t: np.fft.fft(t, 0), lambda t: np.fft.irfft(t[:1])):
        with pytest.raises(ValueError, match=r"Invalid number of FFT data points \(0\)"):
            call(Tensor(LINE))


def test_the_transform_of_real_numbers_takes_no_complex_ones():
    for function in (np.fft.rfft, np.fft.ihfft, np.fft.rfftn):
        with pytest.raises(TypeError):
            function(Tensor(LINE + 1j))


def test_parseval():
    """The sum of squares is the same in both worlds, and so is its gradient."""
    energy = grad(lambda x: np.sum(np.abs(np.fft.fft(x, norm="ortho")) ** 2))
    np.testing.assert_allclose(energy(LINE), 2 * LINE, rtol=1e-12)


# ---- signals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("lengths", [(5, 3), (3, 5), (4, 2), (2, 4), (4, 4), (1, 3)])
def test_correlation_takes_the_conjugate_of_its_second_argument(mode, lengths):
    a, v = (RNG.normal(size=n) + 1j * RNG.normal(size=n) for n in lengths)
    found = np.correlate(Tensor(a), Tensor(v), mode)
    np.testing.assert_allclose(found.data, np.correlate(a, v, mode), rtol=1e-13)

    def of_parts(a, b, v, w):
        return parts(np.correlate(a + 1j * b, v + 1j * w, mode))

    check_gradients(of_parts, a.real, a.imag, v.real, v.imag, order=2)


@pytest.mark.parametrize("place", ["first", "second"])
def test_correlation_with_nothing(place):
    args = (Tensor([]), LINE) if place == "first" else (Tensor(LINE), [])
    with pytest.raises(ValueError, match=f"{place} array argument cannot be empty"):
        np.correlate(*args)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: np.diff(t, -1), ValueError, "order must be non-negative but got -1"),
        (lambda t: np.diff(t[0]), ValueError, "at least one dimensional"),
        (lambda t: np.ediff1d(np.arange(3), t), TypeError, "dtype of `to_end` must be compatible"),
        (lambda t: np.ediff1d(t, None, 1j), TypeError, "dtype of `to_begin` must be compatible"),
        (lambda t: np.gradient(t, 1.0, 2.0), TypeError, "invalid number of arguments"),
        (lambda t: np.gradient(t, edge_order=3), ValueError, "greater than 2 not supported"),
        (lambda t: np.gradient(t[:1]), ValueError, "too small to calculate"),
        (lambda t: np.gradient(t, np.eye(5)), ValueError, "either scalars or 1d"),
        (lambda t: np.gradient(t, np.arange(4)), ValueError, "distances must match"),
        (lambda t: np.gradient(t, 1j), TypeError, "would lose its imaginary part"),
        (lambda t: np.interp(t, LINE, LINE, period=t), TypeError, "derivative in period="),
        (lambda t: np.interp(t + 1j, LINE, LINE), TypeError, "imaginary part of a complex x would"),
        (lambda t: np.interp(t, LINE, LINE, 1j), TypeError, "imaginary part of a complex left"),
    ],
)
def test_errors_of_signals(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor(LINE))


def test_slopes_along_several_axes_are_a_tuple():
    slopes = np.gradient(Tensor(RNG.normal(size=(3, 4))), 0.5, np.array([0, 1, 3, 4]))
    assert isinstance(slopes, tuple)
    assert [s.shape for s in slopes] == [(3, 4)] * 2


def test_slopes_of_whole_numbers_over_distances_that_vary():
    f = np.array([200, 100, 50, 10], np.uint8)
    check_gradients(lambda x: np.gradient(f, x), np.array([0.0, 1, 3, 4]), order=2)
    assert np.gradient(f, Tensor(0.5)).dtype == np.float64
    single = np.gradient(Tensor(np.arange(3, dtype=np.float32)), np.array([0.0, 1, 3]))
    assert single.dtype == np.float32


def test_an_infinity_is_in_no_slope_that_numpy_keeps_it_out_of():
    f = np.array([0, np.inf, 1, 2])
    np.testing.assert_array_equal(np.gradient(Tensor(f)).data, np.gradient(f))


def test_interpolation_varies_with_what_stands_outside():
    x, xp = np.array([-1, 0.5, 1.5, 5]), np.array([0.0, 1, 2.5])

    def ends(x, xp, fp, left, right):
        return np.interp(x, xp, fp, left, right)

    check_gradients(ends, x, xp, LINE[:3], 3.0, 4.0, order=2)
    for k, expected in ((3, [1, 0, 0, 0]), (4, [0, 0, 0, 1])):
        t = Tensor(0.25)
        end = {"left": t} if k == 3 else {"right": t}
        np.sum(np.interp(Tensor(x), xp, LINE[:3], **end) * np.arange(1, 5)).backward()
        assert t.grad == np.dot(expected, np.arange(1, 5))


def test_interpolation_at_a_sample_has_the_slope_after_it_and_at_the_last_the_one_before():
    slope = grad(lambda x: np.sum(np.interp(x, [0.0, 1, 2], [0.0, 1, 4])))
    np.testing.assert_array_equal(slope(np.array([0.0, 1, 2])), [1, 3, 3])


# ---- polynomials ---------------------------------------------------------------------------------

FAR = [1.0, -6.25, 10.5, -2.5, 0.0]


@pytest.mark.parametrize("p", [LINE, FAR, [2.0, 0.0], [0.0, 2.0, 3.0, -1.0], [1.0, 0.0, 1.0]])
def test_each_root_moves_with_the_coefficients(p):
    p = np.array(p, float)
    roots = np.roots(Tensor(p))
    np.testing.assert_array_equal(roots.data, np.roots(p))
    for k in range(len(p)):
        step = 1e-6 * np.eye(len(p))[k]
        above, below = np.roots(p + step), np.roots(p - step)
        for place, root in enumerate(np.roots(p)):
            near = [side[np.argmin(np.abs(side - root))] for side in (above, below)]
            slope = (near[0] - near[1]) / 2e-6
            for part, expected in ((np.real, slope.real), (np.imag, slope.imag)):
                t = Tensor(p)
                part(np.roots(t)[place]).backward()
                np.testing.assert_allclose(t.grad[k], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "zeros", [[1, 1], [1, 1, 1], [2, 1, 1], [0, 0], [1 / 3, 1 / 3, 2], [0.1] * 4, [1, 1 + 1e-9]]
)
@pytest.mark.parametrize("factor", [1, -3e5])
def test_a_repeated_root_has_no_derivative(zeros, factor):
    t = Tensor(factor * np.poly(zeros))
    roots = np.roots(t)
    with pytest.raises(ValueError, match="a root is repeated, or as good as repeated"):
        np.sum(np.real(roots)).backward()


@pytest.mark.parametrize("zeros", [[1, 1.001], np.arange(1, 11), [1e-3, 1, 1e3], [0, 1e-3]])
def test_roots_that_are_near_have_a_derivative(zeros):
    """The sum of all is minus the ratio of the first two coefficients."""
    p = np.poly(zeros)
    total = grad(lambda p: np.sum(np.real(np.roots(p))))(p)
    np.testing.assert_allclose(total[:2], [p[1], -1], rtol=1e-3)


def test_no_roots():
    t = Tensor([0.0, 0.0])
    assert np.roots(t).shape == (0,)
    np.sum(np.roots(t)).backward()
    np.testing.assert_array_equal(t.grad, [0, 0])


def test_the_polynomial_of_no_roots_is_one():
    assert np.poly(Tensor([])) == 1.0


def test_a_polynomial_with_conjugate_roots_is_real():
    def of_parts(x, y):
        return np.real(np.poly(np.stack([x + 1j * y, x - 1j * y])))

    assert np.poly(Tensor([1 + 2j, 1 - 2j])).dtype == np.float64
    check_gradients(of_parts, 1.0, 2.0, order=2)


def test_the_characteristic_polynomial_of_a_matrix_with_equal_eigenvalues():
    """The determinant of -A is its last coefficient."""
    a = np.array([[2.0, 1, 0], [0, 2, 0], [0, 0, 2]])
    found = grad(lambda a: np.poly(a)[3])(a)
    np.testing.assert_allclose(found, -4 * np.linalg.inv(a).T * 2, rtol=1e-9)


@pytest.mark.parametrize("n", [5, 30])
def test_the_polynomial_of_many_zeros(n):
    zeros, g = 3 * RNG.normal(size=n), RNG.normal(size=n + 1)
    t = Tensor(zeros)
    np.poly(t).backward(g)
    expected = [-np.poly(np.delete(zeros, i)) @ g[1:] for i in range(n)]
    np.testing.assert_allclose(t.grad, expected, rtol=1e-9)


def test_a_characteristic_polynomial_that_loses_its_digits():
    matrix = np.random.default_rng(0).normal(size=(60, 60))
    with pytest.raises(ValueError, match=r"np\.poly: .* \(60, 60\) would lose more than half"):
        grad(lambda a: np.poly(a)[60])(matrix)
    shares = grad(lambda a: np.poly(a)[20])(matrix[:20, :20])
    exact = np.linalg.det(matrix[:20, :20]) * np.linalg.inv(matrix[:20, :20]).T
    np.testing.assert_allclose(shares, exact, rtol=1e-6)


def test_a_quotient_of_a_shorter_polynomial_is_zero():
    t = Tensor([1.0, 2.0])
    quotient, remainder = np.polydiv(t, np.ones(3))
    np.testing.assert_array_equal(quotient.data, [0])
    np.sum(quotient).backward()
    np.testing.assert_array_equal(t.grad, [0, 0])
    np.testing.assert_array_equal(remainder.data, t.data)


def test_a_product_leaves_out_leading_zeros_as_numpy_does():
    t = Tensor([0.0, 0.0, 3.0])
    for other in ([0.0, 1.0, 2.0], [0.0, 0.0], []):
        found = np.polymul(t, other)
        np.testing.assert_array_equal(found.data, np.polymul(t.data, other))
    np.sum(np.polymul(t, [1.0, 2.0])).backward()
    np.testing.assert_array_equal(t.grad, [0, 0, 3])


def test_the_constants_of_an_antiderivative_vary():
    check_gradients(lambda p, k: np.polyint(p, 2, k), LINE, LINE[:2], order=2)
    check_gradients(lambda p, k: np.polyint(p, 2, k), LINE, 2.0, order=2)


def test_lists_of_coefficients_and_numbers():
    t = Tensor(2.0)
    assert np.polyval([1, 2, 3], t).item() == 11
    np.testing.assert_array_equal(np.polyadd([1, 2], t).data, [1, 4])
    np.testing.assert_array_equal(np.polysub(t, [1, 2]).data, [-1, 0])


@from_2_4_on
def test_polynomials_in_two_variables():
    t = Tensor(2.0)
    np.testing.assert_array_equal(modern.polyval2d(t, 3, [[1, 2], [3, 4]]).data, 37)
    np.testing.assert_array_equal(modern.polygrid2d([0, 1], t, np.eye(2)).data, [1, 3])
    with pytest.raises(ValueError, match="x, y are incompatible"):
        modern.polyval2d(Tensor(LINE), LINE[:2], np.eye(2))


@pytest.mark.skipif(HANDED_OVER, reason="NumPy 2.4 hands them over")
@pytest.mark.parametrize(
    "call",
    [
        lambda x, y, c: modern.polyval2d(Tensor(x), y, c),
        lambda x, y, c: modern.polyval2d(x, Tensor(y), c),
        lambda x, y, c: modern.polyval2d(x, y, Tensor(c)),
        lambda x, y, c: modern.polygrid2d(x, y, Tensor(c)),
    ],
)
def test_before_that_the_error_says_what_to_write(call):
    with pytest.raises(TypeError, match=r"from 2\.4 on; until then write .*np\.vander"):
        call(LINE, LINE, np.eye(2))


def test_polynomials_in_two_variables_by_the_matrices_of_their_powers():
    """What to write where NumPy does not hand these over."""

    def on_points(x, y, c):
        m, n = c.shape
        terms = np.vander(x, m, increasing=True) @ c * np.vander(y, n, increasing=True)
        return np.sum(terms, -1)

    def on_a_grid(x, y, c):
        m, n = c.shape
        return np.vander(x, m, increasing=True) @ c @ np.vander(y, n, increasing=True).T

    x, y, c = LINE[:3], LINE[2:], RNG.normal(size=(2, 4))
    np.testing.assert_allclose(on_points(x, y, c), modern.polyval2d(x, y, c), rtol=1e-12)
    np.testing.assert_allclose(on_a_grid(x, y, c), modern.polygrid2d(x, y, c), rtol=1e-12)
    for function in (on_points, on_a_grid):
        check_gradients(function, x, y, c)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_fit_is_solved_by_what_it_was_made_of(weighted):
    """Far from 0, where the powers of x are all but parallel."""
    x, w = np.linspace(2000, 2020, 21), RNG.uniform(1, 2, 21) if weighted else None
    true = np.array([1e-3, -2, 5.0])
    y = Tensor(np.polyval(true, x))
    np.polyval(np.polyfit(x, y, 2, w=w), 2010.0).backward()
    step = RNG.normal(size=21)
    fitted = np.polyval(np.polyfit(x, step, 2, w=w), 2010.0)  # linear in y
    np.testing.assert_allclose(y.grad @ step, fitted, rtol=1e-4)


def test_a_fit_of_complex_points():
    def of_parts(x, u, y, v):
        return parts(np.polyfit(x + 1j * u, y + 1j * v, 1))

    check_gradients(of_parts, *RNG.normal(size=(4, 4)), order=2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: np.polyder(t, -1), ValueError, "Order of derivative must be positive"),
        (lambda t: np.polyint(t, -1), ValueError, "Order of integral must be positive"),
        (lambda t: np.polyint(t, 3, [1, 2]), ValueError, "k must be a scalar or a rank-1 array"),
        (lambda t: np.polymul(t, np.eye(2)), ValueError, "must be 1d only"),
        (lambda t: np.polyval(t, np.poly1d([1, 2])), TypeError, "a poly1d holds no Tensor"),
        (lambda t: np.polyfit(t, LINE, 5), ValueError, "determine 5 coefficients only of the 6"),
        (lambda t: np.polyfit(t, LINE, 1, full=True), TypeError, "the argument full=True"),
        (lambda t: np.polyfit(t, LINE, 1, cov=True), TypeError, "the argument cov=True"),
    ],
)
def test_errors_of_polynomials(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor(LINE))


# ---- ranges --------------------------------------------------------------------------------------


def test_a_line_ends_where_it_is_told_to():
    start, stop = 0.1, 0.7
    found = np.linspace(Tensor(start), stop, 11)
    np.testing.assert_array_equal(found.data, np.linspace(start, stop, 11))
    assert found.data[-1] == stop


@pytest.mark.parametrize("endpoint", [True, False])
def test_the_step_of_a_line(endpoint):
    found, step = np.linspace(Tensor(1.0), 4.0, 4, endpoint, retstep=True)
    expected, length = np.linspace(1.0, 4.0, 4, endpoint, retstep=True)
    np.testing.assert_array_equal(found.data, expected)
    assert step.item() == length
    check_gradients(lambda a, b: np.linspace(a, b, 4, endpoint, True)[1], 1.0, 4.0)
    assert np.isnan(np.linspace(Tensor(1.0), 2.0, 1, retstep=True)[1])


def test_the_precision_of_a_range_is_numpys():
    single = Tensor(np.float32(2))
    for function in (np.linspace, np.logspace, np.geomspace):
        for given in ((single, 3), (1.0, single), (single, np.array([3, 4]))):
            plain = [g.data[()] if isinstance(g, Tensor) else g for g in given]
            assert function(*given, 3).dtype == function(*plain, 3).dtype
        assert function(single, 3, 3, dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("ends", [(-1.0, -8.0), (1 + 1j, -2j), (-1, 8 + 0j), (1j, 4j)])
def test_a_geometric_range_of_negative_and_complex_numbers(ends):
    start, stop = ends
    found = np.geomspace(Tensor(start), stop, 5)
    np.testing.assert_allclose(found.data, np.geomspace(start, stop, 5), rtol=1e-13, atol=1e-13)

    def of_parts(x, y, u, v):
        return parts(np.geomspace(x + 1j * y, u + 1j * v, 5))

    check_gradients(of_parts, *(f(end) for end in ends for f in (np.real, np.imag)), order=2)


def test_a_geometric_range_in_a_dtype_that_it_needs():
    found = np.geomspace(Tensor(-1.0), 1.0, 5, dtype=complex)
    np.testing.assert_allclose(found.data, np.geomspace(-1, 1, 5, dtype=complex), atol=1e-13)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_each_base_of_its_own(axis):
    base = np.array([2.0, 3.0])
    found = np.logspace(Tensor(0.5), 2.0, 3, base=base, axis=axis)
    np.testing.assert_allclose(found.data, np.logspace(0.5, 2.0, 3, base=base, axis=axis))
    check_gradients(
        lambda a, b, c: np.logspace(a, b, 3, base=c, axis=axis), 0.5, base - 1, base, order=2
    )


def test_errors_of_ranges():
    with pytest.raises(ValueError, match=r"Number of samples, -1, must be non-negative\."):
        np.linspace(Tensor(1.0), 2.0, -1)
    with pytest.raises(ValueError, match="Geometric sequence cannot include zero"):
        np.geomspace(Tensor(1.0), 0)


def test_whole_numbers_of_a_line():
    found = np.linspace(Tensor(-1.0), 2.0, 6, dtype=np.int64)
    np.testing.assert_array_equal(found, np.linspace(-1.0, 2.0, 6, dtype=np.int64), strict=True)
