"""The methods of binary functions: the dtype they compute in, and one element alone."""

import numpy as np
import pytest

from tests.test_ufunc_methods import REORDERABLE, A, B, of
from tinygrad_edu import Tensor
from tinygrad_edu.testing import check_gradients


def test_one_element_is_its_own_reduction_and_varies_though_the_function_does_not():
    x = np.array([[7.25, 2.5, 1.5]])
    for call in (
        lambda a: np.floor_divide.accumulate(a, axis=1),
        lambda a: np.floor_divide.reduce(a, axis=0),
        lambda a: np.floor_divide.reduceat(a, [2, 0], axis=1),
        lambda a: np.floor_divide.reduce(a, axis=1, initial=a[0, 0] * 3, where=[False] * 3),
    ):
        np.testing.assert_array_equal(call(Tensor(x)).data, call(x), strict=True)
        check_gradients(call, x)
    assert type(np.floor_divide.reduce(Tensor(x), axis=1)) is np.ndarray
    assert type(np.floor_divide.outer(Tensor(x), x)) is np.ndarray


@of([*REORDERABLE, np.subtract, np.divide, np.float_power])
def test_it_is_computed_in_the_dtype_that_is_given(ufunc):
    narrow = A[0].astype(np.float32)
    for call in (
        lambda a: ufunc.reduce(a, 0, np.float64),
        lambda a: ufunc.accumulate(a, 0, np.float64),
        lambda a: ufunc.reduceat(a, [0, 1], 0, np.float64),
    ):
        np.testing.assert_allclose(call(Tensor(narrow)).data, call(narrow), rtol=1e-14)


def test_powers_of_negative_numbers_in_complex_numbers():
    x = np.array([-1.5, 0.7, 1.2])
    check_gradients(lambda a: np.float_power.reduce(a, dtype=complex), x)


@of([np.add, np.multiply, np.maximum])
def test_without_an_initial_value_nothing_has_no_reduction(ufunc):
    with pytest.raises(ValueError, match="has no identity"):
        ufunc.reduce(Tensor(np.ones((0, 3))), initial=None)
    with pytest.raises(ValueError, match="does not have an identity"):
        ufunc.reduce(Tensor(A), initial=None, where=A > 1)


def test_no_dtype_is_taken_that_numpy_does_not_take():
    with pytest.raises(TypeError, match="No loop matching"):
        np.logaddexp.reduce(Tensor(B), dtype=complex)
