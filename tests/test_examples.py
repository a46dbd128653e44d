"""The examples run, without a warning, and print the numbers that they should."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

# What each prints, besides other things, and the files that it writes.
EXPECTED = {
    "check_your_gradient": (["second derivative of distance: 32 entries agree", "is caught"], []),
    "draw_a_graph": (["digraph computation {"], ["loss.svg", "network.svg", "network.png"]),
    "five_broken_backward_passes": (
        ["1. linear: MismatchError", "softmax is wrong", "5. leaky_relu: MutationError"],
        [],
    ),
    "iris": (["of 30 flowers right"], []),
    "minimise_with_scipy": (["minimum at [1. 1. 1. 1. 1. 1. 1. 1. 1. 1.]"], []),
    "neuron": (
        ["neuron 0.9990889488055994", "output 0.3775406687981454", "d y / d w2 = 0.7050111366"],
        ["neuron.svg"],
    ),
    "second_derivatives": (
        ["derivative 2 of tanh at 0.5: -0.7268619814", "[[1330.0, 480.0], [480.0, 200.0]]"],
        [],
    ),
    "three_neurons": (
        ["network 0.7216325609518421", "gradient of h1.weights "],
        ["three_neurons.svg"],
    ),
    "two_layer_network": (["outputs [0.02 0.98 0.98 0.02]"], []),
}

LONGER = {"five_broken_backward_passes": 120}  # an exercise of five parts


def run(example: Path, folder: Path) -> str:
    """What the example prints, when it is run in `folder`; warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_every_example_is_expected_to_do_something():
    assert {example.stem for example in EXAMPLES} == set(EXPECTED)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example(example, tmp_path):
    printed = run(example, tmp_path)
    lines, files = EXPECTED[example.stem]
    for line in lines:
        assert line in printed
    assert {path.name for path in tmp_path.iterdir()} == set(files)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_short_and_says_what_it_shows(example):
    text = example.read_text("utf-8")
    assert text.startswith('"""')
    assert len(text.splitlines()) < LONGER.get(example.stem, 40)


def test_iris_is_learned(tmp_path):
    right = re.search(r"(\d+) of 30", run(ROOT / "examples" / "iris.py", tmp_path))
    assert int(right[1]) >= 28


def test_the_picture_of_the_readme_is_what_is_drawn_now(tmp_path):
    """Where the words stand is Graphviz's affair, and may differ between its versions."""
    run(ROOT / "examples" / "neuron.py", tmp_path)
    drawn = (tmp_path / "neuron.svg").read_text("utf-8")
    kept = (ROOT / "docs" / "images" / "neuron.svg").read_text("utf-8")
    words = re.compile(r"(?<=>)[^<>]+(?=</text>)|--te-[\w-]+:#\w+")
    assert Counter(words.findall(kept)) == Counter(words.findall(drawn))


def test_what_contributing_quotes_stands_in_the_source():
    """Its "Add an op" shows lines of the tables: these, but for the spaces that align them."""

    def squeezed(text: str) -> str:
        return re.sub(r"\s+", "", text)

    quoted = re.findall(
        r"^ *```python\n *# (\S+)\n(.*?)^ *```",
        (ROOT / "CONTRIBUTING.md").read_text("utf-8"),
        re.M | re.S,
    )
    assert len(quoted) == 2
    for path, lines in quoted:
        source = squeezed((ROOT / path).read_text("utf-8"))
        for line in lines.splitlines():
            assert squeezed(line) in source, f"{path}: {line}"
