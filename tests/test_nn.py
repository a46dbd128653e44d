"""Modules and networks: their numbers, their parameters, and what can be done with them."""

import ast
import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu import Tensor, nn, no_grad
from tinygrad_edu.testing import check_gradients

X = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
Y = np.array([[0.0], [1], [1], [0]])


class ThreeNeurons(nn.Module):
    def __init__(self):
        self.h1 = nn.Neuron([0, 1], 0)
        self.h2 = nn.Neuron([0, 1], 0)
        self.o1 = nn.Neuron([0, 1], 0)

    def feedforward(self, x):
        return self.o1(np.stack([self.h1(x), self.h2(x)], axis=-1))


# ---- the numbers of the textbook ----------------------------------------------------------------


def test_one_neuron():
    assert nn.Neuron([0, 1], 4)([2, 3]).item() == pytest.approx(0.9990889488055994, abs=1e-15)


def test_three_neurons():
    assert ThreeNeurons()([2, 3]).item() == pytest.approx(0.7216325609518421, abs=1e-15)


def test_three_neurons_on_rows():
    rows = ThreeNeurons()(np.array([[2.0, 3.0], [-1.0, 0.5]])).data
    np.testing.assert_allclose(rows, [ThreeNeurons()(x).item() for x in ([2, 3], [-1, 0.5])])


def test_training_follows_the_hand_written_loop():
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    network = nn.TwoLayerNetwork(3, hidden=4, bias=False, seed=1)
    weights1, weights2 = (p.numpy() for p in network.parameters())
    for _ in range(1500):
        loss = nn.sum_of_squares(network(X), Y)
        network.zero_grad()
        loss.backward()
        for p in network.parameters():
            p.data = p.data - p.grad

        layer1 = sigmoid(X @ weights1)
        output = sigmoid(layer1 @ weights2)
        d_output = 2 * (Y - output) * output * (1 - output)
        d_weights2 = layer1.T @ d_output
        d_weights1 = X.T @ (d_output @ weights2.T * layer1 * (1 - layer1))
        weights1 += d_weights1
        weights2 += d_weights2

        np.testing.assert_allclose(network.hidden.weights.data, weights1, rtol=0, atol=1e-9)
        np.testing.assert_allclose(network.output.weights.data, weights2, rtol=0, atol=1e-9)
    assert loss.item() < 0.1


# ---- gradients ----------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softplus", "identity", "relu"])
def test_gradients_of_the_two_layer_network(activation):
    network = nn.TwoLayerNetwork(3, 5, 2, activation, seed=2)
    target = np.random.default_rng(0).uniform(size=(4, 2))

    def loss(w1, b1, w2, b2):
        network.hidden.weights, network.hidden.bias = w1, b1
        network.output.weights, network.output.bias = w2, b2
        return nn.mean_squared_error(network(X), target)

    values = [p.numpy() + 0.1 for p in network.parameters()]
    assert check_gradients(loss, *values).conclusive


@pytest.mark.parametrize("make", [lambda: nn.TwoLayerNetwork(3, seed=0), lambda: nn.MLP([3, 4, 2])])
def test_forward_runs_the_same_on_arrays_and_tensors(make):
    network = make()
    recorded = network(X)
    for _, module in network.named_modules():
        if isinstance(module, nn.Layer):
            module.weights, module.bias = module.weights.data, module.bias.data
    plain = network(X)
    assert isinstance(plain, np.ndarray)
    assert isinstance(recorded, Tensor)
    np.testing.assert_array_equal(plain, recorded.data)
    assert network.parameters() == []  # arrays are constants: the network is frozen


def test_the_input_may_be_a_variable_too():
    network, x = nn.TwoLayerNetwork(3, seed=0), Tensor(X)
    np.sum(network(x)).backward()
    assert x.grad.shape == X.shape


def test_float32_weights_stay_float32():
    def init(rng, shape):
        return rng.normal(size=shape).astype(np.float32)

    network = nn.TwoLayerNetwork(3, init=init, seed=0)
    output = network(X.astype(np.float32))
    np.sum(output).backward()
    assert {output.dtype, *(p.dtype for p in network.parameters())} == {np.dtype(np.float32)}


