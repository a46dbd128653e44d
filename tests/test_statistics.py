"""Reductions and statistics with arguments that the drawn calls leave out, and their errors."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, grad
from tinygrad_edu.rules.quantiles import METHODS
from tinygrad_edu.testing import check_gradients

A = np.array([[1.25, 2.5, 3.0, 0.5], [0.75, 1.75, 0.25, 4.0]])
B = np.array([2.0, 0.5, 1.0, 3.5])


# ---- dtype and the mean of a variance ------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [np.sum, np.mean, np.prod, np.var, np.std, np.cumsum, np.cumprod]
)
@pytest.mark.parametrize(
    ("leaf", "dtype"),
    [(np.float32, np.float64), (np.float64, np.longdouble), (np.complex64, np.complex128)],
)
def test_dtype_is_that_of_the_result_and_the_gradient_keeps_the_leafs(function, leaf, dtype):
    a = A.astype(leaf)
    t = Tensor(a)
    out = function(t, dtype=dtype)
    expected = function(a, dtype=dtype)
    np.testing.assert_array_equal(out.data, expected)
    assert out.dtype == expected.dtype
    np.sum(np.real(out)).backward()
    assert t.grad.dtype == leaf
    plain = Tensor(a)
    np.sum(np.real(function(plain))).backward()
    np.testing.assert_allclose(t.grad, plain.grad, rtol=1e-5)


def test_a_result_of_integers_is_refused():
    with pytest.raises(TypeError, match=r"np\.sum gives a result of dtype int64"):
        np.sum(Tensor(A), dtype=np.int64)


@pytest.mark.parametrize("function", [np.var, np.std])
def test_a_given_mean_is_an_argument_like_others(function):
    mean = np.array([[1.5], [1.0]])
    check_gradients(lambda a, m: function(a, axis=1, mean=m), A, mean, order=2)
    check_gradients(lambda m: function(A, axis=1, mean=m), mean)
    both = grad(lambda a: np.sum(function(a, axis=1, mean=np.mean(a, axis=1, keepdims=True))))
    np.testing.assert_allclose(both(A), grad(lambda a: np.sum(function(a, axis=1)))(A), atol=1e-15)


def test_ddof_and_correction_are_the_same_and_not_both_given():
    with pytest.raises(ValueError, match="can't be provided simultaneously"):
        np.var(Tensor(A), ddof=1, correction=1)


# ---- averages and areas --------------------------------------------------------------------------


def test_an_average_comes_with_the_sum_of_its_weights():
    def total(weights):
        average, total = np.average(A, axis=1, weights=weights, returned=True)
        return average * total

    check_gradients(total, B, order=2)
    for weights in (None, B):
        expected = np.average(A, axis=1, weights=weights, returned=True)
        found = np.average(Tensor(A), axis=1, weights=weights, returned=True)
        np.testing.assert_array_equal(found[0].data, expected[0])
        np.testing.assert_array_equal(found[1], expected[1])


def test_an_average_of_integers_weighted_by_a_tensor():
    weights = Tensor(B.astype(np.float32))
    out = np.average([1, 2, 3, 4], weights=weights)
    assert out.dtype == np.float64
    assert out.item() == np.average([1, 2, 3, 4], weights=B)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: np.average(t, weights=B), TypeError, "Axis must be specified"),
        (lambda t: np.average(t, 0, weights=B), ValueError, "must be consistent with"),
        (lambda t: np.average(t, weights=0 * A), ZeroDivisionError, "Weights sum to zero"),
        (lambda t: np.cumulative_sum(t), ValueError, "``axis`` argument is required"),
        (lambda t: np.quantile(t, 1.5), ValueError, r"Quantiles must be in the range \[0, 1\]"),
        (lambda t: np.percentile(t, 101), ValueError, r"Percentiles must be in the range"),
        (lambda t: np.quantile(t, [np.nan]), ValueError, "Quantiles must be"),
        (lambda t: np.quantile(t, [[[0.5]]]), ValueError, "q must be a scalar or 1d"),
        (lambda t: np.quantile(t, 0.5, method="best"), ValueError, "'best' is not a valid method"),
        (lambda t: np.quantile(t, 0.5, weights=A), ValueError, "Only method 'inverted_cdf'"),
        (lambda t: np.quantile(t, 0.5, weights=-A, method="inverted_cdf"), ValueError,
            "Weights must be non-negative"),
        (lambda t: np.quantile(t + 1j, 0.5), TypeError, "a must be an array of real numbers"),
        (lambda t: np.median(t, axis=2), np.exceptions.AxisError, "out of bounds"),
        (lambda t: np.partition(t, 7), ValueError, r"np\.partition of shapes .*out of bounds"),
        (lambda t: np.cov(t, ddof=0.5), ValueError, "ddof must be integer"),
        (lambda t: np.cov(t[None]), ValueError, "m has more than 2 dimensions"),
        (lambda t: np.cov(t, A[None]), ValueError, "y has more than 2 dimensions"),
        (lambda t: np.cov(t, fweights=B), TypeError, "fweights must be integer"),
        (lambda t: np.cov(t, fweights=[1, 2]), RuntimeError, "incompatible numbers of samples"),
        (lambda t: np.cov(t, aweights=A), RuntimeError, "multidimensional aweights"),
        (lambda t: np.cov(t, aweights=-B), ValueError, "aweights cannot be negative"),
        (lambda t: np.histogram2d(t[0], B[:2]), ValueError, "must have the same length"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_errors_are_numpys(call, error, message):
    with pytest.raises(error) as numpys:
        call(A)
    with pytest.raises(error, match=message):
        call(Tensor(A))
    assert type(numpys.value) is error


# ---- quantiles -----------------------------------------------------------------------------------

# Ours computes where the quantile lies in the precision of `q`, in float64 if q has none, as NumPy
# does by now; 2.4.0 and older ones rounded to that of the array, which moves the last digits.
NUMPY_ROUNDS = np.quantile(np.zeros(2, np.float32), np.float64(0.5)).dtype == np.float32


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "q", [0, 1, 0.5, 0.3, [0.1, 0.9], np.array([[0.25], [1]]), np.float64(0.25)]
)
def test_quantiles_are_numpys_of_float32_too_and_at_the_ends(method, q):
    for dtype in (np.float64, np.float32):
        for axis in (None, 0, (0, 1)):
            expected = np.quantile(A.astype(dtype), q, axis=axis, method=method)
            found = np.quantile(Tensor(A.astype(dtype)), q, axis=axis, method=method)
            if NUMPY_ROUNDS and dtype == np.float32:
                np.testing.assert_allclose(found.data, expected, rtol=3 * np.finfo(dtype).eps)
                continue
            np.testing.assert_array_equal(found.data, expected)
            assert found.dtype == expected.dtype


@pytest.mark.parametrize("weights", [0 * A, np.full(A.shape, np.nan), np.full(A.shape, np.inf)])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_weights_that_have_no_sum_are_refused(weights):
    """As NumPy does from 2.4 on; before, it returned one of the elements."""
    functions = [np.quantile, np.nanquantile]
    calls = [lambda a, f=f: f(a, 0.5, weights=weights, method="inverted_cdf") for f in functions]
    for call in calls:
        with pytest.raises(ValueError, match="all zero"):
            call(Tensor(A))
        if np.lib.NumpyVersion(np.__version__) >= "2.4.0":
            with pytest.raises(ValueError, match="all zero"):
                call(A)


def test_many_quantiles_at_once():
    a = np.random.default_rng(0).permutation(60) * 1.0
    q = np.linspace(0, 1, 40)
    np.testing.assert_array_equal(np.quantile(Tensor(a), q).data, np.quantile(a, q))
    check_gradients(lambda a: np.quantile(a, q), a)


def test_with_a_nan_a_quantile_is_one():
    a = np.where(A == 3, np.nan, A)
    t = Tensor(a)
    out = np.quantile(t, [0.25, 0.5], axis=1)
    np.testing.assert_array_equal(out.data, np.quantile(a, [0.25, 0.5], axis=1))
    np.sum(out).backward()
    np.testing.assert_array_equal(t.grad[0], [0, 0, 2, 0])


def test_what_a_quantile_is_weighted_by_does_not_change_it():
    weights = Tensor(np.ones(4))
    out = np.quantile(B, 0.4, weights=weights, method="inverted_cdf")
    assert out == np.quantile(B, 0.4, weights=np.ones(4), method="inverted_cdf")


# ---- covariances and counts ----------------------------------------------------------------------


def test_weights_of_a_covariance_vary():
    check_gradients(lambda a, w: np.cov(a, aweights=w), A, B, order=2)
    check_gradients(lambda a, w: np.cov(a, aweights=w, fweights=[1, 2, 0, 1]), A, B)


def test_too_few_observations_warn_as_numpys_do():
    with pytest.warns(RuntimeWarning, match="Degrees of freedom"), np.errstate(all="ignore"):
        out = np.cov(Tensor(A[:, :1]))
    assert np.all(np.isnan(out.data))


def test_a_correlation_stays_within_one_and_its_gradient_is_exact_there():
    x = np.array([0.1, 0.7, 0.3])
    a = np.stack([x, 3 * x])
    assert np.all(np.abs(np.corrcoef(Tensor(a)).data) <= 1)
    np.testing.assert_allclose(grad(lambda a: np.corrcoef(a)[0, 1])(a), 0, atol=1e-15)
    np.testing.assert_array_equal(np.corrcoef(Tensor(x)).data, 1)


def test_numbers_to_be_counted_are_constants():
    for options in (
        {"bins": 3, "range": (0, 2)},
        {"bins": [0, 1, 2]},
        {"bins": [0, 2], "density": 1},
    ):
        found, expected = np.histogram(Tensor(B), **options), np.histogram(B, **options)
        for one, other in zip(found, expected, strict=True):
            assert type(one) is np.ndarray
            np.testing.assert_array_equal(one, other)
    counts, *_ = np.histogram2d(Tensor(B), B, [[0, 1, 2], [0, 2]])
    np.testing.assert_array_equal(counts, np.histogram2d(B, B, [[0, 1, 2], [0, 2]])[0])


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.histogram(t),
        lambda t: np.histogram(t, bins="auto"),
        lambda t: np.histogram(t, density=True),
        lambda t: np.histogram(B, bins=t),
        lambda t: np.histogram2d(t, B[:4]),
        lambda t: np.histogram2d(t, B[:4], [[0, 1, 2], 3]),
        lambda t: np.histogramdd([B, B], bins=[t, t]),
        lambda t: np.histogram(B, bins=3, range=(0.0, t[1]), weights=t[0] * B),
        lambda t: np.histogramdd([B], bins=[[0.0, t[1]]], weights=t[0] * B),
    ],
)
def test_edges_that_vary_are_refused(call):
    with pytest.raises(TypeError, match=r"the edges of the bins vary with .*write t\.data"):
        call(Tensor([0.0, 1.0, 2.0, 4.0]))


def test_complex_weights_are_counted():
    w = B + 1j * B[::-1]
    counts, _ = np.histogram(A[0], bins=2, weights=Tensor(w))
    np.testing.assert_array_equal(counts.data, np.histogram(A[0], bins=2, weights=w)[0])


def test_counts_of_nothing():
    t = Tensor(np.zeros(0))
    out = np.bincount(np.zeros(0, int), t, minlength=2)
    np.testing.assert_array_equal(out.data, [0, 0])
    np.sum(out).backward()
    assert t.grad.shape == (0,)
