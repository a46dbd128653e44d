"""What a compiled function takes from outside its arguments, wherever it is kept."""

import argparse
import array
import contextvars
import copy
import dataclasses
import enum
import functools
import logging
import operator
import sys
import threading
import types
import weakref
from collections import ChainMap, OrderedDict, UserDict, UserList, deque, namedtuple

import numpy as np
import pytest

from tinygrad_edu import Tensor, compile, custom, grad, nn, no_grad, sigmoid, value_and_grad

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


# ---- programs in which something outside changes between two calls -------------------------------

PROGRAMS = {}  # each gives a function, and another function that changes what the first one uses
K = 2.0


def program(make):
    PROGRAMS[make.__name__] = make
    return make


def of_k(operation):
    """A program that uses what is in a list, and what puts something else into it."""
    k = [2.0]
    return operation(k), lambda: k.__setitem__(0, 3.0)


def summed(f):
    return grad(lambda x: np.sum(f(x)))


class Rated2:
    rate = 2.0

    def __init__(self):
        self.own = 2.0

    def apply(self, x):
        return x * self.own

    def rule(self, out, x):
        return self.own + 0 * x

    def __call__(self, x):
        return x * self.own


def fresh():
    """A class of one's own, and one derived from it."""
    base = type("Base", (), {"rate": 2.0, "apply": lambda self, x: x * 2.0})
    return base, type("Derived", (base,), {})


@program
def custom_operation():
    return of_k(lambda k: custom(lambda out, x: k[0] + 0 * x)(lambda x: k[0] * x))


@program
def custom_rule():
    return of_k(lambda k: summed(custom(lambda out, x: k[0] + 0 * x)(lambda x: 2 * x)))


@program
def custom_pullback_in_a_table():
    return of_k(lambda k: summed({"f": custom(pullback=lambda g, out, x: g * k[0])(abs)}["f"]))


@program
def custom_rule_that_calls_another():
    def rule(k, out, x):
        return k[0] + 0 * x

    return of_k(lambda k: summed(custom(lambda out, x: rule(k, out, x))(lambda x: 2 * x)))


@program
def custom_rule_that_is_a_method():
    rated = Rated2()
    doubled = custom(rated.rule)(lambda x: 2 * x)
    return summed(lambda x: doubled(x)), lambda: setattr(rated, "own", 3.0)


@program
def custom_rule_that_is_a_partial():
    rule = lambda k, out, x: k[0] + 0 * x
    return of_k(lambda k: summed(custom(functools.partial(rule, k))(lambda x: 2 * x)))


def decorated(f, k):
    @functools.wraps(f)
    def inner(x):
        return f(x) * k[0]

    return inner


@program
def wraps_of_a_function_of_numpy():
    return of_k(lambda k: lambda x: decorated(np.tanh, k)(x))


@program
def wraps_of_an_activation():
    return of_k(lambda k: grad(lambda x: np.sum(decorated(sigmoid, k)(x))))


@program
def wraps_twice():
    return of_k(lambda k: decorated(decorated(np.tanh, k), [1.0]))


@program
def wraps_within_an_operation():
    return of_k(lambda k: custom(lambda out, x: out)(lambda x: decorated(np.exp, k)(x)))


@program
def partial_of_a_partial():
    inner = lambda k, a, x: k[0] * a * x
    return of_k(lambda k: functools.partial(functools.partial(inner, k), 1.0))


@program
def partial_method():
    base, _ = fresh()
    base.halved = functools.partialmethod(lambda self, a, x: a * self.rate * x, 0.5)
    return base().halved, lambda: setattr(base, "rate", 3.0)


@program
def bound_method_in_a_list():
    rated = Rated2()
    held = [rated.apply]
    return lambda x: held[0](x), lambda: setattr(rated, "own", 3.0)


@program
def bound_method_of_a_dict():
    known = {"k": 2.0}
    get = known.get
    return lambda x: x * get("k"), lambda: known.update(k=3.0)


@program
def bound_method_of_an_array():
    array = np.array([2.0])
    item = array.item
    return lambda x: x * item(), lambda: array.__setitem__(0, 3.0)


@program
def function_of_python_as_a_ufunc():
    return of_k(lambda k: lambda x: x * float(np.frompyfunc(lambda v: v * k[0], 1, 1)(1.0)))


@program
def vectorized_function():
    return of_k(lambda k: functools.partial(lambda f, x: x * f(1.0), np.vectorize(lambda v: k[0])))


