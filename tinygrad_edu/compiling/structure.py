"""What a program depends on in the arguments, but for the values of their arrays."""

from __future__ import annotations

import dataclasses
import enum
import types
from typing import Any, NamedTuple

import numpy as np

from tinygrad_edu.compiling.fingerprints import fingerprint, held
from tinygrad_edu.plain import plain
from tinygrad_edu.tensor import Tensor

__all__ = ["Described", "Spec", "describe", "used_by"]

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc, type)
_SETTINGS = (type(None), bool, int, str, bytes, enum.Enum, np.dtype, slice, np.bool_)


class Spec(NamedTuple):
    """A part of the arguments: its kind, what is fixed of it, and its parts.

    Kinds: ``array`` (dtype, shape), ``number`` (type), ``tensor`` (dtype, shape), ``again`` (which
    tensor), ``setting`` (type, value), ``thing`` (itself), ``constant`` (dtype, shape, bytes); and
    ``list``, ``tuple``, ``dict``, ``object`` and ``other`` with parts.
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
    """The functions and classes in a structure, which a function may call."""
    found, waiting = [], [spec]
    while waiting:
        each = waiting.pop()
        waiting += each.parts
        if each.kind == "thing":
            found.append(each.fixed.thing)
        elif each.kind in ("object", "other"):
            found.append(each.fixed[0])
    return found


class _Walk:
    def __init__(self, title: str) -> None:
        self.title = title
        self.leaves: list[Any] = []
        self.tensors: dict[int, int] = {}
        self.above: dict[int, int] = {}

    def spec(self, thing: Any, within: bool) -> Spec:
        """The structure of a part, which is an attribute of a module if `within` one."""
        kind = type(thing)
        if kind is np.ndarray or kind in _NUMBERS:
            return self._numeric(thing, within)
        if isinstance(thing, Tensor):
            return self._tensor(thing, within)
        if isinstance(thing, _SETTINGS):
            known = thing if not isinstance(thing, slice | np.generic) else repr(thing)
            return Spec("setting", (kind, known))
        if id(thing) in self.above:
            return Spec("again", ("above", self.above[id(thing)]))
        self.above[id(thing)] = len(self.above)
        made = self._branches(thing, within)
        del self.above[id(thing)]
        return made

    def _branches(self, thing: Any, within: bool) -> Spec:
        kind = type(thing)
        if kind in (list, tuple):
            return Spec(kind.__name__, len(thing), self._all(thing, within))
        if kind is dict:
            return Spec("dict", tuple(thing), self._all(thing.values(), within))
        if isinstance(thing, list | tuple):
            return Spec("other", (kind, len(thing)), self._all(thing, within))
        if isinstance(thing, dict):
            return Spec("other", (kind, tuple(thing)), self._all(thing.values(), within))
        if isinstance(thing, np.ndarray):
            return self._numeric(plain(thing, f"{self.title}: an argument"), within)
        if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
            _require_derived(self.title, thing)
            fields = [f.name for f in dataclasses.fields(thing) if f.init]
            values = [getattr(thing, name) for name in fields]
            return Spec("other", (kind, tuple(fields)), self._all(values, within))
        if callable(getattr(thing, "named_parameters", None)) and not isinstance(thing, type):
            return self._object(thing, "object")
        if within and hasattr(thing, "__dict__") and not isinstance(thing, _FUNCTIONS):
            return self._object(thing, "other")
        parts = held(thing) if within else None
        if parts is not None:
            names = tuple(name for name, _ in parts)
            return Spec("other", (kind, names), self._all([part for _, part in parts], within))
        return Spec("thing", _Itself(thing))

    def _object(self, thing: Any, kind: str) -> Spec:
        known = vars(thing)
        return Spec(kind, (type(thing), tuple(known)), self._all(known.values(), True))

    def _all(self, parts: Any, within: bool) -> tuple[Spec, ...]:
        return tuple(self.spec(part, within) for part in parts)

    def _numeric(self, thing: Any, within: bool) -> Spec:
        if within and isinstance(thing, float | complex) and not isinstance(thing, np.generic):
            return Spec("setting", (type(thing), repr(thing)))
        if within:
            return Spec("constant", (thing.dtype, thing.shape, thing.tobytes()))
        self.leaves.append(thing)
        if isinstance(thing, np.ndarray):
            return Spec("array", (thing.dtype, thing.shape))
        return Spec("number", type(thing))

    def _tensor(self, tensor: Any, within: bool) -> Spec:
        _require_parameter(self.title, tensor, within)
        if id(tensor) in self.tensors:
            return Spec("again", self.tensors[id(tensor)])
        self.tensors[id(tensor)] = len(self.tensors)
        self.leaves.append(tensor)
        return Spec("tensor", (tensor.dtype, tensor.shape))


_NUMBERS = {float, complex} | {
    np.dtype(code).type for code in np.typecodes["AllFloat"] + np.typecodes["AllInteger"]
}


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
