"""Programs: what a function comes down to computes what the function computes."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, grad, hvp, nn, relu, sigmoid, value_and_grad
from tinygrad_edu.kit.pytree import flatten
from tinygrad_edu.trace.capture import capture

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2))
PARAMETERS = [RNG.normal(size=shape) for shape in [(3, 4), (4,), (4, 2), (2,)]]


def plain(results):
    return [each.data if isinstance(each, Tensor) else each for each in flatten(results)]


def agrees(f, *args):
    """The program of `f` computes f, at the arguments and at others."""
    program = capture("test", f, args).program
    for scale in (1.0, 0.75):
        others = [arg * scale for arg in args]
        for found, expected in zip(program.run(*flatten(others)), plain(f(*others)), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12)


def network_loss(w1, b1, w2, b2, x, y):
    return nn.sum_of_squares(sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2), y)


def test_a_value_and_its_gradients():
    agrees(value_and_grad(network_loss, (0, 1, 2, 3)), *PARAMETERS, X, Y)


def test_a_derivative_of_a_derivative():
    agrees(hvp(lambda w: np.sum(np.tanh(w) ** 2 * np.where(w > 0.1, w, 2))), X, X.copy())


def test_a_training_step_written_with_backward():
    def step(w, x):
        t = Tensor(w)
        loss = np.sum(relu(x @ t) ** 2)
        loss.backward()
        return t.data - 0.1 * t.grad, loss.data

    agrees(step, PARAMETERS[0], X)


def test_python_numbers_vary_and_adapt_their_dtype():
    program = capture("test", lambda x, a: x * a, (np.ones(2, np.float32), 0.5)).program
    (out,) = program.run(np.ones(2, np.float32), 3.0)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, [3, 3])


def test_a_module_is_an_argument_with_its_parameters():
    network = nn.TwoLayerNetwork(3, 4, 2, seed=0)
    captured = capture("test", value_and_grad(lambda n: nn.sum_of_squares(n(X), Y)), (network,))
    value, gradients = value_and_grad(lambda n: nn.sum_of_squares(n(X), Y))(network)
    found = captured.program.run(*(p.data for p in network.parameters()))
    np.testing.assert_allclose(found[0], value.data)
    for one, other in zip(found[1:], gradients.values(), strict=True):
        np.testing.assert_allclose(one, other.data)


def test_tensors_from_outside_are_noted():
    w = Tensor(np.ones(3))
    captured = capture("test", lambda x: np.sum(x @ w), (X,))
    assert [tensor for tensor, _ in captured.outside] == [w]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: float(x[0, 0]) * x,
        lambda x: grad(lambda t: np.sum(t * t.sum().item()))(x),
    ],
)
def test_a_course_that_depends_on_values_is_refused(f):
    with pytest.raises(TypeError, match=r"np\.where\(condition, a, b\) for an if"):
        capture("compile(f)", f, (X,))


def test_what_the_engine_looks_for_is_checked():
    program = capture("test", grad(lambda x: np.sum(np.where(x > 0, np.log(x), 0))), (X,)).program
    assert len(program.checks) == 1


def test_several_numbers_are_traced_too():
    agrees(lambda x: np.linalg.slogdet(x.T @ x), X)
    agrees(lambda x: np.modf(np.sum(x)), X)


def test_what_only_says_what_to_do_may_be_traced():
    labels = np.array([0, 1, 1, 0, 1])
    program = capture("test", grad(nn.softmax_cross_entropy), (Y, labels)).program
    (found,) = program.run(X[:, :2], labels[::-1])
    np.testing.assert_allclose(found, grad(nn.softmax_cross_entropy)(X[:, :2], labels[::-1]))
