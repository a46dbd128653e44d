"""Every word of a picture in a real browser: inside its card, legible, and on no other word.

Graphviz measures text with tables of widths of its own, and the reader's fonts may be wider.
"""

import numpy as np
import pytest

from tinygrad_edu import Tensor, draw, nn, sigmoid, softmax

# What is measured of each text: its box, that of its group's outline, colours, and the key of its
# group. A card's outline is the largest of its shapes.
MEASURE = """() => {
    const channels = colour => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const paint = (element, of) => channels(getComputedStyle(element)[of]);
    const area = box => box.width * box.height;
    const rectangle = element => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        return { left, top, right, bottom, width: right - left, height: bottom - top };
    };
    const filled = [...document.querySelectorAll("svg path, svg polygon")]
        .map(shape => ({ shape, fill: paint(shape, "fill"), box: rectangle(shape) }))
        .filter(({ fill }) => fill.length && fill[3] !== 0);
    const found = [];
    for (const text of document.querySelectorAll("svg text")) {
        const group = text.closest("g");
        const shapes = [...group.querySelectorAll(":scope > path, :scope > polygon")];
        const box = rectangle(text);
        const around = shapes.map(rectangle).sort((a, b) => area(b) - area(a))[0];
        // What is painted under the text: the last filled shape before it that holds its middle.
        const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        const under = filled.filter(({ shape, box }) =>
            box.left <= x && x <= box.right && box.top <= y && y <= box.bottom
            && shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
        found.push({
            text: text.textContent, kind: group.getAttribute("class"), group: group.id, box, around,
            ink: paint(text, "fill"), ground: under.fill,
        });
    }
    return found;
}"""
# Boxes of the cards; and of all marks, to see that none is cut off by the edge of the picture.
CARDS = """() => [...document.querySelectorAll("svg g.node")].map(each => {
    const { left, top, right, bottom } = each.getBoundingClientRect();
    return { id: each.id, left, top, right, bottom };
})"""
CLIPPED = """() => {
    const frame = document.querySelector("svg").getBoundingClientRect();
    return [...document.querySelectorAll("svg text, svg path, svg polygon")].filter(each => {
        const box = each.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1
            || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    }).map(each => each.outerHTML.slice(0, 80));
}"""


class Hidden(nn.Module):
    """Eight neurons side by side, and one that reads them."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.hidden = [nn.Neuron(rng.normal(size=2), -1.0) for _ in range(8)]
        self.output = nn.Neuron(rng.normal(size=8), 0.5)

    def feedforward(self, x):
        return self.output(np.stack([neuron(x) for neuron in self.hidden]))


def neuron():
    x, w, b = Tensor(-2e-7, name="x"), Tensor(-123456.7, name="W" * 60), Tensor(0.1, name="bias")
    return sigmoid(x * w + b)


def network():
    X, targets = np.array([[0.0, 1.0], [1.0, np.e]]), np.array([[0.0], [1.0]])
    return nn.sum_of_squares(nn.TwoLayerNetwork(2, 3, seed=0)(X), targets)


def attention():
    rng = np.random.default_rng(0)
    X, Wq, Wk = (Tensor(rng.normal(size=(4, 4)), name=name) for name in ("X", "Wq", "Wk"))
    return np.sum(softmax((X @ Wq) @ (X @ Wk).T / 2.0) @ X)


def undefined():
    with np.errstate(all="ignore"):
        return np.sum(np.log(Tensor([0.0, -1.0, 2.0], name="x")))


def chips():
    x, h = Tensor(0.5, name="x"), Tensor(1.0, name="h")
    for _ in range(10):
        h = np.tanh(h * x)
    return h


def layers():
    y = Tensor([[0.5, -1.0]], name="x")
    for k in range(7):
        y = nn.Layer(2, 2, "tanh", seed=k)(y)
    return np.sum(y)


def large():
    h, hs = Tensor(0.5, name="h"), []
    for _ in range(55):
        h = np.tanh(h + 0.125)
        hs.append(h)
    return np.sum(np.stack(hs))


GRAPHS = {
    "neuron": (neuron, {"flow": True}),
    "network": (network, {}),
    "network down": (network, {"direction": "down", "flow": True}),
    "collapsed": (lambda: Hidden()(Tensor([2.0, 3.0], name="x")), {"depth": 1}),
    "one card": (lambda: Hidden()(Tensor([2.0, 3.0], name="x")), {"depth": 0}),
    "attention": (attention, {"flow": True}),
    "undefined": (undefined, {"flow": True}),
    "chips": (chips, {}),
    "large": (large, {}),
    "rows": (attention, {"width": 600, "flow": True}),
    "rows of modules": (layers, {"depth": 9, "width": 800}),
    "folded": (layers, {}),
}
FONTS = ["", "Liberation Sans", "DejaVu Sans"]  # the picture's own; Arial's widths; a wide one


@pytest.fixture(params=GRAPHS)
def picture(request):
    make, options = GRAPHS[request.param]
    t = make()
    t.backward()
    return draw(t, **options)


def luminance(channels):
    channels = np.array(channels[:3]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    """WCAG 2.2, "contrast ratio"."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def inside(box, around, slack=0.5):
    return (
        around["left"] - slack <= box["left"]
        and box["right"] <= around["right"] + slack
        and around["top"] - slack <= box["top"]
        and box["bottom"] <= around["bottom"] + slack
    )


def apart(a, b, slack=0.5):
    return (
        a["right"] <= b["left"] + slack
        or b["right"] <= a["left"] + slack
        or a["bottom"] <= b["top"] + slack
        or b["bottom"] <= a["top"] + slack
    )


@pytest.mark.parametrize("font", FONTS, ids=lambda font: font or "own")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_is_inside_its_card_and_legible(picture, new_page, scheme, font):
    page = new_page(color_scheme=scheme)
    style = f"svg {{ font-family: '{font}' }}" if font else ""
    page.set_content(f"<style>body {{ margin: 0 }} {style}</style>{picture}")
    texts = page.evaluate(MEASURE)
    assert len(texts) > 4
    outside = [
        t["text"] for t in texts if t["kind"] == "node" and not inside(t["box"], t["around"])
    ]
    assert outside == []
    faint = [t["text"] for t in texts if contrast(t["ink"], t["ground"]) < 4.5]
    assert faint == []
    assert page.evaluate(CLIPPED) == []


def test_no_two_words_and_no_two_cards_overlap(picture, page):
    page.set_content(f"<style>body {{ margin: 0 }}</style>{picture}")
    texts, cards = page.evaluate(MEASURE), page.evaluate(CARDS)
    touching = [
        (a["text"], b["text"])
        for i, a in enumerate(texts)
        for b in texts[:i]
        if not apart(a["box"], b["box"], slack=3)  # a box of text is higher than its letters
    ]
    assert touching == []
    stacked = [
        (a["id"], b["id"]) for i, a in enumerate(cards) for b in cards[:i] if not apart(a, b)
    ]
    assert stacked == []
