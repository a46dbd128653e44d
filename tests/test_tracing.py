"""Tracing: the formula that a rule computes is the rule, for other values too."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domains import DOMAINS
from tinygrad_edu import Tensor, relu, sigmoid, softmax
from tinygrad_edu.engine import backward
from tinygrad_edu.engine.rule import TABLE, Composed, title
from tinygrad_edu.kit.pytree import flatten
from tinygrad_edu.trace.of_rules import (
    Traced,
    UntraceableError,
    local_derivative,
    operands,
    pullbacks,
)

OWN = [d for d in DOMAINS if not isinstance(TABLE[d.op], Composed)]
few = settings(max_examples=max(3, settings.default.max_examples // 10))

# Their rules look at values: whether a gradient exists at all, which singular values are 0, between
# which points a number lies. Those of sorting write into arrays.
UNTRACEABLE = {
    *("np.linalg.lstsq", "np.linalg.pinv", "qr", "eigh", "eig", "svd", "np.poly", "np.roots"),
    *("np.interp", "np.histogramdd", "np.sort", "np.partition"),
}


def replayed(formula, variables):
    """The value of a formula with other values of its variables."""
    known, waiting = {}, [formula]
    while waiting:
        each = waiting[-1]
        parts = list(traced_in(each))
        missing = [part for part in parts if id(part) not in known]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if each.function is None:
            known[id(each)] = variables[each.name]
        else:
            with np.errstate(all="ignore"):
                known[id(each)] = each.function(
                    *filled(each.args, known), **filled(each.kwargs, known)
                )
    return known[id(formula)]


def traced_in(formula):
    waiting = [formula.args, formula.kwargs]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Traced):
            yield part
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part


def filled(part, known):
    if isinstance(part, Traced):
        return known[id(part)]
    if isinstance(part, dict):
        return {name: filled(each, known) for name, each in part.items()}
    if isinstance(part, list | tuple):
        return type(part)(filled(each, known) for each in part)
    return part


def formulas(node, g):
    if node.call.elementwise and not node.call.conjugates:
        return [local_derivative(node, k) for k in range(len(node.parents))]
    return pullbacks(node, g)


def computed(node, g):
    """What the rules give on plain arrays."""
    call, out, args = node.call, node._value, node.call.args
    with np.errstate(all="ignore"):
        if call.row.sequence:
            pieces = call.rules[0](g, out, *args, **call.params)
            return [pieces[place] for place in call.places]
        rules = [call.rules[place] for place in call.places]
        if call.elementwise and not call.conjugates:
            return [rule(out, *args) if callable(rule) else rule for rule in rules]
        return [rule(g, out, *args, **call.params) for rule in rules]


def variables_of(node, g):
    found = {"g": g, "out": node._value}
    for operand in operands(node):
        for each in operand if isinstance(operand, list) else [operand]:
            if isinstance(each, Traced):
                found[each.name] = each.value
    return found


def graphs_of(case):
    """The graph of a call, and that of the same call on somewhat larger numbers."""
    results = [case.call(*(Tensor(a * scale) for a in case.arrays)) for scale in (1, 1 + 2**-10)]
    roots = [[t for t in flatten(result) if isinstance(t, Tensor)] for result in results]
    return [backward.ordered(each) if each else [] for each in roots]


@pytest.mark.parametrize(
    "domain", [pytest.param(d, id=f"{title(d.op)}-{d.draw_case.__name__}") for d in OWN]
)
@few
@given(data=st.data())
def test_a_traced_rule_is_the_rule_whatever_the_values(domain, data):
    case = data.draw(domain.cases())
    first, second = graphs_of(case)
    for node, other in zip(first, second, strict=True):
        if node.op is None:
            continue
        g = np.random.default_rng(0).uniform(-1, 1, node.shape).astype(node.dtype)
        try:
            found = formulas(node, g)
        except UntraceableError:
            assert title(node.op) in UNTRACEABLE
            continue
        for formula, expected in zip(found, computed(other, g), strict=True):
            if isinstance(formula, Traced):
                formula = replayed(formula, variables_of(other, g))
            np.testing.assert_allclose(formula, expected, rtol=1e-9, atol=1e-12)


def test_a_rule_is_shown_as_the_calls_it_makes():
    slope = local_derivative(sigmoid(Tensor([0.0, 1.0])), 0)
    assert slope.function is np.multiply
    out, rest = slope.args
    assert (out.name, rest.function, rest.args[0]) == ("out", np.subtract, 1)
    assert slope.shape == (2,)


def test_our_own_functions_are_calls_too():
    x = Tensor(np.ones((2, 3)))
    (carried,) = pullbacks(np.mean(softmax(x), axis=1), np.ones(2))
    assert carried.dtype == x.dtype
    (carried,) = pullbacks(x[0], np.ones(3))
    assert carried.function.__name__ == "scatter"
    assert local_derivative(relu(x), 0).function is np.where


def test_a_sequence_of_operands_is_a_list_of_variables():
    stacked = np.stack([Tensor(1.0), 2.0, Tensor(3.0)])
    names = [each.name if isinstance(each, Traced) else each for each in operands(stacked)[0]]
    assert names[0] == "a0"
    assert names[2] == "a2"
    assert len(pullbacks(stacked, np.ones(3))) == 2


@pytest.mark.parametrize(
    "use", [bool, float, int, np.asarray, lambda t: t.item(), lambda t: np.array([t, t])]
)
def test_a_value_never_leaves_a_trace(use):
    with pytest.raises(UntraceableError, match="value of an operand"):
        use(Traced(np.float64(1.0), "x"))


def test_what_writes_into_an_array_is_refused():
    """What was written would be a constant of the formula, whatever the values are later."""
    x, place = Traced(np.ones(3), "x"), np.zeros(3)
    with pytest.raises(UntraceableError, match="written into"):
        np.cumsum(x, out=place)
    with pytest.raises(UntraceableError, match="written into"):
        np.put_along_axis(x, np.array([0]), 2.0, axis=0)
