"""What a function takes from outside its arguments: globals, closure cells, defaults, Tensors.

A program has the values of these in it, so it is the function's only as long as they stay as they
are. Looked for is what the function names, and what those functions and methods name that it names;
NumPy, the standard library and what else is installed are taken not to change.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.compiling.fingerprints import attribute, fingerprint, held, is_installed, is_open

__all__ = ["Outside", "surroundings"]

_IMMUTABLE = (int, float, complex, str, bytes, type(None), type, np.generic, types.ModuleType)
_NUMBERS = {bool, int, float, complex, str, bytes, type(None)}
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, np.ufunc)
_UNNAMED = {"__repr__", "__str__", "__init_subclass__", "__class_getitem__", "__reduce__"}


class Outside:
    """One thing outside, what it was when the program was made, and how to look again."""

    def __init__(self, name: str, look: Callable[[], Any], holder: Any = None) -> None:
        self.name, self.look, self.holder = name, look, holder
        self.value = look()
        self.known = fingerprint(self.value)

    @property
    def by_identity(self) -> bool:
        """Whether it is the same as long as the very same object stands there."""
        bare = isinstance(self.value, _FUNCTIONS) and held(self.value) is None
        simple = bare or _is_immutable(self.value) or _is_of_library(self.value)
        return simple and self.look() is self.value  # not made anew by looking

    def changed(self) -> bool:
        """Whether it is something else by now."""
        value = self.look()
        if value is self.value and self.by_identity:
            return False
        return bool(fingerprint(value) != self.known)


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
        self.owners: list[Any] = []  # modules and classes whose attributes are used by name
        self.objects: list[Any] = []  # of whose attributes the same holds
        self.seen: dict[int, Any] = {}
        self.known: set[tuple[int, str]] = set()
        starts = list(starts)
        self.homes = {_top(attribute(start, "__module__")) for start in starts}
        for start in starts:
            self._reach(start)

    def go(self) -> None:
        """Follow the names, until there are no others."""
        while self.waiting:
            while self.waiting:
                self._function(self.waiting.pop())
            for owner in self.owners:
                for name in self._used(owner):
                    self._attribute(owner, name)
            for each in self.objects:
                for name, part in held(each) or ():
                    if name in self.names:
                        self._reach(part)

    def _is_own(self, module: Any) -> bool:
        """Whether a module may change: those of libraries are taken not to, but for one's own."""
        return is_open(module) and (_top(module) in self.homes or not is_installed(module))

    def _reach(self, value: Any) -> None:
        """Take up a value that is used, and what it holds."""
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if id(each) in self.seen or type(each) in _NUMBERS:
                continue
            self.seen[id(each)] = each
            if isinstance(each, types.ModuleType):
                self.owners += [each] if self._is_own(each.__name__) else []
                continue
            self._owned(each)
            if isinstance(each, list | tuple | Mapping | Set | deque):
                waiting += [part for _, part in held(each) or ()]
            else:
                self.objects.append(each)

    def _owned(self, value: Any) -> None:
        """Take up a function, or what has a class whose attributes are used."""
        kind = value if isinstance(value, type) else type(value)
        for each in kind.__mro__:
            if self._is_own(each.__module__) and id(each) not in map(id, self.owners):
                self.owners.append(each)
        if callable(value) and not isinstance(value, type):
            self.waiting.append(value)

    def _function(self, function: Any) -> None:
        opened = self._is_own(attribute(function, "__globals__", {}).get("__name__"))
        if isinstance(function, types.FunctionType) and opened:
            self.names |= _names(function.__code__)
            for module in _imported(function):
                self._reach(module)
        for name, look, holder in _taken(function, opened):
            self._found(name, look, holder, opened)

    def _found(self, name: str, look: Any, holder: Any, opened: bool) -> None:
        try:
            outside = Outside(name, look, holder)
        except (ValueError, KeyError):  # not bound yet
            return
        self._reach(outside.value)
        place = id(holder), name
        if isinstance(outside.value, types.ModuleType) or place in self.known or not opened:
            return
        if holder is not None:
            self.known.add(place)
        self.found.append(outside)

    def _used(self, owner: Any) -> list[str]:
        own = vars(owner).keys()
        if not isinstance(owner, type):
            return sorted(self.names & own)
        special = {name for name in own if name.startswith("__")} - _UNNAMED
        return sorted((self.names & own) | (special & own) | ({"feedforward"} & own))

    def _attribute(self, owner: Any, name: str) -> None:
        """A function or a value in a module or a class, which is used by name."""
        value = vars(owner)[name]
        value = getattr(value, "__func__", getattr(value, "fget", value))
        if isinstance(value, types.FunctionType) and isinstance(owner, type):
            self._reach(value)
        elif not isinstance(owner, type) or not (
            name.startswith("__") or hasattr(value, "__get__")
        ):
            look = partial(vars(owner).__getitem__, name)
            if (id(owner), name) not in self.known:
                self.known.add((id(owner), name))
                self._found(f"{owner.__name__}.{name}", look, None, opened=True)


def _top(module: Any) -> str:
    return str(module or "").partition(".")[0]


def _is_of_library(value: Any) -> bool:
    """Whether it is a function of NumPy's or ours, as it stands in its module."""
    module, name = attribute(value, "__module__"), attribute(value, "__name__")
    if not isinstance(module, str) or not isinstance(name, str) or is_open(module):
        return False
    return getattr(sys.modules.get(module), name, None) is value


def _is_immutable(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_immutable, value))
    return isinstance(value, _IMMUTABLE)


def _taken(function: Any, opened: bool) -> Iterator[tuple[str, Callable[[], Any], Any]]:
    """What a function takes from outside: its name, how to look it up, and what it stands in."""
    if isinstance(function, partial):
        yield "the function of a partial", lambda: function.func, None
        yield "what the partial holds", lambda: (function.args, function.keywords), None
    elif isinstance(function, types.MethodType):
        yield "self", lambda: function.__self__, None
        yield function.__name__, lambda: function.__func__, None
    elif isinstance(function, types.FunctionType):
        code = function.__code__
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            yield name, partial(getattr, cell, "cell_contents"), cell
        if not opened:
            return
        if function.__defaults__ or function.__kwdefaults__:
            defaults = "__defaults__", "__kwdefaults__"
            yield "what the defaults hold", lambda: [getattr(function, d) for d in defaults], None
        known = function.__globals__
        for name in sorted(_names(code) & known.keys()):
            yield name, partial(known.__getitem__, name), known
    elif is_open(type(function).__module__):  # an object that is called
        yield "what the object holds", lambda: function, None
    elif callable(attribute(function, "__wrapped__")):
        yield "the function within", lambda: function.__wrapped__, None


def _names(code: types.CodeType) -> set[str]:
    """The globals and attributes that a function, and those within, name."""
    names: set[str] = set()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        names.update(each.co_names)
        waiting += [part for part in each.co_consts if isinstance(part, types.CodeType)]
    return names


def _imported(function: types.FunctionType) -> Iterator[types.ModuleType]:
    """The modules that a function imports by itself, by the names in it."""
    package = str(function.__globals__.get("__package__") or "").split(".")
    above = ["", *(".".join(package[: k + 1]) + "." for k in range(len(package)))]
    for name in _names(function.__code__):
        for start in above:
            parts = (start + name).split(".")
            names = [".".join(parts[: k + 1]) for k in range(len(parts))]
            yield from (sys.modules[each] for each in names if each in sys.modules)