@program
def cached_function():
    def change():
        known[0] = 3.0
        rate.cache_clear()

    known = [2.0]
    rate = functools.cache(lambda: known[0])
    return lambda x: x * rate(), change


def network_of(activation):
    network = nn.MLP((6, 3, 1), activation, seed=0)
    return lambda x: np.sum(network(x)).data


@program
def activation_of_a_network():
    return of_k(lambda k: network_of(lambda x: x * k[0]))


@program
def activation_with_a_variable():
    scale = 2.0

    def change():
        nonlocal scale
        scale = 3.0

    network = nn.MLP((6, 3, 1), lambda x: x * scale, seed=0)
    return lambda x: np.sum(network(x)).data, change


@program
def activation_that_is_a_partial():
    return of_k(lambda k: network_of(functools.partial(lambda k, x: x * k[0], k)))


@program
def activation_that_is_an_object():
    rated = Rated2()
    networks = {"one": [network_of(rated)]}
    return lambda x: networks["one"][0](x), lambda: setattr(rated, "own", 3.0)


VARIABLE = contextvars.ContextVar("VARIABLE", default=2.0)


@program
def context_variable():
    return lambda x: x * VARIABLE.get(), lambda: VARIABLE.set(3.0)


@program
def context_variable_that_is_set_at_last():
    held = {"rate": contextvars.ContextVar("rate")}
    return lambda x: x * held["rate"].get(2.0), lambda: held["rate"].set(3.0)


@program
def context_variable_that_holds_a_list():
    variable = contextvars.ContextVar("rates")
    variable.set([2.0])
    get = variable.get
    return lambda x: x * get()[0], lambda: get().append(get().pop() + 1)


@program
def local_to_a_thread():
    local = threading.local()
    local.rate = 2.0
    return lambda x: x * local.rate, lambda: setattr(local, "rate", 3.0)


@program
def local_to_a_thread_and_nested():
    local = threading.local()
    local.known = {"rate": [2.0]}
    return lambda x: x * local.known["rate"][0], lambda: local.known.update(rate=[3.0])


@program
def local_to_a_thread_of_a_class():
    local = type("Local", (threading.local,), {"rate": 2.0})()
    return lambda x: x * local.rate, lambda: setattr(local, "rate", 3.0)


def by_text(read):
    base, derived = fresh()
    return lambda x: x * read(derived()), lambda: setattr(base, "rate", 3.0)


@program
def attribute_by_getattr():
    return by_text(lambda o: getattr(o, "rate"))  # noqa: B009


@program
def attribute_by_attrgetter():
    get = operator.attrgetter("rate")
    return by_text(lambda o: get(o))


@program
def attribute_by_a_variable():
    name = ["rate"]
    return by_text(lambda o: getattr(type(o), name[0]))


@program
def attribute_by_vars():
    return by_text(lambda o: vars(type(o).__mro__[1])["rate"])


@program
def attribute_by_dict():
    return by_text(lambda o: type(o).__base__.__dict__["rate"])


@program
def attributes_by_dir():
    return by_text(lambda o: sum(getattr(o, name) for name in dir(o) if name.startswith("r")))


@program
def attribute_by_match():
    class Matched:
        __match_args__ = ("pace",)
        pace = 2.0

    def f(x):
        match Matched():
            case Matched(rate):
                return x * rate

    return f, lambda: setattr(Matched, "pace", 3.0)


@program
def attribute_that_is_asked_for_by_a_variable():
    base, derived = fresh()
    name = "pace"
    return lambda x: x * (3 if hasattr(derived, name) else 2), lambda: setattr(base, "pace", 0)


@program
def method_by_methodcaller():
    base, derived = fresh()
    apply = operator.methodcaller("apply", 1.0)
    return lambda x: x * apply(derived()), lambda: setattr(base, "apply", lambda self, x: x * 3)


@program
def attribute_that_is_missing():
    base, derived = fresh()
    change = lambda: setattr(base, "pace", 3.0)
    return lambda x: x * getattr(derived, "pace", 2.0), change


@program
def attribute_that_is_asked_for():
    _, derived = fresh()
    return lambda x: x * (3 if hasattr(derived, "pace") else 2), lambda: setattr(derived, "pace", 0)


@program
def global_by_text():
    return lambda x: x * globals()["K"], lambda: globals().update(K=3.0)


@program
def global_that_is_missing():
    return lambda x: x * globals().get("LATER", 2.0), lambda: globals().update(LATER=3.0)


