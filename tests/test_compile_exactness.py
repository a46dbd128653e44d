"""That programs are exact where NumPy's fast ways are not: a shape, a dtype, an infinity."""

import numpy as np
import pytest

from tinygrad_edu import compile
from tinygrad_edu.programs.passes.checks import implied_checks
from tinygrad_edu.programs.program import program_of
from tinygrad_edu.traced import Traced

X = np.arange(1.0, 7.0)


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
