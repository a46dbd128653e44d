"""Pictures that would be too wide: chains of equal calls are folded, and the rest is in rows."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.recurrent import Cell
from tinygrad_edu import Tensor, draw, nn, sigmoid, to_dot
from tinygrad_edu.drawing.cards import card_table
from tinygrad_edu.drawing.measure import label_width
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.engine import backward

SVG = "{http://www.w3.org/2000/svg}"


class Steps(nn.Module):
    """A module that calls its cell."""

    def __init__(self):
        self.cell = Cell()

    def feedforward(self, inputs, h):
        for x in inputs:
            h = self.cell(x, h)
        return h


class Two(nn.Module):
    """A cell with two states."""

    def __init__(self):
        self.W = Tensor(np.full((2, 4), 0.25), name="W")

    def feedforward(self, x, h, c):
        c = c + sigmoid(self.W @ np.concatenate([x, h]))
        return np.tanh(c), c


def finished(y):
    loss = np.sum(np.square(y))
    loss.name = "loss"
    loss.backward()
    return loss


def inputs(steps):
    return [Tensor([np.sin(t), np.cos(t)], name=f"x{t}") for t in range(1, steps + 1)]


def unrolled(steps, between=lambda h: h):
    cell, h = Cell(), Tensor(np.zeros(3), name="h0")
    for t, x in enumerate(inputs(steps), 1):
        h = between(cell(x, h))
        h.name = f"h{t}"
    return finished(h)


def boxed(steps):
    return finished(Steps()(inputs(steps), Tensor(np.zeros(3), name="h0")))


def two_states(steps):
    cell, h, c = Two(), Tensor([0.0, 0.0], name="h0"), Tensor([1.0, 2.0], name="c0")
    for x in inputs(steps):
        h, c = cell(x, h, c)
    return finished(h)


def layers(count, sizes=(4, 4)):
    x = Tensor(np.ones((5, sizes[0])), name="x")
    for k in range(count):
        x = nn.Layer(sizes[k % 2], sizes[(k + 1) % 2], "tanh", seed=k)(x)
    return finished(x)


def perceptron():
    X = Tensor(np.random.default_rng(0).normal(size=(30, 4)), name="X")
    net = nn.TwoLayerNetwork(4, 8, 3, output_activation="identity", seed=1)
    loss = nn.softmax_cross_entropy(net(X), np.arange(30) % 3)
    loss.backward()
    return loss


def sines(count):
    y = Tensor(0.5, name="x")
    for _ in range(count):
        y = np.sin(y * 1.1)
    return y


GRAPHS = {
    "cells": (lambda: unrolled(9), {"depth": 9}),
    "closed cells": (lambda: unrolled(33), {"depth": 0}),
    "folded": (lambda: unrolled(33), {}),
    "boxed": (lambda: boxed(7), {"depth": 1}),
    "boxed cells": (lambda: boxed(4), {"depth": 2}),
    "two states": (lambda: two_states(8), {"flow": True}),
    "layers": (lambda: layers(7, (4, 3)), {}),
    "perceptron": (perceptron, {}),
    "no modules": (lambda: sines(40), {}),
}


@pytest.fixture(params=GRAPHS)
def drawn(request):
    make, options = GRAPHS[request.param]
    return make(), options


def size(svg):
    root = ElementTree.fromstring(svg)
    return float(root.get("width")), float(root.get("height"))


def middles(svg):
    """The middle of each card, by its id: that of the largest rectangle around its shapes."""
    found = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        if group.get("class") == "node":
            shapes = [each.get("d") or each.get("points") for each in group if each.tag != "text"]
            points = [re.findall(r"(-?[\d.]+),(-?[\d.]+)", each or "") for each in shapes]
            xs, ys = zip(*(map(float, each) for path in points for each in path), strict=True)
            middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
            found[group.get("id").partition("-")[2]] = middle
    return found


def names(planned):
    return [card.name for card in planned.cards if card.name and not card.chip]


# ---- rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [760, 1280])
def test_no_picture_is_much_wider_than_it_may_be(drawn, width):
    y, options = drawn
    free, _ = size(draw(y, width=None, depth=99))
    bounded, _ = size(draw(y, width=width, **options))
    assert free > 1280
    assert bounded < 1.12 * width  # fonts are not the same everywhere


def test_a_picture_that_fits_is_as_it_was(drawn):
    y, _ = drawn
    assert to_dot(y, width=1e6) == to_dot(y, width=None)
    assert "pack" not in to_dot(y, width=None)
    assert to_dot(y, direction="down") == to_dot(y, direction="down", width=None)


def test_rows_are_read_as_text_is_from_left_to_right_and_then_down(drawn):
    y, options = drawn
    planned = plan(y, width=760, **options)
    at = middles(draw(y, width=760, **options))
    assert len(planned.rows) > 1
    for above, below in pairwise(planned.rows):
        assert max(at[card.id][1] for card in above) < min(at[card.id][1] for card in below)
    for link in planned.links:
        assert at[link.source.id][0] < at[link.target.id][0]


def test_what_a_row_goes_on_with_stands_at_its_beginning_by_name():
    planned = plan(unrolled(33), depth=0)
    carried = [[card.outputs[0].name for card in row if card.chip] for row in planned.rows]
    assert carried == [[], ["h6"], ["h12"], ["h18"], ["h24"], ["h30"]]
    at = middles(draw(unrolled(33), depth=0))
    for row in planned.rows[1:]:
        (chip,) = (card for card in row if card.chip)
        assert all(at[chip.id][0] < at[card.id][0] for card in row if card.role == "module"
                   and not card.chip)  # fmt: skip


def test_every_use_is_in_the_row_of_what_it_uses_and_nothing_is_lost(drawn):
    y, _ = drawn
    whole, planned = plan(y, width=None, depth=99), plan(y, width=500, depth=99)
    row = {card: k for k, cards in enumerate(planned.rows) for card in cards}
    assert list(row) == planned.cards
    assert all(row[link.source] == row[link.target] for link in planned.links)
    assert [link.id for link in planned.links] == [link.id for link in whole.links]
    full = {card.id for card in planned.cards if not card.chip}
    assert full == {card.id for card in whole.cards if not card.chip}
    assert all(card.id.partition("u")[0] in full for card in planned.cards if card.chip)
    assert len({card.id for card in planned.cards}) == len(planned.cards)


def test_calls_of_one_name_are_numbered_so_that_it_is_clear_which_goes_on():
    planned = plan(two_states(12), depth=0)
    assert [name for name in names(planned) if name.startswith("Two")] == [
        f"Two {k}" for k in range(1, 13)
    ]
    assert [card.name for card in planned.cards if card.chip and card.role == "module"] == [
        f"Two {len([c for c in row if c.calls and not c.chip]) * (k + 1)}"
        for k, row in enumerate(planned.rows[:-1])
    ]
    assert "Cell" in names(plan(unrolled(3), depth=0))  # where nothing is broken, as ever


def test_a_module_that_fits_into_a_row_is_not_broken():
    planned = plan(unrolled(9), depth=9)
    titles = [box.title for box in planned.boxes]
    assert titles == [f"Cell {k}" for k in range(1, 10)]
    narrow = plan(unrolled(9), depth=9, width=400)
    assert "Cell 1, continued" in [box.title for box in narrow.boxes]


def test_a_module_that_does_not_goes_on_in_each_of_its_rows():
    planned = plan(boxed(12), depth=1)
    assert len(planned.rows) > 2
    titles = [box.title for box in planned.boxes]
    assert titles == ["Steps"] + ["Steps, continued"] * (len(planned.rows) - 1)
    text = to_dot(boxed(12), depth=1)
    for k, row in enumerate(planned.rows):
        assert all(card.box is planned.boxes[k] for card in row if card.calls and not card.chip)
    assert len(set(re.findall(r"subgraph (\w+)", text))) == text.count("subgraph")


@pytest.mark.parametrize("make", [perceptron, lambda: unrolled(4), lambda: sines(3)])
def test_how_wide_a_card_will_be_is_known_before_it_is_laid_out(make):
    y = make()
    planned = plan(y, width=None)
    known = {card.id: label_width(card_table(card, False, True)) for card in planned.cards}
    for group in ElementTree.fromstring(draw(y, width=None)).iter(f"{SVG}g"):
        name = group.get("id", "").partition("-")[2]
        if name in known:
            shapes = [each.get("d") or each.get("points") for each in group]
            xs = [float(x) for each in shapes for x in re.findall(r"(-?[\d.]+),", each or "")]
            assert known[name] == pytest.approx(max(xs) - min(xs), rel=0.2, abs=4)


# ---- folding ------------------------------------------------------------------------------------


def test_of_a_long_chain_one_call_is_shown_and_the_others_are_one_card():
    loss = unrolled(33)
    planned = plan(loss)
    assert names(planned) == ["W", "U", "b", "h0", "x1", "x2 … x33", "h1", "Cell ×32", "loss"]
    cells, given = (next(c for c in planned.cards if c.name == n) for n in ("Cell ×32", "x2 … x33"))
    states = {node.name: node for node in backward.ordered(loss)}
    np.testing.assert_array_equal(cells.value, [states[f"h{t}"].data for t in range(2, 34)])
    np.testing.assert_array_equal(cells.gradient, [states[f"h{t}"].grad for t in range(2, 34)])
    np.testing.assert_array_equal(given.value, [states[f"x{t}"].data for t in range(2, 34)])
    np.testing.assert_array_equal(given.gradient, [states[f"x{t}"].grad for t in range(2, 34)])
    assert "shared by 33 calls" in to_dot(loss)
    assert "32 calls one after the other, of Cell, collapsed" in cells.tooltip
    assert given.tooltip.startswith("x2 … x33\n32 inputs\n")
    assert "1 parameter" not in draw(loss).partition("<desc")[2].partition("</desc")[0]


def test_layers_with_weights_of_their_own_are_folded_too():
    planned = plan(layers(7))
    assert [card.name for card in planned.cards if card.calls] == ["Layer ×6"]
    assert [box.title for box in planned.boxes] == ["Layer"]
    assert "each 3 operations, 20 parameters" in to_dot(layers(7))


def test_a_chain_within_a_module_is_folded_there():
    planned = plan(boxed(12))
    (cells,) = (c for c in planned.cards if c.calls and c.role == "module" and not c.chip)
    assert cells.name == "Cell ×11"
    assert cells.box.title == "Steps"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: unrolled(3), "three are seen at a glance"),
        (lambda: layers(8, (4, 3)), "their shapes alternate"),
        (lambda: unrolled(9, between=lambda h: h * 0.5), "something leads out and back in"),
        (lambda: sines(40), "there are no modules"),
    ],
)
def test_what_is_no_chain_of_equal_calls_is_not_folded(make, why):
    y = make()
    planned = plan(y)
    assert not any(card.calls for card in planned.cards), why
    assert len(planned.rows) > 1, why
    assert draw(y).startswith("<svg")


def test_who_asks_for_a_depth_gets_it_and_so_does_who_sets_no_bound():
    loss = unrolled(9)
    for options in ({"depth": 0}, {"depth": 3}, {"width": None}, {"direction": "down"}):
        assert "×8" not in to_dot(loss, **options)
    assert "Cell ×8" in to_dot(loss)
    assert "Cell ×8" not in to_dot(loss, width=10_000)


def test_several_outputs_go_from_call_to_call_and_are_folded():
    planned = plan(two_states(9))
    assert [card.name for card in planned.cards if card.calls > 1 and not card.chip] == [
        "x2 … x8", "Two ×7",
    ]  # fmt: skip
    titles = [box.title for box in planned.boxes if "continued" not in box.title]
    assert titles == ["Two 1", "Two 9"]
    assert draw(two_states(9), flow=True).startswith("<svg")


# ---- what is asked for --------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [0, -5, 199, True, "wide", np.nan, [1280], 1j])
def test_a_width_is_a_number_of_pixels(wrong):
    message = r"draw: width=.* must be a number of pixels, 200 or more; .* None sets no bound"
    with pytest.raises(ValueError, match=message):
        draw(unrolled(3), width=wrong)
    with pytest.raises(ValueError, match=message):
        to_dot(unrolled(3), width=wrong)


@pytest.mark.parametrize("width", [200, 640.5, np.int64(900), np.float32(1000), np.inf])
def test_any_kind_of_number_will_do(width):
    assert to_dot(unrolled(2), width=width).startswith("digraph")


HOSTILE = [
    "<&>",
    "</TABLE>",
    "]]>",
    "a\x00b",
    "\ud800",
    "\ufffe",
    "\\N \\G",
    "&lt;&#0;",
    "x" * 500,
    "本",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_may_hold_anything_also_where_cards_are_measured(name):
    y = Tensor(0.5, name=name)
    for _ in range(12):
        y = np.sin(y * 1.1)
        y.name = name
    planned = plan(y, width=600)
    assert len(planned.rows) > 1
    ElementTree.fromstring(draw(y, width=600))
