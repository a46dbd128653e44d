"""Chips: names that stand in for cards, where an edge would be too long to follow."""

import numpy as np

from tinygrad_edu import Tensor, draw, nn, to_dot
from tinygrad_edu.drawing.plan import plan


class Cell(nn.Module):
    """A recurrent cell of one unit."""

    def __init__(self):
        self.w, self.u = Tensor(0.5, name="w"), Tensor(0.3, name="u")

    def feedforward(self, x, h):
        return np.tanh(self.w * h + self.u * x)


def unrolled(steps, cell=None):
    cell, h = cell or Cell(), Tensor(0.1, name="h0")
    states = []
    for t in range(steps):
        h = cell(Tensor(float(t), name=f"x{t}"), h)
        states.append(h)
    return states


def chips(t, **options):
    return [card.name or card.mark for card in plan(t, width=None, **options).cards if card.chip]


def test_weights_that_are_used_step_after_step_are_chips_from_the_second_on():
    y = unrolled(3)[-1]
    assert sorted(chips(y)) == ["u", "u", "w", "w"]
    planned = plan(y)
    full = {card.name: card for card in planned.cards if not card.chip}
    assert full["w"].box is full["u"].box is planned.boxes[0]
    beside = {card.box for card in planned.cards if card.chip}
    assert beside == set(planned.boxes[1:])


def test_what_is_used_side_by_side_or_twice_keeps_its_edges():
    x = Tensor([1.0, 2.0], name="x")
    side_by_side = np.sum(np.stack([nn.Neuron([1.0, 2.0], 0.0)(x) for _ in range(6)]))
    assert chips(side_by_side) == []
    assert chips(unrolled(2)[-1]) == []


def test_an_array_that_is_a_constant_can_be_a_chip_too():
    X = np.array([[0.5, 0.1], [0.2, 0.3]])
    h = Tensor([1.0, 2.0], name="h")
    for _ in range(8):
        h = np.tanh(X @ h)
    assert chips(h, names={"X": X}) == ["X"] * 7


def test_every_chip_is_tied_to_its_use_and_has_an_id_of_its_own():
    planned = plan(unrolled(5)[-1])
    cards = {card.id: card for card in planned.cards}
    assert len(cards) == len(planned.cards)
    for link in planned.links:
        assert cards[link.source.id] is link.source
        if link.source.chip:
            assert link.source.id == f"{link.source.id.partition('u')[0]}u{link.id[1:]}"
            assert not cards[link.source.id.partition("u")[0]].chip


def test_a_chip_says_what_it_stands_for():
    planned = plan(unrolled(3)[-1])
    for card in planned.cards:
        if card.chip:
            (full,) = (other for other in planned.cards if other.id == card.id.partition("u")[0])
            assert card.tooltip == full.tooltip
    assert "a name alone: drawn in full elsewhere" in draw(unrolled(3)[-1])
    assert "a name alone" not in draw(unrolled(2)[-1])


def test_far_uses_of_results_are_chips_in_a_large_graph_and_both_ends_have_a_number():
    states = unrolled(40)
    y = np.sum(np.stack(states))
    far = [name for name in chips(y, depth=99) if name.startswith("#")]
    assert 30 < len(far) < 40  # the last ones are near
    shown = draw(y, depth=99, width=None)
    for name in far:
        assert shown.count(f">{name}<") == 2
    states[3].name = "fourth"
    assert "fourth" in chips(y, depth=99)
    assert chips(np.sum(np.stack(unrolled(5)))).count("#") == 0


def test_what_no_step_waits_for_is_near_its_use():
    """The product of an input and a weight can stand anywhere before its use."""
    states = unrolled(40)
    planned = plan(np.sum(np.stack(states)), depth=99)
    products = {card for card in planned.cards if card.chip and card.symbol == "×"}
    assert products == set()


def test_chips_do_not_change_what_the_picture_counts():
    y = unrolled(3)[-1]
    assert "9 operations" not in draw(y).split("</desc>")[0]
    assert "12 operations, 4 inputs, 2 parameters" in draw(y).split("</desc>")[0]
    assert to_dot(y) == to_dot(y)
