"""Functions that move elements, with every keyword that they take, are printed as what they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_source import assert_same, compiled
from tinygrad_edu import Tensor, compile, explain, grad, hvp, jvp, source, value_and_grad
from tinygrad_edu.engine.rule import title
from tinygrad_edu.notation import terms

windows = np.lib.stride_tricks.sliding_window_view
SHAPES = [(2, 3), (3, 2), (4,), (2, 3, 2), (1, 3), (2, 2), (3, 1, 2)]
few = settings(max_examples=max(30, settings.default.max_examples // 3))
fewer = settings(max_examples=max(15, settings.default.max_examples // 6))


def some(low, high):
    return st.integers(low, high)


@st.composite
def factors(draw, size):
    """A shape of so many elements."""
    found = []
    while size > 1:
        found.append(draw(st.sampled_from([n for n in range(2, size + 1) if size % n == 0])))
        size //= found[-1]
    return tuple(draw(st.permutations([*found, 1])) if draw(st.booleans()) else found)


def _axis(x):
    return some(-x.ndim, x.ndim - 1)


def _pair(x):
    return st.permutations(range(x.ndim)).map(lambda axes: tuple(axes[:2]))


ORDER, COUNT = st.sampled_from("CF"), some(1, 2)
# The parameters of each function by name, in order, as drawn for an array.
MOVEMENTS = {
    np.reshape: lambda x: {"shape": factors(x.size), "order": ORDER, "copy": st.just(True)},
    np.ravel: lambda x: {"order": ORDER},
    np.transpose: lambda x: {"axes": st.permutations(range(x.ndim)).map(tuple)},
    np.moveaxis: lambda x: {"source": _axis(x), "destination": _axis(x)},
    np.rollaxis: lambda x: {"axis": _axis(x), "start": some(0, x.ndim)},
    np.swapaxes: lambda x: {"axis1": _axis(x), "axis2": _axis(x)},
    np.expand_dims: lambda x: {"axis": st.one_of(_axis(x), st.just((0, -1)))},
    np.squeeze: lambda x: {"axis": st.none()},
    np.flip: lambda x: {"axis": st.one_of(st.none(), _axis(x))},
    np.rot90: lambda x: {"k": some(-3, 3), "axes": _pair(x)},
    np.roll: lambda x: {"shift": some(-4, 4), "axis": st.one_of(st.none(), _axis(x))},
    np.broadcast_to: lambda x: {"shape": COUNT.map(lambda n: (n, *x.shape))},
    np.tile: lambda x: {"reps": st.one_of(COUNT, st.tuples(COUNT, COUNT, COUNT))},
    np.repeat: lambda x: {"repeats": COUNT, "axis": st.one_of(st.none(), _axis(x))},
    np.resize: lambda x: {"new_shape": st.tuples(some(1, 3), some(1, 3))},
    np.take: lambda x: {
        "indices": st.lists(some(-9, 9), min_size=1, max_size=3), "axis": _axis(x),
        "out": st.none(), "mode": st.sampled_from(["wrap", "clip"]),
    },
    np.diagonal: lambda x: {"offset": some(-1, 1), "axis1": _axis(x), "axis2": _axis(x)},
    np.trace: lambda x: {"offset": some(-1, 1), "axis1": _axis(x), "axis2": _axis(x)},
    np.tril: lambda x: {"k": some(-2, 2)},
    np.triu: lambda x: {"k": some(-2, 2)},
    np.diagflat: lambda x: {"k": some(-1, 1)},
    np.pad: lambda x: {"pad_width": COUNT, "mode": st.sampled_from(["edge", "wrap", "symmetric"])},
    np.delete: lambda x: {"obj": st.just(0), "axis": _axis(x)},
    np.sort: lambda x: {"axis": st.one_of(st.none(), _axis(x))},
    np.diff: lambda x: {"n": st.just(1), "axis": _axis(x)},
    np.cumsum: lambda x: {"axis": st.one_of(st.none(), _axis(x))},
    np.sum: lambda x: {"axis": st.one_of(st.none(), _axis(x))},
    windows: lambda x: {"window_shape": st.just((1,)), "axis": _axis(x).map(lambda k: (k,))},
}  # fmt: skip
METHODS = ["reshape", "ravel", "flatten", "transpose", "swapaxes", "take", "repeat", "diagonal"]


@st.composite
def steps(draw, x):
    """A call of a function or a method, some parameters by place and the others by name."""
    function = draw(st.sampled_from(list(MOVEMENTS)))
    named = {name: draw(each) for name, each in MOVEMENTS[function](x).items()}
    count = draw(some(0, len(named)))
    args, kwargs = list(named.values())[:count], dict(list(named.items())[count:])
    name = function.__name__
    if name in METHODS and draw(st.booleans()):
        args = list(named.values())[: 1 if name == "reshape" else None]
        kwargs = {"order": named["order"]} if name == "reshape" else {}
        name = draw(st.sampled_from(["ravel", "flatten"])) if name == "ravel" else name
        return f"x.{name}", args, kwargs
    return function, args, kwargs


def moved(step, x):
    function, args, kwargs = step
    if isinstance(function, str):
        return getattr(x, function.removeprefix("x."))(*args, **kwargs)
    return function(x, *args, **kwargs)


@st.composite
def programs(draw):
    """A function of one array that moves its elements in a few steps, and the array."""
    shape = draw(st.sampled_from(SHAPES))
    start = np.random.default_rng(draw(some(0, 9))).uniform(0.3, 1.7, shape)
    course, values = [], [start]
    for _ in range(draw(some(1, 3))):
        try:
            step = draw(steps(values[-1]))
            value = np.asarray(moved(step, values[-1]))
        except (ValueError, IndexError, TypeError):  # the same axis twice
            continue
        if 0 < value.size <= 60 and value.ndim <= 4:
            course.append(step)
            values.append(value)
    weights = [np.arange(1.0, 1 + value.size).reshape(value.shape) for value in values[-2:]]

    def f(x):
        found = [x]
        for step in course:
            found.append(moved(step, found[-1]))
        each = zip(weights, found[-2:], strict=True)
        return sum(np.sum(weight * np.sin(value)) for weight, value in each)

    f.__doc__ = repr([(s if isinstance(s, str) else title(s), a, k) for s, a, k in course])
    return f, start


@few
@given(program=programs())
def test_what_is_printed_moves_every_element_where_it_belongs(program):
    f, x = program
    expected = value_and_grad(f)(x)
    assert_same(compiled(text := source(f, x))(x, **text.constants), expected)
    assert_same(compile(value_and_grad(f))(x), expected)
    plain = source(f, x, gradients=False)
    np.testing.assert_allclose(compiled(plain)(x, **plain.constants), f(x))


@fewer
@given(program=programs())
def test_so_do_second_derivatives(program):
    f, x = program
    v = np.cos(x)
    expected = hvp(f)(x, v)

    def along(x, v):
        return jvp(grad(f), (x,), (v,))[1]

    for again in (hvp(f), along):
        text = source(again, x, v, gradients=False)
        np.testing.assert_allclose(compiled(text)(x, v, **text.constants), expected, rtol=1e-9)
        np.testing.assert_allclose(compile(again)(x, v), expected, rtol=1e-9)


@few
@given(program=programs())
def test_an_explanation_is_computed_from_what_is_written(program):
    """Where a formula does not give the gradient, the rule is named instead."""
    f, start = program
    x = Tensor(start, name="x")
    explanation = explain(f(x), x)
    assert explanation.agrees
    assert all(each.formula for each in explanation.terms)
    np.testing.assert_allclose(explanation.gradient, grad(f)(start))


# ---- what was wrong ------------------------------------------------------------------------------
C = np.arange(6.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(C * np.ravel(x, order="F") ** 2),
        lambda x: np.sum(C * x.flatten("F") ** 2),
        lambda x: np.sum(C * x.T.ravel("F") ** 2 + C * x.ravel() ** 2),
        lambda x: np.sum(C * np.reshape(x, (3, 2), "F").reshape(6) ** 2),
        lambda x: np.sum(C * np.reshape(np.reshape(x, (3, 2)), 6, order="F") ** 2),
        lambda x: np.sum(C * x.reshape(3, 2, order="F").reshape((6,), order="F") ** 2),
        lambda x: np.sum(C * np.sort(x, axis=None) ** 2),
        lambda x: np.sum(C[:, None] * np.concatenate([x, x], axis=None).reshape(6, 2, order="F")),
        lambda x: np.sum(C[:2] * np.sum(x**2, axis=1, where=C[:3] > 0, initial=2.0)),
        lambda x: np.sum(C[:2] * np.max(x**2, axis=1, where=C[:3] > 0, initial=2.0)),
    ],
)
def test_no_keyword_is_lost(f):
    start = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
    expected = value_and_grad(f)(start)
    assert_same(compiled(text := source(f, start))(start, **text.constants), expected)
    assert_same(compile(value_and_grad(f))(start), expected)
    x = Tensor(start, name="x")
    explanation = explain(f(x), x)
    assert explanation.agrees
    assert explanation.formula


def test_an_order_is_written():
    start = np.ones((2, 3))
    text = source(lambda x: np.sum(C * np.ravel(x, order="F") ** 2), start)
    assert '.reshape(2, 3, order="F")' in text
    x = Tensor(start, name="x")
    formula = explain(np.sum(C * np.ravel(x, order="F") ** 2), x).formula
    assert formula == "reshape(2c₁ · ravel(x, order F), 2×3, order F)"


@pytest.mark.parametrize(
    ("f", "keyword"),
    [
        (lambda x: np.sum(C * np.ravel(x, order="F") ** 2), "order"),
        (lambda x: np.sum(C * np.sort(x, axis=None) ** 2), "axis"),
        (lambda x: np.sum(C * np.reshape(x.T, 6, order="F") ** 2), "order"),
        (lambda x: np.sum(C[:3] * np.max(x, axis=0) ** 2), "axis"),
        (lambda x: np.sum(C[1:4] * np.roll(x, 1, axis=1) ** 2), "axis"),
    ],
)
def test_a_formula_without_its_keyword_would_not_be_shown(f, keyword, monkeypatch):
    """The check is of what is written: as if the reader lost the keyword."""
    x = Tensor(np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]), name="x")
    whole = terms.call

    def losing(word, parts, *rest):
        kept = [p for p in parts if p.kind != "setting" or p.value[0] != keyword]
        return whole(word, kept, *rest)

    written = explain(f(x), x)
    assert f"{keyword} " in written.formula
    monkeypatch.setattr(terms, "call", losing)
    assert explain(f(x), x).formula is None
    assert f"{keyword} " not in str(explain(f(x), x)).partition("where")[0]


def test_masks_of_one_text_are_two():
    """x[mask] + x[mask] was 2x[mask], whatever the masks."""
    start = np.array([1.0, 2.0, 3.0])
    x = Tensor(start, name="x")
    one, other = np.array([True, False, True]), np.array([True, True, False])
    explanation = explain(np.sum(x[one] ** 2) + np.sum(x[other] ** 2), x)
    np.testing.assert_allclose(explanation.gradient, [4.0, 4.0, 6.0])
    assert explanation.formula == "scatter(2x[mask], [mask]) + scatter(2x[mask], [mask])"


# ---- forward over reverse, of what indexes -------------------------------------------------------
MASK = np.array([True, False, True, True])
INDEXING = [
    lambda x: x[0] ** 3,
    lambda x: np.sum(x[1:] ** 3),
    lambda x: np.sum(x[[0, 1, 1]] ** 3),
    lambda x: np.sum(x[MASK] ** 3) + x[-1] ** 2,
    lambda x: np.sum(np.take(x, [0, 3, 3]) ** 3),
    lambda x: np.sum(np.take_along_axis(x, np.array([2, 0]), axis=0) ** 3),
    lambda x: np.sum(x[None, ::-2] ** 3 * x[..., 1]),
    lambda x: np.sum(np.where(x > 1, x, x[0]) ** 3),
    lambda x: np.sum(np.diff(x) ** 3) + np.sum(np.split(x, 2)[1] ** 3),
    lambda x: sum(each**3 for each in x),
]


@pytest.mark.parametrize("f", INDEXING)
def test_derivatives_of_derivatives_of_what_indexes(f):
    x, v = np.array([0.5, 1.5, -2.0, 1.0]), np.array([1.0, -1.0, 0.5, 2.0])
    expected = hvp(f)(x, v)

    def along(x, v):
        return jvp(grad(f), (x,), (v,))[1]

    def inner(x, v):
        return grad(lambda y: np.sum(grad(f)(y) * v))(x)

    for again in (hvp(f), along, inner):
        text = source(again, x, v, gradients=False)
        np.testing.assert_allclose(compiled(text)(x, v, **text.constants), expected, atol=1e-12)
        np.testing.assert_allclose(compile(again)(x, v), expected, atol=1e-12)
