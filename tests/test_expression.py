"""Typed formulas: evaluated on Tensors where they are formulas, refused in one line where not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import Tensor
from tinygrad_edu.cli.errors import InputError
from tinygrad_edu.cli.expression import FUNCTIONS, Expression, assignments


def value_and_gradients(text, **values):
    variables = {name: Tensor(value, name=name) for name, value in values.items()}
    out = Expression(text).evaluate(variables)
    out.backward()
    return out.item(), {name: variable.grad for name, variable in variables.items()}


def test_the_neuron():
    value, gradients = value_and_gradients(
        "sigmoid(x*w1 + y*w2 + c)", x=2.0, y=3.0, w1=0.0, w2=1.0, c=4.0
    )
    assert value == 0.9990889488055994
    slope = value * (1 - value)
    assert {name: float(g) for name, g in gradients.items()} == pytest.approx(
        {"x": 0, "y": slope, "w1": 2 * slope, "w2": 3 * slope, "c": slope}
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + x*3 - 4/x", 1 + 2 * 3 - 4 / 2),
        ("-x**2", -4),
        ("2**x**3", 2**8),
        ("(1 + x)*(1 - +x)", -3),
        ("clip(x, 0, 1) + maximum(x, 5) + minimum(1e0, x)", 7),
        ("sin(pi*x)", math.sin(2 * math.pi)),
        ("0*x + 10**400", math.inf),
        ("0*x + 9**9**9**9**9", math.inf),
        ("0*x + " + "1" * 990, math.inf),
    ],
)
def test_arithmetic_is_that_of_mathematics(text, expected):
    assert value_and_gradients(text, x=2.0)[0] == pytest.approx(expected)


def test_vectors_and_matrices():
    value, gradients = value_and_gradients("sum(A @ x)", A=[[1, 2], [3, 4]], x=[5, 6])
    assert value == 17 + 39
    np.testing.assert_array_equal(gradients["x"], [4, 6])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_evaluated_and_differentiated(name):
    function, count = FUNCTIONS[name]
    near = [0.5, 0.3, 0.8] if name != "arccosh" else [1.5]
    arguments = [np.array([near[i], near[i] + 0.1]) for i in range(count)]
    names = "xyz"[:count]
    value, gradients = value_and_gradients(
        f"sum({name}({','.join(names)}))", **dict(zip(names, arguments, strict=True))
    )
    assert value == pytest.approx(np.sum(function(*arguments)))
    assert gradients["x"].shape == (2,)


def test_names_are_in_the_order_of_reading():
    assert Expression("b*a + exp(c) - b/pi").names == ("b", "a", "c")


def test_a_name_that_is_given_wins_over_a_constant():
    assert value_and_gradients("pi*2", pi=3.0)[0] == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("2x", r"write 2\*x, not 2x"),
        ("2(x)", r"write 2\*\(x\)"),
        ("x^2", r"write x\*\*2"),
        ("x % 2", "% is not supported"),
        ("x // 2", "// has no gradient"),
        ("x < 2", "maximum"),
        ("x and y", "maximum"),
        ("not x", "only numbers, names"),
        ("~x", "only numbers, names"),
        ("x if y else z", "only numbers, names"),
        ("lambda: x", "only numbers, names"),
        ("(x, y)", "a comma stands"),
        ("[x, y]", "lists are given by --set"),
        ("x[0]", "indexing"),
        ("x.real", "a dot between names"),
        ("np.exp(x)", "a dot between names"),
        ("x.__class__.__bases__", "a dot between names"),
        ("(1).__class__", "a dot between names"),
        ("'text'", "only numbers, names"),
        ("1j*x", "only numbers, names"),
        ("True + x", "only numbers, names"),
        ("... + x", "only numbers, names"),
        ("f'{x}'", "only numbers, names"),
        ("[y for y in x]", "only numbers, names"),
        ("(y := 2)*x", "--set"),
        ("await x", "is not a formula|only numbers"),
        ("sigmoid", "sigmoid is a function"),
        ("sigmoyd(x)", "did you mean sigmoid"),
        ("__import__('os')", "not a function known here"),
        ("eval(x)", "not a function known here"),
        ("open(x)", "not a function known here"),
        ("x(2)", "not a function known here"),
        ("exp(x)(2)", "a product needs its sign"),
        ("exp()", r"exp is written exp\(x\)"),
        ("max(x, y)", r"of two, maximum\(x, y\)"),
        ("sum(x, axis=0)", r"sum is written sum\(x\)"),
        ("exp(*x)", r"exp is written exp\(x\)"),
        ("exp(x, **y)", r"exp is written exp\(x\)"),
        ("(x", "never closed"),
        ("x)", "unmatched"),
        ("x; y", "is not a formula"),
        ("x = 2", "is not a formula"),
        ("import os", "is not a formula"),
        ("x\x00", "is not a formula"),
        ("\ud800", "is not a formula"),
        ("+".join(["x"] * 600), "characters; at most"),
        ("+".join(["x"] * 300), "nested too deeply"),
        ("exp(" * 41 + "x" + ")" * 41, "nested too deeply"),
        ("(" * 300 + "x" + ")" * 300, "is not a formula"),
        ("-" * 900 + "x", "nested too deeply|is not a formula"),
    ],
)
def test_anything_else_is_refused_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        Expression(text)
    assert "\n" not in str(caught.value)


def test_a_variable_without_a_value_and_a_value_without_a_variable():
    with pytest.raises(InputError, match=r'w has no value in "w\*x"; add --set w=NUMBER'):
        Expression("w*x").evaluate({"x": Tensor(1.0)})
    with pytest.raises(InputError, match=r"did you mean weight\?"):
        Expression("wieght*x").evaluate({"weight": Tensor(1.0), "x": Tensor(1.0)})
    with pytest.raises(InputError, match=r"--set v=\.\.\. is not used"):
        Expression("x").evaluate({"x": Tensor(1.0), "v": Tensor(1.0)})


def test_shapes_that_do_not_fit_are_refused_where_they_meet():
    with pytest.raises(InputError, match=r'"w @ x" can\'t be computed: .*shapes?') as caught:
        Expression("1 + sum(w @ x)").evaluate({"w": Tensor([1.0]), "x": Tensor([1.0, 2.0])})
    assert "\n" not in str(caught.value)


def test_assignments():
    found = assignments(["x=2", " w = [0, -1.5e0] ", "A=[[1,2],[3,+4]]", "µ=1"])
    assert {name: value.tolist() for name, value in found.items()} == {
        "x": 2,
        "w": [0, -1.5],
        "A": [[1, 2], [3, 4]],
        "μ": 1,
    }


@pytest.mark.parametrize(
    "text",
    [
        *("x", "x=", "=2", "2=2", "x y=2", "if=2", "exp=2", "x=y", "x=1+1", "x='a'", "x=True"),
        *("x=[]", "x=[[]]", "x=[1,[2]]", "x=[[1],[2,3]]", "x=[[[1]]]", "x=--1", "x=1e999"),
        *("x=nan", "x=inf", "x=(1,2)", "x=[1,", "x=__import__('os')", "x=" + "[" * 300),
        *("x=" + str([0] * 401)[:-1].replace(" ", "") + "]", "x.y=2", "x=2; y=3", "x=1j"),
    ],
)
def test_assignments_of_anything_else_are_refused_in_one_line(text):
    with pytest.raises(InputError) as caught:
        assignments([text])
    assert "\n" not in str(caught.value)


def test_a_name_is_given_once():
    with pytest.raises(InputError, match="given twice"):
        assignments(["x=1", "x=2"])


FRAGMENTS = st.sampled_from(
    [
        *"xyz0123456789.+-*/@()[]{},:;=<>!^&|~%'\"\\ \n\te_jλ",
        "**",
        *FUNCTIONS,
        "lambda",
        "__class__",
    ]
)


def check_said_in_one_line(error):
    assert "\n" not in str(error)
    assert str(error).isprintable()


@given(st.text() | st.lists(FRAGMENTS, max_size=40).map("".join), st.floats(-10, 10))
def test_any_text_is_a_formula_or_an_error_of_one_line(text, number):
    try:
        expression = Expression(text)
        out = expression.evaluate({name: Tensor(number) for name in expression.names})
    except InputError as error:
        check_said_in_one_line(error)
    else:
        assert all(name.isidentifier() for name in expression.names)
        assert isinstance(out, Tensor | np.floating)


@given(st.text() | st.lists(FRAGMENTS, max_size=20).map("".join))
def test_any_text_is_an_assignment_or_an_error_of_one_line(text):
    try:
        [(name, value)] = assignments([text]).items()
    except InputError as error:
        check_said_in_one_line(error)
    else:
        assert name.isidentifier()
        assert np.all(np.isfinite(value))
        assert value.ndim <= 2
