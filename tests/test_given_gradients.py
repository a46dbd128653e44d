"""Property tests of gradients from one line, and the strategies that they draw from."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import DeadlineExceeded

import tinygrad_edu as te
from tinygrad_edu import testing
from tinygrad_edu.testing import given_gradients
from tinygrad_edu.testing.given import check_any
from tinygrad_edu.testing.strategies import (
    SPECIALS,
    arrays_near,
    arrays_of_specials,
    arrays_on_grid,
    arrays_well_separated,
    arrays_with_ties,
    broadcastable_arrays,
    einsum_specs,
    matmul_operands,
    positive_definite,
    shapes,
)

# Each of these is a test that pytest collects.
test_products = given_gradients(matmul_operands(), order=2)(np.matmul)
test_maximum = given_gradients(arrays_with_ties(), arrays_with_ties(shape=()))(np.maximum)
test_relu_near_its_kink = given_gradients(arrays_near())(te.relu)
test_sorted_out = given_gradients(arrays_well_separated(shape=(4,)), kinks="error")(np.max)
test_at_special_values = given_gradients(arrays_of_specials())(te.softplus)
test_any_two_that_broadcast = given_gradients()(np.multiply)
test_by_hand = given_gradients(
    arrays_on_grid(), arrays_on_grid(shape=()), vjp=lambda g, x, y: (g * y, np.sum(g * x))
)(lambda x, y: x * y)


@given_gradients()
def test_a_function_of_ones_own(x, y, power=2):  # noqa: PT028
    """With the arguments that it needs."""
    return np.sin(x) * y**power


@given_gradients(einsum_specs(), argnums=1)
def test_einsum_of_any_specification(spec, *operands):
    return np.einsum(spec, *operands)


@given_gradients(positive_definite(), domain=lambda a: np.all(np.linalg.eigvalsh(a) > 0))
def test_a_function_of_matrices(a):
    return np.sum(np.sqrt(a[..., 0, 0])) + a[..., 0, -1]


def test_a_slow_function_is_in_time():
    """Whatever the profile of those who test: Hypothesis's own gives every example 200 ms."""
    slept = []

    def slow(x):
        time.sleep(0.02 if len(slept) < 20 else 0)
        slept.append(x)
        return x * x

    def slow_backward(g, x):
        time.sleep(0.02 if len(slept) < 20 else 0)
        return 2 * g * x

    before = settings.default
    settings.register_profile("strict", deadline=30, database=None, max_examples=2)
    settings.load_profile("strict")
    numbers = st.sampled_from([0.5, 2.0])
    try:
        for check in (
            given_gradients(numbers, order=2)(slow),
            given_gradients(numbers, vjp=slow_backward)(slow),
            lambda: check_any(slow, numbers),
            settings(max_examples=2, deadline=None, database=None)(given_gradients(numbers)(slow)),
        ):
            slept.clear()
            check()
            assert len(slept) > 20
        assert settings.default.deadline.total_seconds() == 0.03  # that of other tests stays
        with pytest.raises(DeadlineExceeded):
            given(numbers)(lambda x: time.sleep(0.1))()
    finally:
        settings.register_profile("as it was", before)
        settings.load_profile("as it was")


def test_the_name_is_kept():
    assert test_a_function_of_ones_own.__name__ == "test_a_function_of_ones_own"
    assert test_a_function_of_ones_own.__doc__ == "With the arguments that it needs."


def test_a_wrong_gradient_fails_and_shrinks():
    wrong = given_gradients(arrays_on_grid(), vjp=lambda g, x: g * np.where(x < 0, 0, 2 * x))
    with pytest.raises(testing.MismatchError, match=r"x = -0\.125") as caught:
        settings(database=None, max_examples=200)(wrong(lambda x: x * x))()
    (x,) = caught.value.arguments
    assert np.size(x) == 1
    assert np.ravel(x)[0] == -1 / 8


@given(st.data())
def test_strategies_give_what_they_promise(data):
    shape = data.draw(shapes(min_side=0))
    specials = data.draw(arrays_of_specials(shape=shape, dtype=np.float32))
    assert specials.shape == shape
    assert specials.dtype == np.float32
    assert set(specials.ravel().tolist()) <= set(np.float32(SPECIALS).tolist())
    assert len(np.unique(data.draw(arrays_with_ties(shape=(5,))))) <= 2
    apart = data.draw(arrays_well_separated(shape=shape))
    assert apart.shape == shape
    assert np.min(np.diff(np.sort(apart.ravel())), initial=1) >= 0.5
    assert np.max(np.abs(data.draw(arrays_near(2.0)) - 2), initial=0) <= 1
    a = data.draw(positive_definite())
    np.testing.assert_array_equal(a, np.swapaxes(a, -1, -2))
    assert np.min(np.linalg.eigvalsh(a)) > 1
    spec, *arrays = data.draw(einsum_specs(min_side=0))
    np.einsum(spec, *arrays)
    x, y = data.draw(broadcastable_arrays((-1, 1), (-1, 1), min_side=0))
    assert math.prod(np.broadcast_shapes(x.shape, y.shape)) >= 0
