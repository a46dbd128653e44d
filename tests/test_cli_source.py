"""`tinygrad-edu source`: the chain rule of a formula, as Python that runs."""

import numpy as np
import pytest

pytest.importorskip("typer")
from tests.cli_helpers import called, run


def test_the_source_of_a_formula_runs():
    text = called(
        "source", "sum((sigmoid(W @ x) - y)**2)", *("--set", "W=[[1,2],[3,4]]"),
        *("--set", "x=[1,1]"), *("--set", "y=[2,8]"),
    ).stdout  # fmt: skip
    assert text.startswith("# sum((sigmoid(W @ x) - y)**2)\nimport numpy as np\n")
    namespace = {}
    exec(text, namespace)
    w, x, y = np.array([[1.0, 2], [3, 4]]), np.ones(2), np.array([2.0, 8])
    value, d_w, d_x, d_y = namespace["value_and_gradients"](w, x, y)
    output = 1 / (1 + np.exp(-w @ x))
    np.testing.assert_allclose(value, np.sum((output - y) ** 2))
    np.testing.assert_allclose(d_y, -2 * (output - y))
    d_z = 2 * (output - y) * output * (1 - output)
    np.testing.assert_allclose(d_w, np.outer(d_z, x))
    np.testing.assert_allclose(d_x, w.T @ d_z)


def test_what_has_no_source_is_an_error_in_one_line():
    result = run("source", "log(0*x)*0", "--set", "x=0")
    assert result.exit_code == 2
    assert "NaN at these inputs" in result.stderr
    assert result.stderr.count("\n") == 1
