"""The relations between gradients hold for our ops, and break for wrong ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu.engine.rule import TABLE, operation, pullback
from tinygrad_edu.testing import MismatchError, relations
from tinygrad_edu.testing.strategies import arrays_on_grid, arrays_with_ties, broadcastable_arrays

ONE = [np.sin, np.abs, np.square, te.relu, te.sigmoid, np.exp]
TWO = [np.add, np.multiply, np.maximum, np.minimum, lambda x, y: np.where(x > y, x * y, y)]
X, Y = np.array([[1.0, -2.0, 0.5]]), np.array([[3.0], [4.0]])


@given(st.sampled_from(TWO), arrays_with_ties(), broadcastable_arrays((-3, 3), (-3, 3)))
def test_relations_of_two_arguments(f, x, pair):
    relations.check_same_argument(f, x)
    relations.check_broadcasting(f, *pair)
    relations.check_accumulation(f, *pair)
    relations.check_permuted_axes(f, x, 2 - x)
    relations.check_precision(f, *pair)


@given(st.sampled_from(ONE), st.sampled_from(ONE), arrays_on_grid())
def test_relations_of_one_argument(f, h, x):
    relations.check_sum(f, h, x)
    relations.check_permuted_axes(f, x)
    relations.check_precision(f, x)
    relations.check_accumulation(f, x)


def test_constant_functions_and_several_results():
    relations.check_sum(np.floor, np.sign, X)
    relations.check_accumulation(lambda x: (np.sum(x), x * 2), X)


@pytest.fixture
def op():
    """Register a function with a rule of one's own, for one test."""
    made = []

    def make(f, *rules):
        function = operation(lambda *args: f(*args))
        pullback(function, *rules)
        made.append(function)
        return function

    yield make
    for function in made:
        del TABLE[function]


def test_broken_relations_are_caught(op):
    along_rows = op(np.sin, lambda g, out, x: g * np.cos(x) * np.arange(x.shape[-1]))
    with pytest.raises(MismatchError, match="with axes reversed differ in x"):
        relations.check_permuted_axes(lambda x: along_rows(x), X)

    coarse = op(np.sin, lambda g, out, x: g * (np.cos(x) + (x.dtype == np.float32)))
    with pytest.raises(MismatchError, match="double precision"):
        relations.check_precision(coarse, X)

    calls = []

    def forgetful(g, out, x):
        calls.append(g)
        return g * (1 if len(calls) % 2 else 2)

    with pytest.raises(MismatchError, match="two backward passes"):
        relations.check_accumulation(op(lambda x: x * 1.0, forgetful), X)

    by_shape = op(np.multiply, lambda g, out, x, y: g * y * y.size, lambda g, out, x, y: g * x)
    with pytest.raises(MismatchError, match=r"by hand differ in argument 0\[0, 0\]"):
        relations.check_broadcasting(by_shape, X, Y)

    same = op(np.multiply, lambda g, out, x, y: g * y * (1 + (x is y)), lambda g, out, x, y: g * x)
    with pytest.raises(MismatchError, match="sum of those in both"):
        relations.check_same_argument(same, X)
