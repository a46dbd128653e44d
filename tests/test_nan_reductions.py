"""Functions that pass NaN by: the value is NumPy's, and the gradient that of the numbers alone."""

import numpy as np
import pytest

from tinygrad_edu import Tensor
from tinygrad_edu.testing import check_gradients

NAN = np.nan
A = np.array([[1.5, NAN, 3.0, -2.0], [0.5, 1.25, NAN, NAN], [4.0, 2.0, 1.0, 0.25]])
REDUCTIONS = [
    np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.nanmedian,
]  # fmt: skip
CALLS = [
    *((f, {"axis": axis, "keepdims": keep})
      for f in REDUCTIONS
      for axis, keep in ((None, True), (0, False), (-1, True), ((1, 0), False))),
    *((f, {"axis": 1, "where": np.array([True, True, True, False])})
      for f in (np.nansum, np.nanprod, np.nanmean, np.nanvar)),
    (np.nanmax, {"axis": 1, "initial": 3.25}),
    (np.nanmin, {"axis": 1, "initial": 3.25, "where": A > 0.375}),
    (np.nanvar, {"axis": 1, "ddof": 1}), (np.nanstd, {"correction": 1}),
    *((f, {"axis": axis}) for f in (np.nancumsum, np.nancumprod) for axis in (None, 0, -1)),
    *((np.nanquantile, {"q": q, "axis": axis, "method": method})
      for q in (0.3, [0.1, 0.8]) for axis in (None, 0, 1)
      for method in ("linear", "hazen", "lower")),
    (np.nanpercentile, {"q": 30, "axis": 1, "keepdims": True}),
    (np.nanquantile, {"q": 0.3, "axis": 1, "method": "inverted_cdf",
                      "weights": np.arange(1, 13).reshape(3, 4)}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "options"), CALLS)
def test_values_are_numpys_and_gradients_are_those_of_the_numbers(function, options):
    np.testing.assert_allclose(function(Tensor(A), **options).data, function(A, **options))
    numbers = np.where(np.isnan(A), 9.0, A)
    check_gradients(lambda x: function(np.where(np.isnan(A), NAN, x), **options), numbers, order=2)
    t = Tensor(A)
    np.sum(function(t, **options)).backward()
    assert np.all(np.isfinite(t.grad))
    assert np.all(t.grad[np.isnan(A)] == 0)


@pytest.mark.parametrize(
    ("function", "gradient"),
    [
        (np.nanmax, [0.5, 0.5]), (np.nanmin, [0.5, 0.5]), (np.nanmedian, [0.5, 0.5]),
        (lambda t: np.nanquantile(t, 0.25), [0.5, 0.5]), (np.nanmean, [0, 0]),
        (np.nanvar, [0, 0]), (np.nanstd, [0, 0]),
    ],
)  # fmt: skip
def test_of_nothing_but_nans_a_nan_comes_out_with_numpys_warning(function, gradient):
    """What picks an element picks a NaN, as ``np.max`` does; what computes has none to take."""
    t = Tensor([NAN, NAN])
    with pytest.warns(RuntimeWarning, match=r"All-NaN|Mean of empty|Degrees of freedom"):
        out = function(t)
    assert np.isnan(out.data)
    out.backward()
    np.testing.assert_array_equal(t.grad, gradient)


@pytest.mark.parametrize("function", [np.nanmedian, lambda t: np.nanquantile(t, 0.5)])
def test_of_no_elements_a_nan_comes_out_with_numpys_warning(function):
    t = Tensor(np.zeros(0))
    with pytest.warns(RuntimeWarning, match="Mean of empty"):
        out = function(t)
    assert np.isnan(out.data)
    out.backward()
    assert t.grad.shape == (0,)


def test_a_given_mean_has_a_gradient_of_its_own():
    numbers = np.where(np.isnan(A), 9.0, A)

    def function(x, mean):
        return np.nanvar(np.where(np.isnan(A), NAN, x), axis=1, mean=mean)

    check_gradients(function, numbers, np.array([[1.0], [0.5], [2.0]]), order=2)


def test_more_than_one_axis_of_q_is_refused():
    with pytest.raises(ValueError, match="q must be a scalar or 1d"):
        np.nanquantile(Tensor(A), [[0.5]])
