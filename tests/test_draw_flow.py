"""What flows back along edges, as their width; and of which pass the gradients are."""

import re

import numpy as np
import pytest

from tinygrad_edu import Tensor, draw, nn, sigmoid, to_dot
from tinygrad_edu.drawing.parts import Flow
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.drawing.strokes import THINNEST, WIDEST, Stroke, stroke


def neuron():
    x, w, b = Tensor(2.0, name="x"), Tensor(-3.0, name="w"), Tensor(1.0, name="b")
    y = sigmoid(x * w + b)
    y.backward()
    return y, x, w, b


def flows(t, **options):
    return {
        (link.source.name, link.target.symbol): link.flow
        for link in plan(t, flow=True, **options).links
    }


def strokes(dot):
    """Width and style of each edge."""
    return {
        found[1]: (float(found[3]), found[4])
        for found in re.finditer(
            r"id=(e\d+) (minlen=2 )?penwidth=([\d.]+) style=(\w+)", dot.replace('"', "")
        )
    }


def test_an_edge_carries_its_contribution_to_the_gradient():
    y, x, w, b = neuron()
    found = flows(y)
    assert found["x", "×"] == Flow(abs(x.grad), negative=True)
    assert found["w", "×"] == Flow(w.grad)
    assert found["b", "+"] == Flow(b.grad)
    assert f"contributes to the gradient: {x.grad}" in plan(y, flow=True).links[0].tooltip


def test_contributions_of_all_uses_add_up_to_the_gradient():
    a = Tensor(3.0, name="a")
    y = a * a + np.exp(a)
    y.backward()
    sizes = [link.flow.size for link in plan(y, flow=True).links if link.source.name == "a"]
    assert sum(sizes) == pytest.approx(float(a.grad))


def test_of_arrays_the_norm_and_the_sign_of_the_sum():
    W, x = Tensor([[1.0, -2.0], [3.0, 4.0]], name="W"), Tensor([1.0, 2.0], name="x")
    y = np.sum(W @ x * np.array([1.0, -4.0]))
    y.backward()
    found = flows(y)
    assert found["W", "@"] == Flow(np.linalg.norm(W.grad), negative=True)
    assert found["x", "@"].size == pytest.approx(np.linalg.norm(x.grad))
    tip = plan(y, flow=True).links[0].tooltip
    assert "contributes to the gradient: norm 9.22, sum −9" in tip


def test_of_a_collapsed_call_the_sum_of_what_its_uses_contribute():
    net = nn.TwoLayerNetwork(2, 3, 1, seed=0)
    X = Tensor([[1.0, -2.0], [0.5, 0.3]], name="X")
    loss = np.sum((net(X) + np.sum(X)) ** 2)
    loss.backward()
    for depth in (0, 1, 2):
        links = plan(loss, flow=True, depth=depth).links
        (into,) = [link for link in links if link.source.name == "X" and link.target.symbol != "Σ"]
        assert into.flow == flows(loss)["X", "@"]


def test_of_many_calls_together_the_norm_over_all():
    x = Tensor([2.0, 3.0], name="x")
    neurons = [nn.Neuron([1.0, float(i)], 0.5) for i in range(5)]
    y = np.sum(np.stack([neuron(x) for neuron in neurons]))
    y.backward()
    into, out, _ = plan(y, flow=True, depth=0).links
    assert into.flow.size == pytest.approx(np.linalg.norm(x.grad))
    assert out.flow.size == pytest.approx(np.sqrt(5))  # each is added once


def test_widths_are_proportional_and_negative_ones_dashed():
    y, x, w, _b = neuron()
    drawn = strokes(to_dot(y, flow=True))
    widest = max(float(abs(link.flow.size)) for link in plan(y, flow=True).links)
    assert drawn["e0"] == (pytest.approx(WIDEST * abs(x.grad) / widest, rel=0.01), "dashed")
    assert drawn["e1"] == (pytest.approx(WIDEST * w.grad / widest, rel=0.01), "solid")
    assert max(width for width, _ in drawn.values()) == WIDEST


def test_nothing_is_dotted_and_what_is_not_finite_has_a_colour_of_its_own():
    assert stroke(None, 1.0) == stroke(Flow(0.0), 1.0) == Stroke(THINNEST, "dotted")
    assert stroke(Flow(1e-9), 1.0) == Stroke(THINNEST, "solid")
    assert stroke(Flow(np.inf, negative=True), 1.0) == Stroke(WIDEST, "dashed", "undefined")
    assert stroke(Flow(np.nan), 0.0).colour == "undefined"
    x = Tensor([0.0, 1.0], name="x")
    with np.errstate(divide="ignore"):
        y = np.sum(np.log(x)) + np.sum(nn.relu(x - 5.0))
    y.backward()
    text = draw(y, flow=True)
    assert {"NaN or ∞", "nothing"} <= set(re.findall("<text[^>]*>([^<]*)<", text))


def test_the_legend_has_what_is_in_the_picture():
    y, *_ = neuron()
    shown = re.findall("<text[^>]*>([^<]*)<", draw(y, flow=True))
    assert {"width: what an edge adds to ∂", "negative"} <= set(shown)
    assert not {"nothing", "NaN or ∞"} & set(shown)
    assert "negative" not in re.findall("<text[^>]*>([^<]*)<", draw(y))
    x = Tensor([1.0, 2.0], name="x")
    total = np.sum(x)
    total.backward()
    assert "width: what an edge adds to ∂ (norm)" in draw(total, flow=True)


