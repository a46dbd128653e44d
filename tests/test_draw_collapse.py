"""Module calls as one card: which, at what depth, and what their cards say."""

import re

import numpy as np
import pytest

from tinygrad_edu import Tensor, draw, nn, to_dot
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.engine.context import scope


class Wide(nn.Module):
    """Neurons side by side, and one that reads them."""

    def __init__(self, count, activations=("sigmoid",)):
        self.hidden = [
            nn.Neuron([1.0, float(i)], 0.5, activations[i % len(activations)]) for i in range(count)
        ]
        self.output = nn.Neuron(np.ones(count), 0.0)

    def feedforward(self, x):
        return self.output(np.stack([neuron(x) for neuron in self.hidden]))


class Cell(nn.Module):
    """A recurrent cell."""

    def __init__(self):
        self.w, self.u = Tensor([[0.5, 0.1], [0.2, 0.3]]), Tensor([0.1, 0.2])

    def feedforward(self, x, h):
        return np.tanh(self.w @ h + self.u * x)


class Nested(nn.Module):
    """A module within a module, and so on, each of which adds its number."""

    def __init__(self, levels):
        self.inner = Nested(levels - 1) if levels > 1 else None

    def feedforward(self, x):
        x = x + 1.0
        return x if self.inner is None else self.inner(x) * 2.0


def wide(count, **options):
    y = Wide(count, **options)(Tensor([2.0, 3.0], name="x"))
    y.backward()
    return y


def unrolled(steps):
    cell, h = Cell(), Tensor([0.0, 0.0], name="h0")
    for step in range(steps):
        h = cell(Tensor(float(step), name=f"x{step}"), h)
    loss = np.sum(h)
    loss.backward()
    return loss


def shown(t, **options):
    return [card.name or card.symbol for card in plan(t, **options).cards if not card.chip]


def links(t, **options):
    found = plan(t, **options).links
    return [(link.source.name or link.source.symbol, link.target.name or link.target.symbol)
            for link in found]  # fmt: skip


def test_depth_zero_is_one_card_for_each_outermost_call():
    X, targets = np.ones((4, 2)), np.zeros((4, 1))
    loss = nn.sum_of_squares(nn.TwoLayerNetwork(2, 3, 1)(X), targets)
    given = {"X": X, "targets": targets}
    assert links(loss, depth=0, names=given) == [
        ("X", "TwoLayerNetwork"), ("TwoLayerNetwork", "−"), ("targets", "−"), ("−", "x²"),
        ("x²", "Σ"),
    ]  # fmt: skip


def test_every_level_opens_the_calls_of_one_more():
    y = wide(3)
    assert shown(y, depth=0) == ["x", "Wide"]
    one = ["x", "Neuron hidden[0]", "Neuron hidden[1]", "Neuron hidden[2]", "stack"]
    assert shown(y, depth=1) == [*one, "Neuron output"]
    assert shown(y, depth=2) == shown(y) == shown(y, depth=99)
    assert to_dot(y, depth=2) == to_dot(y)


def test_a_card_shows_the_value_and_gradient_of_its_output_and_counts_what_is_inside():
    y = wide(3)
    card = plan(y, depth=0).cards[-1]
    assert card.output
    assert (card.value, card.gradient) == (y.data, y.grad)
    assert "13 operations, 13 parameters" in to_dot(y, depth=0)  # 4 × 3 + stack; 3 × 3 + 4
    assert "4 operations" not in to_dot(y, depth=0)
    tip = card.tooltip
    assert tip.startswith("Wide\none call, collapsed; inside:\n13 operations: 4 @, 4 +, 4 σ, stack")
    assert "hidden.0.weights 2" in tip
    assert "and 0 more" not in tip
    assert f"value {y.item()}" in tip


def test_equal_calls_side_by_side_are_one_card_with_all_their_values():
    y = wide(100)
    planned = plan(y, depth=1)
    assert shown(y, depth=1) == ["x", "Neuron ×100", "stack", "Neuron output"]
    assert links(y, depth=1) == [
        ("x", "Neuron ×100"), ("Neuron ×100", "stack"), ("stack", "Neuron output"),
    ]  # fmt: skip
    card, stack = planned.cards[1], planned.cards[2]
    np.testing.assert_array_equal(card.value, stack.value)
    np.testing.assert_array_equal(card.gradient, stack.gradient)
    assert "each 3 operations, 3 parameters" in to_dot(y, depth=1)
    assert "100 calls side by side, of Neuron hidden[0] to Neuron hidden[99]" in card.tooltip


def test_a_few_calls_are_seen_at_a_glance_and_stay_apart():
    assert "Neuron ×4" in shown(wide(4), depth=1)
    assert "Neuron ×3" not in shown(wide(3), depth=1)


def test_calls_that_compute_something_else_stay_apart():
    y = wide(8, activations=("sigmoid", "tanh"))
    cards = [card for card in plan(y, depth=1).cards if card.calls > 1]
    assert [card.name for card in cards] == ["Neuron ×4", "Neuron ×4"]
    assert "σ" in cards[0].tooltip
    assert "tanh" in cards[1].tooltip


def test_calls_of_other_shapes_or_inputs_stay_apart():
    x, z = Tensor([1.0, 2.0], name="x"), Tensor([3.0, 4.0], name="z")
    neurons = [nn.Neuron([1.0, 2.0], 0.0) for _ in range(8)]
    y = np.stack([n(x) for n in neurons[:4]] + [n(z) for n in neurons[4:]])
    assert [card.calls for card in plan(y, depth=0).cards if card.calls] == [4, 4]
    layers = [nn.Layer(2, size, seed=0) for size in (3, 3, 3, 5, 5)]
    wider = np.concatenate([layer(x) for layer in layers])
    assert max(card.calls for card in plan(wider, depth=0).cards) == 1


