"""What an object holds, as something that can be compared with what it held before."""

from __future__ import annotations

import gc
import operator
import struct
import sys
import threading
import types
import weakref
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import numpy as np

from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["LOOSE", "attribute", "fingerprint", "held", "is_installed", "is_open", "own_attributes"]

_FIXED = {"numpy", "scipy", "tinygrad_edu"} | set(sys.stdlib_module_names)
_FIXED -= {"__main__"}
# Libraries whose objects are no more than what lies in their attributes.
_PLAIN = ("argparse", "collections", "configparser", "string", "types", "numpy.polynomial")
_UNSET = object()
# What these refer to is no part of what holds them: an object may know the one that it is part of.
LOOSE: tuple[Any, ...] = (*(ContextVar, weakref.ref, weakref.ProxyType, weakref.CallableProxyType),)

Parts = Iterable[tuple[Any, Any]]


def is_open(module: Any) -> bool:
    """Whether a module of this name is the user's: libraries are taken to stay as they are."""
    return str(module or "").partition(".")[0] not in _FIXED


def is_installed(module: Any) -> bool:
    """Whether a module of this name is part of a library that was installed."""
    top = sys.modules.get(str(module or "").partition(".")[0])
    parts = PurePath(getattr(top, "__file__", None) or "").parts
    return "site-packages" in parts or "dist-packages" in parts


def attribute(thing: Any, name: str, default: Any = None) -> Any:
    """An attribute if there is one; a class may raise what it likes in its ``__getattr__``."""
    try:
        return getattr(thing, name, default)
    except Exception:
        return default


def fingerprint(thing: Any) -> Any:
    """Something that is equal as long as `thing` holds the same: numbers, arrays, attributes.

    Of the same type, and bit by bit: 1 is not True, nor 1.0, nor is 0.0 what -0.0 is; a NaN is the
    NaN of the same bits.
    """
    return _print(thing, {})


def _print(thing: Any, seen: dict[int, tuple[int, Any]]) -> Any:
    kind: Any = type(thing)
    exact = _EXACT.get(kind)
    if exact is not None:
        return kind, exact(thing)
    if id(thing) in seen:
        return "seen", seen[id(thing)][0]
    head, parts = _head_of(kind), held(thing)
    if (head is None and parts is None) or (seen and issubclass(kind, LOOSE)):
        return "itself", _Same(thing)
    seen[id(thing)] = len(seen), thing
    known = [(_print(name, seen), _print(each, seen)) for name, each in parts or ()]
    return kind, head and head(thing), known


def held(thing: Any) -> list[tuple[Any, Any]] | None:
    """What `thing` holds, with names or keys; None for what holds nothing that is looked at."""
    kind: Any = type(thing)
    seen_through, parts_of = _reading(kind)
    own = [*own_attributes(thing), *_slots(thing)] if seen_through else []
    parts = parts_of and parts_of(thing)
    if parts is None:
        return own if own or (seen_through and kind is not types.FunctionType) else None
    return [*parts, *own]


def own_attributes(thing: Any) -> list[tuple[str, Any]]:
    """What stands in its ``__dict__``, but for the function that a decorator was given."""
    of: Any = threading.local if isinstance(thing, threading.local) else object
    try:
        known = of.__getattribute__(thing, "__dict__")
    except AttributeError:
        return []
    return [(name, part) for name, part in known.items() if name != "__wrapped__"]


def _slots(thing: Any) -> Iterator[tuple[str, Any]]:
    kind: Any = type(thing)
    for name, member in _members(kind):
        try:
            yield name, member.__get__(thing)
        except AttributeError:  # nothing is in it
            continue


@lru_cache(maxsize=512)
def _members(kind: Any) -> list[tuple[str, Any]]:
    if kind is types.FunctionType:  # which has its globals in one
        return []
    members = [pair for each in kind.__mro__ for pair in vars(each).items()]
    return [(name, m) for name, m in members if isinstance(m, types.MemberDescriptorType)]


