"""The bytes of a few pictures, as they are in the folder golden.

Where a change of them is meant, renew them, and look at the difference:

    python tests/test_draw_golden.py

DOT does not depend on the version of Graphviz. Its SVG does; so what Graphviz made of one graph is
kept too, and what we make of that. All numbers in these graphs are exact on every machine.
"""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tinygrad_edu import Tensor, nn, to_dot
from tinygrad_edu.drawing.dot import source
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.drawing.svg import polish

FOLDER = Path(__file__).with_name("golden")


def neuron():
    x, w = Tensor(2.0, name="x"), Tensor(-3.0, name="w")
    y = nn.relu(x * w + 10.5)
    y.name = "y"
    y.backward()
    return y, {"parameters": [w]}


def undone():
    """Nothing has been computed back yet; one number is none."""
    x = Tensor([[1.0, -2.0], [np.nan, 0.0]], name="x")
    return np.sum(x * np.array([[1.0, 2.0], [3.0, 4.0]])), {}


class Network(nn.Module):
    """Two layers, of weights that are whole numbers."""

    def __init__(self):
        self.hidden = nn.Layer(2, 3, nn.relu, seed=0)
        self.output = nn.Layer(3, 1, nn.identity, seed=0)
        for p in self.parameters():
            p.data = np.arange(p.size).reshape(p.shape) - 2.0

    def feedforward(self, x):
        return self.output(self.hidden(x))


def layers(**options):
    network, X = Network(), np.array([[1.0, 2.0], [-3.0, 4.0]])
    loss = nn.sum_of_squares(network(X), np.array([[1.0], [0.0]]))
    loss.name = "loss"
    loss.backward()
    return loss, {"names": {"network": network, "X": X}, **options}


def wide():
    x = Tensor([1.0, -2.0], name="x")
    neurons = [nn.Neuron([float(i), 2.0], 0.5, nn.relu) for i in range(6)]
    y = np.sum(np.stack([neuron(x) for neuron in neurons]))
    y.backward()
    return y, {"depth": 0, "flow": True}


def repeated():
    """A leaf that is used far apart, and so drawn as chips."""
    x, y = Tensor(0.5, name="x"), Tensor(1.0, name="y")
    for _ in range(8):
        y = y * x
    y.backward()
    return y, {"width": None}


def chain():
    """Layers one after the other."""
    y = Tensor([[0.5, -1.0]], name="x")
    for _ in range(5):
        layer = nn.Layer(2, 2, nn.relu, seed=0)
        layer.weights.data = [[1.0, 0.5], [-0.5, 2.0]]
        y = layer(y)
    y = np.sum(y)
    y.backward()
    return y


GRAPHS = {
    "neuron": neuron,
    "neuron-flow": lambda: (neuron()[0], {"flow": True}),
    "undone": undone,
    "layers": lambda: layers(width=None),
    "layers-down": lambda: layers(direction="down"),
    "layers-collapsed": lambda: layers(depth=1),
    "wide": wide,
    "repeated": repeated,
    "folded": lambda: (chain(), {}),
    "rows": lambda: (chain(), {"depth": 0, "width": 500}),
}


def dot_of(name):
    t, options = GRAPHS[name]()
    return to_dot(t, **options)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_dot_of_a_graph(name):
    assert dot_of(name) == (FOLDER / f"{name}.dot").read_text("utf-8")


def polished():
    planned = plan(neuron()[0])
    raw = (FOLDER / "neuron.graphviz.svg").read_bytes()
    return polish(raw, planned, source(planned, False))


def test_the_svg_made_of_what_graphviz_gave():
    assert polished() == (FOLDER / "neuron.svg").read_text("utf-8")
    ElementTree.fromstring(polished())


def test_the_same_bytes_in_every_process():
    program = (
        "import hashlib, sys; sys.path.insert(0, 'tests'); import test_draw_golden as golden;"
        "from tinygrad_edu import draw;"
        "print([hashlib.sha256(draw(t, **options).encode()).hexdigest()"
        " for t, options in (make() for make in golden.GRAPHS.values())])"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "PATH": "/usr/bin:/bin"},
            cwd=FOLDER.parent.parent, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }  # fmt: skip
    assert len(digests) == 1


def renew():
    from tinygrad_edu.drawing.engine import render

    FOLDER.mkdir(exist_ok=True)
    for name in GRAPHS:
        (FOLDER / f"{name}.dot").write_text(dot_of(name), "utf-8")
    raw = render(source(plan(neuron()[0]), False), "svg", None, 30)
    (FOLDER / "neuron.graphviz.svg").write_bytes(raw)
    (FOLDER / "neuron.svg").write_text(polished(), "utf-8")


if __name__ == "__main__":
    renew()
