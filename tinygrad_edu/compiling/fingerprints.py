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
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import PurePath
from typing import Any

import numpy as np

from tinygrad_edu.tensor import Tensor

__all__ = ["attributes", "fingerprint", "held", "is_installed", "is_open"]

_FIXED = {"numpy", "scipy", "tinygrad_edu"} | set(sys.stdlib_module_names)
_FIXED -= {"__main__"}
# Libraries whose objects are no more than what lies in their attributes.
_PLAIN = ("argparse", "collections", "configparser", "string", "types", "numpy.polynomial")
# What is written in C and shows what it refers to to the garbage collector alone.
_REFERRING = (
    *(type({}.keys()), type({}.values()), type({}.items()), types.MappingProxyType),
    *(operator.attrgetter, operator.itemgetter, operator.methodcaller, types.GenericAlias),
)
# A method with its object.
_BOUND = (types.MethodType, types.BuiltinFunctionType, types.MethodWrapperType)
_UNSET = object()


def is_open(module: Any) -> bool:
    """Whether a module of this name is the user's: libraries are taken to stay as they are."""
    return str(module or "").partition(".")[0] not in _FIXED


def is_installed(module: Any) -> bool:
    """Whether a module of this name is part of a library that was installed."""
    top = sys.modules.get(str(module or "").partition(".")[0])
    parts = PurePath(getattr(top, "__file__", None) or "").parts
    return "site-packages" in parts or "dist-packages" in parts


def fingerprint(thing: Any) -> Any:
    """Something that is equal as long as `thing` holds the same: numbers, arrays, attributes.

    Of the same type, and bit by bit: 1 is not True, nor 1.0, nor is 0.0 what -0.0 is; a NaN is the
    NaN of the same bits.
    """
    return _print(thing, {})


def _print(thing: Any, seen: dict[int, tuple[int, Any]]) -> Any:
    kind = type(thing)
    if kind in _EXACT:
        return kind, _EXACT[kind](thing)
    if id(thing) in seen:
        return "seen", seen[id(thing)][0]
    head, parts = _head(thing), held(thing)
    if head is None and parts is None:
        return "itself", _Same(thing)
    seen[id(thing)] = len(seen), thing
    return kind, head, [(_print(name, seen), _print(each, seen)) for name, each in parts or ()]


_EXACT: dict[type, Callable[[Any], Any]] = {
    type(None): lambda _none: None,
    bool: lambda truth: truth,
    int: int.__index__,
    str: str.__str__,
    bytes: bytes.__bytes__,
    float: lambda number: struct.pack("d", number),
    complex: lambda number: struct.pack("dd", number.real, number.imag),
}


def _head(thing: Any) -> Any:
    """What there is to compare besides what it holds; None if there is nothing."""
    if isinstance(thing, np.ndarray):
        bits = _Same(thing) if thing.dtype.hasobject else thing.tobytes()
        return thing.shape, thing.strides, thing.dtype, bits
    if isinstance(thing, np.generic):
        return thing.dtype, thing.tobytes()
    if isinstance(thing, Tensor):
        return thing.name, _Same(thing), _Same(thing._value)
    if isinstance(thing, array):
        return thing.typecode, thing.tobytes()
    if isinstance(thing, memoryview):
        return thing.format, thing.shape, thing.tobytes()
    if isinstance(thing, bytearray):
        return bytes(thing)
    if isinstance(thing, deque):
        return "at most", thing.maxlen
    if isinstance(thing, types.FunctionType):
        return _Same(thing)
    if isinstance(thing, _BOUND):
        return _Same(getattr(thing, "__func__", None)), thing.__name__
    for base in (int, float, complex, str, bytes):  # that a class of the user's is derived from
        if isinstance(thing, base):
            return _EXACT[base](thing)
    return None


def held(thing: Any) -> list[tuple[Any, Any]] | None:
    """What `thing` holds, with names or keys; None for what holds nothing that is looked at."""
    own = [*attributes(thing), *_slots(thing)] if _is_seen_through(thing) else None
    if isinstance(thing, list | tuple | deque):
        return [*enumerate(_plainly(thing, list, tuple, deque)), *(own or ())]
    if isinstance(thing, dict):
        kind: Any = OrderedDict if isinstance(thing, OrderedDict) else dict
        return [*kind.items(thing), *(own or ())]
    if isinstance(thing, set | frozenset):
        return [*enumerate(_plainly(thing, set, frozenset)), *(own or ())]
    if isinstance(thing, np.ndarray) and thing.dtype.hasobject:
        return [*enumerate(thing.ravel().tolist()), *(own or ())]
    return _referred(thing) if own is None or isinstance(thing, _REFERRING) else own


def _plainly(thing: Any, *kinds: type) -> Iterator[Any]:
    """Its elements, whatever a class of the user's makes of ``for``."""
    (kind,) = (each for each in kinds if isinstance(thing, each))
    return iter(kind.__iter__(thing))  # type: ignore[attr-defined]


def _referred(thing: Any) -> list[tuple[Any, Any]] | None:
    """What an object of a library refers to, of the kinds that are looked through."""
    if isinstance(thing, ContextVar):
        return [("value", _value(thing))]
    if isinstance(thing, weakref.ref):
        return [("object", thing())]
    if isinstance(thing, weakref.ProxyTypes):
        return [("object", thing.__repr__.__self__)]
    if isinstance(thing, weakref.WeakKeyDictionary | weakref.WeakValueDictionary):
        return [*enumerate(thing.items())]
    if isinstance(thing, types.GeneratorType):
        frame = thing.gi_frame
        return [("at", frame.f_lasti), ("within", frame.f_locals)] if frame else []
    if isinstance(thing, BaseException):
        return [("args", thing.args)]
    if isinstance(thing, np.flatiter):
        return [("base", thing.base), ("index", thing.index)]
    if isinstance(thing, _BOUND):
        of = thing.__self__
        return None if of is None or isinstance(of, type | types.ModuleType) else [("self", of)]
    if isinstance(thing, _REFERRING):
        return [*enumerate(r for r in gc.get_referents(thing) if not isinstance(r, type))]
    return None


def _value(variable: ContextVar[Any]) -> Any:
    try:
        return variable.get()
    except LookupError:
        return _UNSET


def attributes(thing: Any) -> list[tuple[str, Any]]:
    """What stands in its ``__dict__``, but for the function that a decorator was given."""
    of: Any = threading.local if isinstance(thing, threading.local) else object
    try:
        known = of.__getattribute__(thing, "__dict__")
    except AttributeError:
        return []
    return [(name, part) for name, part in known.items() if name != "__wrapped__"]


def _slots(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, types.FunctionType):  # which has its globals in one
        return
    for kind in type(thing).__mro__:
        for name, member in vars(kind).items():
            if isinstance(member, types.MemberDescriptorType):
                try:
                    yield name, member.__get__(thing)
                except AttributeError:  # nothing is in it
                    continue


def _is_seen_through(thing: Any) -> bool:
    """Whether what it is lies in attributes: of objects of the user's, modules, and functions."""
    if isinstance(thing, types.FunctionType):
        return bool(attributes(thing))
    kind = type(thing)
    if isinstance(thing, type | types.ModuleType):
        return False
    if kind.__module__.startswith(_PLAIN) or kind in (threading.local, np.poly1d):
        return True
    return is_open(kind.__module__) or hasattr(kind, "named_parameters")


class _Same:
    """Something that is compared by identity."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    __hash__ = None  # type: ignore[assignment]
