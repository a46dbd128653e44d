"""compile(f): the same results as the eager function, its own memory, and loud refusals."""

import functools
import threading
import tracemalloc
import types
from typing import NamedTuple

import numpy as np
import pytest

from tinygrad_edu import (
    Tensor,
    compile,
    debug,
    grad,
    hvp,
    nn,
    no_grad,
    relu,
    sigmoid,
    softmax,
    value_and_grad,
    vjp,
)
from tinygrad_edu.compiling import blocks
from tinygrad_edu.kit.pytree import flatten
from tinygrad_edu.trace.passes import fusion

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(48, 3)), RNG.normal(size=(48, 2))
PARAMETERS = [RNG.normal(size=shape) for shape in [(3, 8), (8,), (8, 2), (2,)]]


def network_loss(w1, b1, w2, b2, x, y):
    return np.sum((sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2) - y) ** 2)


def chain(a, b, c):
    return np.sum(np.tanh(a * b + c) * np.exp(-a))


def plain(result):
    return [np.asarray(t.data if isinstance(t, Tensor) else t) for t in flatten(result)]


def agrees(f, *args, rtol=1e-12, others=()):
    """compile(f) is f, at these arguments and others, and never has to call it."""
    fast = compile(f)
    for each in (args, args, *others):
        found, expected = plain(fast(*each)), plain(f(*each))
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-14)
    assert fast.fallbacks == 0
    return fast


# ---- what is computed ----------------------------------------------------------------------------


def test_the_network_and_its_gradients():
    step = value_and_grad(network_loss, (0, 1, 2, 3))
    fast = agrees(
        step, *PARAMETERS, X, Y, others=[(*PARAMETERS, X[:5], Y[:5]), (*PARAMETERS, X, Y)]
    )
    value, gradients = fast(*PARAMETERS, X, Y)
    assert type(value) is np.float64
    assert type(gradients) is tuple
    assert "dot(" in fast.source
    assert "common subexpressions" in str(fast)


def test_large_arrays_are_done_in_blocks(monkeypatch):
    monkeypatch.setattr(fusion, "SMALLEST", 64)
    a, b, c = RNG.normal(size=(3, 100_003))
    fast = agrees(value_and_grad(chain, (0, 1, 2)), a, b, c, others=[(a * 2, b, c)])
    assert "for i in range(0, 100003" in fast.source
    a = RNG.normal(size=(7, 11))
    agrees(value_and_grad(chain, (0, 1, 2)), a, a.T.copy().T, 2 * a)
    agrees(lambda x: np.where(x > 0, np.sqrt(np.abs(x)), -x) * np.sum(x * x), a)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.exp(x) - np.sum(np.exp(x)),
        lambda x: np.tanh(x - np.mean(x)) * np.sum(np.tanh(x) * 2) + np.sum(x),
        lambda x: x / np.sqrt(np.sum(x * x)) + np.sum(x / np.sqrt(np.sum(x * x))),
        lambda x: (np.exp(x) * x, np.sum(np.exp(x)), np.exp(np.sum(x) / x.size) + x[::-1]),
        grad(lambda x: np.sum(softmax(x * 2) ** 2) + np.sum(np.exp(x))),
    ],
)
def test_a_block_that_needs_a_sum_waits_for_it(f, monkeypatch):
    monkeypatch.setattr(fusion, "SMALLEST", 64)
    monkeypatch.setattr(blocks, "BLOCK", 32)
    agrees(f, RNG.normal(size=100), rtol=1e-10)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, axis=1, keepdims=True) * x,
        lambda x: (x.T, x, x[1], x.T, {"sum": x.sum(), "n": [np.max(x), 3, None]}),
        lambda x: softmax(x) @ relu(x).T,
        grad(lambda x: np.sum(np.mean(x, axis=0) ** 2 * np.std(x, axis=0))),
        grad(lambda x: np.sum(grad(lambda t: np.sum(np.sin(t) * t))(x) ** 2)),
        lambda x: vjp(np.tanh, x)[1](x),
        lambda x: hvp(lambda t: np.sum(np.tanh(t) ** 2))(x, x),
        lambda x: (x > 0) & (np.abs(x) < 1),
        lambda x: np.linalg.svd(x, compute_uv=False),
        lambda x: [],
    ],
)
def test_functions_of_one_array(f):
    agrees(f, RNG.normal(size=(5, 4)), rtol=1e-10)


