"""Within debug(), a transform asks whether its function is the same one on plain arrays."""

import functools
import itertools
import operator
import types

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Tensor, debug, grad, hessian, hvp, jacobian, jvp, nn, value_and_grad, vjp

X = np.array([1.0, 2.0, 6.0])
M = np.array([[1.0, 2.0], [3.0, 5.0]])

# ---- functions that are not the same -------------------------------------------------------------


def center(v):
    v -= v.mean()


def centered(x):
    center(x)
    return np.sum(x**2)


def view(x):
    b = x[:2]
    b += 1
    return np.sum(x**2)


def loop(x):
    for r in x:
        r += 1
    return np.sum(x**2)


def rows_of_a_list(rows):
    for r in rows:
        r *= 2
    return sum(np.sum(r) for r in rows)


def value_of_a_dict(x):
    settings = {"x": x}
    settings["x"] -= 1
    return np.sum(x) * np.sum(settings["x"])


def attribute(x):
    holder = types.SimpleNamespace(x=x)
    holder.x **= 2
    return np.sum(x)


def default_argument(x, y=None):
    y = x if y is None else y
    y /= 4
    return np.sum(x * y)


def intermediate(x):
    y = x + 1
    z = y
    z += 1
    return np.sum(y * z)


def transposed(x):
    t = x.T
    t *= np.array([1.0, 2.0])
    return np.sum(x)


def reshaped(x):
    flat = x.reshape(-1)
    flat @= np.eye(flat.size) * 2
    return np.sum(x)


def one_row(x):
    first = x[0]
    first -= 1
    return np.sum(x) * np.sum(first)


def both(x, y):
    y += 1
    return np.sum(x * y)


def diagonal(x):
    d = np.einsum("ii->i", x)
    d += 10
    return np.sum(x)


def by_a_function(x):
    operator.iadd(x, 1.0)
    return np.sum(x)


AUGMENTED = {
    "a function": (centered, (X,), "v -= v.mean()"),
    "a view": (view, (X,), "b += 1"),
    "a loop": (loop, (M,), "r += 1"),
    "a list": (rows_of_a_list, ([X, X + 1],), "r *= 2"),
    "a dict": (value_of_a_dict, (X,), 'settings["x"] -= 1'),
    "an attribute": (attribute, (X,), "holder.x **= 2"),
    "a default": (default_argument, (X,), "y /= 4"),
    "an intermediate": (intermediate, (X,), "z += 1"),
    "a transpose": (transposed, (M,), "t *= np.array([1.0, 2.0])"),
    "a row": (one_row, (M,), "first -= 1"),
    "one array twice": (both, (X, X), "y += 1"),
    "a diagonal": (diagonal, (M,), "d += 10"),
}


@pytest.mark.parametrize(("f", "args", "line"), AUGMENTED.values(), ids=AUGMENTED)
def test_an_augmented_assignment_is_found(f, args, line):
    before = [np.copy(arg) for arg in args]
    argnums = tuple(range(len(args)))
    with pytest.raises(RuntimeError, match=rf"grad of {f.__name__}: its result is") as caught:
        debug()(grad(f, argnums))(*args)
    said = str(caught.value)
    ours = f(*[[Tensor(a) for a in arg] if type(arg) is list else Tensor(arg) for arg in args])
    copies = [list(map(np.copy, arg)) if type(arg) is list else np.copy(arg) for arg in args]
    theirs = f(*(copies if f is not both else [copies[0]] * 2))
    assert f"result is {ours.data} on Tensors" in said
    assert f"{theirs} on plain arrays" in said
    assert f"    {line}" in said
    assert 'File "' in said
    assert "cause: an augmented assignment" in said
    assert "way out: write a = a + ..." in said
    for arg, copy in zip(args, before, strict=True):
        np.testing.assert_array_equal(arg, copy)
    grad(f, argnums)(*args)  # outside of debug() nobody asks


@functools.singledispatch
def dispatched(x):
    return np.sum(3 * x)


@dispatched.register
def _(x: np.ndarray):
    return np.sum(2 * x)


def matched(x):
    match x:
        case np.ndarray():
            return np.sum(2 * x)
        case _:
            return np.sum(3 * x)


TYPES = {
    "isinstance": (lambda x: np.sum(x * 2) if isinstance(x, np.ndarray) else np.sum(x * 3), X),
    "type": (lambda x: x * 2 if type(x) is float else x * 3, 1.5),
    "numpy's type": (lambda x: x * 2 if type(x) is np.float64 else x * 3, np.float64(1.5)),
    "singledispatch": (dispatched, X),
    "match": (matched, X),
    "hasattr": (lambda x: np.sum(x * 2 if hasattr(x, "tobytes") else x * 3), X),
    "a Tensor": (lambda x: np.sum(x * 3 if isinstance(x, Tensor) else x * 2), X),
}


