"""`explain`: the terms of a gradient add up to it, and read as in a textbook."""

import gc
import re
import time
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu import (
    Tensor,
    custom,
    explain,
    log_softmax,
    nn,
    no_grad,
    relu,
    sigmoid,
    softmax,
)
from tinygrad_edu.notation import terms


def neuron():
    """One neuron with a squared loss."""
    values = {"x": 2.0, "y": 3.0, "w1": 0.5, "w2": -0.25, "c": 0.1, "t": 1.0}
    t = {name: Tensor(value, name=name) for name, value in values.items()}
    out = sigmoid(t["x"] * t["w1"] + t["y"] * t["w2"] + t["c"])
    out.name = "out"
    return t, out, (out - t["t"]) ** 2


def three_neurons():
    """Two hidden neurons, and one on top of them."""
    x, y, t = (Tensor(v, name=n) for n, v in (("x", 2.0), ("y", 3.0), ("t", 1.0)))
    values = (0.5, -0.25, 0.75, 1.0, -1.5, 2.0)
    w = [Tensor(value, name=f"w{k}") for k, value in enumerate(values, 1)]
    h1, h2 = np.tanh(x * w[0] + y * w[1]), np.tanh(x * w[2] + y * w[3])
    h1.name, h2.name = "h1", "h2"
    o = sigmoid(h1 * w[4] + h2 * w[5])
    o.name = "o"
    return x, w, (o - t) ** 2


def network():
    """Two layers without biases, and the sum of the squares."""
    rng = np.random.default_rng(0)
    shapes = {"X": (4, 3), "y": (4, 1), "weights1": (3, 5), "weights2": (5, 1)}
    t = {name: Tensor(rng.random(shape), name=name) for name, shape in shapes.items()}
    layer1 = sigmoid(np.dot(t["X"], t["weights1"]))
    output = sigmoid(np.dot(layer1, t["weights2"]))
    layer1.name, output.name = "layer1", "output"
    return t | {"layer1": layer1, "output": output}, np.sum((t["y"] - output) ** 2)


# ---- a term for each path ------------------------------------------------------------------------
def test_a_neuron():
    t, out, _ = neuron()
    assert str(explain(out, t["w1"])) == (
        "∂out/∂w1 = ∂out/∂v₄ · ∂v₄/∂w1\n"
        "         = out · (1 − out) · x\n"
        "         = 0.2425 × 2\n"
        "         = 0.485\n"
        "where\n"
        "  v₄  = x · w1 + y · w2 + c\n"
        "  out = σ(v₄)\n"
        "The product is the gradient that backpropagation gives: checked."
    )


def test_a_neuron_with_a_loss():
    t, _, loss = neuron()
    loss.backward()
    explanation = explain(t["w1"])
    assert str(explanation).startswith(
        "∂L/∂w1 = ∂L/∂out · ∂out/∂v₄ · ∂v₄/∂w1\n"
        "       = 2(out − t) · out · (1 − out) · x\n"
        "       = −0.8268 × 0.2425 × 2\n"
        "       = −0.401\n"
    )
    (term,) = explanation.terms
    assert explanation.symbol == "∂L/∂w1"
    assert term.symbols == ("∂L/∂out", "∂out/∂v₄", "∂v₄/∂w1")
    assert term.formula == explanation.formula == "2(out − t) · out · (1 − out) · x"
    assert np.prod(term.factors) == pytest.approx(t["w1"].grad)
    assert explanation.total == pytest.approx(t["w1"].grad)
    assert explanation.gradient == t["w1"].grad
    assert explanation.definitions["v₄"] == "x · w1 + y · w2 + c"
    assert explanation.paths == 1
    assert explanation.agrees
    assert explanation.notes == ()


def test_three_neurons_have_two_paths():
    x, w, loss = three_neurons()
    assert str(explain(loss, w[0])).startswith(
        "∂L/∂w1 = ∂L/∂o · ∂o/∂v₉ · ∂v₉/∂h1 · ∂h1/∂v₃ · ∂v₃/∂w1\n"
        "       = 2(o − t) · o · (1 − o) · w5 · (1 − h1²) · x\n"
        "       = −0.3271 × 0.1368 × (−1.5) × 0.94 × 2\n"
        "       = 0.1262\n"
    )
    assert str(explain(loss, x)) == (
        "L depends on x along 2 paths, and the gradient is the sum of the products along them:\n"
        "x → v₃ → h1 → v₉ → o → L = ∂L/∂o · ∂o/∂v₉ · ∂v₉/∂h1 · ∂h1/∂v₃ · ∂v₃/∂x\n"
        "                         = 2(o − t) · o · (1 − o) · w5 · (1 − h1²) · w1\n"
        "                         = −0.3271 × 0.1368 × (−1.5) × 0.94 × 0.5\n"
        "                         = 0.03154\n"
        "x → v₆ → h2 → v₉ → o → L = ∂L/∂o · ∂o/∂v₉ · ∂v₉/∂h2 · ∂h2/∂v₆ · ∂v₆/∂x\n"
        "                         = 2(o − t) · o · (1 − o) · w6 · (1 − h2²) · w3\n"
        "                         = −0.3271 × 0.1368 × 2 × 4.935e−4 × 0.75\n"
        "                         = −3.312e−5\n"
        "∂L/∂x                    = 0.03154 − 3.312e−5 = 0.03151\n"
        "where\n"
        "  v₃ = x · w1 + y · w2\n"
        "  h1 = tanh(v₃)\n"
        "  v₆ = x · w3 + y · w4\n"
        "  h2 = tanh(v₆)\n"
        "  v₉ = h1 · w5 + h2 · w6\n"
        "  o  = σ(v₉)\n"
        "  L  = (o − t)²\n"
        "The sum is the gradient that backpropagation gives: checked."
    )