@pytest.mark.parametrize(
    "x",
    [
        np.asfortranarray(RNG.normal(size=(6, 5))),
        RNG.normal(size=(12, 10))[::2, ::-2],
        np.broadcast_to(RNG.normal(size=5), (6, 5)),
        np.array(0.5),
        np.float64(0.5),
        0.5,
        np.zeros((0, 3)),
        RNG.normal(size=(6, 5)).astype(np.float32),
        RNG.normal(size=(6, 5)).astype(np.float16),
        RNG.normal(size=(6, 5)).astype(">f8"),
    ],
)
def test_layouts_and_dtypes(x):
    rtol = {2: 1e-2, 4: 1e-5, 8: 1e-12}[np.asarray(x).dtype.itemsize]
    agrees(value_and_grad(lambda t: np.sum(2 * np.tanh(t) ** 2 + t)), x, rtol=rtol)
    agrees(lambda t: sigmoid(t) * 2.5 + t, x, rtol=rtol)


def test_complex_numbers():
    z = RNG.normal(size=(4, 3)) + 1j * RNG.normal(size=(4, 3))
    agrees(value_and_grad(lambda t: np.sum(np.abs(np.exp(t) * t) ** 2)), z)


def test_python_numbers_vary_and_integers_are_settings():
    fast = agrees(lambda x, a, n: a * x**n, X, 0.5, 2, others=[(X, 1.5, 2), (X, 0.5, 3)])
    assert len(fast._programs) == 2
    assert fast(X.astype(np.float32), 0.5, 2).dtype == np.float32


class Pair(NamedTuple):
    left: object
    right: object


def test_structures_go_in_and_out():
    def f(p, *, rate):
        return {"left": p["pair"].left * rate, "all": [p["list"][0] + p["pair"].right]}

    fast = compile(f)
    p = {"pair": Pair(X, X + 1), "list": [X * 2], "name": "layer"}
    for _ in range(2):
        found = fast(p, rate=0.5)
        np.testing.assert_array_equal(found["left"], X * 0.5)
        np.testing.assert_array_equal(found["all"][0], X * 2 + (X + 1))


def test_a_module_is_an_argument():
    network = nn.TwoLayerNetwork(3, 8, 2, seed=0)
    step = value_and_grad(lambda n, x, y: nn.sum_of_squares(n(x), y))
    fast = agrees(step, network, X, Y)
    value, gradients = fast(network, X, Y)
    assert type(value) is np.float64
    assert list(gradients) == [path for path, _ in network.named_parameters()]
    for parameter in network.parameters():
        parameter.data = parameter.data * 0.5
    np.testing.assert_allclose(fast(network, X, Y)[0], step(network, X, Y)[0].data)
    network.hidden.activation = np.tanh  # another function is another program
    np.testing.assert_allclose(fast(network, X, Y)[0], step(network, X, Y)[0].data)
    assert fast.fallbacks == 0


def test_a_training_step_with_backward():
    def step(w, x):
        t = Tensor(w)
        loss = np.sum(relu(x @ t) ** 2)
        loss.backward()
        return t.data - 0.1 * t.grad

    agrees(step, PARAMETERS[0], X)


def test_compiled_functions_are_part_of_others_that_are_compiled():
    inner = compile(lambda x: np.tanh(x) * x)
    agrees(lambda x: inner(x) + inner(2 * x), X)
    agrees(grad(lambda x: np.sum(np.sin(x))), X)


# ---- memory --------------------------------------------------------------------------------------


