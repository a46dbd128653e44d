"""What a function takes from outside its arguments: globals, closure cells, defaults, Tensors.

A program has the values of these in it, so it is the function's only as long as they stay as they
are. Looked for is what the function and those that it calls name; NumPy and the standard library
are taken not to change.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from tinygrad_edu.tensor import Tensor

__all__ = ["Outside", "fingerprint", "surroundings"]

_FIXED = {"numpy", "scipy", "tinygrad_edu"} | set(sys.stdlib_module_names)
_FIXED -= {"__main__"}
_IMMUTABLE = (int, float, complex, str, bytes, type(None), type, np.generic, types.ModuleType)


class Outside:
    """One thing outside, what it was when the program was made, and how to look again."""

    def __init__(self, name: str, look: Callable[[], Any], holder: Any = None) -> None:
        self.name, self.look, self.holder = name, look, holder
        self.value = look()
        self.known = fingerprint(self.value)

    @property
    def by_identity(self) -> bool:
        """Whether it is the same as long as the very same object stands there."""
        return _is_immutable(self.value) or _is_function(self.value)

    def changed(self) -> bool:
        """Whether it is something else by now."""
        value = self.look()
        if value is self.value and self.by_identity:
            return False
        return bool(fingerprint(value) != self.known)


def surroundings(f: Any) -> list[Outside]:
    """What `f`, and the functions that it names, take from outside."""
    found: list[Outside] = []
    seen: set[int] = set()
    waiting = [f]
    while waiting:
        function = waiting.pop()
        if id(function) in seen:
            continue
        seen.add(id(function))
        for name, look, holder in _named(function):
            try:
                outside = Outside(name, look, holder)
            except (ValueError, KeyError):  # not bound yet
                continue
            if callable(outside.value) and not isinstance(outside.value, type):
                waiting.append(outside.value)
            if not isinstance(outside.value, types.ModuleType) and not _is_fixed(function):
                found.append(outside)
    return found


def _is_fixed(function: Any) -> bool:
    """Whether a function is of a library, whose own globals and cells stay as they are."""
    known = getattr(function, "__globals__", {})
    return str(known.get("__name__", "")).partition(".")[0] in _FIXED


def _is_function(value: Any) -> bool:
    return isinstance(value, types.FunctionType | types.BuiltinFunctionType | np.ufunc)


def _is_immutable(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_immutable, value))
    return isinstance(value, _IMMUTABLE)


def _named(function: Any) -> Iterator[tuple[str, Callable[[], Any], Any]]:
    """The names that a function takes from outside: how to look each up, and what it stands in."""
    if isinstance(function, partial):
        yield "the function of a partial", lambda: function.func, None
        yield "the arguments of a partial", lambda: (function.args, function.keywords), None
    elif isinstance(function, types.MethodType):
        yield "self", lambda: function.__self__, None
        yield function.__name__, lambda: function.__func__, None
    elif isinstance(function, types.FunctionType):
        code = function.__code__
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            yield name, partial(getattr, cell, "cell_contents"), cell
        if _is_fixed(function):
            return
        if function.__defaults__ or function.__kwdefaults__:
            yield "the defaults", lambda: (function.__defaults__, function.__kwdefaults__), None
        known = function.__globals__
        for name in sorted(_global_names(code) & known.keys()):
            yield name, partial(known.__getitem__, name), known
    elif type(function).__module__.partition(".")[0] not in _FIXED:  # an object that is called
        yield "the attributes", lambda: function, None
        yield "__call__", lambda: vars(type(function)).get("__call__"), None


def _global_names(code: types.CodeType) -> set[str]:
    names: set[str] = set()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        names.update(each.co_names)
        waiting += [part for part in each.co_consts if isinstance(part, types.CodeType)]
    return names


def fingerprint(thing: Any) -> Any:
    """Something that is equal as long as `thing` holds the same: numbers, arrays, attributes."""
    return _print(thing, {})


def _print(thing: Any, above: dict[int, int]) -> Any:
    if isinstance(thing, np.ndarray):
        return "array", thing.shape, thing.dtype, _Content(thing)
    if isinstance(thing, Tensor):
        return "tensor", _Same(thing), _Same(thing._value)
    if isinstance(thing, float | complex):
        return type(thing), repr(thing)
    if isinstance(thing, int | str | bytes | type(None) | np.generic):
        return type(thing), thing
    if id(thing) in above:
        return "above", above[id(thing)]
    above[id(thing)] = len(above)
    found = _parts(thing, above)
    del above[id(thing)]
    return found


def _parts(thing: Any, above: dict[int, int]) -> Any:
    if isinstance(thing, list | tuple):
        return type(thing), [_print(each, above) for each in thing]
    if isinstance(thing, dict):
        return type(thing), [(key, _print(each, above)) for key, each in thing.items()]
    known: dict[str, Any] = getattr(thing, "__dict__", {})
    plain = hasattr(thing, "__dict__") and not isinstance(thing, type | types.ModuleType)
    if plain and not isinstance(thing, types.FunctionType) and _is_open(type(thing)):
        return type(thing), [(name, _print(each, above)) for name, each in known.items()]
    return "itself", _Same(thing)


def _is_open(kind: type) -> bool:
    """Whether objects of a class hold what they are in attributes: of the user's, and modules."""
    root = kind.__module__.partition(".")[0]
    return root not in _FIXED or hasattr(kind, "named_parameters")


class _Same:
    """Something that is compared by identity."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    __hash__ = None  # type: ignore[assignment]


class _Content:
    """What is in an array, bit by bit."""

    def __init__(self, array: Any) -> None:
        self.bytes = array.tobytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content) and self.bytes == other.bytes

    __hash__ = None  # type: ignore[assignment]