# ---- parameters ---------------------------------------------------------------------------------


class Nest(nn.Module):
    def __init__(self):
        self.shared = Tensor([1.0, 2.0])
        self.parts = [nn.Neuron([1.0], 0), {"deep": (Tensor(3.0), nn.Layer(2, 3, bias=False))}]
        self.again = self.shared
        self.same = self.parts[0]
        self.constant = np.ones(3)
        self.kept = self.shared * 2  # computed: no parameter
        self.itself = self


def test_parameters_are_found_once_by_path():
    nest = Nest()
    paths = [path for path, _ in nest.named_parameters()]
    assert paths == [
        "shared",
        "parts.0.weights",
        "parts.0.bias",
        "parts.1.deep.0",
        "parts.1.deep.1.weights",
    ]
    assert [p.size for p in nest.parameters()] == [2, 1, 1, 1, 6]
    assert [path for path, _ in nest.named_modules()] == ["", "parts.0", "parts.1.deep.1"]


def test_networks_name_their_parameters():
    assert [p.name for p in nn.TwoLayerNetwork(2).parameters()] == [
        "hidden.weights",
        "hidden.bias",
        "output.weights",
        "output.bias",
    ]
    assert nn.MLP([2, 2, 1]).layers[0].bias.name == "layers.0.bias"


def test_repr_of_a_nest():
    assert repr(Nest()).splitlines() == [
        "Nest(",
        "  shared (2,), parts.1.deep.0 (), again (2,), constant (3,) constant",
        "  parts.0: Neuron(weights (1,), bias (), sigmoid), 2 parameters",
        "  parts.1.deep.1: Layer(weights (2, 3), sigmoid), 6 parameters",
        "  same: Neuron(weights (1,), bias (), sigmoid), 2 parameters",
        "  itself: Nest(...)",
        "), 11 parameters",
    ]


def test_zero_grad():
    network = nn.TwoLayerNetwork(3)
    nn.sum_of_squares(network(X), Y).backward()
    assert all(p.grad is not None for p in network.parameters())
    network.zero_grad()
    assert all(p.grad is None for p in network.parameters())


def test_a_replaced_value_leaves_the_recorded_graph_as_it_was():
    layer = nn.Layer(3, 1, "identity", seed=0)
    old = layer.weights.numpy()
    output = np.sum(layer(X))
    layer.weights.data = old * 0
    output.backward()
    np.testing.assert_allclose(layer.weights.grad, X.sum(axis=0)[:, None])
    assert output.item() == pytest.approx((X @ old).sum())


# ---- the call that made a node ------------------------------------------------------------------


def test_nodes_know_the_calls_they_were_made_in():
    network = nn.TwoLayerNetwork(3)
    output = network(X)
    assert output.scope.module is network.output
    assert output.scope.parent.module is network
    assert output.scope.parent.parent is None
    assert (output * 2).scope is None
    assert network(X).scope is not output.scope


def test_the_scope_ends_with_an_error():
    network = nn.TwoLayerNetwork(3)
    with pytest.raises(ValueError, match="matmul"):
        network(np.ones((4, 2)))
    assert Tensor(1.0).scope is None


def test_a_module_without_feedforward():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty defines no feedforward"):
        Empty()(1.0)


def test_nothing_is_recorded_within_no_grad():
    with no_grad():
        assert nn.TwoLayerNetwork(3)(X).op is None


# ---- copies and files ---------------------------------------------------------------------------


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "identity", "relu", "softplus"])
def test_copies_are_equal_and_independent(duplicate, activation):
    network = nn.TwoLayerNetwork(3, activation=activation, seed=0)
    twin = duplicate(network)
    np.testing.assert_array_equal(twin(X).data, network(X).data)
    twin.hidden.weights.data = twin.hidden.weights.data + 1
    assert np.all(twin.hidden.weights.data != network.hidden.weights.data)


