"""What an object holds, as something that can be compared with what it held before."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np

from tinygrad_edu.tensor import Tensor

__all__ = ["fingerprint", "is_open"]

_FIXED = {"numpy", "scipy", "tinygrad_edu"} | set(sys.stdlib_module_names)
_FIXED -= {"__main__"}


def is_open(module: Any) -> bool:
    """Whether a module of this name is the user's: libraries are taken to stay as they are."""
    return str(module or "").partition(".")[0] not in _FIXED


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
    if plain and not isinstance(thing, types.FunctionType) and _is_seen_through(type(thing)):
        return type(thing), [(name, _print(each, above)) for name, each in known.items()]
    return "itself", _Same(thing)


def _is_seen_through(kind: type) -> bool:
    """Whether objects of a class hold what they are in attributes: of the user's, and modules."""
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
