"""The package as `pip install .` alone brings it: what works, and what says what it lacks."""

import subprocess
import sys

import pytest

from tests.cli_helpers import ENVIRONMENT
from tinygrad_edu.kit.extras import install

# What only the extras bring can't be imported, and no dot is on the PATH.
ALONE = """
import sys
for name in ("pygraphviz", "matplotlib", "scipy", "numba", "hypothesis", "pytest", "IPython"):
    sys.modules[name] = None
import numpy as np
import tinygrad_edu
from tinygrad_edu import Tensor, nn, plot, testing
x = Tensor([1.0, 2.0], name="x")
y = np.sum(x * x)
y.backward()
"""

WORKS = """
assert tinygrad_edu.to_dot(y).startswith("digraph")
tinygrad_edu.draw(y, "y.dot")
assert "2x" in str(tinygrad_edu.explain(x))
assert "def " in str(tinygrad_edu.source(y))
assert tinygrad_edu.compile(lambda a: np.sum(a * a))(np.ones(3)) == 3
assert y._repr_mimebundle_() == {"text/plain": repr(y)}
assert y._repr_svg_() is None
assert testing.check_gradients(np.exp, 1.0).conclusive
for name in tinygrad_edu.__all__:
    getattr(tinygrad_edu, name)
"""

CALLS = {
    'tinygrad_edu.draw(y, "y.svg")': "draw",
    'tinygrad_edu.draw(y, "y.png")': "draw",
    "tinygrad_edu.draw(y)": "draw",
    "tinygrad_edu.explore(y)": "draw",
    'tinygrad_edu.explore(y, "y.html")': "draw",
    "plot.loss_curve([2.0, 1.0])": "plot",
    'plot.gradient_norms({"w": [2.0, 1.0]})': "plot",
    "plot.weights(np.eye(2))": "plot",
    "plot.decision_boundary(nn.Layer(2, 1), np.eye(2), np.array([0, 1]))": "plot",
    "plot.boundary_animation(nn.Layer(2, 1), np.eye(2), np.array([0, 1]))": "plot",
    "tinygrad_edu.compile(lambda a: np.sum(a * a), jit=True)(np.ones(3))": "jit",
    "testing.given_gradients()(np.exp)": "test",
    "import tinygrad_edu.testing.strategies": "test",
}

COMMANDS = {
    ("draw", "x*x", "--set", "x=1", "--out", "a.svg"): 'can\'t draw "a.svg"',
    ("explore", "x*x", "--set", "x=1", "--out", "a.html"): 'can\'t write "a.html"',
    ("demo", "--out", "."): "not drawn: neuron.svg, network.svg and backprop.html",
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Run Python without the extras: its result."""
    folder = tmp_path_factory.mktemp("alone")
    environment = {**ENVIRONMENT, "PATH": str(folder), "PYTHONUTF8": "1"}
    environment.pop("TINYGRAD_EDU_DOT", None)

    def run(program, *arguments):
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", ALONE + program, *arguments],
            env=environment,
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            timeout=100,
        )

    return run


def test_what_needs_no_extra_works(alone):
    done = alone(WORKS)
    assert done.returncode == 0, done.stderr


def test_each_call_that_needs_an_extra_names_it_and_how_to_get_it(alone):
    program = f"""
for call in {list(CALLS)!r}:
    try:
        exec(call)
    except (ImportError, RuntimeError) as error:
        print(" ".join(str(error).split("\\n")))
    else:
        print("nothing was missing")
"""
    done = alone(program)
    assert done.returncode == 0, done.stderr
    for (call, extra), said in zip(CALLS.items(), done.stdout.splitlines(), strict=True):
        assert install(extra) in said, call


@pytest.mark.parametrize(("command", "said"), COMMANDS.items(), ids=[c[0] for c in COMMANDS])
def test_a_command_says_in_one_line_what_it_lacks(alone, command, said):
    done = alone("from tinygrad_edu.cli import main; main()", *command)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"tinygrad-edu: {said}: no Graphviz")
    assert install("draw") in done.stderr


def test_commands_that_need_no_picture_work(alone):
    for command in (("draw", "x*x", "--set", "x=1", "--out", "a.dot"), ("check", "numpy:tanh")):
        done = alone("from tinygrad_edu.cli import main; main()", *command)
        assert done.returncode == 0, done.stderr