def test_a_tensor_that_stands_twice_is_told_apart_by_its_place():
    a = Tensor(3.0, name="a")
    text = str(explain(a * a, a))
    assert "a → L = ∂L/∂a⁽¹⁾" in text
    assert "a → L = ∂L/∂a⁽²⁾" in text
    assert "∂L/∂a = 3 + 3 = 6" in text
    assert "a⁽²⁾     a as argument 2 alone" in text


def test_a_derivative_over_several_ways_is_never_written_as_one_of_them():
    """z = a + b varies with a in two ways, so that ∂z/∂a is not 1."""
    a = Tensor(3.0, name="a")
    z = a + np.sin(a)
    z.name = "z"
    assert "∂z/∂a⁽¹⁾" in str(explain(z * 2, a))
    assert "∂z/∂a\n" not in str(explain(z * 2, a))


def test_an_infinite_slope_times_zero_is_what_the_engine_makes_of_it():
    z = Tensor(0.0, name="z")
    explanation = explain(np.sqrt(z) * z, z)
    assert explanation.agrees
    assert explanation.total == 0
    assert "= 0 × ∞" in str(explanation)


def test_a_sum_that_is_not_the_gradient_is_said_so_loudly():
    """Along each path the product overflows, in the middle of the graph the gradient is 0."""
    a = Tensor(0.0, name="a")
    b = a * 1e200
    explanation = explain(b * 1e200 - b * 1e200, a)
    assert not explanation.agrees
    assert "NOT EQUAL: the terms add up to NaN, but backpropagation gives 0" in str(explanation)
    for shown in (str(explanation), explanation._repr_latex_(), explanation._repr_markdown_()):
        assert "NOT EQUAL" in shown
        assert "checked" not in shown


def test_a_formula_that_does_not_give_the_numbers_is_not_shown(monkeypatch):
    """If a rule were misread, its wrong formula would not stand beside the right number."""
    t, _, loss = neuron()
    right = explain(loss, t["w1"])
    arrays, total = network()
    monkeypatch.setattr("tinygrad_edu.explaining.rules.read", lambda *_: terms.number(7))
    wrong = explain(loss, t["w1"])
    assert wrong.formula is None
    assert "7" not in str(wrong).split("where")[0].replace("0.2425", "")
    assert wrong.terms[0].factors == right.terms[0].factors
    text = str(explain(total, arrays["weights2"]))
    assert "= 7" not in text
    assert "∂L/∂weights2 = matmul_right(∂L/∂v₂, layer1, weights2)" in text


# ---- more paths than can be listed ---------------------------------------------------------------
def tangle(x, rounds):
    for _ in range(rounds):
        x = x * x + np.sin(x / 2)
    return x


def test_many_paths_are_counted_and_told_by_consumer():
    x = Tensor(0.5, name="x")
    loss = tangle(x, 4)
    explanation = explain(loss, x)
    assert explanation.paths == 3**4
    assert [consumer.paths for consumer in explanation.consumers] == [27, 27, 27]
    text = str(explanation)
    assert "L depends on x along 81 paths, too many to list; by the 3 uses of x" in text
    assert "through v₁ (27 paths) = ∂L/∂v₁ · ∂v₁/∂x⁽¹⁾ = ∂L/∂v₁ · x" in text
    further = explanation.consumers[-1].explain()
    assert further.target is explanation.consumers[-1].node
    assert further.symbol == "∂L/∂v₁"
    assert further.gradient * 0.5 == pytest.approx(explanation.terms[-1].value)


def test_on_demand_an_explanation_leads_up_to_the_loss():
    x = Tensor(0.5, name="x")
    explanation, steps = explain(tangle(x, 12), x), 0
    while explanation.consumers:
        assert explanation.agrees
        explanation = explanation.consumers[-1].explain()
        steps += 1
    assert explanation.target is explanation.loss
    assert str(explanation).startswith("∂L/∂L = 1")
    assert steps == 24


