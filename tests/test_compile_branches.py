"""compile(f) takes the branch that f takes, or refuses, whatever f asks for on the way."""

import contextlib
import copy
import functools
import math
import numbers
import pickle
import threading

import numpy as np
import pytest

from tinygrad_edu import Tensor, compile, custom, hvp, jvp, nn, source, value_and_grad
from tinygrad_edu.kit.pytree import flatten, substituted

X = np.array([3.0, 4.0])
POINTS = [X, np.array([0.5, 0.25]), np.array([-1.0, 2.0]), np.zeros(2), np.array([np.nan, -np.inf])]
NUMBERS = [2.0, 0.5, -1.5, 0.0, float("nan"), float("-inf")]


def plain(result):
    return [np.asarray(t.data if isinstance(t, Tensor) else t) for t in flatten(result)]


def equals(f, points):
    """compile(f) is f at all of the points, whichever it is compiled at."""
    for first in points:
        fast = compile(f)
        for x in (first, *points):
            with np.errstate(all="ignore"):
                for one, other in zip(plain(fast(x)), plain(f(x)), strict=True):
                    np.testing.assert_allclose(one, other, rtol=1e-12)


def refused(f, points=POINTS, match="the value of an operand is asked for"):
    for x in points:
        with pytest.raises(TypeError, match=match) as caught:
            compile(f)(x)
        assert str(caught.value).startswith("compile(")


# ---- errors that are caught ----------------------------------------------------------------------


def by_except(x):
    try:
        n = float(np.linalg.norm(x))
    except Exception:
        n = 0.0
    return x * n


def by_suppress(x):
    n = 0.0
    with contextlib.suppress(TypeError):
        n = float(x[0])
    return x + n


def by_bare_except(x):
    try:
        return x if x[0] > 1 else -x
    except:  # noqa: E722
        return 2 * x


def by_finally(x):
    try:
        return x * x.sum().item()
    finally:
        return x  # noqa: B012, SIM107


def by_a_generator(x):
    def numbers_of():
        for each in x:
            try:
                yield float(each)
            except TypeError:
                yield 7.0

    return x * sum(numbers_of())


class Swallows:
    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return True


def by_a_context_manager(x):
    n = 1.0
    with Swallows():
        n = 2.0 + bool(x[0] > 0)
    return x * n


def in_a_thread(x):
    found = []

    def work():
        try:
            found.append(float(x[0]))
        except TypeError:
            found.append(3.0)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return x * found[0]


def and_then_by_a_call_that_is_one(x):
    """The engine catches what np.linalg.inv refuses, as it has another way, and no more."""
    try:
        n = float(x[0])
    except TypeError:
        n = np.sum(np.linalg.inv(np.outer(x, x) + np.eye(2)))
    return x * n


def and_raised_as_another(x):
    try:
        return x * float(x[0])
    except TypeError:
        raise ValueError("give numbers") from None


SWALLOWING = [
    by_except,
    by_suppress,
    by_bare_except,
    by_finally,
    by_a_generator,
    by_a_context_manager,
    in_a_thread,
    and_then_by_a_call_that_is_one,
    and_raised_as_another,
]


@pytest.mark.parametrize("f", SWALLOWING)
def test_a_refusal_that_is_caught_is_one(f):
    refused(f, POINTS[:2])


@pytest.mark.parametrize("f", SWALLOWING)
def test_also_where_another_function_is_differentiated(f):
    def within(w, x):
        return np.sum(w * f(x))

    for transformed in (value_and_grad(within), compile(value_and_grad(within)).function):
        with pytest.raises(TypeError, match="the value of an operand is asked for"):
            compile(transformed)(2.0, X)


def test_source_remembers_it_too():
    for f in (by_except, by_suppress, by_bare_except):
        with pytest.raises(TypeError, match="asks for the value of something"):
            source(f, X, gradients=False)


def inverted(a):
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(a)


def factored(a):
    with contextlib.suppress(np.linalg.LinAlgError):
        return np.linalg.cholesky(a)
    return a * 0


