"""What a program depends on in the arguments, but for the values of their arrays."""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.compiling.fingerprints import LOOSE, fingerprint, held
from tinygrad_edu.engine.values import plain
from tinygrad_edu.tensor.tensor import Tensor

__all__ = ["Described", "Spec", "describe", "used_by"]

_FUNCTIONS: tuple[Any, ...] = (
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial),
    *(np.ufunc, type, *LOOSE),
)
_SETTINGS = (type(None), bool, int, str, bytes, enum.Enum, np.dtype, slice, np.bool_)


class Spec(NamedTuple):
    """A part of the arguments: its kind, what is fixed of it, and its parts.

    Kinds: ``array`` (dtype, shape), ``number`` (type), ``tensor`` (dtype, shape), ``again`` (which
    leaf, or which part, it is once more), ``setting`` (type, value), ``thing`` (itself),
    ``constant`` (dtype, shape, strides, bytes); and ``list``, ``tuple``, ``dict``, ``object`` and
    ``other`` with parts. What is not ``again`` is another object than all before it.
    """

    kind: str
    fixed: Any
    parts: tuple[Spec, ...] = ()


class _Itself:
    """Something that is compared by identity."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


class Described(NamedTuple):
    """The structure of arguments, and their leaves."""

    spec: Spec
    leaves: list[Any]


def describe(title: str, tree: Any) -> Described:
    """The structure of `tree`: equal where the same program computes with it.

    Raises
    ------
    TypeError
        If there is a Tensor that is no parameter of a module, or one that was computed.
    """
    walk = _Walk(title)
    return Described(walk.spec(tree, within=False), walk.leaves)


def used_by(spec: Spec) -> list[Any]:
    """The functions, classes and members of enumerations in a structure."""
    found, waiting = [], [spec]
    while waiting:
        each = waiting.pop()
        waiting += each.parts
        if each.kind == "thing":
            found.append(each.fixed.thing)
        elif each.kind == "setting" and isinstance(each.fixed[1], enum.Enum):
            found.append(each.fixed[1])
        elif each.kind in ("object", "other"):
            found.append(each.fixed[0])
    return found


class _Walk:
    def __init__(self, title: str) -> None:
        self.title = title
        self.leaves: list[Any] = []
        self.places: dict[int, int] = {}  # of the leaves, by identity
        self.above: dict[int, int] = {}
        self.parts: dict[int, int] = {}  # of the arguments, that have leaves in them

    def spec(self, thing: Any, within: bool) -> Spec:
        """The structure of a part, which is an attribute of a module if `within` one."""
        kind = type(thing)
        if id(thing) in self.places and (not within or isinstance(thing, Tensor)):
            return Spec("again", self.places[id(thing)])
        if kind is np.ndarray or kind in _NUMBERS:
            return self._numeric(thing, thing, within)
        if isinstance(thing, Tensor):
            return self._tensor(thing, within)
        if isinstance(thing, _SETTINGS):
            known = thing if not isinstance(thing, slice | np.generic) else repr(thing)
            return Spec("setting", (kind, known))
        if id(thing) in self.above:
            return Spec("again", ("above", self.above[id(thing)]))
        if id(thing) in self.parts and not within:
            return Spec("again", ("part", self.parts[id(thing)]))
        self.above[id(thing)] = len(self.above)
        made = self._branches(thing, within)
        del self.above[id(thing)]
        if made.parts and not within:
            self.parts[id(thing)] = len(self.parts)
        return made

    def _branches(self, thing: Any, within: bool) -> Spec:
        kind = type(thing)
        if kind in (list, tuple):
            return Spec(kind.__name__, len(thing), self._all(thing, within))
        if kind is dict:
            return Spec("dict", _keys(thing), self._all(thing.values(), within))
        if isinstance(thing, list | tuple):
            return Spec("other", (kind, len(thing)), self._all(thing, within))
        if isinstance(thing, dict):
            return Spec("other", (kind, _keys(thing)), self._all(thing.values(), within))
        if isinstance(thing, np.ndarray):
            return self._numeric(plain(thing, f"{self.title}: an argument"), thing, within)
        if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
            _require_derived(self.title, thing)
            fields = [f.name for f in dataclasses.fields(thing) if f.init]
            values = [getattr(thing, name) for name in fields]
            return Spec("other", (kind, tuple(fields)), self._all(values, within))
        if within and isinstance(thing, float | complex):  # of a class of the user's
            parts = self._all(vars(thing).values(), within) if hasattr(thing, "__dict__") else ()
            return Spec("other", (kind, np.asarray(thing).tobytes()), parts)
        if callable(getattr(kind, "named_parameters", None)):
            return self._object(thing, "object")
        if within and hasattr(thing, "__dict__") and not isinstance(thing, _FUNCTIONS):
            return self._object(thing, "other")
        known = held(thing) if within and not isinstance(thing, _FUNCTIONS) else None
        if known is not None:
            names = _keys(name for name, _ in known)
            return Spec("other", (kind, names), self._all([part for _, part in known], within))
        return Spec("thing", _Itself(thing))

    def _object(self, thing: Any, kind: str) -> Spec:
        known = vars(thing)
        return Spec(kind, (type(thing), tuple(known)), self._all(known.values(), True))

    def _all(self, parts: Any, within: bool) -> tuple[Spec, ...]:
        return tuple(self.spec(part, within) for part in parts)

    def _numeric(self, thing: Any, given: Any, within: bool) -> Spec:
        if within and isinstance(thing, float | complex) and not isinstance(thing, np.generic):
            if thing != thing:  # a NaN, which may have a sign
                return Spec("other", (type(thing), np.asarray(thing).tobytes()))
            return Spec("setting", (type(thing), repr(thing)))
        if within:
            return Spec("constant", (thing.dtype, thing.shape, thing.strides, thing.tobytes()))
        self._leaf(thing, given)
        if isinstance(thing, np.ndarray):
            return Spec("array", (thing.dtype, thing.shape))
        return Spec("number", type(thing))

    def _tensor(self, tensor: Any, within: bool) -> Spec:
        _require_parameter(self.title, tensor, within)
        self._leaf(tensor, tensor)
        return Spec("tensor", (tensor.dtype, tensor.shape))

    def _leaf(self, leaf: Any, given: Any) -> None:
        self.places[id(given)] = len(self.leaves)
        self.leaves.append(leaf)


_NUMBERS = {float, complex} | {
    np.dtype(code).type for code in np.typecodes["AllFloat"] + np.typecodes["AllInteger"]
}


def _keys(names: Iterable[Any]) -> tuple[Any, ...]:
    """Keys such that 1 is not True, nor 0.0 what -0.0 is."""
    return tuple(
        key if type(key) is str else (type(key), repr(key) if isinstance(key, float) else key)
        for key in names
    )


def _require_parameter(title: str, tensor: Any, within: bool) -> None:
    """Raise unless a Tensor is a parameter of a module, and not part of any graph."""
    if not within:
        raise TypeError(
            f"{title}: an argument is a Tensor, and no gradient flows through a compiled function; "
            "give it t.data, and for gradients compile(value_and_grad(f)), not the other way round"
        )
    if tensor.op is not None or tensor.stands_for_leaf:
        raise TypeError(
            f"{title}: a parameter is part of a graph ({tensor!r:.60}), and no gradient flows "
            "through a compiled function; write compile(value_and_grad(f)), not the other way round"
        )


def _require_derived(title: str, thing: Any) -> None:
    """Raise unless what a dataclass has besides its arguments follows from these.

    It is made anew by its constructor, of stand-ins for what varies.
    """
    given = {field.name for field in dataclasses.fields(thing) if field.init}
    known = dict(held(thing) or ())
    if given >= known.keys():
        return
    again = dict(held(dataclasses.replace(thing)) or ())
    for name in known.keys() - given:
        if name not in again or fingerprint(known[name]) != fingerprint(again[name]):
            raise TypeError(
                f"{title}: an argument is a {type(thing).__name__} whose {name} is not what its "
                "constructor makes of the other fields, so that it would be lost; let it be a "
                "field that the constructor takes"
            )
