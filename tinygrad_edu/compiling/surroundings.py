"""What a function takes from outside its arguments: globals, closure cells, defaults, Tensors.

A program has the values of these in it, so it is the function's only as long as they stay as they
are. Looked for is what the function names, and what those functions and methods name that it names,
also in text: `getattr(settings, "rate")`. What libraries hold is followed to the functions that the
user gave them: the rule of an operation, the activation of a layer. NumPy, the standard library and
what else is installed are taken not to change.
"""

from __future__ import annotations

import builtins
import dis
import gc
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import Any

import numpy as np

from tinygrad_edu.compiling.fingerprints import (
    LOOSE,
    attribute,
    fingerprint,
    held,
    is_installed,
    is_open,
    own_attributes,
)
from tinygrad_edu.kit.quoting import literal
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Outside", "surroundings"]

_SIMPLE = {bool, int, float, complex, str, bytes, type(None)}
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, np.ufunc)
_UNNAMED = {"__init_subclass__", "__reduce__", "__repr__", "__str__"}
_SHOWN = {"repr", "str", "format", "print"}  # by which the last two are named after all
# By which attributes and globals are looked up whose name is a text, and so may be missing as well.
_LOOKUPS = {"getattr", "hasattr", "vars", "__dict__", "globals", "__globals__", "attrgetter"}
_LISTINGS = {"dir", "vars", "__dict__"}  # by which all attributes are
# Libraries whose objects may have functions in them that the user gave them.
_HOLDERS = {"tinygrad_edu", "numpy", "functools", "operator", "builtins", "collections", "types"}
_ABSENT = object()


class Outside:
    """One thing outside: where it stands, and what it was when the program was made.

    It stands in a dict or the like at a key (`how` is ``item``), or is an attribute of its holder
    (``attribute``), or the holder itself (``itself``). Nothing may stand there as well.
    """

    def __init__(self, name: str, holder: Any, key: str = "", how: str = "itself") -> None:
        self.name, self.holder, self.key, self.how = name, holder, key, how
        self.value = self.look()
        self.known = fingerprint(self.value)

    def look(self) -> Any:
        """What stands there now."""
        if self.how == "item":
            return self.holder.get(self.key, _ABSENT)
        return self.holder if self.how == "itself" else getattr(self.holder, self.key)

    @property
    def by_identity(self) -> bool:
        """Whether it is the same as long as the very same object stands there."""
        value = self.value
        bare = self.known[0] == "itself" or (isinstance(value, _FUNCTIONS) and held(value) is None)
        return bare or _is_immutable(value) or _is_of_library(value)

    def changed(self) -> bool:
        """Whether it is something else by now."""
        try:
            value = self.look()
        except (AttributeError, ValueError):  # a cell without anything in it
            return True
        if value is self.value and self.by_identity:
            return False
        return bool(fingerprint(value) != self.known)

    def question(self, constant: Callable[[Any], str]) -> str:
        """The same as an expression, in which `constant` gives names to objects.

        It may also be true of what is equal, but another object.
        """
        if not self.by_identity:
            return f"{constant(self.changed)}()"
        holder = constant(self.holder)
        if self.value is _ABSENT:
            return f"{literal(self.key)} in {holder}"
        place = f"{holder}[{literal(self.key)}]" if self.how == "item" else f"{holder}.{self.key}"
        return f"{place} is not {constant(self.value)}"


def surroundings(f: Any, *others: Any) -> list[Outside]:
    """What `f`, and the functions and methods that it names, take from outside.

    `others` are functions and classes that it is given.
    """
    walk = _Walk([f, *others])
    walk.go()
    return walk.found