def divided(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return 0.0


def raised(x):
    try:
        return 2.0 ** (1000 * x)
    except OverflowError:
        return -1.0


@pytest.mark.parametrize(
    ("f", "good", "bad"),
    [
        (inverted, np.eye(2), np.ones((2, 2))),
        (factored, np.eye(2), -np.eye(2)),
        (divided, 2.0, 0.0),
        (raised, 0.5, 5.0),
    ],
)
def test_an_error_on_account_of_values_that_is_caught(f, good, bad):
    """Compiled where there is none, the function is called where there is one; else refused."""
    fast = compile(f)
    for x in (good, bad, good):
        np.testing.assert_array_equal(fast(x), f(x))
    assert fast.fallbacks == 1
    refused(f, [bad], "an error that other values would not raise")


def test_an_error_on_account_of_shapes_may_be_caught():
    def product(a, b):
        try:
            return a @ b
        except ValueError:
            return a @ b.T

    a = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(compile(product)(a, a + 1), product(a, a + 1))
    np.testing.assert_array_equal(compile(inverted)(a), inverted(a))  # not square


# ---- what kind of value it is --------------------------------------------------------------------


def by_match(x):
    match x:
        case np.ndarray(ndim=1):
            return np.abs(x)
        case float():
            return 2 * abs(x)
    return x


@functools.singledispatch
def dispatched(x):
    return x


@dispatched.register
def _(x: np.ndarray):
    return np.abs(x)


@dispatched.register
def _(x: float):
    return 2 * abs(x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: abs(x) if isinstance(x, np.ndarray) else x,
        lambda x: x if isinstance(x, (float, np.generic, Tensor)) else abs(x),
        lambda x: abs(x) if x.__class__ is np.ndarray else x,
        lambda x: abs(x) if np.isscalar(x) else x,
        lambda x: abs(x) if isinstance(x.sum(), np.floating) else x,
        lambda x: abs(x) if hasattr(x, "nbytes") and x.nbytes == 16 else x,
        lambda x: abs(x) if len(x) == 2 and not hasattr(x, "masked") else x,
        lambda x: x.astype(np.float32) if isinstance(x, np.ndarray) else x,
        by_match,
        dispatched,
    ],
)
def test_what_stands_for_an_array_passes_for_one(f):
    equals(f, POINTS)
    for transform in (
        value_and_grad(lambda x: np.sum(f(x))),
        lambda x: jvp(f, (x,), (np.ones_like(x),)),
        hvp_along_ones(lambda x: np.sum(f(x) ** 2)),
    ):
        equals(transform, POINTS[:3])  # where it is a Tensor, as in eager mode


def hvp_along_ones(f):
    return lambda x: hvp(f)(x, np.ones_like(x))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: abs(x) if isinstance(x, float) else x,
        lambda x: abs(x) if isinstance(x, numbers.Real) else x,
        lambda x: x if isinstance(x, np.ndarray) else abs(x),
        lambda x: abs(x) if np.isscalar(x) else x,
        by_match,
        dispatched,
    ],
)
@pytest.mark.parametrize("kind", [float, np.float64])
def test_what_stands_for_a_number_passes_for_one(f, kind):
    equals(f, [kind(x) for x in NUMBERS])
    equals(value_and_grad(f), [kind(x) for x in NUMBERS[:3]])


