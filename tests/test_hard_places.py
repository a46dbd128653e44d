"""Where finite differences are led astray, the checker does not take them for the truth."""

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu.testing import check_vjp

PLACES = {
    "the argument is rounded away": (
        lambda x: np.sin(x + 3e7) - np.sin(3e7), lambda x: np.cos(x + 3e7), [1e-6, -7e-5],
    ),
    "a peak narrower than the smallest step": (
        lambda x: 1e-4 * np.exp(-((7e9 * x) ** 2)),
        lambda x: -2e-4 * 7e9**2 * x * np.exp(-((7e9 * x) ** 2)), [7.1e-10, 2e-10],
    ),
    "a bend narrower than the smallest step": (
        lambda x: te.softplus(1.8e9 * x), lambda x: 1.8e9 * te.sigmoid(1.8e9 * x),
        [1.5e-9, 3.8e-11],
    ),
    "a kink nearer than the smallest step": (
        lambda x: np.maximum(x, x**2), lambda x: np.where(x < x**2, 2 * x, 1), [1 + 1e-10, 1.0],
    ),
    "rounding that grows with the step": (
        lambda x: 1.1e-7 * (2.5e9 * x) ** 3, lambda x: 3 * 1.1e-7 * 2.5e9**3 * x**2,
        [2.4e-10, -3.1e-10],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_a_correct_gradient_is_not_flagged_where(name):
    f, derivative, x = PLACES[name]
    for seed in range(20):
        check_vjp(f, lambda g, x: g * derivative(x), np.array(x), seed=seed)