@lru_cache(maxsize=512)
def _head_of(kind: Any) -> Callable[[Any], Any] | None:
    return next((head for base, head in _HEADS.items() if issubclass(kind, base)), None)


@lru_cache(maxsize=512)
def _reading(kind: Any) -> tuple[bool, Callable[[Any], Parts | None] | None]:
    """Whether what an object is lies in its attributes, and what it holds besides."""
    parts_of = next((parts for base, parts in _PARTS.items() if issubclass(kind, base)), None)
    if issubclass(kind, type | types.ModuleType):
        return False, None
    plain = str(kind.__module__).startswith(_PLAIN) and kind is not types.GenericAlias
    seen_through = plain or kind in (threading.local, np.poly1d, types.FunctionType)
    own = is_open(kind.__module__) or hasattr(kind, "named_parameters")
    return seen_through or own, parts_of


class _Same:
    """Something that is compared by identity."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    __hash__ = None  # type: ignore[assignment]


def _array(thing: Any) -> Any:
    bits = _Same(thing) if thing.dtype.hasobject else thing.tobytes()
    return thing.shape, thing.strides, thing.dtype, bits


def _referred(thing: Any) -> Parts:
    """What is written in C shows what it refers to, to the garbage collector alone."""
    return enumerate(each for each in gc.get_referents(thing) if not isinstance(each, type))


def _value(variable: ContextVar[Any]) -> Parts:
    try:
        return [("value", variable.get())]
    except LookupError:
        return [("value", _UNSET)]


# What there is to compare besides what an object holds; of a class, and of those derived from it.
_EXACT: dict[type, Callable[[Any], Any]] = {
    type(None): lambda _none: None,
    bool: lambda truth: truth,
    int: int.__index__,
    str: str.__str__,
    bytes: bytes.__bytes__,
    float: lambda number: struct.pack("d", number),
    complex: lambda number: struct.pack("dd", number.real, number.imag),
}
_HEADS: dict[Any, Callable[[Any], Any]] = {
    np.ndarray: _array,
    np.generic: lambda number: (number.dtype, number.tobytes()),
    Tensor: lambda tensor: (tensor.name, _Same(tensor), _Same(tensor._value)),
    types.FunctionType: _Same,
    **_EXACT,  # from which a class of the user's is derived
}
# The elements as they are, whatever a class of the user's makes of ``for``.
_PARTS: dict[Any, Callable[[Any], Parts | None]] = {
    list: lambda thing: enumerate(list.__iter__(thing)),
    tuple: lambda thing: enumerate(tuple.__iter__(thing)),
    deque: lambda thing: [("at most", thing.maxlen), *enumerate(deque.__iter__(thing))],
    set: lambda thing: enumerate(set.__iter__(thing)),
    frozenset: lambda thing: enumerate(frozenset.__iter__(thing)),
    array: lambda thing: [(thing.typecode, thing.tobytes())],
    bytearray: lambda thing: [("bytes", bytes(thing))],
    memoryview: lambda view: [((view.format, view.shape), view.tobytes())],
    OrderedDict: OrderedDict.items,
    dict: dict.items,
    np.ndarray: lambda a: enumerate(a.ravel().tolist()) if a.dtype.hasobject else None,
    np.flatiter: lambda places: [("base", places.base), ("index", places.index)],
    ContextVar: _value,
    BaseException: lambda error: [("args", error.args)],
    weakref.ref: lambda reference: [("object", reference())],
    weakref.ProxyType: lambda proxy: [("object", proxy.__repr__.__self__)],
    weakref.CallableProxyType: lambda proxy: [("object", proxy.__repr__.__self__)],
    weakref.WeakKeyDictionary: lambda thing: enumerate(thing.items()),
    weakref.WeakValueDictionary: lambda thing: enumerate(thing.items()),
    **dict.fromkeys(
        (
            *(type({}.keys()), type({}.values()), type({}.items()), types.MappingProxyType),
            *(operator.attrgetter, operator.itemgetter, operator.methodcaller),
            types.GenericAlias,
        ),
        _referred,
    ),
}