def test_of_many_uses_the_largest_are_listed():
    x = Tensor(1.0, name="x")
    loss = sum(x * float(k) for k in range(1, 21))
    explanation = explain(loss, x)
    assert len(explanation.terms) == 20
    assert explanation.total == 210
    text = str(explanation)
    assert text.count("through") == 8
    assert "and 12 smaller ones, or as large, adding up to 78" in text


def test_a_deep_graph_and_one_with_endless_paths_take_no_time():
    x = Tensor(0.5, name="x")
    deep = x
    for _ in range(20_000):
        deep = np.sin(deep)
    started = time.perf_counter()
    assert explain(deep, x).agrees
    many = explain(tangle(x, 1000), x)
    assert many.paths == 10**30
    assert "more than 10³⁰ paths" in str(many)
    assert len(str(many)) < 5000
    assert time.perf_counter() - started < 60


# ---- random graphs of single numbers -------------------------------------------------------------
OPS = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (2 + b * b),
    lambda a, b: np.sin(a),
    lambda a, b: sigmoid(a) - b,
    lambda a, b: np.maximum(a, b),
    lambda a, b: np.stack([a, b])[1],
]


@st.composite
def graphs(draw, ops=OPS):
    """Leaves and a result that was computed from them, with the number of paths to each node."""
    leaves = [Tensor(draw(st.floats(-2, 2)), name=name) for name in "abc"]
    nodes = list(leaves)
    for _ in range(draw(st.integers(1, 8))):
        op = draw(st.sampled_from(ops))
        first, second = (draw(st.sampled_from(nodes)) for _ in range(2))
        nodes.append(op(first, second))
    return leaves, nodes[-1]


def ways(node, x):
    """The number of paths, by brute force."""
    return 1 if node is x else sum(ways(parent, x) for parent in node.parents)