def test_results_and_arguments_are_nobody_elses():
    f = value_and_grad(network_loss, (0, 1, 2, 3))
    fast = compile(f)
    args = [p.copy() for p in (*PARAMETERS, X, Y)]
    first = flatten(fast(*args))
    kept = [np.copy(each) for each in first]
    second = flatten(fast(*args))
    for arrays in (first, second, args):
        for k, array in enumerate(arrays):
            others = [a for a in (*first, *second, *args) if a is not array]
            assert not any(np.shares_memory(array, other) for other in others), k
    for each in second[1:]:
        each[...] = np.nan
    for args_of_others in args:
        args_of_others[...] = 7
    fast(*args)
    for one, other in zip(first, kept, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_given_back_as_it_came_is_a_copy():
    one = np.ones(3)
    fast = compile(lambda x: (x, x, x[:2], x.T, one))
    for _ in range(2):
        x = np.arange(3.0)
        results = fast(x)
        for k, result in enumerate(results):
            assert not np.shares_memory(result, x)
            assert not np.shares_memory(result, one)
            assert not any(np.shares_memory(result, other) for other in results[:k])
            result[...] = 9


@pytest.mark.parametrize(
    "view",
    [
        lambda y: y[::-1],
        lambda y: y.T[:, ::-1].T,
        lambda y: np.reshape(y, (3, 48)).reshape(48, 3),
        lambda y: np.flip(np.moveaxis(y, 0, 1), 0).T,
        lambda y: np.real(y)[:, [True, True, True]].swapaxes(0, 1)[::-1].T,
    ],
)
def test_a_view_keeps_the_memory_that_it_shows(view):
    def f(x):
        y = np.exp(x) + 1
        v = view(y)
        a = np.cos(x) * 3
        b = np.sin(a) + a
        return v * b

    agrees(f, X)


@pytest.mark.parametrize(
    "view",
    [
        lambda y: y.T,
        lambda y: y[::-1],
        lambda y: (y.T[1:], np.expand_dims(y, 0)),
        lambda y: {"a": np.swapaxes(y, 0, 1), "b": [y.reshape(-1)[::2]]},
    ],
)
def test_a_view_that_is_given_back_keeps_its_memory_to_the_end(view):
    def f(x):
        y = np.exp(x) + 1
        v = view(y)
        a = np.cos(x) * 3
        b = np.sin(a) + a
        return v, b * np.tanh(b)

    agrees(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda y: np.transpose(y, (0, 2, 1)) + np.transpose(y, (2, 1, 0)) * 2,
        lambda y: np.swapaxes(y, 0, 1) + np.swapaxes(y, 1, 2) * 2,
        lambda y: np.moveaxis(y, 0, 2) - np.moveaxis(y, 2, 0),
        lambda y: np.expand_dims(y, 0) * np.expand_dims(y, 1) - np.expand_dims(y, 2),
    ],
)
def test_several_views_of_one_memory(f):
    agrees(lambda x: f(np.exp(x) * x), RNG.normal(size=(3, 3, 3)))


def test_what_is_looked_at_for_a_nan_keeps_its_memory_to_the_end():
    def f(x):
        slopes = grad(lambda t: np.sum(np.where(t > 0, np.sqrt(t) * np.exp(t), 0)))(x)
        most = np.where(x > 5, slopes, 0)
        a = np.cos(x) * 3
        b = np.sin(a) + a
        return most + a, np.tanh(b) * a

    fast = compile(f)
    fast(np.arange(1.0, 9.0))
    x = np.array([1.0, 2, 0, 4, 0, 6, 7, 8])
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = f(x)
        for one, other in zip(fast(x), expected, strict=True):
            np.testing.assert_allclose(one, other)
    assert np.all(np.isfinite(expected[0]))
    assert fast.fallbacks == 1


