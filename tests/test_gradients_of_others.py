"""Gradients of others under the checker: a tutorial's layer, SciPy's functions, an exercise."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares, minimize, rosen, rosen_der

from tests import solutions_to_five_broken_backward_passes as solutions
from tests.oracles import foreign_frameworks
from tests.oracles.foreign_frameworks import value_and_gradient_pair
from tinygrad_edu import testing, value_and_grad
from tinygrad_edu.testing import check_vjp
from tinygrad_edu.testing.strategies import arrays_on_grid

# ---- a layer as tutorials write it ---------------------------------------------------------------


class Layer:
    """Keeps in `forward` what `backward` needs."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, X):
        self.X, self.out = X, 1 / (1 + np.exp(-(X @ self.W + self.b)))
        return self.out

    def backward(self, g):
        g = g * self.slope()
        self.dW, self.db = self.X.T @ g, np.sum(g, axis=0)
        return g @ self.W.T

    def slope(self):
        return self.out * (1 - self.out)


class SlopeOfTanh(Layer):
    def slope(self):
        return 1 - self.out**2


class TransposeForgotten(Layer):
    def backward(self, g):
        return super().backward(g) @ self.W @ self.W  # W is square, so the shapes fit


class Accumulates(Layer):
    """Adds to gradients that are never set back: right the first time only."""

    total = 0

    def backward(self, g):
        dX = super().backward(g)
        Accumulates.total = Accumulates.total + self.dW
        self.dW = Accumulates.total
        return dX


def pair(kind):
    """The layer as a function of all that it depends on, with its backward pass."""

    def backward(g, X, W, b):
        layer = kind(W, b)
        layer.forward(X)
        dX = layer.backward(g)
        return dX, layer.dW, layer.db

    return lambda X, W, b: kind(W, b).forward(X), backward


@st.composite
def layer_arguments(draw):
    rows, inputs, neurons = (draw(st.integers(1, 4)) for _ in range(3))
    shapes = (rows, inputs), (inputs, neurons), (neurons,)
    return tuple(draw(arrays_on_grid(shape=shape)) for shape in shapes)


@given(layer_arguments())
def test_the_layer_is_right_for_all_arguments(arrays):
    # Where the curve is almost flat, a direction may stay inconclusive; none may be called wrong.
    report = check_vjp(*pair(Layer), *arrays)
    assert report.entries > 10 * report.inconclusive


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (SlopeOfTanh, testing.MismatchError),
        (TransposeForgotten, testing.MismatchError),
        (Accumulates, testing.NondeterminismError),
    ],
)
def test_a_wrong_layer_is_caught(kind, error):
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(3, 2)), rng.normal(size=(2, 2)), rng.normal(size=2)
    with pytest.raises(error):
        check_vjp(*pair(kind), *arrays)


# ---- SciPy's jac= --------------------------------------------------------------------------------

START = np.array([-1.0, 2.0, 0.5])


def test_the_gradient_of_a_scipy_function():
    assert check_vjp(rosen, lambda g, x: g * rosen_der(x), START).conclusive


def test_value_and_gradient_in_one_as_jac_true_has_it():
    def valley(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    both = value_and_grad(valley)
    assert check_vjp(*value_and_gradient_pair(both), START).conclusive
    np.testing.assert_allclose(minimize(both, START, jac=True).x, 1, atol=1e-4)


def test_a_wrong_jac_is_caught():
    with pytest.raises(testing.MismatchError, match=r"x\[1\]"):
        check_vjp(rosen, lambda g, x: g * rosen_der(x) * [1, 1.0001, 1], START)


def test_the_jacobian_of_residuals():
    times = np.linspace(0, 1, 5)

    def residuals(x):
        return x[0] * np.exp(-x[1] * times) - 1 / (1 + times)

    def jac(x):
        decay = np.exp(-x[1] * times)
        return np.stack([decay, -x[0] * times * decay], axis=1)

    assert check_vjp(residuals, lambda g, x: jac(x).T @ g, START[:2]).conclusive
    assert least_squares(residuals, [1.0, 1.0], jac=jac).success


# ---- the exercise --------------------------------------------------------------------------------

EXERCISE = Path(__file__).parent.parent / "examples" / "five_broken_backward_passes.py"
EXAMPLE = runpy.run_path(str(EXERCISE))
LAYERS = {layer.__name__: layer for layer in EXAMPLE["LAYERS"]}


@pytest.mark.parametrize("name", LAYERS)
def test_the_referee_catches_the_broken_one_and_lets_the_solution_pass(name):
    layer, backward = LAYERS[name], f"{name}_backward"
    assert isinstance(EXAMPLE["referee"](layer, EXAMPLE[backward]), testing.GradientError)
    assert EXAMPLE["referee"](layer, getattr(solutions, backward)) is None


def test_hints_are_given_on_demand_only():
    def printed(*options):
        command = [sys.executable, str(EXERCISE), *options]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert "diagnosis" not in printed()
    assert "mean for a sum over axis 0 of X" in printed("--hint")


# ---- other frameworks, as the documentation shows it ---------------------------------------------


@pytest.mark.parametrize(
    ("module", "check", "mistake"),
    foreign_frameworks.CASES,
    ids=[check.__name__ for _, check, _ in foreign_frameworks.CASES],
)
def test_gradients_of_a_framework_that_is_installed(module, check, mistake):
    pytest.importorskip(module)
    assert check().conclusive
    with pytest.raises(testing.MismatchError):
        check(mistake)