@pytest.mark.parametrize(("f", "x"), TYPES.values(), ids=TYPES)
def test_a_question_of_type_is_found(f, x):
    x = np.copy(x)[()] if type(x) is np.float64 else x
    with pytest.raises(RuntimeError, match=r"is .* on Tensors, .* on plain arrays") as caught:
        debug()(value_and_grad(f))(x)
    ours, theirs = (float(np.sum(k * x)) for k in (3, 2))
    assert f"its result is {ours} on Tensors" in str(caught.value)
    assert f"and {theirs} on plain arrays" in str(caught.value)
    assert "cause: most likely it asks for a type" in str(caught.value)


def test_what_is_done_by_a_function_is_seen_in_the_argument():
    with pytest.raises(RuntimeError, match="changes its argument 0 in place"):
        debug()(grad(by_a_function))(X)


TRANSFORMS = {
    "grad": lambda f: grad(f)(X),
    "value_and_grad": lambda f: value_and_grad(f)(X),
    "vjp": lambda f: vjp(f, X),
    "jvp": lambda f: jvp(f, (X,), (X,)),
    "jacobian": lambda f: jacobian(f)(X),
    "hessian": lambda f: hessian(f)(X),
    "hvp": lambda f: hvp(f)(X, X),
    "grad of grad": lambda f: grad(lambda x: np.sum(grad(f)(x) * x))(X),
    "nested in a loss": lambda f: grad(lambda w: np.sum(w * grad(f)(X)))(X),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
@pytest.mark.parametrize("f", [centered, view, TYPES["isinstance"][0]])
def test_every_transform_asks(transform, f):
    with debug(), pytest.raises(RuntimeError, match=f"of {f.__name__}: .* on plain arrays"):
        transform(f)
    with debug():
        transform(lambda x: np.sum(np.tanh(x) ** 2))


def test_the_first_index_that_differs_is_named():
    def f(x):
        tail = x[1:]
        tail += 1
        return {"y": x * 2, "n": 3}

    expected = r"vjp of f: its result\['y'\] at \[1\] is 4\.0 on Tensors, .*, and 6\.0 on plain"
    with debug(), pytest.raises(RuntimeError, match=expected):
        vjp(f, X)

    def shapes(x):
        return x[:2] if isinstance(x, Tensor) else x

    expected = r"is of shape \(2,\) on Tensors, .* and of shape \(3,\) on plain arrays"
    with debug(), pytest.raises(RuntimeError, match=expected):
        jacobian(shapes)(X)

    def structures(x):
        return [x] if isinstance(x, Tensor) else [x, x]

    with debug(), pytest.raises(RuntimeError, match=r"is 1 arrays on Tensors, .* and 2 arrays on"):
        jvp(structures, (X,), (X,))


# ---- functions that are --------------------------------------------------------------------------


def own_array(x):
    x = x * 1
    x += 1
    x -= np.mean(x)
    return np.sum(x**2)


def changes_a_copy(x):
    y = x.copy()
    y *= 2
    return np.sum(x * y)


def in_place_but_the_same(x):
    x *= 2
    return np.sum(x)


def needs_a_tensor(x):
    y = np.sum(x**2)
    assert y.op is np.sum
    return y


def tells_nothing_of_nan(x):
    return np.where(np.array([True, False, True]), x, np.nan)


RNG = np.random.default_rng(0)
W = Tensor([1.0, 2.0, 3.0], name="w")
NET = nn.MLP([3, 4, 1], seed=0)
CALLS = []
COUNTER = itertools.count(1)
TOGGLE = itertools.cycle([1.0, 2.0])


def first_call_only(x):
    CALLS.append(x)
    return np.sum(x) * (1 if len(CALLS) == 1 else 2)


SAME = {
    "an array of its own": own_array,
    "a copy": changes_a_copy,
    "in place": in_place_but_the_same,
    "Tensors only": needs_a_tensor,
    "t.data": lambda x: np.sum(x * x.data.max()) if x.data.max() > 1 else np.sum(x),
    "random": lambda x: np.sum(x * RNG.normal(size=3)),
    "NumPy's random numbers": lambda x: np.sum(x) * np.random.random(),  # noqa: NPY002
    "a counter": lambda x: np.sum(x) * next(COUNTER),
    "by turns": lambda x: np.sum(x) * next(TOGGLE),
    "the first time": first_call_only,
    "a Tensor of outside": lambda x: np.sum(W * x),
    "a network": lambda x: np.sum(NET(x[None])),
    "a constant": lambda x: 3.0,
    "rounding": lambda x: np.var(x * 1e8 + 1e8) - np.mean((x * 1e8) ** 2) + np.mean(x * 1e8) ** 2,
    "cancellation": lambda x: np.std(x - x + 1e8 * (1 + 1e-16 * x)),
    "norm": lambda x: np.linalg.norm(x - x * (1 + 1e-16)),
    "settings": lambda x: {"x": np.sum(x), "words": "kept", "none": None},
    "argsort": lambda x: x[np.argsort(x)],
}


@pytest.mark.parametrize("f", SAME.values(), ids=SAME)
def test_no_false_alarm(f):
    CALLS.clear()
    with debug():
        vjp(f, X)
    CALLS.clear()
    with debug():
        jvp(f, (X.astype(np.float32),), (np.ones(3, np.float32),))


def test_nan_and_infinity_are_no_difference():
    with debug(infinities=False):
        vjp(lambda x: np.log(x - 1), X)
        vjp(lambda x: np.max(np.where(x > 1, x, -np.inf)), X)
        vjp(lambda x: np.linalg.norm(x * 1e200), X)  # which is inf or scaled
        vjp(lambda x: x - (0.0 if isinstance(x, Tensor) else np.inf), X)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda n: n // 2 * n, (7,)),
        (lambda n: np.sum(n**2), (np.array([2**40, 3]),)),
        (lambda n: n**-1.0, (np.int32(4),)),
        (lambda x, k: np.sum(x) * k, (np.array(2.0), 3)),
        (lambda z: np.real(np.sum(z * np.conj(z))), (np.array([1 + 2j, 3.0]),)),
        (lambda p: p["w"] @ p["x"][0] + p["b"], ({"w": X, "x": [X], "b": 2, "name": "p"},)),
        (lambda x: np.sum(np.float32([1.1, 2.2]) * x) - 3.3 * x, (1.0,)),
        (lambda x: np.sum(x), (np.ones((2, 3), order="F"),)),
    ],
)
def test_arguments_of_all_kinds(f, args):
    with debug():
        grad(f)(*args)
        value_and_grad(f)(*args)