def test_calls_one_after_the_other_stay_apart():
    loss = unrolled(6)
    assert shown(loss, depth=0).count("Cell") == 6
    assert max(card.calls for card in plan(loss, depth=0).cards) == 1
    assert ("Cell", "Cell") in links(loss, depth=0)


def test_a_parameter_shared_by_collapsed_calls_is_inside_each_and_said_to_be_shared():
    loss = unrolled(5)
    cards = [card for card in plan(loss, depth=0).cards if card.role == "module"]
    assert not any(card.role == "parameter" for card in plan(loss, depth=0).cards)
    assert to_dot(loss, depth=0).count("shared by 5 calls") == 5
    assert all("(used by 5 calls)" in card.tooltip for card in cards)


def test_a_parameter_that_is_used_outside_too_is_shown():
    cell = Cell()
    y = np.sum(cell(Tensor(1.0, name="x"), cell.u) * cell.w)
    names = shown(y, depth=0, names={"cell": cell})
    assert "cell.w" in names
    assert "cell.u" not in names


class Pair(nn.Module):
    """Two outputs."""

    def __init__(self):
        self.w = Tensor([2.0, 3.0])

    def feedforward(self, x):
        return x * self.w, np.sum(x)


def test_several_outputs_are_counted_and_none_is_shown_for_the_others():
    first, second = Pair()(Tensor([1.0, 2.0], name="x"))
    y = np.sum(first) + second
    y.backward()
    card = next(card for card in plan(y, depth=0).cards if card.role == "module")
    assert card.value is None
    assert "outputs: 2, number" in card.tooltip
    assert "2 outputs" in to_dot(y, depth=0)
    assert draw(y, depth=0).startswith("<svg")


def test_calls_of_one_input_many_times_over_are_one_link():
    x = Tensor(3.0, name="x")
    with scope(Pair()):
        y = x * x * x
    y.backward()
    (link,) = plan(y, depth=0).links
    assert link.tooltip == "3 uses by Pair"
    assert len(link.edges) == 3


def test_a_large_graph_is_collapsed_to_the_deepest_level_that_fits():
    planned = plan(wide(200))  # 1004 nodes
    assert [card.name for card in planned.cards] == ["x", "Neuron ×200", "", "Neuron output"]
    assert planned.detailed
    assert len(plan(wide(60)).cards) > 300  # it fits as it is
    deep = Nested(150)(Tensor(1.0, name="x"))
    assert 390 <= len(plan(deep, width=None).cards) <= 400
    assert len(plan(deep, width=None).cards) + 3 > 400 or len(plan(deep, depth=0).cards) == 2


def test_more_levels_never_make_a_picture_smaller():
    deep = Nested(150)(Tensor(1.0, name="x"))
    sizes = [len(plan(deep, depth=depth, width=None).cards) for depth in range(0, 150, 7)]
    assert sizes == sorted(sizes)


def test_what_is_in_no_module_can_not_be_collapsed():
    y = Tensor(0.5)
    for _ in range(1000):
        y = np.sin(y)
    assert len(plan(y, width=None).cards) == len(plan(y, depth=0, width=None).cards) == 1001


def test_a_graph_of_twenty_thousand_nodes_fits_where_modules_hold_it():
    class Loop(nn.Module):
        def feedforward(self, x):
            for _ in range(20_000):
                x = x + 1.0
            return x

    y = Loop()(Tensor(0.0, name="x"))
    assert shown(y) == ["x", "Loop"]
    with pytest.raises(ValueError, match=r"20001 nodes.*depth=1 leaves 40001 cards.*smaller dep"):
        draw(y, depth=1)


def test_where_even_the_outermost_calls_are_too_many_the_error_says_so():
    x = Tensor([1.0, 2.0])
    for _ in range(2500):
        x = Nested(1)(x)
    with pytest.raises(ValueError, match=r"2501 nodes.*depth=0: draw a part") as caught:
        draw(x)
    assert "2000 cards" in str(caught.value)
    y = Tensor(0.5)
    for _ in range(2001):
        y = y + 1
    with pytest.raises(ValueError, match=r"none of it is in a module call, which depth= could"):
        draw(y, depth=0)


@pytest.mark.parametrize("depth", [-1, 1.0, "1", True, np.bool_(False), [0], np.array([1, 2])])
def test_depth_is_a_whole_number(depth):
    with pytest.raises(ValueError, match=r"depth=.* must be a whole number, 0 or more"):
        draw(Tensor(1.0), depth=depth)
    assert to_dot(wide(3), depth=np.int64(0)) == to_dot(wide(3), depth=0)


def test_the_ids_of_what_is_not_collapsed_are_those_of_the_whole_picture():
    y = wide(3)
    whole, part = plan(y, width=None), plan(y, depth=1, width=None)
    known = {card.node: card.id for card in whole.cards if card.node is not None}
    assert all(card.id == known[card.node] for card in part.cards if card.node is not None)
    assert {box.id for box in part.boxes} <= {box.id for box in whole.boxes}
    assert {link.id for link in part.links} <= {link.id for link in whole.links}
    ids = re.findall(r'\bid="?([nkmce]\d+)', to_dot(y, depth=1, width=None))
    assert len(ids) == len(set(ids))


def test_the_description_counts_the_calls():
    text = draw(wide(100), depth=1)
    assert "1 operation, 101 collapsed module calls, 1 input, with gradients." in text
    assert "call of a module, collapsed" in text  # in the legend