@settings(max_examples=80, deadline=None)
@given(graphs())
def test_the_terms_add_up_to_the_gradient_and_the_paths_are_all(graph):
    leaves, out = graph
    out.backward()
    for leaf in leaves:
        if leaf.grad is None:
            with pytest.raises((ValueError, RuntimeError)):
                explain(out, leaf)
            continue
        explanation = explain(out, leaf)
        assert explanation.agrees
        assert explanation.paths == ways(out, leaf)
        values = [np.asarray(term.value) for term in explanation.terms]
        np.testing.assert_allclose(sum(values), leaf.grad, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(explanation.gradient, leaf.grad)
        uses = [each.contribution for each in explanation.consumers]
        np.testing.assert_allclose(sum(uses), leaf.grad, rtol=1e-12, atol=1e-12)
        if explanation.paths <= 8 and all(term.factors for term in explanation.terms):
            for term in explanation.terms:
                np.testing.assert_allclose(np.prod(term.factors), term.value, rtol=1e-12)
        assert "checked" in str(explanation)
        assert "$$" in explanation._repr_latex_()


@settings(max_examples=60, deadline=None)
@given(graphs(OPS[:6]))
def test_the_formula_is_the_gradient(graph):
    """Read as Python, with labels by their definitions, it computes what backpropagation gives."""
    leaves, out = graph
    out.backward()
    for leaf in leaves:
        if leaf.grad is None or ways(out, leaf) > 8:
            continue
        explanation = explain(out, leaf)
        if explanation.formula is None or "and so on" in str(explanation):
            continue
        values = {each.name: each.data for each in leaves}
        found = computed(explanation, values)
        np.testing.assert_allclose(found, leaf.grad, rtol=1e-9, atol=1e-9)


def computed(explanation, values):
    """The formula of an explanation, evaluated by Python."""
    values = dict(values)
    waiting = dict(explanation.definitions)
    while waiting:
        ready = [k for k, v in waiting.items() if names_in(v) <= set(values)]
        assert ready, waiting
        for label in ready:
            values[label] = python(waiting.pop(label), values)
    return python(explanation.formula, values)


FUNCTIONS = {"σ", "sin", "cos", "tanh", "Σ", "ones", "relu", "mean", "repeat", "axis"}


def names_in(text):
    return set(re.findall(r"[^\W\d][\w₀-₉]*", re.sub("[ᵀ²³⁴⁵⁶⁷⁸⁹⁰¹]", " ", text))) - FUNCTIONS


class Outer:
    """x @ OUTER @ y is the product of a column and a row."""

    __array_ufunc__ = None

    def __rmatmul__(self, column):
        return Column(column)


class Column:
    """The left half of it."""

    def __init__(self, values):
        self.values = values

    def __matmul__(self, row):
        return np.outer(self.values, row)


def python(text, values):
    """A formula in our notation, computed."""
    signs = {"−": "-", "·": "*", "⊗": "@ OUTER @", "ᵀ": ".T"} | {
        s: f"**{k}" for k, s in enumerate("²³⁴⁵⁶⁷⁸⁹", 2)
    }
    text = "".join(signs.get(character, character) for character in text)
    text = re.sub(r"ones\((\d+)×(\d+)\)", r"np.ones((\1, \2))", text)
    text = re.sub(r"\bones\((\d+)\)", r"np.ones(\1)", text)
    text = re.sub(r", (\d+)×(\d+)\)", r", (\1, \2))", text)
    text = re.sub(r"\[([^\[\]]*[<>≤≥=][^\[\]]*)\]", r"(1.0 * (\1))", text)
    text = re.sub(r"(?<![\w₀-₉.])(\d+(?:\.\d+)?)(?=[(a-zA-ZσΣ])", r"\1*", text)
    for axis in range(3):
        text = text.replace(f", axis {axis})", f", {axis})")
    names = {f"n{k}": value for k, value in enumerate(values.values())}
    for k, name in enumerate(sorted(values, key=len, reverse=True)):
        text = re.sub(rf"(?<![\w₀-₉]){re.escape(name)}(?![\w₀-₉])", f"n_{k}_", text)
        names[f"n_{k}_"] = values[name]
    text = text.replace("Σ(", "np.sum(").replace("σ(", "sigmoid(")
    known = {"np": np, "sigmoid": sigmoid, "relu": relu, "sin": np.sin, "cos": np.cos}
    known |= {"tanh": np.tanh, "mean": np.mean, "repeat": np.broadcast_to, "OUTER": Outer()}
    return eval(text, known, names)


# ---- arrays --------------------------------------------------------------------------------------
def test_the_network_explains_to_the_formula_of_the_textbook():
    t, _ = network()
    loss = np.sum((t["output"] - t["y"]) ** 2)
    second, first = explain(loss, t["weights2"]), explain(loss, t["weights1"])
    assert second.formula == "layer1ᵀ @ (2(output − y) · output · (1 − output))"
    assert first.formula == (
        "Xᵀ @ ((2(output − y) · output · (1 − output)) @ weights2ᵀ · layer1 · (1 − layer1))"
    )
    assert (
        r"\frac{\partial L}{\partial \mathrm{weights2}} &= {\mathrm{layer1}}^{\top}\,"
        r"\left(2\left(\mathrm{output} - y\right) \odot \mathrm{output} \odot "
        r"\left(1 - \mathrm{output}\right)\right)"
    ) in second._repr_latex_()
    loss.backward()
    for name, explanation in (("weights2", second), ("weights1", first)):
        np.testing.assert_allclose(
            python(explanation.formula, {k: v.data for k, v in t.items()}), t[name].grad, rtol=1e-12
        )
        np.testing.assert_array_equal(explanation.gradient, t[name].grad)
        np.testing.assert_allclose(explanation.total, t[name].grad, rtol=1e-12)


def test_each_step_has_its_rule_and_its_shapes():
    t, loss = network()
    lines = [" ".join(line.split()) for line in str(explain(loss, t["weights2"])).splitlines()]
    assert "∂L/∂weights2 = layer1ᵀ @ ∂L/∂v₂ (5, 1) = (5, 4) @ (4, 1)" in lines
    assert "v₂ = layer1 @ weights2" in lines


@pytest.mark.parametrize(
    "function",
    [
        lambda a, w, b: np.sum(np.tanh(a @ w + b)),
        lambda a, w, b: np.sum((a @ w) ** 2 * b),
        lambda a, w, b: np.sum(relu(a @ w - b) * (a @ w)),
        lambda a, w, b: np.sum(np.sum(a, axis=0) @ w * b),
        lambda a, w, b: np.mean(sigmoid(a @ w)),
        lambda a, w, b: np.sum(a) * np.sum(w * w),
        lambda a, w, b: np.sum(np.sin(a.T @ (a @ w))),
        lambda a, w, b: np.sum(-(a @ w)),
    ],
)
def test_the_formula_of_arrays_is_the_gradient(function):
    rng = np.random.default_rng(1)
    shapes = {"a": (4, 3), "w": (3, 2), "b": (2,)}
    t = {name: Tensor(rng.normal(size=shape), name=name) for name, shape in shapes.items()}
    loss = function(*t.values())
    loss.backward()
    for leaf in t.values():
        if leaf.grad is None:
            continue
        explanation = explain(leaf)
        assert explanation.agrees
        found = computed(explanation, {name: each.data for name, each in t.items()})
        np.testing.assert_allclose(np.broadcast_to(found, leaf.shape), leaf.grad, rtol=1e-12)
        contributions = sum(term.value for term in explanation.terms)
        np.testing.assert_allclose(contributions, leaf.grad, rtol=1e-12)


def test_a_long_rule_is_called_by_its_name():
    v = Tensor([1.0, 2.0, 3.0], name="v")
    assert explain(np.prod(v), v).formula == "prod_slope(1, v)"


def test_a_users_own_rule():
    @custom(lambda out, x: 1 / (1 + x * x))
    def readable(x):
        return np.arctan(x)

    @custom(lambda out, x: np.asarray([1 / (1 + float(v) ** 2) for v in x]))
    def unreadable(x):
        return np.arctan(x)

    u = Tensor([0.5, 1.0], name="u")
    assert explain(np.sum(readable(u)), u).formula == "1 / (1 + u²)"
    assert explain(np.sum(unreadable(u)), u).formula == "∂v₁/∂u"


def test_modules_and_names():
    net = nn.MLP([2, 3, 1], seed=0)
    x = np.ones((4, 2))
    loss = np.mean(net(x) ** 2)
    explanation = explain(loss, net.layers[0].bias, names={"inputs": x})
    assert explanation.symbol == "∂L/∂layers.0.bias"
    assert "v₂ = inputs @ layers.0.weights + layers.0.bias" in str(explanation)


def test_two_tensors_of_one_name_and_one_called_as_a_label():
    a, b, v = Tensor(1.0, name="a"), Tensor(2.0, name="a"), Tensor(3.0, name="v₁")
    explanation = explain(np.sin(a * b) * v, a)
    assert explanation.terms[0].formula == "v₁ · cos(a · a′) · a′"
    assert set(explanation.definitions) == {"v₁′", "v₂", "L"}


# ---- one element ---------------------------------------------------------------------------------
def test_many_of_one_name_are_told_apart_by_short_ones():
    for name, wanted in (("x", "x_400"), ("a b", '"a b"_400'), ("x_", "x__400"), ("x′", "x′_400")):
        same = [Tensor(float(k), name=name) for k in range(400)]
        explanation = explain(np.sum(np.stack(same) ** 2), same[-1])
        assert explanation.symbol == f"∂L/∂{wanted}"
        assert explanation.agrees
        assert len(str(explanation)) < 2000
    many = [Tensor(float(k), name="x") for k in range(6000)]
    total = np.sum(np.stack(many))
    start = time.process_time()
    explain(total, many[-1])
    assert time.process_time() - start < 5
    first, taken = [Tensor(2.0, name="x") for _ in range(5)], Tensor(3.0, name="x_5")
    explanation = explain(np.prod(np.stack([*first, taken])), first[-1])
    assert explanation.symbol == "∂L/∂x_5"


def test_primes_are_added_until_a_name_is_no_others():
    first, second, third = Tensor(2.0, name="a′"), Tensor(3.0, name="a"), Tensor(5.0, name="a")
    explanation = explain(first * second * third, third)
    assert explanation.symbol == "∂L/∂a′′"
    assert explanation.formula == "a′ · a"


def test_a_constant_is_not_called_as_a_tensor_is():
    """Nor as another array, where `names` has one for it."""
    c, other, given = Tensor([1.0, 2.0], name="c₁"), np.array([3.0, 4.0]), np.array([5.0, 7.0])
    explanation = explain(np.sum(c * other * given), c, names={"c₁": given})
    assert explanation.formula == "c₁′′ · c₁′"
    np.testing.assert_array_equal(explanation.gradient, [15, 28])


@pytest.mark.parametrize("name", ["a+b", "a b", "2", "x²", "Wᵀ", "w-1", "−a", "a, b", "f(x)"])
def test_a_name_that_reads_as_a_formula_is_put_in_quotes(name):
    a, c = Tensor(2.0, name=name), Tensor(3.0, name="c")
    assert explain(a * c, c).formula == f'"{name}"'


@pytest.mark.parametrize("name", ["w", "w1", "hidden.weights", "neurons[0].w", "w₁", "größe", "σ"])
def test_a_name_that_reads_as_a_name_is_not(name):
    a, c = Tensor(2.0, name=name), Tensor(3.0, name="c")
    assert explain(a * c, c).formula == name


def test_a_choice_that_is_the_same_for_all_elements_is_said():
    x = Tensor(2.0, name="x")
    explanation = explain(np.where(x > 1, x * x, -x) + np.where(x > 5, x, 3 * x), x)
    assert "where(true, x², −x)" in explanation.definitions["L"]
    assert [term.formula for term in explanation.terms[1:4]] == [
        "[true] · x",
        "−[not true]",
        "[false]",
    ]


def test_a_stack_of_matrices_of_ones_is_transposed_matrix_by_matrix():
    x = Tensor(np.ones((2, 1, 3)), name="x")
    assert explain(np.sum(np.prod(x, axis=1)), x).formula == "ones(2×1×3)"


def test_masks_are_no_constants_that_are_computed_with():
    """So c₁ is the same array here as in the explorer, where only such constants have cards."""
    x, c = Tensor([1.0, -2.0], name="x"), np.array([3.0, 4.0])
    explanation = explain(np.sum(np.where(x > 0, c * x, x)), x)
    assert explanation.formula == "[not m₁] + [m₁] · c₁"


def test_a_condition_on_what_is_constant_is_not_said():
    x = Tensor(3.0, name="x")
    assert explain(2**x + 1, x).formula == "2^x · ln 2"


def test_a_name_for_two_values_is_said_to_be():
    a, b = Tensor(2.0, name="a"), Tensor(3.0, name="b")
    product = a * b
    a.data = np.array(7.0)
    explanation = explain(product * a, a)
    (note,) = explanation.notes
    assert note.startswith("the value of a was replaced between its uses")
    assert explanation.total == explanation.gradient == 7 * 3 + 6
    assert explain(product * product, a).notes == ()


def test_one_element_in_full():
    t, loss = network()
    loss.backward()
    explanation = explain(t["weights1"], index=(0, 1))
    assert explanation.gradient == t["weights1"].grad[0, 1]
    assert len(explanation.terms) == 4
    assert explanation.terms[2].symbols == ("∂L/∂v₁[2, 1]", "∂v₁[2, 1]/∂weights1[0, 1]")
    assert explanation.terms[2].formula == "∂L/∂v₁[2, 1] · X[2, 0]"
    assert explanation.terms[2].factors[1] == t["X"].data[2, 0]
    assert sum(term.value for term in explanation.terms) == pytest.approx(explanation.gradient)
    further = explanation.consumers[0].explain(index=(2, 1))
    assert further.gradient == pytest.approx(explanation.terms[2].factors[0])
    assert further.terms[0].formula == "∂L/∂layer1[2, 1] · layer1[2, 1] · (1 − layer1[2, 1])"


ELEMENTS = {
    "matmul": lambda x: np.sum(np.sin(x @ np.arange(8.0).reshape(4, 2))),
    "matmul on the right": lambda x: np.sum(np.sin(np.arange(6.0).reshape(2, 3) @ x)),
    "matmul with itself": lambda x: np.sum(np.sin(x @ x.T)),
    "elementwise": lambda x: np.sum(np.tanh(x) * x),
    "broadcasting": lambda x: np.sum(np.exp(x[None] * np.ones((2, 3, 4)))),
    "sum": lambda x: np.sum(x, axis=0) @ np.arange(4.0),
    "indexing": lambda x: np.sum(x[[0, 0, 2]] ** 2),
    "softmax": lambda x: np.sum(softmax(x)[:, 0] ** 2),
    "log softmax": lambda x: -np.mean(log_softmax(x)[np.arange(3), [0, 1, 2]]),
    "cumsum": lambda x: np.sum(np.cumsum(x, axis=1) ** 2),
    "sort": lambda x: np.sum(np.sort(x, axis=0) * np.arange(12.0).reshape(3, 4)),
    "concatenate": lambda x: np.sum(np.concatenate([x, x * 2]) ** 2),
    "determinant": lambda x: np.linalg.det(x[:, :3]),
    "divide": lambda x: np.sum(1 / x - x / 3),
    "max": np.max,
}


@pytest.mark.parametrize("function", ELEMENTS.values(), ids=ELEMENTS)
def test_every_element_of_any_operation(function):
    x = Tensor(np.random.default_rng(3).uniform(0.5, 1.5, (3, 4)), name="x")
    loss = function(x)
    loss.backward()
    for index in np.ndindex(x.shape):
        explanation = explain(x, index=index)
        assert explanation.agrees, str(explanation)
        assert explanation.total == pytest.approx(x.grad[index], rel=1e-12, abs=1e-14)
        if explanation.terms and len(explanation.terms) < 8:
            values = sum(term.value for term in explanation.terms)
            assert values == pytest.approx(x.grad[index], rel=1e-12, abs=1e-14)


OPERATIONS = {
    "power": lambda x: x**x,
    "arctan2": lambda x: np.arctan2(x, x + 1),
    "fmax": lambda x: np.fmax(x, 0.5),
    "where": lambda x: np.where(x.data > 0.4, x, x**2),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, x),
    "kron": lambda x: np.kron(x, x),
    "outer": lambda x: np.outer(x, x),
    "cross": lambda x: np.cross(x, x + 1),
    "tensordot": lambda x: np.tensordot(x, x, 2),
    "inv": np.linalg.inv,
    "svd": lambda x: np.linalg.svd(x)[1],
    "qr": lambda x: np.linalg.qr(x)[1],
    "eigh": lambda x: np.linalg.eigh(x + x.T)[0],
    "cholesky": lambda x: np.linalg.cholesky(x @ x.T + np.eye(3)),
    "solve": lambda x: np.linalg.solve(x, np.ones(3)),
    "norm": np.linalg.norm,
    "divmod": lambda x: np.divmod(x, 0.3)[1],
    "modf": lambda x: np.modf(x * 3)[0],
    "heaviside": lambda x: np.heaviside(x - 0.5, x),
    "pad": lambda x: np.pad(x, 1, mode="reflect"),
    "tile": lambda x: np.tile(x, (2, 2)),
    "repeat": lambda x: np.repeat(x, [1, 2, 0], axis=0),
    "mask": lambda x: x[x.data > 0.5],
    "new axis": lambda x: x[:, None] * x,
    "moveaxis": lambda x: np.moveaxis(x[None], 0, 2),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "astype": lambda x: x.astype(np.float32),
    "std": lambda x: np.std(x, axis=0),
    "median": lambda x: np.median(x, axis=0),
    "quantile": lambda x: np.quantile(x, 0.3),
    "cov": np.cov,
    "interp": lambda x: np.interp(0.5, np.arange(3.0), x[0]),
    "nanmean": lambda x: np.nanmean(x, axis=0),
    "nan_to_num": np.nan_to_num,
    "cumprod": lambda x: np.cumprod(x, axis=0),
    "vector and matrix": lambda x: x[0] @ x,
    "stack of matrices": lambda x: x[None] @ np.ones((2, 3, 3)),
    "normalise": lambda x: x / np.sum(x, axis=1, keepdims=True),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_no_operation_is_beyond_explanation(operation):
    x = Tensor(np.random.default_rng(5).uniform(0.2, 0.8, (3, 3)), name="x")
    out = operation(x)
    loss = np.sum(np.sin(out) * np.arange(1.0, out.size + 1).reshape(out.shape))
    loss.backward()
    explanation = explain(x)
    assert explanation.agrees
    np.testing.assert_array_equal(explanation.gradient, x.grad)
    assert str(explanation).startswith("∂L/∂x = ")
    assert explanation._repr_latex_()
    element = explain(x, index=(1, 0))
    assert element.agrees
    assert element.gradient == x.grad[1, 0]


def test_the_largest_elements_are_listed():
    x = Tensor(np.arange(1.0, 31.0), name="x")
    loss = np.sum(np.ones((20, 30)) * np.arange(20.0)[:, None] @ x)
    explanation = explain(loss, x, index=3)
    assert len(explanation.terms) == 8
    assert explanation.total == pytest.approx(190)
    assert "and 11 smaller ones, or as large, adding up to" in str(explanation)


def test_an_index_counts_from_the_end_too():
    x = Tensor([1.0, 2.0, 3.0], name="x")
    assert explain(np.sum(x**2), x, index=-1).index == (2,)
    assert explain(np.sum(x**2), x, index=-1).gradient == 6


def test_an_element_that_nothing_depends_on():
    x = Tensor([1.0, 2.0], name="x")
    explanation = explain(np.sum(x[:1]), x, index=1)
    assert explanation.terms == ()
    assert "x[1] flows into nothing that L depends on: the gradient is 0." in str(explanation)


def test_a_number_that_is_broadcast_flows_into_every_element():
    b = Tensor(2.0, name="b")
    explanation = explain(np.sum(b * np.arange(4.0)), b, index=())
    assert explanation.gradient == 6
    assert "∂v₁[2]/∂b" in str(explanation)


# ---- which gradient ------------------------------------------------------------------------------
def test_nothing_is_changed():
    t, _, loss = neuron()
    explain(loss, t["w1"])
    assert all(each.grad is None for each in t.values())
    with pytest.raises(RuntimeError, match="no backward pass has reached w1"):
        explain(t["w1"])
    with no_grad():
        assert explain(loss, t["w1"]).agrees


def test_an_intermediate_tensor():
    _, out, loss = neuron()
    loss.backward()
    assert explain(out).gradient == out.grad
    assert explain(out).symbol == "∂L/∂out"
    assert explain(loss).total == 1


def test_gradients_that_were_added_up_are_said_so():
    w = Tensor(2.0, name="w")
    first, last = w * w, w * 3
    first.backward()
    assert explain(w).notes == ()
    last.backward()
    explanation = explain(w)
    assert explanation.gradient == 3
    assert str(explanation).startswith("Note: w.grad, 7, is not what the last backward pass gave")
    w.grad = None
    assert explain(w).notes == ()


def test_a_recorded_backward_pass():
    w = Tensor(2.0, name="w")
    (loss := w**3).backward(create_graph=True)
    assert explain(w).gradient == 12
    assert explain(w).notes == ()
    assert loss.item() == 8


def test_a_replaced_value_leaves_the_explanation_as_it_was():
    w, x = Tensor(2.0, name="w"), Tensor(3.0, name="x")
    loss = np.sin(w * x)
    before = str(explain(loss, x))
    w.data = 5.0
    assert str(explain(loss, x)) == before
    assert explain(loss, w).agrees


def test_a_number_among_arrays():
    scale = Tensor(2.0, name="s")
    explanation = explain(np.sum(scale * np.arange(4.0)), scale)
    assert str(explanation).startswith("∂L/∂s = Σ(c₁)   a number\n      = 6\n")
    assert explanation.definitions["v₁"] == "s · c₁"


def test_what_is_single_precision_is_measured_by_its_own_precision():
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(50, 40)).astype(np.float32), name="x")
    w = Tensor(rng.normal(size=(40, 30)).astype(np.float32), name="w")
    loss = np.sum(np.tanh(x @ w))
    assert explain(loss, w).agrees
    assert explain(loss, w, index=(3, 4)).agrees


