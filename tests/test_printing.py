"""The rules, printed: what is shown is what is computed."""

import inspect

import numpy as np
import pytest

from tinygrad_edu.engine.rule import (
    TABLE,
    Composed,
    Constant,
    Local,
    Pullback,
    Refused,
    Several,
    lookup,
    title,
)
from tinygrad_edu.rules import as_written


def of_kind(*kinds):
    pytest.importorskip("scipy.special")
    lookup(np.frompyfunc(abs, 1, 1))  # SciPy's functions are in the table once one is asked for
    ops = sorted((op for op in TABLE if isinstance(TABLE[op], kinds)), key=title)
    return pytest.mark.parametrize("op", ops, ids=title)


@of_kind(Local, Pullback, Several)
def test_every_derivative_is_printed(op):
    lines = as_written.derivatives(TABLE[op])
    assert lines
    assert all(line.argument and line.expression for line in lines)
    assert not any(line.expression.startswith("lambda") for line in lines)


@of_kind(Composed, Refused, Constant)
def test_every_other_row_says_what_it_is(op):
    assert as_written.summary(TABLE[op])
    assert as_written.derivatives(TABLE[op]) == []


@of_kind(Local)
def test_a_printed_local_derivative_computes_what_the_rule_does(op):
    """The expression, evaluated where the rule was written, is the rule."""
    values = [0.25, 0.5, 0.75, 0.375]
    for derivative in TABLE[op].derivatives:
        if not callable(derivative):
            continue
        rule = as_written._rule(derivative)
        names = list(inspect.signature(rule).parameters)
        arguments = dict(zip(names, [np.float64(0.625), *map(np.float64, values)], strict=False))
        whole = {"n", "order"} | ({names[-1]} if op is np.ldexp else set())
        arguments |= {name: 2 for name in arguments if name in whole}
        where = {**rule.__globals__, **inspect.getclosurevars(rule).nonlocals}
        where[rule.__name__.lstrip("_")] = rule
        with np.errstate(all="ignore"):
            expected = rule(**arguments)
            found = eval(as_written.expression(derivative), where, arguments)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("op", "lines"),
    [
        (np.tanh, [("x", "1 - out * out")]),
        (np.add, [("x", "1"), ("y", "1")]),
        (np.imag, [("x", "1j")]),
        (np.transpose, [("a", "np.transpose(g, _inverse(axes, a.ndim))")]),
        (
            np.where,
            [("x", "np.where(condition, 1.0, 0.0)"), ("y", "np.where(condition, 0.0, 1.0)")],
        ),
    ],
)
def test_examples(op, lines):
    assert [line[:2] for line in as_written.derivatives(TABLE[op])] == lines


def test_a_rule_with_a_name_has_a_definition():
    rule = TABLE[np.matmul].derivatives[0]
    assert as_written.expression(rule) == "matmul_left(g, out, a, b)"
    assert as_written.definition(rule).startswith("G B^T")
    assert as_written.definition(lambda out, x: x) is None
    assert as_written.definition(1) is None


def test_two_rules_on_one_line_are_told_apart():
    f, g = (lambda out, x: out + x), (lambda out, x: out - x)
    assert as_written.expression(f) == "out + x"
    assert as_written.expression(g) == "out - x"


@pytest.mark.parametrize(
    ("op", "kind"),
    [(np.exp, "local"), (np.sum, "pullback"), (np.outer, "composed"), (np.floor, "constant"),
     (np.copyto, "refused")],
)  # fmt: skip
def test_kinds(op, kind):
    assert as_written.kind(TABLE[op]) == kind


def test_the_module_of_a_row():
    assert as_written.module_of(TABLE[np.tanh]).__name__ == "tinygrad_edu.rules.elementwise"
    assert as_written.module_of(TABLE[np.outer]).__name__ == "tinygrad_edu.rules.products"
    assert as_written.module_of(TABLE[np.add]) is None