def test_sharing_survives_a_copy():
    tied = nn.TwoLayerNetwork(3, 3, 3)
    tied.output.weights = tied.hidden.weights
    twin = copy.deepcopy(tied)
    assert twin.output.weights is twin.hidden.weights
    assert twin.hidden.weights is not tied.hidden.weights


def test_parameters_to_npz_and_back(tmp_path):
    trained, fresh = (nn.MLP([3, 5, 2], seed=seed) for seed in (0, 1))
    np.savez(tmp_path / "model.npz", **trained.state())
    with np.load(tmp_path / "model.npz") as file:
        fresh.load_state(file)
    np.testing.assert_array_equal(fresh(X).data, trained(X).data)


def test_state_is_a_copy():
    layer = nn.Layer(2, 1)
    layer.state()["weights"][:] = np.nan
    assert np.isfinite(layer.weights.data).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("hidden.bias"), r"missing: hidden\.bias; unknown: none"),
        (lambda s: s.update(extra=np.ones(1)), "missing: none; unknown: extra"),
        (lambda s: s.update({"output.bias": np.ones(2)}), r"output\.bias has shape \(2,\)"),
        (lambda s: s.update({"output.bias": np.array(["a"])}), r"output\.bias has dtype <U1"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    network = nn.TwoLayerNetwork(3, seed=0)
    before, state = network.state(), nn.TwoLayerNetwork(3, seed=1).state()
    change(state)
    with pytest.raises(ValueError, match=message):
        network.load_state(state)
    for path, value in network.state().items():
        np.testing.assert_array_equal(value, before[path])


# ---- how weights start --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("uniform", 1 / 3 / 300),
        ("glorot_uniform", 2 / 700),
        ("glorot_normal", 2 / 700),
        ("he_uniform", 2 / 300),
        ("he_normal", 2 / 300),
        ("xavier_uniform", 2 / 700),
        ("xavier_normal", 2 / 700),
        ("kaiming_uniform", 2 / 300),
        ("kaiming_normal", 2 / 300),
    ],
)
def test_initialisers_have_the_variance_of_the_paper(init, variance):
    weights = nn.Layer(300, 400, init=init, seed=0).weights.data
    assert np.var(weights) == pytest.approx(variance, rel=0.02)
    assert abs(np.mean(weights)) < 4 * np.sqrt(variance / weights.size)
    if "uniform" in init:
        assert np.max(np.abs(weights)) <= np.sqrt(3 * variance)