def several_times(x):
    y = np.exp(x)
    return {"a": y, "b": [y, (y,)], "c": y[0], "d": y.T.T}


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 2 * (np.exp(x),),
        lambda x: [np.exp(x)] * 3,
        several_times,
        lambda x: [x @ x.T] * 2,
        lambda x: [np.sum(x, axis=0)] * 2,
        lambda x: 2 * (value_and_grad(lambda t: np.sum(np.tanh(t * x)))(x),),
    ],
)
def test_what_is_given_twice_is_two_arrays(f):
    results = [each for each in flatten(agrees(f, X)(X)) if isinstance(each, np.ndarray)]
    assert len(results) >= 2
    for k, one in enumerate(results):
        assert not any(np.shares_memory(one, other) for other in results[:k])


class Tied(nn.Module):
    def __init__(self, *weights):
        self.all = list(weights)

    def feedforward(self, x):
        first, second, third = self.all
        return np.sum(np.tanh(x * first) * second + third * first)


def weights(k):
    return Tensor(np.arange(1.0, 4.0) + k)


@pytest.mark.parametrize("tied", [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)])
@pytest.mark.parametrize("untied", [(0, 1, 2), (0, 1, 0)])
def test_a_weight_that_is_no_longer_tied(tied, untied):
    step = value_and_grad(lambda n, x: n(x))
    fast = compile(step)
    for places in (tied, tied, untied, untied):
        parameters = [weights(k) for k in range(3)]
        network = Tied(*(parameters[k] for k in places))
        (value, gradients), (expected, slopes) = fast(network, X), step(network, X)
        np.testing.assert_allclose(value, plain(expected)[0])
        assert gradients.keys() == slopes.keys()
        for one, other in zip(plain(gradients), plain(slopes), strict=True):
            np.testing.assert_allclose(one, other)
    assert fast.fallbacks == 0


def test_memory_does_not_grow():
    fast = compile(value_and_grad(network_loss, (0, 1, 2, 3)))
    for _ in range(100):
        fast(*PARAMETERS, X, Y)
    tracemalloc.start()
    for _ in range(100):
        fast(*PARAMETERS, X, Y)
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(3000):
        fast(*PARAMETERS, X, Y)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 2000


def test_a_block_needs_less_memory_than_the_arrays():
    arrays = RNG.normal(size=(3, 300_000))
    eager = value_and_grad(chain, (0, 1, 2))
    fast = compile(eager)
    fast(*arrays)
    peaks = []
    for f in (eager, fast):
        tracemalloc.start()
        f(*arrays)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] / 2


def test_threads_have_their_own_memory():
    f = value_and_grad(network_loss, (0, 1, 2, 3))
    fast = compile(f)
    wrong = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for size in rng.integers(1, 6, size=60):
            x, y = rng.normal(size=(8 * size, 3)), rng.normal(size=(8 * size, 2))
            found, expected = flatten(fast(*PARAMETERS, x, y)), flatten(f(*PARAMETERS, x, y))
            if not all(map(np.allclose, found, expected)):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_programs_are_kept_up_to_a_number():
    fast = compile(lambda x: x * 2, programs=3)
    for n in range(1, 9):
        fast(np.ones(n))
    assert len(fast._programs) == 3
    assert repr(fast) == "<compile(<lambda>): 3 programs>"
    fast.forget()
    assert len(fast._programs) == 0
    np.testing.assert_array_equal(fast(np.ones(2)), [2, 2])


def test_programs_that_were_used_last_are_kept():
    fast = compile(lambda x: x * 2, programs=2)
    for n in (1, 2, 1, 3):
        fast(np.ones(n))
    assert [each.program.calls[0].shape for each in fast._programs.values()] == [(1,), (3,)]


# ---- where the function itself is called ---------------------------------------------------------


def test_a_pole_is_as_the_engine_has_it():
    f = grad(lambda x: np.sum(np.where(x > 0, np.log(x), 0)))
    fast = compile(f)
    np.testing.assert_array_equal(fast(np.array([1.0, 2.0])), [1, 0.5])
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(fast(np.array([1.0, 0.0])), [1, 0])
    assert fast.fallbacks == 1


