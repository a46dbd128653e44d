"""Structures of arrays, in and out of the transforms."""

import dataclasses
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

from tinygrad_edu import Tensor, grad, hessian, hvp, jacobian, jvp, nn, no_grad, vjp
from tinygrad_edu.kit.pytree import flatten, gradient_tree, matched, paths, unflatten

Point = namedtuple("Point", "x y")


@dataclasses.dataclass
class Dense:
    w: object
    b: object
    activation: str = "tanh"
    trained: bool = True
    note: object = None
    area: float = dataclasses.field(init=False, default=0.0)

    def __post_init__(self):
        self.area = np.sum(self.w)

    def __call__(self, x):
        return getattr(np, self.activation)(x @ self.w + self.b)


@dataclasses.dataclass(frozen=True, slots=True)
class Width:
    sigma: float

    def __post_init__(self):
        if self.sigma <= 0:
            raise ValueError("a width is positive")


W, B, X = np.array([[1.0, -0.5], [0.25, 2.0]]), np.array([0.1, -0.2]), np.array([0.5, -1.0])


def loss(layer, x):
    return np.sum(layer(x) ** 2)


def test_a_dataclass_in_and_out():
    gradient = grad(loss)(Dense(W, B), X)
    w, b = grad(lambda w, b: np.sum(np.tanh(X @ w + b) ** 2), (0, 1))(W, B)
    assert isinstance(gradient, Dense)
    np.testing.assert_array_equal(gradient.w, w)
    np.testing.assert_array_equal(gradient.b, b)
    assert (gradient.activation, gradient.trained, gradient.note) == ("tanh", True, None)
    assert gradient.area is None


def test_what_a_dataclass_derives_from_its_fields_follows_them():
    np.testing.assert_array_equal(grad(lambda layer: layer.area**2)(Dense(W, B)).w, 5.5)


def test_a_gradient_need_not_pass_for_an_argument():
    gradient = grad(lambda width: -3 * width.sigma)(Width(2.0))
    assert isinstance(gradient, Width)
    assert gradient.sigma == -3.0


def test_all_transforms_take_and_give_them():
    layer, v = Dense(W, B), Dense(np.ones((2, 2)), np.ones(2))
    value, pullback = vjp(
        lambda layer: {"out": layer(X), "words": "kept", "area": layer.area}, layer
    )
    assert value["words"] == "kept"
    assert type(value["out"]) is np.ndarray
    cotangent = {"area": 2.0, "words": None, "out": np.zeros(2)}  # in another order
    np.testing.assert_array_equal(pullback(cotangent)[0].w, 2.0)
    _, tangent = jvp(lambda layer: Point(layer(X), [layer.area]), (layer,), (v,))
    assert isinstance(tangent, Point)
    assert tangent.y == [4.0]
    np.testing.assert_allclose(tangent.x, (1 - np.tanh(X @ W + B) ** 2) * (np.sum(X) + 1))
    found = jacobian(lambda layer: (layer(X), layer.area))(layer)
    assert found[0].w.shape == (2, 2, 2)
    np.testing.assert_array_equal(found[1].w, np.ones((2, 2)))
    second = hessian(loss)(layer, X)
    assert second.w.b.shape == (2, 2, 2)
    np.testing.assert_allclose(second.b.w, np.moveaxis(second.w.b, 2, 0))
    product = hvp(loss)(layer, X, v)
    expected = np.tensordot(second.b.w, v.w, 2) + second.b.b @ v.b
    np.testing.assert_allclose(product.b, expected)


def test_settings_among_the_leaves_stay_as_they_are():
    tree = {"w": 2.0, "f": np.tanh, "name": None, "kind": "x", "flags": [True, np.float64]}
    gradient = grad(lambda p: p["f"](p["w"]) if p["flags"][0] and p["kind"] == "x" else 0.0)(tree)
    np.testing.assert_allclose(gradient["w"], 1 - np.tanh(2.0) ** 2)
    assert {k: gradient[k] for k in ("f", "name", "kind", "flags")} == {
        "f": np.tanh, "name": None, "kind": "x", "flags": [True, np.float64],
    }  # fmt: skip
    assert grad(lambda p, x: x * x)({}, 3.0) == {}


@pytest.mark.parametrize("argument", ["text", None, True, np.tanh, object()])
def test_an_argument_in_which_nothing_varies_is_an_error(argument):
    for differentiate in (
        lambda f: grad(f)(argument),
        lambda f: vjp(f, argument),
        lambda f: jvp(f, (argument,), (argument,)),
        lambda f: jacobian(f)(argument),
        lambda f: hvp(f)(argument, argument),
    ):
        with pytest.raises(TypeError, match=r"of constant: can't differentiate in"):
            differentiate(constant)


def constant(_argument):
    return 1.0