@program
def global_that_is_deleted():
    def f(x):
        try:
            return x * GONE
        except NameError:
            return x * 3.0

    globals()["GONE"] = 2.0
    return f, lambda: globals().pop("GONE")


@program
def global_that_hides_a_function_of_python():
    return lambda x: x * len((1, 2)), lambda: globals().update(len=lambda held: 3)


@program
def module_by_text():
    sys.modules["settings_by_text"] = module = types.ModuleType("settings_by_text")
    module.rate = 2.0
    return lambda x: x * sys.modules["settings_by_text"].rate, lambda: setattr(module, "rate", 3.0)


@program
def module_that_is_another():
    one, other = types.ModuleType("one_of_two"), types.ModuleType("other_of_two")
    one.rate, other.rate = 2.0, 3.0

    def change():
        nonlocal one
        one = other

    return lambda x: x * one.rate, change


@program
def attribute_that_a_module_makes():
    module = types.ModuleType("settings_made")
    return of_k(
        lambda k: setattr(module, "__getattr__", lambda _: k[0]) or (lambda x: x * module.r)
    )


@program
def attribute_that_is_hidden_later():
    _, derived = fresh()
    return lambda x: x * derived.rate, lambda: setattr(derived, "rate", 3.0)


@program
def method_that_is_replaced():
    base, derived = fresh()
    return lambda x: derived().apply(x), lambda: setattr(base, "apply", lambda self, x: x * 3.0)


@program
def method_that_is_overridden():
    _, derived = fresh()
    return lambda x: derived().apply(x), lambda: setattr(derived, "apply", lambda self, x: x * 3.0)


@program
def bases_that_are_others():
    _, derived = fresh()
    other = type("Other", (), {"rate": 3.0})
    return lambda x: x * derived.rate, lambda: setattr(derived, "__bases__", (other,))


@program
def property_that_is_replaced():
    base, derived = fresh()
    base.pace = property(lambda self: 2.0)
    change = lambda: setattr(base, "pace", property(lambda self: 3.0))
    return lambda x: x * derived().pace, change


@program
def descriptor():
    get = lambda k: type("Of", (), {"__get__": lambda self, *_: k[0]})()
    return of_k(lambda k: functools.partial(lambda c, x: x * c.r, type("C", (), {"r": get(k)})))


@program
def attribute_of_a_metaclass():
    meta = type("Meta", (type,), {"rate": 2.0})
    of_meta = meta("OfMeta", (), {})
    return lambda x: x * of_meta.rate, lambda: setattr(meta, "rate", 3.0)


@program
def code_of_a_function():
    def inner(x):
        return x * 2.0

    return lambda x: inner(x), lambda: setattr(inner, "__code__", (lambda x: x * 3.0).__code__)


@program
def defaults_of_a_function():
    def inner(x, *, rate=2.0):
        return x * rate

    return lambda x: inner(x), lambda: inner.__kwdefaults__.update(rate=3.0)


@program
def factory_of_a_dict():
    from collections import defaultdict

    def change():
        k[0] = 3.0

    k = [2.0]
    return lambda x: x * defaultdict(lambda: k[0])["rate"], change


@program
def function_in_a_named_tuple():
    pair = namedtuple("pair", "rate f")
    return of_k(lambda k: functools.partial(lambda p, x: x * p.f(), pair(1.0, lambda: k[0])))


@program
def member_of_an_enumeration():
    kind = enum.Enum("kind", "one other")
    kind.one.rate = 2.0
    return lambda x: x * kind.one.rate, lambda: setattr(kind.one, "rate", 3.0)


@program
def view_of_a_dict():
    known = {"k": 2.0}
    values = known.values()
    return lambda x: x * sum(values), lambda: known.update(k=3.0)


@program
def what_a_key_holds():
    rated = Rated2()
    known = {rated: 1.0}
    return lambda x: x * next(iter(known)).own, lambda: setattr(rated, "own", 3.0)


@program
def weak_reference():
    rated = Rated2()
    reference = weakref.ref(rated)
    return lambda x: x * reference().own, lambda: setattr(rated, "own", 3.0)


@program
def list_in_an_array():
    held = [2.0]
    array = np.array([None])
    array[0] = held
    return lambda x: x * array[0][0], lambda: held.__setitem__(0, 3.0)


