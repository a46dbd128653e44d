"""That programs are exact where NumPy's fast ways are not: a shape, a dtype, an infinity."""

import numpy as np
import pytest

from tinygrad_edu import compile
from tinygrad_edu.trace.passes.checks import implied_checks
from tinygrad_edu.trace.program import program_of
from tinygrad_edu.trace.traced import Traced

X = np.arange(1.0, 7.0)


def test_arguments_may_be_given_by_name():
    def f(x, rate=2.0, *, shift=None):
        return x * rate if shift is None else x * rate + shift

    fast = compile(f)
    named = ({}, {"rate": 3.0}, {"shift": X}, {"rate": 4.0}, {"shift": 2 * X, "rate": 3.0}, {})
    for given in (*named, *named):
        np.testing.assert_array_equal(fast(X, **given), f(X, **given))
    np.testing.assert_array_equal(fast(shift=X, x=X), f(X, shift=X))
    assert fast.fallbacks == 0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.ravel(2 * x, order="K"),
        lambda x: np.ravel(2 * x, "A"),
        lambda x: np.reshape(2 * x, 6, "A"),
        lambda x: (2 * x).flatten("K"),
    ],
)
def test_the_order_in_memory_is_refused(f):
    with pytest.raises(TypeError, match="the order in memory is not known"):
        compile(f)(X.reshape(2, 3))


def test_algebra_keeps_shapes_and_dtypes():
    for f, x in (
        (lambda x: x ** np.array([[2.0]]), X),
        (lambda x: x * x, np.array([True, False])),
        (lambda x: np.sum(x * x), np.array([True, True])),
    ):
        one, other = compile(f)(x), f(x)
        assert (np.shape(one), one.dtype) == (np.shape(other), other.dtype)
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("shapes", [((1, 1), (1, 3)), ((3, 1), (1, 1)), ((1,), (1, 3))])
def test_zero_times_infinity_is_none_in_products_of_single_numbers(shapes):
    a, b = (np.zeros(shape) for shape in shapes)
    fast = compile(lambda a, b: a @ b)
    np.testing.assert_array_equal(fast(a, b), a @ b)
    (b if a.size == 1 else a).flat[0] = np.inf
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(fast(a, b), a @ b)


@pytest.mark.parametrize(
    "f", [lambda c, b: np.dot(c, b), lambda c, b: np.add.reduce(c, where=np.array([True]))]
)
def test_a_nan_that_a_sum_or_a_product_leaves_out_is_still_looked_for(f):
    a, b = Traced(np.ones((3, 1)), "a"), Traced(np.ones((1, 1)), "b")
    early = np.negative(a)
    late = f(early, b)
    program = program_of([late], [a, b], [early, late])
    assert implied_checks(program)[0].checks == program.checks