def test_subclasses_of_dict_keep_their_kind():
    tree = OrderedDict(b=1.0, a=2.0)
    gradient = grad(lambda p: p["a"] * p["b"] ** 2)(tree)
    assert gradient == OrderedDict(b=4.0, a=1.0)
    default = defaultdict(list, {"x": [1.0, 2.0]})
    found = grad(lambda p: p["x"][0] * p["x"][1] + len(p["none"]))(default)
    assert found.default_factory is list
    assert found["x"] == [2.0, 1.0]


def test_integers_vary_as_floats():
    assert grad(lambda n: n * n)(3) == 6.0
    gradient = grad(lambda a: np.sum(a * a))(np.array([1, 2]))
    assert gradient.dtype == np.float64


def test_a_module_gives_a_dict_by_path():
    network = nn.TwoLayerNetwork(2, seed=0)
    x, y = np.array([[0.5, -1.0], [1.0, 2.0]]), np.array([[0.0], [1.0]])

    def error(network, x):
        return nn.mean_squared_error(network(x), y)

    with no_grad():
        gradient = grad(error)(network, x)
    error(network, x).backward()
    assert gradient.keys() == network.state().keys()
    for path, parameter in network.named_parameters():
        assert type(gradient[path]) is not Tensor
        np.testing.assert_allclose(gradient[path], parameter.grad, rtol=1e-12)
        assert parameter.op is None
    with no_grad():
        product = hvp(error)(network, x, gradient)
    assert product.keys() == gradient.keys()


def test_a_module_has_its_parameters_within_the_function():
    network = nn.TwoLayerNetwork(2, seed=0)

    def decay(network):
        assert [path for path, _ in network.named_parameters()] == list(network.state())
        return sum(np.sum(parameter**2) for parameter in network.parameters())

    with no_grad():
        gradient = grad(decay)(network)
        product = hvp(decay)(network, gradient)
    for path, value in network.state().items():
        np.testing.assert_allclose(gradient[path], 2 * value)
        np.testing.assert_allclose(product[path], 4 * value)


def test_a_penalty_on_a_modules_gradient_reaches_its_parameters():
    network = nn.Neuron([1.0, -2.0], 0.5)
    x = np.array([0.5, 1.0])
    gradient = grad(lambda neuron: neuron(x))(network)
    np.sum(gradient["weights"] ** 2).backward()
    assert np.all(network.weights.grad != 0)


def test_a_module_that_shares_a_parameter_shares_it_still():
    class Twice(nn.Module):
        def __init__(self):
            self.first = nn.Neuron([2.0], 0.0, activation=nn.identity)
            self.second = self.first

        def feedforward(self, x):
            return self.second(self.first(x)[None])

    with no_grad():
        gradient = grad(lambda module: module(np.array([3.0])))(Twice())
    np.testing.assert_allclose(gradient["first.weights"], [12.0])


# ---- taken apart and put together ----------------------------------------------------------------


def test_round_trip():
    tree = {"a": [1.0, (2.0, Point(3.0, "y"))], "b": Width(4.0), "c": None}
    assert flatten(tree) == [1.0, 2.0, 3.0, 4.0]
    assert paths(tree) == ["['a'][0]", "['a'][1][0]", "['a'][1][1].x", "['b'].sigma"]
    doubled = unflatten(tree, [2.0, 4.0, 6.0, 8.0])
    assert doubled == {"a": [2.0, (4.0, Point(6.0, "y"))], "b": Width(8.0), "c": None}
    with pytest.raises(ValueError, match="positive"):
        unflatten(Width(1.0), [-1.0])
    assert gradient_tree(Width(1.0), [-1.0]).sigma == -1.0


@pytest.mark.parametrize(
    ("tree", "other", "message"),
    [
        ({"a": 1.0}, {"b": 1.0}, r"x must have .* a dict with \['a'\]; it is a dict with \['b'\]"),
        ([1.0, 2.0], [1.0], r"a list with \[0\], \[1\]; it is a list with \[0\]"),
        ({"a": [1.0]}, {"a": 1.0}, r"x\['a'\] must have .* with \[0\]; it is a float"),
        (Width(1.0), 2.0, r"a Width with \.sigma; it is a float"),
        (1.0, {"a": 1.0}, "x: there must be an array, and it is a dict"),
        ([1.0, "s"], [], "it is a list with nothing in it"),
    ],
)
def test_structures_that_do_not_match(tree, other, message):
    with pytest.raises(TypeError, match=message):
        matched(tree, other, "x")


def test_numbers_in_a_list_stand_for_an_array():
    value, pullback = vjp(np.exp, np.zeros(2))
    np.testing.assert_array_equal(pullback([1.0, 2.0])[0], [1.0, 2.0])
    np.testing.assert_array_equal(hvp(lambda x: np.sum(x**2))(value, [1, 2]), [2.0, 4.0])