@program
def name_of_a_tensor():
    w = Tensor(np.ones(6), name="a")
    return lambda x: x * (2 if w.name == "a" else 3), lambda: setattr(w, "name", "b")


@pytest.fixture
def restored_globals():
    before = dict(globals())
    yield
    for name in globals().keys() - before.keys():
        del globals()[name]
    globals().update(before)


@pytest.mark.parametrize("make", PROGRAMS.values(), ids=PROGRAMS)
def test_what_changes_outside_is_said(make, restored_globals):
    f, change = make()

    def run():
        before = f(X)
        changed_by(change, f, X)
        assert not np.array_equal(f(X), before)

    contextvars.copy_context().run(run)


NAN = float("nan")
ONE, TWO = [1], [1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, True),
        (1, 1.0),
        (1.0, np.float64(1)),
        (np.float64(1), np.float32(1)),
        (True, np.True_),
        ("1", b"1"),
        (0.0, -0.0),
        (np.float32(0), np.float32(-0.0)),
        (complex(0, 0.0), complex(0, -0.0)),
        (complex(0.0, 0), complex(-0.0, 0)),
        (NAN, -NAN),
        (np.float64(NAN), -np.float64(NAN)),
        ((1, [0.0]), (1, [-0.0])),
        ({"a": [(1,)]}, {"a": [(True,)]}),
        ({1: "a"}, {True: "a"}),
        ({0.0: "a"}, {-0.0: "a"}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
        ({"a": 1}, OrderedDict(a=1)),
        (frozenset([1]), frozenset([True])),
        ([1], (1,)),
        (deque([1], maxlen=2), deque([1], maxlen=3)),
        (array.array("i", [1]), array.array("I", [1])),
        (np.array([0.0]), np.array([-0.0])),
        (np.array(1.0), np.float64(1.0)),
        (np.zeros((2, 3)), np.zeros((2, 3), order="F")),
        (types.SimpleNamespace(rate=1), types.SimpleNamespace(rate=True)),
        (Settings(0.0), Settings(-0.0)),
        ([ONE, TWO, ONE], [ONE, TWO, TWO]),
    ],
    ids=repr,
)
def test_values_are_compared_to_the_bit(first, second):
    held = first
    fast = compile(lambda x: x * (2 if held is None else 1))
    for _ in range(2):
        np.testing.assert_array_equal(fast(X), X)
    held = second
    with pytest.raises(RuntimeError, match="held has changed"):
        fast(X)


@pytest.mark.parametrize("value", [NAN, (NAN, 0.0), {"a": np.array([NAN])}, Settings(NAN)])
def test_what_is_made_anew_and_equal_has_not_changed(value):
    held = value
    fast = compile(lambda x: x * (2 if held is None else 1))
    fast(X)
    held = copy.deepcopy(value)
    np.testing.assert_array_equal(fast(X), X)


@pytest.mark.parametrize("word", ["1234.5", "12345", "'rate'*9", "(1.5, 'a')"])
def test_another_object_that_is_equal_costs_a_call_of_the_function(word):
    held = eval(word)
    fast = compile(lambda x: x * (2 if held is None else 1))
    fast(X)
    held = eval(f"[{word}, 0]")[0]
    np.testing.assert_array_equal(fast(X), X)


def test_what_is_not_used_may_change(restored_globals):
    """Neither other attributes of classes and modules, nor what only looks like a name."""
    base, derived = fresh()
    held, module = {"pace": "other"}, types.ModuleType("settings_of_which_one_is_used")
    module.rate = 2.0
    fast = compile(lambda x: derived().apply(x) * module.rate * len(held["pace"]))
    expected = fast(X)
    base.other, derived.later, module.other, module.later = 1, 2, 3, 4
    globals()["UNUSED"] = 5
    np.testing.assert_array_equal(fast(X), expected)
    assert fast.fallbacks == 0


HIDDEN_ARRAY, HIDDEN_TENSOR = np.ones(6), Tensor(np.ones(6), name="hidden")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * eval("HIDDEN_ARRAY"),
        lambda x: x + globals()["HIDDEN_" + "ARRAY"][2],
        lambda x: x @ eval("HIDDEN_" + "TENSOR.data"),
        lambda x: (x * globals()["HIDDEN_" + "TENSOR"]).data,
    ],
)
def test_arrays_and_tensors_are_looked_at_however_they_are_found(f):
    def change():
        HIDDEN_ARRAY[:] = 3
        HIDDEN_TENSOR.data = np.full(6, 3.0)

    try:
        changed_by(change, f, X)
    finally:
        HIDDEN_ARRAY[:] = 1
        HIDDEN_TENSOR.data = np.ones(6)


