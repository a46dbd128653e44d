"""Plain cases of rules whose parts show in few of the calls that are drawn at random."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, grad, jvp
from tinygrad_edu.engine.rule import TABLE


@pytest.mark.parametrize(
    ("x", "options", "expected"),
    [
        ([2.0, 5.0], {"initial": 3.0}, [15, 6]),
        ([2.0, 5.0], {"initial": 0.0}, [0, 0]),
        ([2.0, 0.0], {"initial": -3.0}, [0, -6]),
        ([2.0, 5.0, 7.0], {"where": [True, False, True]}, [7, 0, 2]),
        ([2.0, 0.0, 7.0], {"where": [True, False, True]}, [7, 0, 2]),
        ([2.0, 0.0, 0.0], {"where": [True, False, True]}, [0, 0, 2]),
        ([2.0, 5.0, 7.0], {"where": [True, False, True], "initial": 4.0}, [28, 0, 8]),
        ([2.0, 5.0, 7.0], {"where": [False, False, False], "initial": 4.0}, [0, 0, 0]),
    ],
)
def test_a_product_of_the_chosen_elements_and_an_initial_value(x, options, expected):
    x = np.array(x)

    def product(x):
        return np.prod(x, **options)

    np.testing.assert_array_equal(grad(product)(x), expected)
    np.testing.assert_array_equal(grad(lambda x: np.nanprod(x, **options))(x), expected)
    np.testing.assert_array_equal(jvp(product, (x,), (np.ones_like(x),))[1], np.sum(expected))
    rows = np.stack([x, x])
    by_row = grad(lambda a: np.sum(np.prod(a, axis=1, keepdims=True, **options)))(rows)
    np.testing.assert_array_equal(by_row, [expected, expected])


@pytest.mark.filterwarnings("ignore:(Mean of empty slice|invalid value):RuntimeWarning")
def test_the_mean_of_a_group_that_is_empty_does_not_vary():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    where = np.array([[True, True], [False, False]])
    for mean in (np.mean, np.nanmean):
        found = grad(lambda a, mean=mean: np.sum(mean(a, axis=1, where=where)))(a)
        np.testing.assert_array_equal(found, [[0.5, 0.5], [0, 0]])
        found = grad(lambda a, mean=mean: mean(a, where=False))(a)
        np.testing.assert_array_equal(found, np.zeros((2, 2)))
    nothing = grad(lambda a: np.sum(np.nanmean(a, axis=1)))(np.array([[np.nan, np.nan], [1, 3.0]]))
    np.testing.assert_array_equal(nothing, [[0, 0], [0.5, 0.5]])


def test_operands_that_a_function_does_not_vary_with_are_no_parents():
    x, y, t = Tensor([1.0, 2.0]), Tensor([3.0, 4.0]), Tensor([-1.0, 0.0])
    for out, parents, gradients in (
        (np.where(t, x, y), (x, y), ([1, 0], [0, 1])),
        (np.copysign(x, t), (x,), ([-1, 1],)),
        (np.take_along_axis(x, np.array([1, 1]), 0), (x,), ([0, 2],)),
        (np.ldexp(x, np.array([1, 2])), (x,), ([2, 4],)),
    ):
        assert out.parents == parents
        x.grad = y.grad = t.grad = None
        out.backward([1, 1])
        assert t.grad is None
        for parent, expected in zip(parents, gradients, strict=True):
            np.testing.assert_array_equal(parent.grad, expected)
    for constant in (np.copysign(3.0, t), np.where(t, 1.0, 2.0), np.heaviside(t, 0.5)):
        assert not isinstance(constant, Tensor)
    np.testing.assert_array_equal(np.copysign(3.0, t), [-3, 3])


def test_complex_numbers_where_real_ones_are_wanted():
    t = Tensor([1.0, 2.0])
    for call in (
        lambda: Tensor([1j, 2], dtype=float),
        lambda: Tensor(np.array(1 + 0j), dtype=np.float32),
        lambda: setattr(t, "data", np.array([1j, 2j])),
        lambda: t.backward([1j, 2j]),
    ):
        with pytest.raises(TypeError, match=r"complex numbers don't fit.*np\.real"):
            call()
    assert Tensor([1j, 2], dtype=np.complex64).dtype == np.complex64
    assert Tensor([1.0, 2], dtype=complex).dtype == np.complex128


def test_the_rule_of_a_mean_does_not_divide_by_an_empty_count():
    """Printed, a rule runs where nobody silences NumPy: a warning would be an error here."""
    a, where = np.ones((2, 2)), np.array([[True, True], [False, False]])
    (rule,) = TABLE[np.mean].derivatives
    found = rule(np.ones(2), np.ones(2), a, axis=1, where=where)
    np.testing.assert_array_equal(found, [[0.5, 0.5], [0, 0]])
