"""`tinygrad-edu draw`."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli_helpers import called, refused

NEURON = ["sigmoid(x*w1 + y*w2 + c)"]
for value in ("x=2", "y=3", "w1=0", "w2=1", "c=4"):
    NEURON += ["--set", value]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_neuron_is_drawn_with_its_gradients():
    said = called("draw", *NEURON, "-o", "neuron.svg").stdout
    assert "= 0.9990889488\n" in said
    assert "d/dw1 = 0.00182044\n" in said
    assert [path.name for path in Path().iterdir()] == ["neuron.svg"]
    text = "".join(ElementTree.parse("neuron.svg").getroot().itertext())
    for shown in ("w1", "0.9991", "0.00182"):
        assert shown in text


def test_without_a_name_the_picture_is_graph_svg():
    assert "graph.svg" in called("draw", "x*x", "--set", "x=3").stdout
    assert Path("graph.svg").exists()


def test_matrices_and_their_gradients():
    said = called("draw", "sum(W @ x)", "--set", "W=[[1,2],[3,4]]", "--set", "x=[5,6]").stdout
    assert said.startswith("sum(W @ x) = 56\n")
    assert "d/dx = [4, 6]" in said


def test_a_pole_is_drawn_and_explained():
    said = called("draw", "log(x)", "--set", "x=0").stdout
    assert "log(x) = -inf" in said
    assert "pole" in said


@pytest.mark.parametrize("suffix", ["svg", "dot"])
def test_the_suffix_chooses_the_format(suffix):
    called("draw", "x*x", "--set", "x=3", "-o", f"p.{suffix}")
    assert Path(f"p.{suffix}").stat().st_size


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["w*x", "--set", "w=2"], ["x has no value", "--set x=NUMBER"]),
        (["w", "--set", "w=2", "--set", "v=1"], ["--set v=... is not used"]),
        (["foo(w)", "--set", "w=2"], ["foo is not a function"]),
        (["__import__('os').system('true')"], ["a dot between names"]),
        (["w +", "--set", "w=2"], ["is not a formula"]),
        (["w", "--set", "w=two"], ["is not a number"]),
        (["w", "--set", "w=[1,2]"], ["shape (2,)", "sum(...) or mean(...)"]),
        (["1 + 2"], ["has no variables"]),
        (["a @ b", "--set", "a=[1,2]", "--set", "b=[1,2,3]"], ["can't be computed"]),
        (["w", "--set", "w=2", "-o", "no/folder/p.svg"], ["does not exist; create it"]),
        (["w", "--set", "w=2", "-o", "."], ["is not the name of a picture"]),
        (["w", "--set", "w=2", "-o", "p.jpg"], [".svg, .png or .pdf"]),
        (["w", "--set", "w=2", "-o", "folder.svg"], ["it is a folder"]),
        (["w", "--set", "w=2", "-o", "file/p.svg"], ["part of the path is a file"]),
    ],
)
def test_what_can_not_be_drawn_is_refused(arguments, words):
    Path("folder.svg").mkdir()
    Path("file").touch()
    refused("draw", *arguments, saying=words)


def test_without_graphviz_the_way_to_it_is_said(monkeypatch):
    monkeypatch.setenv("TINYGRAD_EDU_DOT", "no-such-program")
    refused("draw", "w*w", "--set", "w=2", saying="[draw]'")
