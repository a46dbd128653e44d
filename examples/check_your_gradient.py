"""A gradient check: your own function against finite differences, right and wrong."""

import numpy as np

from tinygrad_edu.engine.rule import local, operation
from tinygrad_edu.testing import GradientError, check_gradients


def distance(x, y):
    """Any composition of NumPy's functions has a gradient, and can be checked."""
    return np.sqrt(np.sum((x - y) ** 2))


print(check_gradients(distance, np.array([1.0, 2.0]), np.array([4.0, 6.0]), order=2))


@operation
def bump(x):
    """A function with a rule of its own: ``exp(-x²)``."""
    return np.exp(-x * x)


local(bump, lambda out, x: -x * out)  # wrong: the 2 is missing

try:
    check_gradients(bump, np.array([0.5, 1.0]))
except GradientError as error:
    print(f"\nthe wrong rule is caught:\n{error}")
