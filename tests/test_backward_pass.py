"""The gradients of Tensors that were computed, which are worked out when they are asked for."""

import numpy as np

from tinygrad_edu import Tensor


def test_each_gradient_is_an_array_of_its_own():
    weights = np.arange(5.0)
    one, other = Tensor(np.ones(5)) * 2, Tensor(np.ones(5)) * 3
    loss = np.sum((one + other) * weights)
    loss.backward()
    one.grad[:] = 0
    np.testing.assert_array_equal(other.grad, np.arange(5.0))
    np.testing.assert_array_equal(weights, np.arange(5.0))
    ones = Tensor(np.ones((2, 3))) * 1
    loss = np.sum(ones)
    loss.backward()
    ones.grad[0] = 2
    np.testing.assert_array_equal(ones.grad, [[2, 2, 2], [1, 1, 1]])