class _Walk:
    def __init__(self, starts: Iterable[Any]) -> None:
        self.found: list[Outside] = []
        self.waiting: list[Any] = []
        self.names: set[str] = set()  # that the functions use, also of attributes
        self.texts: set[str] = set()  # that they hold, which may be names as well
        self.asked: set[str] = set()  # those in the functions themselves, and in their variables
        self.owners: dict[int, tuple[Any, Any]] = {}  # modules, classes, with what is in them
        self.objects: list[Any] = []  # of whose attributes the same holds
        self.seen: dict[int, Any] = {}
        self.known: set[tuple[int, str]] = set()
        starts = list(starts)
        self.homes = {_top(attribute(start, "__module__")) for start in starts}
        for start in starts:
            self._reach(start)

    def go(self) -> None:
        """Follow the names, until there are no others."""
        known = None
        while known != (known := self._size()):
            while self.waiting:
                self._function(self.waiting.pop())
            for owner, own in list(self.owners.values()):
                for name in self._used(owner):
                    self._found(f"{owner.__name__}.{name}", own, name, "item")
            for each in self.objects:
                for name, part in held(each) or ():
                    if name in self.names or name in self.texts or name in self.asked:
                        self._reach(part)

    def _size(self) -> tuple[int, ...]:
        return tuple(
            map(len, (self.names, self.texts, self.asked, self.seen, self.owners, self.known))
        )

    def _is_own(self, module: Any) -> bool:
        """Whether a module may change: those of libraries are taken not to, but for one's own."""
        return is_open(module) and (_top(module) in self.homes or not is_installed(module))

    def _reach(self, value: Any) -> None:
        """Take up a value that is used, and what it holds."""
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if type(each) is str:
                self.texts |= _as_names(each)
            if id(each) in self.seen or type(each) in _SIMPLE or isinstance(each, Tensor):
                continue
            self.seen[id(each)] = each
            if isinstance(each, types.ModuleType):
                if self._is_own(each.__name__):
                    self.owners[id(each)] = each, vars(each)
                continue
            if isinstance(each, LOOSE):
                self._found(attribute(each, "name", "what a weak reference refers to"), each)
            self._owned(each)
            if self._is_read_by_name(each):
                self.objects.append(each)
            else:
                waiting += _within(each)

    def _is_read_by_name(self, value: Any) -> bool:
        """Whether all that uses its attributes are methods that are read here as well."""
        kinds = type(value).__mro__
        return all(kind is object or self._is_own(kind.__module__) for kind in kinds)

    def _owned(self, value: Any) -> None:
        """Take up a function, or what has a class whose attributes are used."""
        kinds: Any = value.__mro__ if isinstance(value, type) else ()
        for each in kinds + type(value).__mro__:
            if id(each) not in self.owners and self._is_own(each.__module__):
                self.owners[id(each)] = each, vars(each)
                self._found(f"the bases of {each.__name__}", each, "__mro__", "attribute")
        if callable(value) and not isinstance(value, type):
            self.waiting.append(value)

    def _function(self, function: Any) -> None:
        is_plain = isinstance(function, types.FunctionType)
        opened = not is_plain or self._is_own(function.__globals__.get("__name__"))
        if is_plain and opened:
            self.names |= _names(function.__code__)
            self.asked |= _texts(function.__code__)
            for module in _imported(function):
                self._reach(module)
        for name, *place in _taken(function, opened):
            self._found(name, *place, opened=opened)

    def _found(
        self, name: str, holder: Any, key: str = "", how: str = "itself", *, opened: bool = True
    ) -> None:
        if (id(holder), key) in self.known:
            return
        try:
            outside = Outside(name, holder, key, how)
        except ValueError:  # a cell without anything in it yet
            return
        self.known.add((id(holder), key))
        self._reach(outside.value)
        if type(outside.value) is str:
            self.asked |= _as_names(outside.value)
        if opened and not (how == "itself" and outside.by_identity):
            self.found.append(outside)

    def _used(self, owner: Any) -> list[str]:
        """The names under which something is looked for in a module or a class."""
        own, names = vars(owner), self.names | self.texts | self.asked
        used = names & own.keys()
        if _LOOKUPS & self.names:  # also what is not there, if somebody asks
            used |= self.asked
        if not isinstance(owner, type):
            return sorted(used | ({"__getattr__"} & own.keys()))
        if _LISTINGS & self.names:
            used |= {name for name in own if not name.startswith("__")}
        above = {name for base in owner.__mro__[1:-1] for name in vars(base)}
        unnamed = set() if _SHOWN & self.names else _UNNAMED
        special = {name for name, value in own.items() if _is_special(name, value)} - unnamed
        return sorted(used | (names & above) | special | ({"feedforward"} & own.keys()))


def _is_special(name: str, value: Any) -> bool:
    """Whether Python uses an attribute of a class by itself."""
    kept = (types.GetSetDescriptorType, types.MemberDescriptorType)  # where Python keeps them
    used = hasattr(value, "__get__") and not isinstance(value, kept)
    return name == "__match_args__" or (name.startswith("__") and used)


def _within(value: Any) -> list[Any]:
    """What an object holds, or what there may be functions in if nothing is to be known of it."""
    parts = held(value)
    if parts is not None:
        return [part for pair in parts for part in pair]
    kind = type(value)
    if isinstance(value, type | np.ndarray | np.generic | types.FunctionType | types.GeneratorType):
        return []
    if _top(kind.__module__) not in _HOLDERS:
        return []
    if hasattr(value, "__wrapped__"):
        return [value.__wrapped__]
    known = own_attributes(value)
    return [part for _, part in known] if known else gc.get_referents(value)


def _top(module: Any) -> str:
    return str(module or "").partition(".")[0]