@pytest.mark.parametrize("single", [False, True])
def test_a_pole_within_a_block_is_looked_for(single, monkeypatch):
    monkeypatch.setattr(fusion, "SMALLEST", 64)
    monkeypatch.setattr(blocks, "BLOCK", 32)
    f = grad(lambda x: np.sum(np.where(x > 0, np.log(x) * np.sqrt(x) * np.exp(-x), 0)))
    fast = compile(f)
    x = np.linspace(1, 2, 100).astype(np.float32 if single else np.float64)
    np.testing.assert_allclose(fast(x), f(x), rtol=1e-5)
    x[70] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = f(x)
        np.testing.assert_allclose(fast(x), expected, rtol=1e-5)
    assert np.all(np.isfinite(expected))
    assert fast.fallbacks == 1


@pytest.mark.parametrize("constant", [float("inf"), -float("inf"), float("nan"), -0.0, 1e300, 1j])
def test_constants_that_are_no_literals(constant):
    agrees(lambda x: (np.fmin(x.real, constant.real), np.add(constant, x), np.fmax(-0.0, x)), X)


def test_errors_are_those_of_the_function():
    fast = compile(lambda z, t: nn.binary_cross_entropy(z, t))
    fast(np.array([0.5]), np.array([1.0]))
    with pytest.raises(ValueError, match="between 0 and 1"):
        fast(np.array([1.5]), np.array([1.0]))
    inverse = compile(np.linalg.inv)
    inverse(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        inverse(np.zeros((2, 2)))
    np.testing.assert_array_equal(inverse(2 * np.eye(2)), np.eye(2) / 2)


def test_shapes_that_follow_from_values():
    f = lambda x: (np.mean(x[x > 0]), x[x > 0].size * x)
    fast = compile(f)
    for x in (np.array([1.0, -1, 3]), np.array([1.0, 1, 4]), np.array([5.0, 1, -4])):
        for one, other in zip(fast(x), f(x), strict=True):
            np.testing.assert_array_equal(one, other)


def test_no_warning_comes_from_a_program():
    compile(sigmoid)(np.array([1000.0, -1000.0]))
    compile(np.log)(np.array([0.0, 1.0]))


# ---- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: float(x[0, 0]) * x,
        lambda x: x[int(x[0, 0])],
        lambda x: x * 2 if np.array_equal(x, x) else x,
        lambda x: [x for _ in range(np.count_nonzero(x > 0))],
        lambda x: np.copyto(x, 0),
        lambda x: np.add(x, 1, out=np.zeros(x.shape)),
        lambda x: np.sum(x, axis=0, out=np.zeros(3)),
    ],
)
def test_a_course_that_depends_on_values_is_refused(f):
    x = X.copy()
    with pytest.raises(TypeError, match=r"np\.where\(condition, a, b\) for an if"):
        compile(f)(x)
    np.testing.assert_array_equal(x, X)


def in_place(x):
    x += 1
    return x


def through_a_view(x):
    y = 2 * x
    first = y[0]
    first += 1
    return y


def by_another_name(x):
    y = 2 * x
    z = y
    y += 1
    return z


def by_a_view_taken_before(x):
    y = 2 * x
    z = y.T[1:]
    y += 1
    return z @ y


@pytest.mark.parametrize("f", [in_place, through_a_view, by_another_name, by_a_view_taken_before])
def test_changes_in_place_are_refused(f):
    x = X.copy()
    with pytest.raises(TypeError, match=r"in-place operator|a \+= b"):
        compile(f)(x)
    np.testing.assert_array_equal(x, X)


def test_a_sum_may_be_written_with_an_in_place_operator():
    def f(x):
        total = 0.0
        for k in range(3):
            total += np.sum(x[k] ** 2)
        y = x * 2
        y *= total
        return y

    agrees(f, X)


def buffer_filled(x):
    buffer = np.zeros(3)
    first = x * buffer
    buffer[0] = 1
    return first + x * buffer