def test_arguments_of_the_caller_are_left_alone():
    def f(x, data, *, more):
        data += 1  # of the caller, as it says
        more["a"] *= 2
        return np.sum(x * data) + np.sum(more["a"])

    x, data, more = X.copy(), np.zeros(3), {"a": np.ones(2)}
    with debug():
        value, gradient = value_and_grad(f)(x, data, more=more)
    assert value == np.sum(X) + 4
    np.testing.assert_array_equal(gradient, 1)
    np.testing.assert_array_equal(data, 1)  # once, and not by the comparison
    np.testing.assert_array_equal(more["a"], 2)
    np.testing.assert_array_equal(x, X)


def test_gradients_are_not_added_twice():
    w = Tensor([1.0, 2.0, 3.0])

    def f(x):
        np.sum(w * x).backward()
        return np.sum(x * x)

    with debug():
        grad(f)(X)
    np.testing.assert_array_equal(w.grad, X)


def test_tensors_as_arguments_are_meant():
    f = TYPES["isinstance"][0]
    with debug():
        assert grad(f)(Tensor(X)).shape == (3,)
        assert len(vjp(lambda x, y: f(x) + f(y), X, Tensor(X))) == 2
        network = nn.TwoLayerNetwork(3, seed=0)
        grad(lambda net: np.sum(net(X[None])))(network)


def test_outside_of_debug_a_function_runs_once():
    calls = []

    def f(x):
        calls.append(type(x))
        return np.sum(x**2)

    grad(f)(X)
    assert len(calls) == 1
    with debug():
        grad(f)(X)
    assert len(calls) == 3
    assert calls[2] is np.ndarray


def test_out_is_refused_wherever_it_is():
    def f(x):
        np.add(x, 1, out=x)
        return np.sum(x)

    def g(x):
        y = np.zeros(3)
        np.multiply(x, 2, out=y)
        return np.sum(y)

    for each in (f, g):
        with pytest.raises(TypeError, match="out"):
            grad(each)(X)


def test_a_note_of_numpy_is_no_verdict():
    def f(x):
        return np.mean(x[:0]) if isinstance(x, np.ndarray) else np.sum(x)

    with debug():  # on arrays it warns and is NaN
        assert te.grad(f)(X).tolist() == [1, 1, 1]
