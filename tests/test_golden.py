"""What is printed and drawn of many functions, to the byte, as it is in the folder golden.

Where a change of it is meant, write it anew, with NumPy 2.4 or newer and SciPy, and look at the
difference:

    python -m tests.test_golden

A few pictures have a file each. Of each function in `golden_cases` one file holds all that is said
of it: the source that is printed and the program that is compiled, the explanation of its
gradients, the picture, and the record with which the explorer's page computes. Where something is
refused, that is the error.

DOT does not depend on the version of Graphviz. Its SVG does; so what Graphviz made of one graph is
kept too, and what we make of that. All numbers in the pictures are exact on every machine; those of
the functions are rounded to six digits before they are compared.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.golden_cases import CASES
from tinygrad_edu import (
    Tensor,
    compile,
    explain,
    explore,
    nn,
    source,
    to_dot,
    value_and_grad,
)
from tinygrad_edu.drawing.dot import source as dot_source
from tinygrad_edu.drawing.plan import plan
from tinygrad_edu.drawing.svg import polish
from tinygrad_edu.engine import backward
from tinygrad_edu.explorer import document

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
    return polish(raw, planned, dot_source(planned, False))


def test_the_svg_made_of_what_graphviz_gave():
    assert polished() == (FOLDER / "neuron.svg").read_text("utf-8")
    ElementTree.fromstring(polished())


def test_the_same_bytes_in_every_process():
    program = (
        "import hashlib; from tests import test_golden as golden;"
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


# ---- functions -----------------------------------------------------------------------------------


def printed_source(case):
    return source(case.f, *case.arguments().values())


def printed_graph(case):
    loss, names = graph_of(case)
    return source(loss, names=names)


def program(case):
    """What each pass did, the program, and the Python that runs."""
    compiled = compile(case.compiles or value_and_grad(case.f, case.argnums()))
    compiled(*case.arguments().values())
    return f"{compiled}\n\n{compiled.source}"


def explanation(case):
    """The text for all leaves; then of the first the formula, LaTeX, and one element."""
    loss, names = graph_of(case)
    loss.backward()
    leaves = [t for t in backward.ordered(loss)[::-1] if t.op is None]
    parts = [str(explain(leaf, names=names)) for leaf in leaves]
    first = explain(leaves[0], names=names)
    parts += [f"formula: {first.formula}", first._repr_latex_()]
    if leaves[0].size > 1:
        parts.append(str(explain(leaves[0], names=names, index=(0,) * leaves[0].ndim)))
    return "\n\n".join(parts)


def picture(case):
    loss, names = graph_of(case)
    loss.backward()
    return to_dot(loss, names=names)


def closer_picture(case):
    """With closed modules, and with open ones and the flow of the gradients."""
    loss, names = graph_of(case)
    before = to_dot(loss, names=names, depth=1)
    loss.backward()
    return f"{before}\n{to_dot(loss, names=names, depth=0, flow=True)}"


def page_record(case):
    """What the explorer's page shows, one node and one program a line.

    Its picture is left out: Graphviz lays it out, in most of the time.
    """
    loss, names = graph_of(case)
    loss.backward()
    with mock.patch.object(document, "_svg", return_value=ElementTree.Element("svg")):
        page = explore(loss, names=names)
    data = json.loads(re.search("<script[^>]*application/json[^>]*>(.*?)</script>", page, re.S)[1])
    lines = []
    for key, value in data.items():
        entries = value if isinstance(value, list) else [value]
        lines += [f"{key}:", *(f"  {json.dumps(each, ensure_ascii=False)}" for each in entries)]
    return "\n".join(lines)


def graph_of(case):
    """The number that a function gives for Tensors, and the names of what it was given."""
    given = case.arguments()
    for k in case.argnums():
        name = list(given)[k]
        given[name] = tensors_in(given[name], name)
    loss = case.f(*given.values())
    if not isinstance(loss, Tensor):
        raise TypeError("no graph: the function gives a number for Tensors")
    return loss, {name: each for name, each in given.items() if isinstance(each, nn.Module)}


def tensors_in(value, name):
    """The same with Tensors in place of arrays."""
    if isinstance(value, dict):
        return {key: tensors_in(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [tensors_in(each, f"{name}[{k}]") for k, each in enumerate(value)]
    return value if isinstance(value, nn.Module) else Tensor(value, name=name)


SECTIONS = {
    "source": printed_source,
    "source of the graph": printed_graph,
    "compiled": program,
    "explained": explanation,
    "drawn": picture,
    "drawn closer": closer_picture,
    "explored": page_record,
}
RULER = "=" * 20
UFUNC_NUMBER = re.compile(r"(?<=\w)_\d+(?=\()")
LONG_NUMBER = re.compile(r"\d+\.\d{6,}(e[+-]\d+)?")  # what may differ from machine to machine


def said(name, section):
    """What is said of a function, or why nothing is, with numbers of six digits."""
    try:
        with np.errstate(all="ignore"):
            text = SECTIONS[section](CASES[name])
    except (TypeError, ValueError, RuntimeError) as error:
        text = f"{type(error).__name__}: {error}"
    return LONG_NUMBER.sub(lambda number: f"{float(number[0]):.6g}", text)


def sections(name):
    return [each for each in SECTIONS if each != "drawn closer" or CASES[name].closer]


def stored(name):
    """The sections of a file by title."""
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    parts = re.split(f"^{RULER} (.+) {RULER}\n", text, flags=re.M)
    return dict(zip(parts[1::2], (part.removesuffix("\n\n") for part in parts[2::2]), strict=True))


@pytest.mark.parametrize(
    ("name", "section"), [(name, section) for name in CASES for section in sections(name)]
)
def test_what_is_said_of_a_function(name, section):
    found, expected = said(name, section), stored(name)[section]
    if not hasattr(np.add, "__module__"):  # NumPy 2.1: a ufunc has a number after its name then
        found, expected = (UFUNC_NUMBER.sub("", text) for text in (found, expected))
    assert found == expected


def test_the_folder_holds_what_is_compared_and_nothing_of_one_machine():
    names = {path.name for path in FOLDER.iterdir()}
    pictures = {*(f"{name}.dot" for name in GRAPHS), "neuron.graphviz.svg", "neuron.svg"}
    functions = {f"{name}.txt" for name in CASES} | {"scipy-special.txt"}  # SciPy is an extra
    assert names == pictures | functions
    for name in CASES:
        found = stored(name)
        assert list(found) == sections(name)
        assert not re.search(r"0x[0-9a-f]{5}|\.py\b|site-packages", "".join(found.values()))


def renew():
    from tinygrad_edu.drawing.engine import render

    FOLDER.mkdir(exist_ok=True)
    for name in GRAPHS:
        (FOLDER / f"{name}.dot").write_text(dot_of(name), "utf-8")
    raw = render(dot_source(plan(neuron()[0]), False), "svg", None, 30)
    (FOLDER / "neuron.graphviz.svg").write_bytes(raw)
    (FOLDER / "neuron.svg").write_text(polished(), "utf-8")
    for name in CASES:
        parts = [f"{RULER} {each} {RULER}\n{said(name, each)}\n\n" for each in sections(name)]
        (FOLDER / f"{name}.txt").write_text("".join(parts), "utf-8")


if __name__ == "__main__":
    renew()