def test_an_array_that_the_function_fills_is_refused():
    with pytest.raises(TypeError, match="changed by the function"):
        compile(buffer_filled)(X)


def test_tensors_are_refused():
    fast = compile(lambda x: np.sum(np.tanh(x)))
    fast(X)
    for x in (Tensor(X), Tensor(X) * 2):
        with pytest.raises(TypeError, match=r"compile\(value_and_grad\(f\)\)"):
            fast(x)
    with pytest.raises(TypeError, match="not the other way round"):
        grad(fast)(X)
    network = nn.TwoLayerNetwork(3, seed=0)
    fast = compile(lambda n, x: np.sum(n(x)))
    fast(network, X)
    with pytest.raises(TypeError, match="not the other way round"):
        grad(fast)(network, X)

    def loss(w):
        network.hidden.weights = w
        return fast(network, X)

    with pytest.raises(TypeError, match="not the other way round"):
        grad(loss)(PARAMETERS[0][:, :3])


@pytest.mark.parametrize("computed", [lambda w: w, lambda w: w * 1, lambda w: w.T.T])
def test_a_parameter_that_is_part_of_a_graph_is_refused(computed):
    network = nn.TwoLayerNetwork(3, seed=0)
    known = network.hidden.weights
    fast = compile(lambda n, x: np.sum(n(x)))
    for _ in range(2):
        fast(network, X)

    def loss(w):
        network.hidden.weights = computed(w)
        return fast(network, X)

    with pytest.raises(TypeError, match="not the other way round"):
        grad(loss)(known.data)


@pytest.mark.parametrize(
    ("f", "calls"),
    [
        (lambda x, rate=2.0: x * rate, [(X,), (X, 3.0), (X,), (X, 4.0, "unused")]),
        (lambda xs: sum(xs), [([X],), ([X, X + 1],), ([X, X + 1, X],), ((X, X + 1),)]),
        (lambda d: d.get("a", 1) * d.get("b", 2), [({"a": X, "b": X},), ({"a": X, "c": X},)]),
        (lambda d: d["a"] - d["b"], [({"a": X, "b": 2 * X},), ({"b": X, "a": 2 * X},)]),
        (lambda d: sum(d.values()) * len(d), [({"a": X},), ({"a": X, "b": X},)]),
        (lambda x: np.sum(x.T * 2, axis=-1), [(X,), (X[:5],), (X.astype(np.float32),), (X[0],)]),
    ],
)
def test_another_structure_is_another_program(f, calls):
    fast = compile(f)
    for args in (*calls, *calls, *calls[::-1]):
        try:
            expected = f(*args)
        except Exception as error:
            with pytest.raises(type(error)):
                fast(*args)
        else:
            found = fast(*args)
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(found, expected, rtol=1e-5)


class Optional(nn.Module):
    def __init__(self):
        self.weights, self.shift = Tensor(np.ones(3)), Tensor(np.ones(3))

    def feedforward(self, x):
        return x * self.weights + (self.shift if hasattr(self, "shift") else 5)


def test_attributes_of_a_module_come_and_go():
    network = Optional()
    fast = compile(lambda n, x: n(x))
    changes = (
        lambda: delattr(network, "shift"),
        lambda: setattr(network, "moved", Tensor(np.ones(3))),
        lambda: setattr(network, "shift", Tensor(np.ones(3) * 7)),
    )
    for change in (lambda: None, *changes):
        change()
        for _ in range(2):
            np.testing.assert_array_equal(fast(network, X), network(X).data)


def test_gradients_have_the_dtype_of_their_parameters():
    step = value_and_grad(lambda n, x: np.sum(n(x)))
    fast = compile(step)
    for dtype in (np.float32, np.float64, np.float32):
        network = Optional()
        network.shift = Tensor(np.ones(3, dtype))
        for _ in range(2):
            assert [g.dtype for g in fast(network, X)[1].values()] == [np.float64, dtype]


