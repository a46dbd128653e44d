"""What a compiled function takes from outside its arguments, wherever it is kept."""

import argparse
import array
import dataclasses
import functools
import sys
import types
from collections import ChainMap, UserDict, deque

import numpy as np
import pytest

from tinygrad_edu import Tensor, compile, nn, sigmoid, value_and_grad

X = np.arange(1.0, 7.0)
RATE = 2.0


class Slotted:
    __slots__ = ("rate",)

    def __init__(self):
        self.rate = 2.0


@dataclasses.dataclass(slots=True)
class Settings:
    rate: float = 2.0


def scaled(x):
    return x * scaled.rate


def times_rate(x):
    return x * RATE


class Scaler:
    def apply(self, x):
        return x * RATE


class Holder:
    pass


def changed_by(change, f, *args):
    """Compile `f`, change something, and expect that this is said."""
    fast = compile(f)
    np.testing.assert_array_equal(fast(*args), f(*args))
    np.testing.assert_array_equal(fast(*args), f(*args))
    change()
    with pytest.raises(RuntimeError, match="has changed since the function was compiled"):
        fast(*args)


@pytest.mark.parametrize(
    "held",
    [types.SimpleNamespace(rate=2.0), argparse.Namespace(rate=2.0), Slotted(), Settings()],
    ids=lambda held: type(held).__name__,
)
def test_attributes_of_namespaces_and_slots(held):
    changed_by(lambda: setattr(held, "rate", 3.0), lambda x: x * held.rate, X)


def test_attributes_of_a_function():
    scaled.rate = 2.0
    changed_by(lambda: setattr(scaled, "rate", 3.0), scaled, X)


@pytest.mark.parametrize(
    ("held", "change"),
    [
        ({1.0}, lambda held: held.add(7.0)),
        (deque([1.0]), lambda held: held.append(7.0)),
        (bytearray(b"1"), lambda held: held.append(7)),
        (array.array("d", [1.0]), lambda held: held.append(7.0)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_containers(held, change):
    changed_by(lambda: change(held), lambda x: x * sum(held), X)


@pytest.mark.parametrize("kind", [dict, ChainMap, UserDict, types.MappingProxyType])
def test_mappings(kind):
    known = {"rate": 2.0}
    held = kind(known) if kind is not dict else known
    target = known if kind is types.MappingProxyType else held
    changed_by(lambda: target.update(rate=3.0), lambda x: x * held["rate"], X)


FUNCTIONS = [times_rate]
BY_NAME = {"scale": times_rate}
OBJECTS = [Scaler()]
HOLDER = Holder()
HOLDER.scale = times_rate
INNER = compile(times_rate)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: FUNCTIONS[0](x),
        lambda x: BY_NAME["scale"](x),
        lambda x: HOLDER.scale(x),
        lambda x: OBJECTS[0].apply(x),
        lambda x: INNER(x) + 1,
        lambda x, scale=FUNCTIONS[0]: scale(x),
        functools.partial(lambda scale, x: scale(x), times_rate),
        lambda x: value_and_grad(lambda x: np.sum(FUNCTIONS[0](x) ** 2))(x)[1],
    ],
)
def test_functions_that_are_held_are_followed(f, monkeypatch):
    changed_by(lambda: monkeypatch.setitem(globals(), "RATE", 3.0), f, X)


def test_modules_that_the_function_imports(monkeypatch):
    module = types.ModuleType("settings_within")
    module.rate = 2.0
    monkeypatch.setitem(sys.modules, "settings_within", module)

    def whole(x):
        import settings_within

        return x * settings_within.rate

    def by_name(x):
        from settings_within import rate

        return x * rate

    for f in (whole, by_name):
        changed_by(lambda: setattr(module, "rate", 3.0), f, X)
        module.rate = 2.0


class Summed(nn.Module):
    def __init__(self):
        self.weights = Tensor(np.ones(6))
        self.rates, self.queue, self.slotted = {1.0}, deque([1.0]), Slotted()

    def feedforward(self, x):
        return x * self.weights * sum(self.rates) * sum(self.queue) * self.slotted.rate


def test_what_a_module_holds_is_part_of_the_structure():
    network = Summed()
    fast = compile(lambda n, x: n(x))
    changes = (
        lambda: network.rates.add(7.0),
        lambda: network.queue.append(7.0),
        lambda: setattr(network.slotted, "rate", 5.0),
    )
    for change in (lambda: None, *changes):
        change()
        np.testing.assert_array_equal(fast(network, X), network(X).data)


@dataclasses.dataclass
class Weighted:
    weights: np.ndarray
    scale: float = dataclasses.field(init=False, default=1.0)


def test_a_field_that_no_constructor_takes():
    given = Weighted(X)
    fast = compile(lambda w: w.weights * w.scale)
    np.testing.assert_array_equal(fast(given), X)
    given.scale = 5.0
    with pytest.raises(TypeError, match="whose scale is not what its constructor makes"):
        fast(given)


def test_objects_that_hold_each_other_are_looked_at_once():
    lists = [[1.0]]
    for _ in range(60):  # 2^60 ways through them
        lists.append([lists[-1], lists[-1]])
    changed_by(lambda: lists[0].append(2.0), lambda x: x * len(lists[0]), X)


def split_before(x):
    y = 2 * x
    first, _ = np.split(y, 2)
    y += 1
    return first * 1


def without_nans(x):
    y = 1 * x
    np.nan_to_num(y, copy=False)
    return y


@pytest.mark.parametrize("f", [split_before, without_nans])
def test_changes_of_arrays_that_have_other_names_are_refused(f):
    with pytest.raises(TypeError, match=r"a \+= b|written into"):
        compile(f)(X)


def test_functions_of_libraries_are_compared_by_identity():
    """Which costs next to nothing: a small step has no time for more."""
    total, activation = np.sum, sigmoid

    def f(x):
        return total(activation(x))

    compiled = compile(f)
    compiled(np.ones(3))
    (looks,) = [line for line in compiled.source.splitlines() if line.endswith(": return STALE")]
    assert looks.count("cell_contents is not") == 2
    total = np.mean
    with pytest.raises(RuntimeError, match="total has changed"):
        compiled(np.ones(3))
