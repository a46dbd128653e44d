"""What type checkers and editors know of the package: mypy and pyright read it, pytest runs it.

``assert_type`` is a checker's; where a checker is to object, the line says so, and a needless
``type: ignore`` is an error as well.
"""

from typing import Any, assert_type

import numpy as np

import tinygrad_edu as te
from tinygrad_edu import Tensor, nn

x = np.array([1.0, 2.0, 3.0])
t = Tensor([1.0, 2.0, 3.0])
m = Tensor(np.eye(3))


def test_operators_give_tensors() -> None:
    assert_type(t + 1, Tensor)
    assert_type(1 - t, Tensor)
    assert_type(t * t, Tensor)
    assert_type(2.0 / t, Tensor)
    assert_type(t**2, Tensor)
    assert_type(m @ t, Tensor)
    assert_type(t @ x, Tensor)
    assert_type(-t, Tensor)
    assert_type(abs(t), Tensor)
    assert_type(t[0], Tensor)
    assert_type(t[None, 1:], Tensor)
    for element in t:
        assert_type(element, Tensor)


def test_methods_give_tensors() -> None:
    assert_type(t.sum(), Tensor)
    assert_type(t.mean(axis=0), Tensor)
    assert_type(t.reshape(3, 1), Tensor)
    assert_type(m.T, Tensor)
    assert_type(t.max(), Tensor)
    assert_type(m.dot(t), Tensor)
    assert_type(t.clip(0, 1), Tensor)


def test_numpy_functions_of_tensors() -> None:
    """Where NumPy's annotations allow it a Tensor, elsewhere anything; never an error."""
    assert_type(np.sum(t), Tensor)
    assert_type(np.max(t), Tensor)
    assert_type(np.exp(t), Any)
    assert_type(np.mean(t), Any)
    assert_type(np.var(t), Any)
    assert_type(np.sum(m, axis=0), Any)
    assert_type(np.maximum(t, 0), Any)
    assert_type(np.dot(t, x), Any)
    assert_type(x * t, Any)
    assert_type(x @ t, Any)
    np.exp(np.sum(t)).backward()
    np.mean((t - x) ** 2).backward()
    np.square(t - x).mean().backward()
    np.sum(np.concatenate([t, t])).backward()
    np.sum(np.stack([t, t]) * 2.0)
    np.sum(np.where(x > 0, t, 0.0)).backward()


def test_functions_of_ours() -> None:
    assert_type(te.sigmoid(t), Tensor)
    assert_type(te.relu(t), Tensor)
    assert_type(te.softmax(m, axis=-1), Tensor)
    assert_type(te.logsumexp(m, 0), Tensor)
    assert_type(nn.mean_squared_error(t, x), Tensor)
    assert_type(nn.softmax_cross_entropy(m, [0, 1, 2]), Tensor)
    assert_type(te.sigmoid(x), Any)


def test_names_of_the_package() -> None:
    from tinygrad_edu import compile  # public, though a star leaves Python's own in its place

    assert compile is te.compile


def test_values_and_gradients() -> None:
    te.sigmoid(t).sum().backward()
    assert_type(t.shape, tuple[int, ...])
    assert_type(t.ndim, int)
    assert_type(t.name, str | None)
    t.data.mean()
    t.data = t.data - 0.1 * t.grad
    t.grad = None


class Network(nn.Module):
    def __init__(self) -> None:
        self.hidden = nn.Layer(3, 4, "tanh", seed=0)
        self.output = nn.Layer(4, 1, "identity", seed=1)

    def feedforward(self, x: Any) -> Tensor:
        return self.output(self.hidden(x))


def test_modules() -> None:
    network = Network()
    output = network(np.eye(3))
    assert_type(output, Tensor)
    assert_type(nn.MLP((3, 2, 1))(np.eye(3)), Tensor)
    assert_type(network.parameters(), list[Tensor])
    nn.sum_of_squares(output, np.zeros((3, 1))).backward()


def test_a_checker_objects_to_what_is_not_there() -> None:
    for refused in (
        lambda: t.detach(),  # type: ignore[attr-defined]
        lambda: t.exp(),  # type: ignore[attr-defined]
        lambda: nn.Linear(2, 3),  # type: ignore[attr-defined]
        lambda: Tensor(3.0, requires_grad=True),  # type: ignore[arg-type]
    ):
        try:
            refused()
        except (AttributeError, TypeError):
            continue
        raise AssertionError("not refused")