def test_seeds_repeat_and_generators_move_on():
    first, second = (nn.TwoLayerNetwork(3, seed=5).state() for _ in range(2))
    for path, value in first.items():
        np.testing.assert_array_equal(value, second[path])
    rng = np.random.default_rng(5)
    one, two = nn.Layer(3, 3, seed=rng), nn.Layer(3, 3, seed=rng)
    assert np.all(one.weights.data != two.weights.data)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: nn.Layer(2, 1, init="zero"),
            ValueError,
            "unknown initialiser 'zero'; known: unif",
        ),
        (
            lambda: nn.Layer(2, 1, init=lambda rng, shape: [1.0]),
            ValueError,
            r"gave weights .*\(1,\)",
        ),
        (lambda: nn.Layer(2, 1, "sinh"), ValueError, "unknown activation 'sinh'; known: identity"),
        (lambda: nn.Layer(2, 1, 3), TypeError, "a name or a function, not 3"),
        (lambda: nn.Layer(0, 1), ValueError, "number of inputs of a layer is 1 or more, not 0"),
        (lambda: nn.Layer(2, 1.5), ValueError, "number of outputs of a layer .* not 1.5"),
        (lambda: nn.MLP([3]), ValueError, "sizes must be at least"),
        (lambda: nn.Neuron([[1.0]], 0), ValueError, r"not \(1, 1\) and \(\)"),
        (lambda: nn.Neuron([1.0], [0]), ValueError, r"not \(1,\) and \(1,\)"),
    ],
)
def test_what_cannot_be_made(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_an_mlp_of_one_layer_is_a_linear_model():
    model = nn.MLP([3, 1], seed=0)
    np.testing.assert_allclose(model(X).data, X @ model.layers[0].weights.data)


# ---- what networks stand on ---------------------------------------------------------------------


UPDATES = {
    "w - rate * w.grad": lambda w: w - 0.1 * w.grad,
    "w + (-rate) * w.grad": lambda w: w + (-0.1) * w.grad,
    "np.subtract": lambda w: np.subtract(w, 0.1 * w.grad),
    "-(rate * w.grad) + w": lambda w: -(0.1 * w.grad) + w,
    "decay": lambda w: w * 0.9,
}


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
def test_an_update_that_would_lose_the_parameter_is_refused(update):
    """The module would learn on, have a parameter less, and save none."""
    layer = nn.Layer(3, 2, seed=0)
    np.sum(layer(X)).backward()
    with pytest.raises(TypeError, match=r"Layer: weights .* model\.weights\.data = ") as caught:
        layer.weights = update(layer.weights)
    assert "Tensor(...) for a new parameter" in str(caught.value)
    assert [path for path, _ in layer.named_parameters()] == ["weights", "bias"]
    layer.weights = Tensor(update(layer.weights).data)
    layer.bias.data = layer.bias.data - 0.1 * layer.bias.grad
    assert sorted(layer.state()) == ["bias", "weights"]


def test_what_is_computed_with_other_tensors_may_take_the_place_of_a_parameter():
    """A recorded step of learning, through which one differentiates."""
    layer, rate = nn.Layer(3, 2, "identity", seed=0), Tensor(0.1)
    first = layer.weights
    np.sum(layer(X) ** 2).backward(create_graph=True)
    layer.weights = first - rate * first.grad
    np.sum(layer(X) ** 2).backward()
    assert rate.grad is not None
    layer.hidden = layer(X)  # a result that is kept
    layer.hidden = layer.hidden * 2
    layer.bias.grad = None
    layer.bias = layer.bias * 2.0  # before any training


@pytest.mark.parametrize(
    "file", sorted(Path(nn.__file__).parent.glob("*.py")), ids=lambda file: file.stem
)
def test_networks_use_the_public_face_of_a_tensor_only(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    known = {"tensor.tensor", "transforms", "engine.context", "rules.activation"}
    known |= {"engine.stand_ins"}
    known |= {"tensor.elsewhere", "tensor.signatures"}  # what others call it; for checkers
    for module in imported:
        package, _, name = module.partition(".")
        assert package != "tinygrad_edu" or name in known or name.startswith("nn.")
    private = [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr[0] == "_"]
    assert set(private) <= {"__name__", "__setattr__"}


class Branches(nn.Module):
    def __init__(self):
        self.branches = {"left": nn.MLP((2, 3, 1), seed=0), "right": nn.Layer(4, 1, seed=0)}

    def feedforward(self, x):
        return self.branches["left"](x) + self.branches["right"](x)


@pytest.mark.parametrize(
    ("network", "shape", "module"),
    [
        (nn.MLP((3, 8, 3)), (5, 4), "layers.0 (Layer 3 -> 8)"),
        (nn.TwoLayerNetwork(3), (2,), "hidden (Layer 3 -> 4)"),
        (nn.Layer(2, 1), (2, 3), "Layer 2 -> 1"),
        (nn.Neuron([1, 2], 0), (3,), "Neuron"),
        (Branches(), (1, 2), "branches.right (Layer 4 -> 1)"),
        (Branches(), (7, 3), "branches.left.layers.0 (Layer 2 -> 3)"),
    ],
)
def test_an_error_within_a_network_names_the_module(network, shape, module):
    for x in (np.ones(shape), Tensor(np.ones(shape))):
        with pytest.raises(ValueError, match="shapes") as caught:
            network(x)
        notes = [note for note in caught.value.__notes__ if note.startswith("(in ")]
        assert notes == [f"(in {module}, on an input of shape {shape})"]