def test_without_gradients_there_is_no_flow():
    x = Tensor(2.0, name="x")
    y = x * x
    for picture in (draw, to_dot):
        with pytest.raises(ValueError, match=r"flow=True .* no gradients; call backward\(\)"):
            picture(y, flow=True)
    y.backward()
    part = (y * 3.0).parents[0]
    assert plan(part, flow=True).widest == 2.0
    z = np.sin(x)
    (z * 2.0).backward()  # whose output is gone at once
    with pytest.raises(ValueError, match="keep the output"):
        draw(z, flow=True)


def test_a_leaf_whose_gradient_was_reset_does_not_matter():
    y, x, *_ = neuron()
    x.grad = None
    assert flows(y)["x", "×"].negative


def test_gradients_of_two_passes_are_no_flow_and_said_to_be_two():
    x = Tensor(2.0, name="x")
    shared = np.sin(x)
    first, second = shared * 2.0, shared * 3.0
    first.backward()
    assert "backward passes" not in to_dot(first)
    second.backward()
    assert "∂  of 2 backward passes" in to_dot(first)
    with pytest.raises(ValueError, match="gradients in this graph are of 2"):
        draw(first, flow=True)
    draw(second, flow=True)


def test_the_legend_names_what_the_gradients_are_of():
    x = Tensor(2.0, name="x")
    part = np.sin(x)
    part.name = "part"
    loss = part * 2.0
    loss.backward()
    assert "∂ gradient of a later output" in to_dot(part)
    loss.name = "loss"
    assert "∂ gradient of loss" in to_dot(part)
    assert "∂ gradient of loss" in to_dot(loss)
    assert "∂ gradient of the output" in to_dot(Tensor(2.0) * 2.0)


def test_complex_flow_has_a_size_and_no_sign():
    z = Tensor([1 + 2j, -3j], name="z")
    y = np.sum(np.abs(z * (2 - 1j)))
    y.backward()
    found = flows(y)["z", "×"]
    assert found == Flow(pytest.approx(np.linalg.norm(z.grad)), negative=False)


def test_a_recorded_backward_pass_flows_too():
    x = Tensor(3.0, name="x")
    y = x * x
    y.backward(create_graph=True)
    assert [link.flow.size for link in plan(y, flow=True).links] == [3.0, 3.0]


def test_gradients_added_up_over_passes_are_said_to_be():
    """Run a notebook's cell again, and a leaf has twice the gradient that the picture explains."""
    y, x, *_ = neuron()
    assert "several backward passes" not in to_dot(y)
    once = float(x.grad)
    y.backward()
    assert float(x.grad) == 2 * once
    assert "several backward passes added up" in to_dot(y)
    card = next(card for card in plan(y).cards if card.name == "x")
    assert card.tooltip.endswith(f"where the last backward pass gave {once}")
    assert flows(y)["x", "×"].size == abs(once)
    for leaf in (x, *_):
        leaf.grad = None
    y.backward()
    assert "several backward passes" not in to_dot(y)


def test_a_leaf_that_another_graph_used_since_is_noticed():
    y, x, *_ = neuron()
    (x * 100.0).backward()
    assert "several backward passes added up" in to_dot(y)


def test_a_gradient_that_was_scaled_is_not_said_to_be_a_sum_of_passes():
    y, x, *_ = neuron()
    once = float(x.grad)
    x.grad = x.grad / 2
    assert "several backward passes added up, or changed since" in to_dot(y)
    card = next(card for card in plan(y).cards if card.name == "x")
    assert card.tooltip.endswith(f"where the last backward pass gave {once}")


def test_gradients_of_another_output_are_not_said_to_be_of_this_one():
    x = Tensor(2.0, name="x")
    part = np.sin(x)
    first, second = part * 2.0, part * 3.0
    first.name = "first"
    first.backward()
    dot = to_dot(second)
    assert "∂ gradient of first" in dot
    assert "∂  of another output: call backward() on this one" in dot
    del first
    assert "∂ gradient of another output" in to_dot(x * 3.0)
    assert "of another output" not in to_dot(Tensor(1.0) * 3.0)


def test_a_leaf_whose_value_was_replaced_between_its_uses_is_said_to_be():
    a, b = Tensor(2.0, name="a"), Tensor(3.0, name="b")
    product = a * b
    a.data = np.array(7.0)
    again = product * a
    assert "another value in a later use" in to_dot(again)
    card = next(card for card in plan(again).cards if card.name == "a")
    assert "value 2.0, in later uses another one: it was replaced" in card.tooltip
    assert "later use" not in to_dot(product)


def test_a_step_of_training_does_not_disturb_the_gradients():
    net = nn.TwoLayerNetwork(2, 3, seed=0)
    loss = np.sum(net(np.ones((4, 2))))
    loss.backward()
    for parameter in net.parameters():
        parameter.data = parameter.data - parameter.grad
    assert "several backward passes" not in to_dot(loss)
