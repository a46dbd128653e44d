"""Lists that are nested too deeply to walk through, and lists that hold themselves."""

import dataclasses

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import (
    Tensor,
    debug,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    nn,
    optim,
    source,
    value_and_grad,
    vjp,
)
from tinygrad_edu.kit.nested import found_in, mapped, refuse_too_deep
from tinygrad_edu.kit.pytree import flatten, gradient_tree, matched, paths, unflatten

T = Tensor([1.0, 2.0])


def deep():
    """A list within a list, 50,000 times."""
    part = np.ones(2)
    for _ in range(50_000):
        part = [part]
    return part


def deep_dict():
    part = np.ones(2)
    for _ in range(50_000):
        part = {"k": (part,)}
    return part


def itself():
    part = [1.0]
    part.append(part)
    return part


def by_way_of_others():
    part = {"w": 1.0}
    part["others"] = (2.0, [part])
    return part


@dataclasses.dataclass
class Link:
    value: float
    following: object = None


def ring():
    first, second = Link(1.0), Link(2.0)
    first.following, second.following = second, first
    return first


MADE = {
    "deep": (deep, r"one list is within another, and so on, more than 200 deep"),
    "deep dict": (deep_dict, r"one (tuple|dict) is within another"),
    "itself": (itself, r"a list holds itself, at .*\[1\]; make a new list"),
    "by way of others": (by_way_of_others, r"a dict holds itself, at .*\['others'\]\[1\]\[0\]"),
    "a ring": (ring, r"a Link holds itself, at .*\.following\.following"),
}
WALKS = {
    "grad": (r"grad of <lambda>: ", lambda p: grad(lambda p: 1.0)(p)),
    "the second argument": ("grad", lambda p: grad(lambda x, p: x, argnums=1)(1.0, p)),
    "value_and_grad": ("grad of <lambda>: ", lambda p: value_and_grad(lambda p: 1.0)(p)),
    "vjp": ("vjp of <lambda>: ", lambda p: vjp(lambda p: 1.0, p)),
    "jvp": ("jvp of <lambda>: ", lambda p: jvp(lambda p: 1.0, (p,), (p,))),
    "jacobian": ("jacobian of <lambda>: ", lambda p: jacobian(lambda x: p)(1.0)),
    "hessian": ("hessian of <lambda>: ", lambda p: hessian(lambda p: 1.0)(p)),
    "hvp": ("hvp of <lambda>: ", lambda p: hvp(lambda p: 1.0)(p, p)),
    "a result": ("vjp of <lambda>: ", lambda p: vjp(lambda x: p, 1.0)),
    "within debug": ("grad of <lambda>: ", lambda p: debug()(grad(lambda p: 1.0))(p)),
    "compile": (r"compile\(<lambda>\): ", lambda p: te.compile(lambda p: 1.0)(p)),
    "what is compiled": (r"compile\(<lambda>\): ", lambda p: te.compile(lambda x: p)(1.0)),
    "source": ("source of <lambda>: ", lambda p: source(lambda p: 1.0, p)),
    "what is printed": ("source", lambda p: source(lambda x: p, 1.0, gradients=False)),
    "flatten": ("", flatten),
    "paths": ("", paths),
    "matched": ("x: ", lambda p: matched(p, p, "x")),
}


@pytest.mark.parametrize(("make", "message"), MADE.values(), ids=MADE)
@pytest.mark.parametrize(("name", "walk"), WALKS.values(), ids=WALKS)
def test_what_cannot_be_walked_through_is_refused(make, message, name, walk):
    with pytest.raises(ValueError, match=name + ".*" + message):
        walk(make())


NUMPY = {
    "allclose": (r"np\.allclose", lambda p: np.allclose(T, p)),
    "isclose": (r"np\.isclose", lambda p: np.isclose(p, T)),
    "argmax": (r"np\.argmax", lambda p: np.argmax(T, axis=p)),
    "array_equal": (r"np\.array_equal", lambda p: np.array_equal(T, a2=p)),
    "select": (r"np\.select", lambda p: np.select([np.array([True, False])], [T], p)),
    "searchsorted": (r"np\.searchsorted", lambda p: np.searchsorted(T, p)),
}


@pytest.mark.parametrize(("name", "call"), NUMPY.values(), ids=NUMPY)
@pytest.mark.parametrize(("make", "message"), [MADE["deep"], MADE["itself"]])
def test_arguments_of_functions_of_tensors(name, call, make, message):
    with pytest.raises(ValueError, match=f"{name}: {message}"):
        call(make())


@pytest.mark.parametrize("make", [deep, itself])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("Tensor", Tensor),
        (r"np\.concatenate", lambda p: np.concatenate([T, p])),
        (r"np\.stack", lambda p: np.stack([T, p])),
        (r"np\.add", lambda p: np.add(T, p)),
        (r"np\.multiply", lambda p: p * T),
        (r"np\.where", lambda p: np.where([True, False], p, T)),
        (r"np\.einsum", lambda p: np.einsum("i,i", T, p)),
        ("Tensor", lambda p: (T * 1).backward(p)),
        (r"np\.sum", lambda p: np.sum(T, axis=p)),
        ("SGD: a parameter is a leaf Tensor, not", lambda p: optim.SGD([p], 0.1)),
        ("setting an array element", lambda p: nn.mean_squared_error(T, p)),
    ],
)
def test_what_is_no_array_is_told_by_the_function_that_wants_one(make, name, call):
    for run in (call, debug()(call)):
        with pytest.raises((ValueError, TypeError), match=name):
            run(make())


@pytest.mark.parametrize("make", [deep, itself])
def test_what_nobody_walks_through_is_handed_on(make):
    given = make()
    seen = []

    def f(x, other):
        seen.append(other)
        return x * x

    assert grad(f)(3.0, given) == 6.0
    assert debug()(grad(f))(3.0, given) == 6.0
    assert all(other is given for other in seen)


def test_what_can_be_walked_through_is():
    part = 2.0
    for _ in range(250):
        part = [part]

    def innermost(p):
        while isinstance(p, list):
            (p,) = p
        return p * p

    assert innermost(grad(innermost)(part)) == 16.0
    shared = [1.0, 2.0]
    assert flatten([shared, shared, {"again": shared}]) == [1.0, 2.0] * 3
    refuse_too_deep("x", shared, [shared, [shared]], deep()[0][0][0][0] and shared, 3.0)


@pytest.mark.parametrize(("make", "message"), [MADE["deep"], MADE["itself"]])
def test_the_arguments_of_a_call(make, message):
    for walk in (lambda p: list(found_in(p, int)), lambda p: mapped(p, int, abs)):
        with pytest.raises(ValueError, match=message):
            walk((1, make()))
    for build in (unflatten, gradient_tree):
        with pytest.raises(ValueError, match=message):
            build(make(), iter(lambda: 1.0, None))


def test_another_recursion_is_let_through():
    def f(x):
        return f(x)

    with pytest.raises(RecursionError):
        grad(f)(1.0)
    with pytest.raises(RecursionError):
        np.apply_along_axis(f, 0, T)