def test_a_tensor_outside_that_changes_is_refused():
    w = Tensor(np.ones(3), name="w")
    for f in (
        lambda x: np.sum(x @ w),
        lambda x: x @ w.data,
        lambda x: x * w.numpy(),
        lambda x: x * w[0].item(),
        lambda x: x if w[0] > 1 else x * np.max(w.data),
        lambda x: x * np.argmax(w) + w.tolist()[1],
        lambda x: no_grad()(np.dot)(x, w),
    ):
        w.data = np.ones(3)
        fast = compile(f)
        fast(X)
        fast(X)
        w.data = np.full(3, 2.0)
        with pytest.raises(RuntimeError, match="has changed since"):
            fast(X)
        fast.forget()
        np.testing.assert_allclose(plain(fast(X))[0], plain(f(X))[0])


RATE = 0.5
TABLE = {"rates": [1.0, 2.0]}
DATA = np.ones(3)


def helper(x):
    return x * RATE + TABLE["rates"][0] + DATA


def test_globals_and_cells_that_change_are_refused(monkeypatch):
    fast = compile(lambda x: helper(x))
    fast(X)
    np.testing.assert_array_equal(fast(X), helper(X))
    monkeypatch.setitem(globals(), "RATE", 0.25)
    with pytest.raises(RuntimeError, match="RATE has changed"):
        fast(X)
    monkeypatch.undo()
    fast(X)
    monkeypatch.setitem(TABLE, "rates", [3.0, 2.0])
    with pytest.raises(RuntimeError, match="TABLE has changed"):
        fast(X)
    monkeypatch.undo()
    DATA[0] = 5
    try:
        with pytest.raises(RuntimeError, match="DATA has changed"):
            fast(X)
    finally:
        DATA[0] = 1
    np.testing.assert_array_equal(fast(X), helper(X))


def test_a_cell_that_changes_is_refused():
    rate = 0.5

    def f(x):
        return x * rate

    fast = compile(f)
    fast(X)
    rate = 0.25
    with pytest.raises(RuntimeError, match="rate has changed"):
        fast(X)


def test_an_attribute_that_changes_is_refused():
    class Model:
        rate = 0.5

        def __init__(self):
            self.scale = np.ones(3)

        def apply(self, x):
            return x * self.scale

    model = Model()
    fast = compile(model.apply)
    fast(X)
    model.scale[1] = 2
    with pytest.raises(RuntimeError, match="self has changed"):
        fast(X)


def test_random_numbers_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(TypeError, match="the same when it is called again"):
        compile(lambda x: x + rng.normal(size=3))(X)
    with pytest.raises(TypeError, match="the same when it is called again"):
        compile(lambda x: x * float(rng.normal()))(X)


calls = []


def recording_calls(x):
    calls.append(1)
    return x * 2


def test_changes_outside_are_refused():
    with pytest.raises(TypeError, match="the function changes calls"):
        compile(recording_calls)(X)
    w = Tensor(np.ones(3))
    network = nn.TwoLayerNetwork(3, seed=0)

    def assigns(x):
        w.data = w.data * 2
        return x @ w

    def accumulates(x):
        np.sum(x @ w).backward()
        return w.grad

    def trains(n, x):
        n.zero_grad()
        np.sum(n(x)).backward()
        return [p.grad for p in n.parameters()]

    for f, args in ((assigns, (X,)), (accumulates, (X,)), (trains, (network, X))):
        with pytest.raises(TypeError, match="of a Tensor that the function did not make"):
            compile(f)(*args)
    np.testing.assert_array_equal(w.data, np.ones(3))
    assert w.grad is None


def test_debug_is_refused():
    fast = compile(np.tanh)
    for _ in range(2):
        with debug(), pytest.raises(RuntimeError, match=r"call the function itself"):
            fast(X)
        fast(X)
    with debug():
        np.testing.assert_array_equal(fast.function(X), np.tanh(X))


