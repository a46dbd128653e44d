"""`tinygrad-edu explore`."""

import json
import re
from pathlib import Path

import pytest

from tests.cli_helpers import called, refused


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def record(path):
    text = Path(path).read_text("utf-8")
    return json.loads(re.search(r'id="record">(.*?)</script>', text, re.S)[1])


def test_a_neuron_becomes_a_page_with_its_gradients():
    values = [part for value in ("x=2", "w=0.5", "b=-1") for part in ("--set", value)]
    said = called("explore", "sigmoid(w*x + b)", *values, "--out", "neuron.html").stdout
    assert said.startswith("sigmoid(w*x + b) = 0.5\n")
    assert "d/dw = 0.5\n" in said
    assert said.endswith(
        "Open neuron.html in a browser: it plays backprop, one operation at a time\n"
    )
    assert [path.name for path in Path().iterdir()] == ["neuron.html"]
    nodes = record("neuron.html")["nodes"]
    assert {"x", "w", "b"} <= {node["label"] for node in nodes}
    assert next(node["gradient"] for node in nodes if node["label"] == "w") == [0.5]


def test_without_a_name_the_page_is_backprop_html():
    assert "backprop.html" in called("explore", "x*x", "--set", "x=3").stdout
    assert record("backprop.html")["off"] is None


def test_matrices_can_be_explored():
    said = called("explore", "sum(W @ x)", "--set", "W=[[1,2],[3,4]]", "--set", "x=[5,6]").stdout
    assert said.startswith("sum(W @ x) = 56\n")
    assert record("backprop.html")["off"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["w*x", "--set", "w=2"], ["x has no value", "--set x=NUMBER"]),
        (["x*x", "--set", "x=2", "--out", "page.svg"], ["not the name of a page", ".html"]),
        (["x*x", "--set", "x=2", "--out", "no/folder/page.html"], "no/folder"),
        (["x*2", "--set", "x=[1,2]"], "reduce it with sum"),
        (["1 + 2"], "has no variables"),
        (["x +", "--set", "x=2"], "is not a formula"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, words):
    refused("explore", *arguments, saying=words)


def test_without_graphviz_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("TINYGRAD_EDU_DOT", "no-such-program")
    refused("explore", "x*x", "--set", "x=3", saying="[draw]'")
