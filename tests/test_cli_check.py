"""The command line's check of a gradient."""

from pathlib import Path

import pytest

from tests.cli_helpers import called, refused, run
from tinygrad_edu.engine.rule import TABLE

MINE = """
import numpy as np
from tinygrad_edu.engine.rule import local, operation

def distance(x, y):
    return np.sum((x - y) ** 2)

wrong = operation(lambda x: np.sin(x))
local(wrong, lambda out, x: -np.cos(x))

def fixed(x, *, power=2):
    return x**power

class Model:
    @staticmethod
    def loss(w):
        return np.sum(w**2)

def nothing():
    return 1.0

def broken(x):
    return x @ np.ones(7)

number = 3
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    Path("mine.py").write_text(MINE, encoding="utf-8")
    ours = set(TABLE)
    yield
    for added in set(TABLE) - ours:  # by the module above
        del TABLE[added]


def test_a_right_gradient_is_reported():
    said = called("check", "mine.py:distance", "--shapes", "2,3;3", "--order", "2").stdout
    assert "first derivative of distance: " in said
    assert "second derivative of distance: " in said
    assert "x (2, 3) float64, y (3,) float64" in said
    assert "5 entries agree" in called("check", "mine.py:distance", "--shapes", ";").stdout


@pytest.mark.parametrize(
    "function", ["numpy:tanh", "mine.py:fixed", "mine.py:Model.loss", "numpy:multiply"]
)
def test_the_number_of_arguments_is_that_of_the_function(function):
    assert "agree with finite differences" in called("check", function).stdout


def test_a_wrong_gradient_is_told_and_the_exit_code_is_1():
    result = run("check", "mine.py:wrong", "--shapes", "2")
    assert result.exit_code == 1
    assert "diagnosis: -1 times what it should be: a sign" in result.stdout
    assert "np.array([" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tanh"], "MODULE:FUNCTION"),
        (["nowhere:f"], "ModuleNotFoundError"),
        (["nowhere.py:f"], "no such file"),
        (["mine.py:nobody"], 'has no "nobody"'),
        (["mine.py:number"], "is no function, but int"),
        (["mine.py:nothing"], "needs no argument"),
        (["mine.py:broken"], "ValueError"),
        (["numpy:tanh", "--shapes", "3,x"], "is no shape"),
        (["numpy:tanh", "--shapes", "3,-1"], "is no shape"),
        (["numpy:tanh", "--shapes", "9999999"], "more than 1000000 elements"),
        (["numpy:tanh", "--order", "0"], "--order"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_one_line(arguments, words):
    refused("check", *arguments, saying=words)


def test_a_module_that_fails_is_refused_in_one_line():
    Path("bad.py").write_text("raise RuntimeError('two\\nlines')")
    refused("check", "bad.py:f", saying="RuntimeError: two lines")