@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (lambda x: lambda: x, (X,), "function"),
        (lambda x: {1, 2}, (X,), "set"),
        (lambda x: x, (np.array(["a"]),), "numbers"),
        (lambda x: x, (np.ma.array([1.0]),), "MaskedArray"),
        (lambda x: x, (object(),), "object"),
    ],
)
def test_what_is_no_array_is_refused(f, args, message):
    with pytest.raises(TypeError, match=message):
        compile(f)(*args)


def test_bad_calls_of_compile():
    with pytest.raises(TypeError, match="not a function"):
        compile(3)
    with pytest.raises(ValueError, match="programs=0"):
        compile(np.tanh, programs=0)
    with pytest.raises(RuntimeError, match="call it first"):
        compile(np.tanh).source  # noqa: B018


class Scaled:
    def __init__(self):
        self.scale = 2.0

    def __call__(self, x):
        return x * self.scale


def test_objects_partials_and_defaults_are_looked_at():
    scaled = Scaled()
    fast = agrees(scaled, X)
    assert repr(fast) == "<compile(Scaled): 1 program>"
    scaled.scale = 3.0
    with pytest.raises(RuntimeError, match="what the object holds has changed"):
        fast(X)
    agrees(functools.partial(np.add, 2.0), X)
    rates = [1.0]
    fast = agrees(functools.partial(lambda r, x: r[0] * x, rates), X)
    rates[0] = 2.0
    with pytest.raises(RuntimeError, match="what the partial holds has changed"):
        fast(X)
    fast = agrees(lambda x, flag=True: x * 2 if flag else x, X, False)
    assert len(fast._programs) == 1


def test_numpys_integers_vary():
    agrees(lambda x, n: x * n, X, np.int64(3), others=[(X, np.int64(4))])


class Odd(nn.Module):
    def __init__(self):
        self.inner = Scaled()
        self.inner.scale = Tensor(np.ones(3))

    def feedforward(self, x):
        return x * self.inner.scale


def test_tensors_that_are_no_parameters_of_a_module_are_refused():
    with pytest.raises(TypeError, match="not found as parameters"):
        compile(lambda n, x: np.sum(n(x)))(Odd(), X)


class Rated(nn.Module):
    rate = 2.0

    def __init__(self):
        self.weights = Tensor(np.ones(3))

    def feedforward(self, x):
        return self._scaled(x) * RATE

    def _scaled(self, x):
        return x * self.weights * self.rate


def test_what_methods_and_classes_hold_is_looked_at(monkeypatch):
    network = Rated()
    for f, args in ((lambda n, x: n(x), (network, X)), (lambda x: network(x).data, (X,))):
        fast = agrees(f, *args)
        monkeypatch.setattr(Rated, "rate", 3.0)
        with pytest.raises(RuntimeError, match=r"Rated\.rate has changed"):
            fast(*args)
        monkeypatch.undo()
        monkeypatch.setitem(globals(), "RATE", 0.25)
        with pytest.raises(RuntimeError, match="RATE has changed"):
            fast(*args)
        monkeypatch.undo()
        np.testing.assert_array_equal(plain(fast(*args))[0], plain(f(*args))[0])


def test_what_is_in_modules_of_the_user_is_looked_at(monkeypatch):
    settings = types.ModuleType("settings_of_the_user")
    settings.rate, settings.other = 2.0, 1.0
    monkeypatch.setitem(globals(), "SETTINGS", settings)
    fast = compile(lambda x: x * SETTINGS.rate)  # noqa: F821
    fast(X)
    settings.other = 5.0
    np.testing.assert_array_equal(fast(X), 2 * X)
    settings.rate = 3.0
    with pytest.raises(RuntimeError, match="rate has changed"):
        fast(X)


def test_rounding_and_poles_are_no_other_result():
    x = np.array([0.0, 2.0**-900, 1.0, 2.0**900])
    compiled = compile(value_and_grad(lambda x: np.sum(np.where(x > 0, np.log(x), 0))))
    with np.errstate(divide="ignore"):  # at the pole the function itself is called
        np.testing.assert_array_equal(compiled(x)[1], [0, 2.0**900, 1, 2.0**-900])
