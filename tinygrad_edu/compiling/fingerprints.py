"""What an object holds, as something that can be compared with what it held before."""

from __future__ import annotations

import sys
import types
from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Set
from pathlib import PurePath
from typing import Any

import numpy as np

from tinygrad_edu.tensor import Tensor

__all__ = ["attribute", "fingerprint", "held", "is_installed", "is_open"]

_FIXED = {"numpy", "scipy", "tinygrad_edu"} | set(sys.stdlib_module_names)
_FIXED -= {"__main__"}
_NAMESPACES = {"SimpleNamespace", "Namespace", "UserDict", "UserList"}


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
    """Something that is equal as long as `thing` holds the same: numbers, arrays, attributes."""
    return _print(thing, {})


def _print(thing: Any, seen: dict[int, tuple[int, Any]]) -> Any:
    if isinstance(thing, np.ndarray):
        return "array", thing.shape, thing.dtype, _Content(thing)
    if isinstance(thing, Tensor):
        return "tensor", _Same(thing), _Same(thing._value)
    if isinstance(thing, float | complex):
        return type(thing), repr(thing)
    if isinstance(thing, int | str | bytes | type(None) | np.generic):
        return type(thing), thing
    if id(thing) in seen:
        return "seen", seen[id(thing)][0]
    parts = held(thing)
    if parts is None:
        return "itself", _Same(thing)
    seen[id(thing)] = len(seen), thing
    head = _Same(thing) if isinstance(thing, types.FunctionType) else type(thing)
    return head, [(name, _print(each, seen)) for name, each in parts]


def held(thing: Any) -> list[tuple[Any, Any]] | None:
    """What `thing` holds, with names or keys; None for what is compared by identity."""
    kind = type(thing)
    own = [*_attributes(thing), *_slots(thing)] if _is_seen_through(thing) else None
    if isinstance(thing, list | tuple | deque):
        return [*enumerate(thing), *(own or ())]
    if isinstance(thing, Mapping) and (own is None or isinstance(thing, dict)):
        return [*((key, thing[key]) for key in thing), *(own or ())]
    if isinstance(thing, Set) and (own is None or isinstance(thing, set | frozenset)):
        return [*enumerate(thing), *(own or ())]
    if isinstance(thing, array | bytearray | memoryview):
        return [(kind.__name__, bytes(thing))]
    return own


def _attributes(thing: Any) -> list[tuple[str, Any]]:
    return list(attribute(thing, "__dict__", {}).items())


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
        return bool(vars(thing))
    kind = type(thing)
    if isinstance(thing, type | types.ModuleType):
        return False
    if kind.__name__ in _NAMESPACES and kind.__module__ in sys.stdlib_module_names:
        return True
    return is_open(kind.__module__) or hasattr(kind, "named_parameters")


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