def test_who_asks_for_the_kind_and_then_for_the_value_is_refused():
    for f in (
        lambda x: x * 2 if isinstance(x, np.ndarray) and x.max() > 1 else x * 3,
        lambda x: x * 2 if hasattr(x, "max") and x.max() > 1 else x * 3,
        lambda x: x * 2 if dispatched(x).all() else x,
        lambda x: x * 2 if not isinstance(x, np.ndarray) else x * int(x[0]),
    ):
        refused(f, POINTS[:4])
    refused(lambda x: x if hasattr(x, "tobytes") else -x, match="its attribute tobytes")
    refused(lambda x: x if x.strides == (8,) else -x, match="its attribute strides")
    for f in (
        lambda x: x * (2 if x.base is None else 3),
        lambda x: x if x[:1].base is x else -x,
        lambda x: x if hasattr(x, "base") else -x,
        lambda x: np.sin(x) if np.exp(x).base is None else x,
    ):
        refused(f, match="its attribute base")
    refused(lambda x: x if x.is_integer() else -x, NUMBERS, match="its attribute is_integer")
    for f in (round, math.floor, lambda x: math.trunc(x) * x, lambda x: 1.0 * (2 in [x, x])):
        refused(f, NUMBERS[:2])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: abs(x) if type(x) is np.ndarray else x,
        lambda x: abs(x) if type(x) == np.ndarray else x,  # noqa: E721
        lambda x: abs(x) if type(x) in (list, np.ndarray) else x,
        lambda x: abs(x) if type(x).__name__ == "ndarray" else x,
        lambda x: abs(x) if issubclass(type(x), np.ndarray) else x,
        lambda x: [abs(y) if type(y) is np.ndarray else y for y in [x]],
        lambda x: np.sum(abs(x)) if type(x.sum()) is np.float64 else np.sum(x),
        lambda x: abs(x) if repr(x).startswith("array") else x,
        lambda x: abs(x) if id(x) == id(X) else x,
        lambda x: abs(x) if x is X else x,
        lambda x: (x, x) if type(x) is np.ndarray else x,
    ],
)
def test_a_type_that_is_asked_for_shows_in_the_course(f):
    """Which is compared instruction by instruction: at X itself, abs(x) is x."""
    refused(f, [X], "on arrays .* goes another way")


def test_so_it_does_for_numbers_and_within_modules():
    refused(lambda x: abs(x) if type(x) is float else x, [2.0], "goes another way")
    refused(lambda x: abs(x) if hasattr(x, "shape") else x, [2.0], "goes another way")
    refused(lambda x: abs(x) if hasattr(x, "__len__") else x, [np.float64(2)], "goes another way")

    class Scaled(nn.Module):
        def __init__(self):
            self.weights = Tensor(np.ones(2))

        def feedforward(self, x):
            return self.weights * (abs(x) if type(x) is np.ndarray else x)

    network = Scaled()
    refused(lambda x: network(x), [X], "feedforward .* goes another way")


def test_a_course_may_lead_through_others():
    """What the user's code is called by, and how often, is no matter."""
    equals(lambda x: functools.reduce(lambda a, b: a * b, [x, x, x]), POINTS)
    equals(lambda x: sum(v * v for v in x) * x, POINTS[:4])
    equals(lambda x: max([1, 3], key=lambda n: -n) * x, POINTS)
    f = lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda v: -v, lambda v: 2 * v])
    equals(f, POINTS)


def test_a_value_that_is_taken_out_shows_nearby():
    """No instruction tells these apart at the arguments themselves."""
    by_type = {np.ndarray: np.square, float: np.square}
    constant = {np.ndarray: np.ones_like, float: np.ones_like}
    for f in (
        lambda x: by_type.get(type(x), np.positive)(x),
        lambda x: [by_type.get(type(y), np.positive)(y) for y in [x * 1]],
        lambda x: constant.get(type(x), np.positive)(x),
    ):
        for x in (np.ones(2), np.ones(2, np.float32), 1.0):
            if type(x) is float or f(x) is not None:
                refused(f, [x], "another result than on the stand-ins")
    network = nn.Linear(2, 2, seed=0) if hasattr(nn, "Linear") else nn.MLP((2, 2), seed=0)
    for parameter in network.parameters():
        parameter.data = np.ones(parameter.shape)
    known = {np.ndarray: np.square}
    f = lambda n: np.sum(known.get(type(n.parameters()[0].data), np.positive)(n.parameters()[0]))
    with pytest.raises(TypeError, match="another result than on the stand-ins"):
        compile(f)(network)
    equals(lambda x: np.floor(x) * np.sign(x) + np.argmax(x), POINTS[:4])  # steps, and ties
    equals(lambda x: x[np.argsort(x)] / np.max(x), POINTS[:3])
    fast = compile(lambda a: np.linalg.cholesky(a))  # which are no arguments for it
    np.testing.assert_array_equal(fast(np.eye(2)), np.eye(2))