# ---- what can't be explained ---------------------------------------------------------------------
def test_errors_say_what_to_do():
    x, y = Tensor([1.0, 2.0], name="x"), Tensor(1.0, name="y")
    total = np.sum(x)
    for arguments, error, message in [
        ((3.0,), TypeError, "this is a float"),
        ((total, 3.0), TypeError, "this is a float"),
        ((y,), RuntimeError, r"call loss.backward\(\) first, or explain\(loss, x\)"),
        ((x * 2, x), ValueError, r"the loss has shape \(2,\).*np.sum"),
        ((total, y), ValueError, "the result of np.sum of shape .* was not computed from y"),
        ((y, total), ValueError, "was not computed from"),
        ((y, y * 2), ValueError, "the other way round"),
    ]:
        with pytest.raises(error, match=message):
            explain(*arguments)
    for index, error, message in [
        (2, IndexError, "axis 0 of shape .* has the elements 0 to 1"),
        ((0, 0), IndexError, "names 2 axes, and x has 1"),
        (0.5, TypeError, "made of whole numbers"),
        (True, TypeError, "made of whole numbers"),
        (slice(None), TypeError, "made of whole numbers"),
    ]:
        with pytest.raises(error, match=message):
            explain(total, x, index=index)
    with pytest.raises(IndexError, match="has no axes, and needs no index"):
        explain(y * 2, y, index=0)