def _is_of_library(value: Any) -> bool:
    """Whether it is a function of NumPy's or ours, as it stands in its module."""
    if not callable(value) or is_open(type(value).__module__):
        return False
    module, name = attribute(value, "__module__"), attribute(value, "__name__")
    if not isinstance(module, str) or not isinstance(name, str) or is_open(module):
        return False
    return getattr(sys.modules.get(module), name, None) is value


def _is_immutable(value: Any) -> bool:
    kind = type(value)
    if kind is tuple:
        return all(map(_is_immutable, value))
    simple = kind in _SIMPLE or value is _ABSENT or isinstance(value, type | types.ModuleType)
    return simple or kind is types.CodeType or (_is_number(value) and kind.__module__ == "numpy")


def _is_number(value: Any) -> bool:
    return isinstance(value, np.generic) and not isinstance(value, np.void)


def _taken(function: Any, opened: bool) -> Iterator[tuple[Any, ...]]:
    """What a function takes from outside: its name, and the place where it stands."""
    if isinstance(function, partial):
        yield "the function of a partial", function, "func", "attribute"
        yield "what the partial holds", function, "args", "attribute"
        yield "what the partial holds", function, "keywords", "attribute"
    elif isinstance(function, types.MethodType):
        yield "self", function, "__self__", "attribute"
        yield function.__name__, function, "__func__", "attribute"
    elif isinstance(function, types.BuiltinFunctionType | types.MethodWrapperType):
        if not isinstance(function.__self__, type | types.ModuleType | None):
            yield "self", function, "__self__", "attribute"
    elif isinstance(function, types.FunctionType):
        code = function.__code__
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            yield name, cell, "cell_contents", "attribute"
        if opened:
            yield f"the code of {function.__name__}", function, "__code__", "attribute"
            if held(function) is not None:
                yield f"what {function.__name__} holds", function
            for key in ("__defaults__", "__kwdefaults__"):
                if getattr(function, key) is not None:
                    yield "what the defaults hold", function, key, "attribute"
            for name in sorted(_globals(code)):
                yield name, *_standing(name, function.__globals__), "item"
    elif is_open(type(function).__module__):  # an object that is called
        yield "what the object holds", function


def _standing(name: str, known: dict[str, Any]) -> Iterator[Any]:
    """Where a global name is found: among the globals of a module, or of Python."""
    is_pythons = getattr(vars(builtins).get(name), "__module__", None) == "builtins"
    yield known if name in known or is_pythons or name not in vars(builtins) else vars(builtins)
    yield name


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function, and of those that are written within it."""
    waiting = [code]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [part for part in each.co_consts if isinstance(part, types.CodeType)]


def _names(code: types.CodeType) -> set[str]:
    """The globals and attributes that a function, and those within, read."""
    return {name for each in _codes(code) for name, _ in _read(each)}


@lru_cache(maxsize=1024)
def _read(code: types.CodeType) -> frozenset[tuple[str, bool]]:
    """The names in a function that it reads, and whether as globals."""
    asked = [each for each in dis.get_instructions(code) if each.opcode in dis.hasname]
    kept = ("STORE_", "DELETE_")
    names = {each.argval for each in asked if not each.opname.startswith(kept)}
    known = {each.argval for each in asked if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    names |= set(code.co_names) - {each.argval for each in asked}
    return frozenset((name, name in known) for name in names)


def _texts(code: types.CodeType) -> set[str]:
    """The texts in a function that may be names: of an attribute, of several with dots between."""
    found: set[str] = set()
    waiting = [constant for each in _codes(code) for constant in each.co_consts]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple | frozenset):
            waiting += each
        elif isinstance(each, str):
            found |= _as_names(each)
    return found


def _as_names(text: str) -> set[str]:
    """The names in a text that is one, or several with dots between."""
    return set(filter(str.isidentifier, text.split(".")))


def _globals(code: types.CodeType) -> set[str]:
    """The names that a function looks up among the globals, as such or as a text."""
    named = {name for each in _codes(code) for name, is_global in _read(each) if is_global}
    if _names(code) & {"globals", "__globals__", "__dict__", "vars"}:
        named |= _texts(code)
    return named


def _imported(function: types.FunctionType) -> Iterator[types.ModuleType]:
    """The modules that a function imports by itself, by the names and texts in it."""
    package = str(function.__globals__.get("__package__") or "").split(".")
    above = ["", *(".".join(package[: k + 1]) + "." for k in range(len(package)))]
    for name in _names(function.__code__) | _texts(function.__code__):
        for start in above:
            parts = (start + name).split(".")
            names = [".".join(parts[: k + 1]) for k in range(len(parts))]
            yield from (sys.modules[each] for each in names if each in sys.modules)