def test_a_decorated_function_of_a_library(monkeypatch):
    """As one that hypothesis made: it has attributes, and code from elsewhere."""
    library = types.ModuleType("tinygrad_edu.of_a_test")
    library.doubled = lambda x: x * 2
    library.doubled.__name__, library.doubled.__module__ = "doubled", library.__name__
    library.doubled.marked = True
    monkeypatch.setitem(sys.modules, library.__name__, library)
    doubled = library.doubled
    fast = compile(lambda x: doubled(x) + 1)
    for _ in range(2):
        np.testing.assert_array_equal(fast(X), 2 * X + 1)
    assert fast.fallbacks == 0


class Holding:
    """An object with much in it that says nothing about what it computes."""

    def __init__(self, history):
        self.rate = 2.0
        self.steps = (k for k in range(9))
        self.random = np.random.default_rng(0)
        self.callbacks = [history.append, lambda: len(history)]
        self.trainer = weakref.ref(history)
        self.variable = contextvars.ContextVar("unused", default=0)
        self.log = logging.getLogger("of a test")
        self.lock = threading.Lock()

    def apply(self, x):
        return x * self.rate


def test_what_an_object_only_knows_of_may_change():
    history = UserList()
    held = Holding(history)
    fast = compile(lambda x: held.apply(x))
    expected = fast(X)
    history.append(1)
    next(held.steps), held.random.normal(), held.variable.set(1)
    held.log.setLevel(logging.ERROR)
    with held.lock:
        np.testing.assert_array_equal(fast(X), expected)
    assert fast.fallbacks == 0


def test_whether_is_recorded_is_part_of_the_structure():
    def parents(x):
        return x * len(np.sum(x * Tensor(X)).parents)

    fast = compile(parents)
    for _ in range(2):
        np.testing.assert_array_equal(fast(X), X)
        with no_grad():
            np.testing.assert_array_equal(fast(X), 0 * X)
    assert fast.fallbacks == 0


class Scaled(nn.Module):
    def __init__(self, scale):
        self.weights, self.scale = Tensor(np.ones(6)), scale

    def feedforward(self, x):
        return self.scale(x * self.weights)


class Real(float):
    pass


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (decorated(np.tanh, [2.0]), decorated(np.tanh, [3.0])),
        (Rated2().apply, Rated2().__call__),
        (functools.partial(np.multiply, 2.0), functools.partial(np.multiply, 3.0)),
        (types.MethodType(np.multiply, Real(2.0)), types.MethodType(np.multiply, Real(3.0))),
    ],
)
def test_functions_in_a_module_are_part_of_the_structure(one, other):
    network = Scaled(one)
    fast = compile(lambda n, x: n(x))
    for network.scale in (one, other, one):
        np.testing.assert_array_equal(fast(network, X), network(X).data)


class Unused(nn.Module):
    def __init__(self, setting):
        self.weights, self.setting = Tensor(np.ones(6)), setting

    def feedforward(self, x):
        return x * self.weights


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (NAN, -NAN),
        (complex(0, NAN), complex(0, -NAN)),
        (1.0, True),
        (1, 1.0),
        (1.0, np.float64(1)),
        (Real(2), Real(3)),
        (Real(2), 2.0),
        ({1: 1.0}, {True: 1.0}),
        ({0.0: 1}, {-0.0: 1}),
        (((0.0,),), ((-0.0,),)),
        ({1}, {True}),
        (np.array([0.0]), np.array([-0.0])),
        (np.zeros((2, 3)), np.zeros((2, 3), order="F")),
        (bytearray(b"1"), bytearray(b"2")),
        (array.array("i", [1]), array.array("I", [1])),
    ],
    ids=repr,
)
def test_settings_of_a_module_are_compared_to_the_bit(one, other):
    fast = compile(lambda n, x: n(x))
    for setting in (one, one, other, other):
        fast(Unused(setting), X)
    assert len(fast._programs) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), ({1: 1}, {True: 1}), ({0.0: X}, {-0.0: X}), ([(1,)], [(True,)]), ("1", b"1")],
)
def test_arguments_are_compared_to_the_bit(one, other):
    fast = compile(lambda setting, x: x * 1)
    for setting in (one, one, other, other):
        fast(setting, X)
    assert len(fast._programs) == 2