def test_an_output_that_is_gone():
    x = Tensor(1.0, name="x")
    (x * x).backward()
    gc.collect()
    with pytest.raises(RuntimeError, match=r"no longer exists.*keep a reference to it"):
        explain(x)


def test_a_backward_pass_with_a_gradient_of_its_own():
    x = Tensor(1.0, name="x")
    loss = x * 2
    loss.backward(3.0)
    with pytest.raises(ValueError, match=r"started from the gradient 3\.0, not from 1"):
        explain(x)
    many = Tensor([1.0, 2.0], name="many")
    out = many * 2
    out.backward(np.ones(2))
    with pytest.raises(ValueError, match="the loss has shape"):
        explain(many)


def test_complex_numbers_are_refused():
    z = Tensor(1 + 1j, name="z")
    with pytest.raises(TypeError, match="a leaf on the way from the loss is complex"):
        explain(np.abs(z) ** 2, z)
    x = Tensor([1.0, 2.0], name="x")
    with pytest.raises(TypeError, match=r"np\.fft\.fft on the way from the loss is complex"):
        explain(np.sum(np.abs(np.fft.fft(x))), x)


# ---- notebooks -----------------------------------------------------------------------------------
def explanations():
    t, _, loss = neuron()
    x, _, other = three_neurons()
    arrays, total = network()
    yield explain(loss, t["w1"])
    yield explain(other, x)
    yield explain(tangle(t["w1"], 4), t["w1"])
    yield explain(total, arrays["weights1"])
    yield explain(total, arrays["weights1"], index=(0, 1))
    yield explain(total, arrays["output"])