def test_what_is_zero_but_for_rounding_is_no_other_result():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(64, 5)), rng.normal(size=(5, 8)), rng.normal(size=8)

    def loss(w, b):
        h = x @ w + b
        return np.sum(np.tanh((h - np.mean(h, axis=0)) / np.std(h, axis=0)) ** 2)

    step = value_and_grad(loss, (0, 1))
    fast = compile(step)
    for one, other in zip(plain(fast(w, b)), plain(step(w, b)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-13)
    refused(lambda b: abs(b) * 1e-20 if type(b) is np.ndarray else b * 0, [b], "goes another way")
    by_type = {np.ndarray: np.square}
    refused(
        lambda b: 1e-20 * by_type.get(type(b), np.positive)(b),
        [np.ones(3), 1 + b**2],
        "another result than on the stand-ins",
    )


def test_how_often_the_function_is_called(capsys):
    def f(x):
        print("f", end="")
        return x * 2

    fast = compile(f)
    for _ in range(3):
        fast(X)
    assert capsys.readouterr().out == 4 * "f"
    compile(lambda n, x: print("g", end="") or x * n)(2, np.arange(2))
    assert capsys.readouterr().out == 3 * "g"  # there is nothing to be moved


# ---- which are the same object -------------------------------------------------------------------


def agree(f, *calls):
    fast = compile(f)
    for args in (*calls, *calls, *reversed(calls)):
        for one, other in zip(plain(fast(*args)), plain(f(*args)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
    assert fast.fallbacks == 0
    return fast


def test_which_arguments_are_the_same_object():
    f = lambda x, y: 2 * x if x is y else x + 3 * y
    for x, y in ((X, X.copy()), (0.7, float("0.7")), (np.float64(2), np.float64(2))):
        fast = agree(f, (x, y), (x, x), (y, x), (y, y))
        assert len(fast._programs) == 2
    agree(
        lambda x, y, z: x * (y is z) + y * (x is z), (X, X, X + 1), (X, X + 1, X), (X, X + 1, X + 2)
    )
    many = [X + k for k in range(9)]
    agree(
        lambda *all: np.add(*all[:2]) * sum(each is all[0] for each in all),
        many,
        [*many[:8], many[0]],
        [*many[:7], many[1], many[1]],
    )
    assert np.all(compile(lambda x, y: x - y)(X, X) == 0)


def test_which_parts_of_arguments_are_the_same_object():
    f = lambda p, q: 2 * p[0] if p is q else p[0] + 3 * q[0]
    pair = [X]
    agree(f, (pair, [X]), (pair, pair), ([X + 1], [X]))
    agree(
        lambda p: p["a"] * 2 if p["a"] is p["b"] else p["b"],
        ({"a": X, "b": X},),
        ({"a": X, "b": X + 1},),
    )
    one, other = nn.MLP((2, 3, 1), seed=0), nn.MLP((2, 3, 1), seed=1)
    agree(
        lambda m, n: np.sum(2 * m(X) if m is n else m(X) + 3 * n(X)),
        (one, other), (one, one), (other, one),
    )  # fmt: skip


def test_the_same_object_is_differentiated_in_each_place():
    f = lambda x, y: np.sum(x**2 * y) if x is not y else np.sum(x)
    agree(value_and_grad(f, (0, 1)), (X, X), (X, X + 1))
    agree(lambda x, v: jvp(f, (x, x), (v, 2 * v)), (X, X), (X, X + 1))


def test_tying_a_weight_is_another_program():
    class Two(nn.Module):
        def __init__(self):
            self.a, self.b = Tensor(np.ones(2)), Tensor(np.ones(2))

        def feedforward(self, x):
            return np.sum(self.a * x + self.b * x**2)

    network = Two()
    step = value_and_grad(lambda n: n(X))
    fast = compile(step)
    own = network.b
    for b in (own, own, network.a, network.a, own):
        network.b = b
        found, expected = fast(network), step(network)
        assert found[1].keys() == expected[1].keys()
        for name, gradient in found[1].items():
            np.testing.assert_allclose(gradient, plain(expected[1][name])[0])


def test_substituting_keeps_what_is_one_object():
    layer, x = {"w": X}, X
    made = substituted([layer, layer, {"w": x}, (x, 3)], {id(X): 1.0, id(3): 3})
    assert made[0] is made[1]
    assert made[0] is not made[2]
    assert made == [{"w": 1.0}, {"w": 1.0}, {"w": 1.0}, (1.0, 3)]


# ---- copies, keys, and classes of their own ------------------------------------------------------


def copied_in_place(x):
    y = x.copy()
    y += 1
    return y * x


@pytest.mark.parametrize(
    "f",
    [
        lambda x: copy.deepcopy(x) * x,
        lambda x: copy.deepcopy({"layers": [x, (x, 2)]})["layers"][1][0] * x,
        lambda x: copy.copy(x) * 3,
        lambda x: np.copy(x) * x.copy(),
        lambda x: 2 * x if copy.copy(x) is x or x.copy() is x else x,
        copied_in_place,
    ],
)
def test_copies(f):
    equals(f, POINTS)
    if f is not copied_in_place:
        equals(value_and_grad(lambda x: np.sum(f(x))), POINTS[:3])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: {x: 2.0}[x] * x,
        lambda x: len({x, 1.0}) * x,
        functools.cache(lambda x: x * x),
        lambda x: x * hash(x),
        lambda x: pickle.loads(pickle.dumps(x)) * 2,
    ],
)
def test_a_number_that_is_a_key_is_refused(f):
    refused(f, NUMBERS[:2])


class Settings:
    def __init__(self, **known):
        self.__dict__["known"] = known

    def __getattr__(self, name):
        return self.__dict__["known"][name]  # a KeyError, not an AttributeError


class Scaling(Settings):
    def __call__(self, x):
        return x * self.rate


def test_a_class_whose_getattr_raises_a_key_error():
    settings = Settings(rate=2.0)
    for f in (
        lambda x: x * settings.rate,
        lambda x: Scaling(rate=2.0)(x),
        lambda x, given=settings: x * given.rate,
        functools.partial(lambda given, x: given.rate * x, settings),
        Scaling(rate=2.0),
    ):
        np.testing.assert_array_equal(compile(f)(X), 2 * X)
    with pytest.raises(TypeError, match="is a Settings, and a program computes with arrays"):
        compile(lambda given, x: given.rate * x)(settings, X)
    fast = compile(lambda x: x * settings.rate)
    fast(X)
    settings.known["rate"] = 3.0
    with pytest.raises(RuntimeError, match="settings has changed"):
        fast(X)

    class Holding(nn.Module):
        def __init__(self):
            self.weights, self.settings = Tensor(np.ones(2)), settings

        def feedforward(self, x):
            return self.weights * x * self.settings.rate

    with pytest.raises(TypeError, match="let __getattr__ raise AttributeError"):
        compile(lambda n: np.sum(n(X)))(Holding())


# ---- operations of one's own ---------------------------------------------------------------------


def steep(g, _out, x):
    try:
        return g * (2.0 if float(np.max(x)) > 1 else 3.0)
    except TypeError:
        return g * 5


@custom(pullback=steep)
def bent(x):
    return np.where(np.max(x) > 1, 2.0, 3.0) * x


def test_a_rule_of_ones_own_that_catches_what_is_refused():
    """The engine has another way there: the rule is one call of the program, on arrays."""
    for f in (
        lambda x: np.sum(bent(x) ** 2),
        lambda x: np.sum(np.sort(bent(np.sort(x))) * x),  # a rule besides that looks at values
        lambda x: np.sum(bent(x) * bent(2 * x)),
    ):
        equals(value_and_grad(f), POINTS[:4])


def test_an_operation_of_ones_own_that_catches_what_is_refused():
    @custom(lambda out, x: 2.0)
    def twice(x):
        try:
            return x * 2 if float(np.max(x)) > -9 else x * 3
        except TypeError:
            return x * 5

    refused(value_and_grad(lambda x: np.sum(twice(x) ** 2)), POINTS[:2])
