"""SciPy's optimisers take a value and a gradient: here of Rosenbrock's function in ten numbers."""

import numpy as np
from scipy.optimize import minimize

from tinygrad_edu import value_and_grad


def rosenbrock(x):
    """Its minimum is 0, where all numbers are 1, at the end of a long curved valley."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


found = minimize(value_and_grad(rosenbrock), np.zeros(10), jac=True)
print("minimum at", np.round(found.x, 4))
print("value", f"{found.fun:.2e}", "after", found.nfev, "evaluations")
