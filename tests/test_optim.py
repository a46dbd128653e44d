"""Optimisers: against their updates written out, and against closed forms."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import Tensor, grad, nn, optim

START = np.array([3.0, -2.0, 0.5])
SCALES = np.array([1.0, 4.0, 0.1])


def bowl(w):
    return np.sum(SCALES * w**2) / 2


def descend(make, steps):
    """All the values on the way down the bowl."""
    w = Tensor(START)
    optimizer, path = make([w]), [START]
    for _ in range(steps):
        optimizer.zero_grad()
        bowl(w).backward()
        optimizer.step()
        path.append(w.numpy())
    return np.array(path)


@given(st.floats(0.001, 0.4))
def test_plain_descent_has_a_closed_form(lr):
    path = descend(lambda p: optim.SGD(p, lr), 20)
    expected = START * (1 - lr * SCALES) ** np.arange(21)[:, None]
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-12)


@given(st.floats(0.001, 0.4), st.floats(0, 0.99))
def test_momentum_against_the_update_written_out(lr, momentum):
    w, v, expected = START, np.zeros(3), [START]
    for _ in range(20):
        v = momentum * v + SCALES * w
        w = w - lr * v
        expected.append(w)
    np.testing.assert_allclose(descend(lambda p: optim.SGD(p, lr, momentum), 20), expected)


def test_momentum_under_a_steady_pull_has_a_terminal_velocity():
    w = Tensor(0.0)
    optimizer = optim.SGD([w], lr=1.0, momentum=0.5)
    w.grad = np.array(1.0)
    for _ in range(60):
        before = w.item()
        optimizer.step()
    assert before - w.item() == pytest.approx(1 / (1 - 0.5))


def test_adam_against_the_algorithm_of_the_paper():
    lr, b1, b2, epsilon = 0.1, 0.8, 0.95, 1e-6
    w, m, v, expected = START, np.zeros(3), np.zeros(3), [START]
    for t in range(1, 31):
        g = grad(bowl)(w)
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        w = w - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + epsilon)
        expected.append(w)
    path = descend(lambda p: optim.Adam(p, lr, b1, b2, epsilon), 30)
    np.testing.assert_allclose(path, expected, rtol=1e-12)


@given(st.floats(1e-3, 1e3))
def test_adams_first_step_is_the_learning_rate_whatever_the_scale(scale):
    w = Tensor(START)
    optimizer = optim.Adam([w], lr=0.01)
    (scale * bowl(w)).backward()
    optimizer.step()
    np.testing.assert_allclose(START - w.data, 0.01 * np.sign(START), rtol=1e-3)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.2, 0.5), lambda p: optim.Adam(p, 0.1)])
def test_down_to_the_bottom(make):
    np.testing.assert_allclose(descend(make, 1500)[-1], 0, atol=1e-6)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.1, 0.9), lambda p: optim.Adam(p, 0.1)])
def test_float32_stays_float32(make):
    w = Tensor(START, dtype=np.float32)
    optimizer = make([w])
    for _ in range(2):
        bowl(w).backward()
        optimizer.step()
    assert w.dtype == np.float32


def test_the_learning_rate_may_change():
    w = Tensor(1.0)
    optimizer = optim.SGD([w], lr=0.5)
    w.grad = np.array(1.0)
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert w.item() == 0.25


def test_a_shared_parameter_takes_one_step():
    w = Tensor(1.0)
    optimizer = optim.SGD([w, w], lr=0.5)
    w.grad = np.array(1.0)
    optimizer.step()
    assert w.item() == 0.5


def test_a_recorded_gradient_will_do():
    w = Tensor(2.0)
    (w * w).backward(create_graph=True)
    optim.SGD([w], lr=0.25).step()
    assert w.item() == 1.0
    assert w.op is None


def test_the_users_gradient_array_is_left_alone():
    w, g = Tensor(START), np.ones(3)
    w.grad = g
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9)
    for _ in range(3):
        optimizer.step()
    np.testing.assert_array_equal(g, 1)


def test_gradients_that_are_changed_in_place_do_not_change_the_momentum():
    w = Tensor(0.0)
    w.grad = np.array(1.0)
    optimizer = optim.SGD([w], lr=1.0, momentum=1 / 2)
    optimizer.step()
    w.grad[...] = 0
    optimizer.step()
    assert w.item() == -1.5


def test_a_missing_gradient_is_named_and_nothing_moves():
    network = nn.TwoLayerNetwork(2, seed=0)
    optimizer = optim.Adam(network.parameters())
    np.sum(network(np.ones((1, 2)))).backward()
    before = copy.deepcopy(network.state())
    network.output.bias.grad = None
    with pytest.raises(
        ValueError, match=r"parameter 3 'output.bias', of shape \(1,\), has no grad"
    ):
        optimizer.step()
    for path, value in network.state().items():
        np.testing.assert_array_equal(value, before[path])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.SGD([], 0.1), ValueError, "no parameters"),
        (lambda: optim.SGD(nn.Layer(1, 1), 0.1), TypeError, "model.parameters.*not a Layer"),
        (lambda: optim.SGD(Tensor([1.0]), 0.1), TypeError, "model.parameters.*not a Tensor"),
        (lambda: optim.SGD([Tensor(1.0) * 2], 0.1), TypeError, "a parameter is a leaf Tensor"),
        (lambda: optim.Adam([np.ones(2)], 0.1), TypeError, "a parameter is a leaf Tensor"),
        (lambda: optim.SGD([Tensor(1.0)], -0.1), ValueError, "lr must be at least 0 .* not -0.1"),
        (lambda: optim.SGD([Tensor(1.0)], np.nan), ValueError, "lr must .* not nan"),
        (lambda: optim.SGD([Tensor(1.0)], "0.1"), TypeError, "lr is a number, not '0.1'"),
        (lambda: optim.SGD([Tensor(1.0)], Tensor(0.1)), TypeError, "lr is a number, not Tensor"),
        (lambda: optim.SGD([Tensor(1.0)], 0.1, 1.0), ValueError, "momentum must .* below 1, not 1"),
        (lambda: optim.Adam([Tensor(1.0)], beta1=1), ValueError, "beta1 must be"),
        (lambda: optim.Adam([Tensor(1.0)], epsilon=-1), ValueError, "epsilon must be"),
    ],
)
def test_what_cannot_be_made(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, 0.1), lambda p: optim.Adam(p, 0.1)])
def test_complex_parameters_descend(make):
    z, target = Tensor([1 + 1j, 2 - 1j, -3.0]), 3 + 2j
    optimizer = make([z])
    for _ in range(300):
        optimizer.zero_grad()
        np.sum(np.abs(z - target) ** 2).backward()
        optimizer.step()
    np.testing.assert_allclose(z.data, target, atol=0.05)


def test_adam_does_not_care_how_the_complex_plane_is_turned():
    paths = []
    for turn in (1, np.exp(0.7j)):
        z = Tensor([1 + 1j, 2 - 1j] * np.array(turn))
        optimizer = optim.Adam([z], 0.1)
        for _ in range(5):
            optimizer.zero_grad()
            np.sum(np.abs(z - (3 + 2j) * turn) ** 2).backward()
            optimizer.step()
        paths.append(z.data / turn)
    np.testing.assert_allclose(*paths, rtol=1e-12)
