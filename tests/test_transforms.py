"""grad and value_and_grad: closed forms, nesting, structures, and what they refuse."""

from collections import namedtuple

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from tinygrad_edu import Tensor, grad, no_grad, sigmoid, value_and_grad


def test_nested_gradients_are_the_higher_derivatives_of_tanh():
    t = np.tanh(0.3)
    expected = [
        1 - t**2,
        -2 * t * (1 - t**2),
        (6 * t**2 - 2) * (1 - t**2),
        (16 * t - 24 * t**3) * (1 - t**2),
    ]
    f = np.tanh
    for derivative in expected:
        f = grad(f)
        np.testing.assert_allclose(f(0.3), derivative, rtol=1e-12)


def test_arrays_in_arrays_out():
    value, gradient = value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    assert isinstance(value, np.float64)
    assert type(gradient) is np.ndarray
    assert isinstance(grad(np.sin)(0), np.float64)
    assert grad(np.sin)(0) == 1.0
    x = np.ones(2, np.float32)
    assert grad(lambda x: np.sum(x * np.ones(2)))(x).dtype == np.float32


def test_arguments_are_chosen_by_argnums():
    def f(x, y, *, scale=1.0):
        return scale * np.sum(x * x * y)

    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(grad(f)(x, y), 2 * x * y)
    np.testing.assert_array_equal(grad(f, 1)(x, y), x * x)
    np.testing.assert_array_equal(grad(f, -1)(x, y, scale=2.0), 2 * x * x)
    both = grad(f, (1, 0))(x, y)
    assert isinstance(both, tuple)
    np.testing.assert_array_equal(both[0], x * x)
    np.testing.assert_array_equal(both[1], 2 * x * y)
    with pytest.raises(TypeError, match="grad of f: argnums=2 names an argument that is not there"):
        grad(f, 2)(x, y)


def test_lists_tuples_and_dicts_keep_their_structure():
    Point = namedtuple("Point", "x y")
    tree = {"a": [1.0, np.array([2.0, 3.0])], "b": (4.0, Point(5.0, 6.0))}

    def f(t):
        (first, second), (third, point) = t["a"], t["b"]
        return first * third + np.sum(second**2) + point.x * point.y

    gradient = grad(f)(tree)
    assert gradient["a"][0] == 4.0
    np.testing.assert_array_equal(gradient["a"][1], [4.0, 6.0])
    assert gradient["b"] == (1.0, Point(6.0, 5.0))
    assert isinstance(gradient["b"][1], Point)


def test_no_perturbation_is_confused_with_another():
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda a: grad(lambda b: a * b**2)(3.0))(2.0) == 6.0
    assert grad(grad(lambda x: 3 * x))(1.0) == 0.0
    assert grad(grad(grad(lambda x: x**3)))(1.0) == 6.0


def test_a_value_is_differentiated_through_a_gradient():
    def penalty(w):
        slope = grad(lambda x: sigmoid(w * x))(0.5)
        return slope**2

    step = 1e-5
    numerical = (penalty(0.7 + step) - penalty(0.7 - step)) / (2 * step)
    np.testing.assert_allclose(grad(penalty)(0.7), numerical, rtol=1e-8)


def test_a_gradient_that_depends_on_other_tensors_stays_a_tensor():
    w = Tensor(3.0)
    slope = grad(lambda x: w * x * x)(2.0)
    assert isinstance(slope, Tensor)
    slope.backward()
    assert w.grad == 4.0
    with no_grad():
        assert isinstance(grad(lambda x: w * x * x)(2.0), np.float64)
    t = Tensor(2.0)
    slope = grad(lambda x: x**3)(t)
    assert isinstance(slope, Tensor)
    slope.backward()
    assert t.grad == 12.0


def test_tensors_made_within_the_function_are_its_constants():
    result = grad(lambda x: np.sum(Tensor([1.0, 2.0]) * x))(np.ones(2))
    assert type(result) is np.ndarray
    np.testing.assert_array_equal(result, [1.0, 2.0])


def test_what_the_output_does_not_depend_on_has_gradient_zero():
    np.testing.assert_array_equal(
        grad(lambda x, y: np.sum(x), 1)(np.ones(2), np.ones(3)), np.zeros(3)
    )
    assert grad(lambda x: 5.0)(1.0) == 0.0
    assert grad(np.floor)(1.5) == 0.0


def test_errors_name_the_function_and_the_way_out():
    def three(x):
        return x * x

    with pytest.raises(ValueError, match=r"grad of three.*shape \(3,\).*np\.sum"):
        grad(three)(np.ones(3))

    def nothing(x):
        return None

    with pytest.raises(TypeError, match="grad of nothing: it must give one real number, not None"):
        grad(nothing)(1.0)
    with pytest.raises(TypeError, match="grad of three: can't differentiate in 'text'"):
        grad(three)("text")
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        grad(lambda x: np.ones(2))(1.0)


def test_the_gradient_function_has_the_name_of_the_function():
    def energy(x):
        """The energy."""
        return x * x

    assert grad(energy).__doc__ == "The energy."
    assert grad(energy).__name__ == "energy"


def test_scipy_minimises_rosenbrocks_function_with_our_gradient():
    def rosenbrock(x):
        return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    start = np.linspace(-1.0, 1.0, 10)
    value, gradient = value_and_grad(rosenbrock)(start)
    np.testing.assert_allclose(value, rosen(start), rtol=1e-12)
    np.testing.assert_allclose(gradient, rosen_der(start), rtol=1e-10)
    found = minimize(value_and_grad(rosenbrock), start, jac=True, method="BFGS")
    assert found.success
    np.testing.assert_allclose(found.x, np.ones(10), atol=1e-5)