def test_latex_is_what_converters_understand():
    mathml = pytest.importorskip("docutils.utils.math.latex2mathml")
    for explanation in explanations():
        for display in re.findall(r"\$\$\n(.*?)\n\$\$", explanation._repr_markdown_(), re.DOTALL):
            assert "<math" in mathml.tex2mathml(display, as_block=True)
        (whole,) = re.findall(r"\$\$\n(.*?)\n\$\$", explanation._repr_latex_(), re.DOTALL)
        assert "<math" in mathml.tex2mathml(whole, as_block=True)


def test_a_notebook_gets_formulas_that_browsers_draw_by_themselves():
    for explanation in explanations():
        root = ElementTree.fromstring(explanation._repr_html_())
        maths = root.findall(".//{http://www.w3.org/1998/Math/MathML}math")
        assert maths
        assert not any("$$" in text or "\\" in text for text in root.itertext())
        shown = "".join(root.itertext())
        sentences = [p.text for p in root.findall("p")]
        assert "is the gradient that backpropagation gives: checked." in sentences[-1]
        for each in explanation.definitions:
            assert set(filter(str.isascii, each)) <= set(shown), each
        rows = [row for math in maths for row in math.iter() if row.tag.endswith("}mtr")]
        plain = [line for line in str(explanation).splitlines() if " = " in line]
        assert len(plain) <= len(rows) + 1


def test_hostile_names_are_text_in_a_notebook():
    a = Tensor(1.0, name="$$<script>alert(1)</script>`\\[x](http://b)")
    shown = explain(a * a, a)._repr_markdown_()
    prose = re.sub(r"\$\$\n.*?\n\$\$", "", shown, flags=re.DOTALL)
    assert "<script>" not in prose.replace("\\<", "")
    assert shown.count("$$") == 2 * shown.count("aligned") / 2
    page = explain(a * a, a)._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    tick = Tensor(1.0, name="`<script>")
    assert "`<" not in explain(tick * tick, tick)._repr_markdown_()
